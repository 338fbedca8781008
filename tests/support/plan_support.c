/* SPDX-License-Identifier: Apache-2.0 */
#include "plan_support.h"

#include "support.h"

const uint8_t plan_hash[AW_PLAN_SRK_SIZE] = {
    0xdd, 0x51, 0xb5, 0x06, 0x18, 0xa6, 0x21, 0xad, 0x64, 0xb9, 0xc8,
    0xd2, 0x32, 0x09, 0x74, 0x19, 0x71, 0xc5, 0x8d, 0xdf, 0xb2, 0xbf,
    0xd8, 0x70, 0x69, 0x89, 0xf0, 0xdb, 0xb0, 0x42, 0x5f, 0x1c};

struct aw_vfuse plan_part(const char *part)
{
    struct aw_vfuse v;

    ck_assert_int_eq(aw_vfuse_init(&v, part, UINT64_C(0x12345678deadbee1)),
                     AW_OK);
    return v;
}

struct aw_vfuse plan_at_state(enum aw_plan_state state)
{
    struct aw_vfuse v = plan_part("IMX6UL");
    struct aw_rd hash = aw_rd_init((aw_bytes){plan_hash, sizeof(plan_hash)});

    for (unsigned i = 0; i < 8 && state > AW_PLAN_S0; i++) {
        v.fuse[24 + i] = aw_rd_le32(&hash);
        if (state == AW_PLAN_S1 && i >= 3) {
            v.fuse[24 + i] &= i == 3 ? 0xffff : 0;
        }
    }
    v.fuse[0] |= state >= AW_PLAN_S3 ? 0x00004000 : 0;
    v.fuse[7] |= state >= AW_PLAN_S3 ? 0x00000010 : 0;
    v.fuse[6] |= state >= AW_PLAN_S4 ? 0x0cd40008 : 0;
    v.fuse[6] |= state >= AW_PLAN_S5 ? 0x00000002 : 0;
    aw_vfuse_boot(&v);
    return v;
}

aw_err plan_try_closing(struct aw_vfuse *v, struct aw_plan *plan,
                        struct aw_plan_result *result)
{
    struct aw_otp otp = aw_vfuse_otp(v);

    ck_assert_int_eq(aw_plan_begin_closed(aw_text(v->part), plan_hash, plan),
                     AW_OK);
    return aw_plan_make(plan, &otp, result, NULL);
}

struct aw_plan plan_closing_of(struct aw_vfuse *v)
{
    struct aw_plan plan;
    struct aw_plan_result result;

    ck_assert_int_eq(plan_try_closing(v, &plan, &result), AW_OK);
    return plan;
}

aw_bytes plan_text(const struct aw_plan *plan, char *text, size_t cap)
{
    struct aw_wr w = aw_wr_init(text, cap);
    struct aw_sink sink = aw_sink_wr(&w);

    aw_plan_write(plan, &sink);
    ck_assert(!w.failed);
    return aw_wr_done(&w);
}

void plan_boot(struct aw_vfuse *v)
{
    aw_vfuse_boot(v);
    v->image = AW_OTP_HAB_CLEAN;
    v->recovery = AW_OTP_HAB_CLEAN;
}

uint32_t plan_random(uint32_t *state)
{
    /* Marsaglia's xorshift32. */
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}
