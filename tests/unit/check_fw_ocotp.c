/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware's fuse driver on the twin's model of the controller. */
#include "fw/ocotp.h"

#include "fw/clock.h"
#include "fw/reg.h"
#include "fw/soc.h"
#include "fw/time.h"
#include "models/ocotp.h"
#include "rig.h"
#include "suites.h"
#include "support.h"

enum {
    GPT_CNT = 0x02098024,
    TICKS_AN_ACCESS = 400,
    SRK_LOCK = 1 << 14,
    SRK_BANK = 3,
    LATE_US = 1000000,
    CCM = 0x020c4000,
    CCM_END = 0x020c9000 /* the analog part is behind it */
};

static struct {
    struct rig rig;
    struct tw_ocotp ocotp;
    struct aw_vfuse fuses;
    bool stuck; /* the controller never gets idle */
} t;

static bool on_access(void *ctx, struct fake_access *a)
{
    (void)ctx;
    t.rig.clock.now += TICKS_AN_ACCESS;
    tw_clock_fire(&t.rig.clock);
    if (a->address == GPT_CNT) {
        a->value =
            (uint32_t)tw_clock_periods(&t.rig.clock, t.rig.clock.now, TIME_HZ);
        return true;
    }
    bool fuses = a->address >= TW_OCOTP_BASE &&
                 a->address < TW_OCOTP_BASE + TW_OCOTP_SIZE;
    bool clocks = a->address >= CCM && a->address < CCM_END;

    if (!fuses && (!clocks || a->write)) {
        return false;
    }
    if (a->write) {
        rig_write(&t.rig, a->address, a->value);
    } else {
        a->value = rig_read(&t.rig, a->address);
        if (t.stuck && a->address == TW_OCOTP_BASE) {
            a->value |= 1 << 8;
        }
    }
    return true;
}

static void setup(void)
{
    const struct fake_hook hook = {.access = on_access};

    t.stuck = false;
    rig_init(&t.rig);
    ck_assert_int_eq(aw_vfuse_init(&t.fuses, "IMX6UL", UINT64_C(0x123456789)),
                     AW_OK);
    tw_ocotp_init(&t.ocotp, &t.rig.bus, &t.rig.clock, &t.rig.ccm, &t.fuses);
    /* IPG is 66 MHz, as the ROM leaves it. */
    rig_write(&t.rig, 0x020c8030, 0x2001);
    rig_write(&t.rig, 0x020c4018, 0x24840324);
    rig_write(&t.rig, 0x020c4014, 0x00018900);
    fake_reset();
    fake_hook(&hook);
    time_init();
}

static void expect_quiet(void)
{
    ck_assert_msg(t.rig.report.counts[TW_REPORT_MISUSE] == 0, "%s", t.rig.said);
}

START_TEST(programs_a_word)
{
    struct aw_diag diag = {.err = AW_OK};

    ck_assert_int_eq(ocotp_program(SRK_BANK, 5, 0x80000001, &diag), AW_OK);
    ck_assert_uint_eq(ocotp_read(SRK_BANK, 5), 0x80000001);
    /* Bits are added. */
    ck_assert_int_eq(ocotp_program(SRK_BANK, 5, 2, &diag), AW_OK);
    ck_assert_uint_eq(ocotp_read(SRK_BANK, 5), 0x80000003);
    ck_assert_uint_eq(t.fuses.fuse[8 * SRK_BANK + 5], 0x80000003);
    expect_quiet();
}
END_TEST

/* Whatever the clock is: the model knows how long a strobe may be. */
static const struct {
    uint32_t pll;
    uint32_t cbcdr;
    uint32_t cbcmr;
} clocks[] = {
    {0x00012001, 0x00018900, 0x24800324}, {0x00002001, 0x00018900, 0x24800324},
    {0x00002000, 0x00018900, 0x24800324}, {0x00002001, 0x00018800, 0x24800324},
    {0x00002001, 0x00018900, 0x24840324}, {0x00002001, 0x00018900, 0x24880324},
    {0x00002001, 0x00018900, 0x248c0324}, {0x00002001, 0x02018900, 0x24801324},
    {0x00002001, 0x0a000000, 0x24801324},
};

START_TEST(any_clock)
{
    rig_write(&t.rig, 0x020c8030, clocks[_i].pll);
    rig_write(&t.rig, 0x020c4018, clocks[_i].cbcmr);
    rig_write(&t.rig, 0x020c4014, clocks[_i].cbcdr);
    uint32_t hz = clock_ipg_hz();
    uint64_t want = tw_ccm_hz(&t.rig.ccm, TW_ROOT_IPG);

    /* Divisions round. */
    ck_assert(hz > 0 && hz <= want && want - hz <= 3);
    ck_assert_int_eq(ocotp_program(SRK_BANK, 5, 0x80000001, NULL), AW_OK);
    ck_assert_uint_eq(ocotp_read(SRK_BANK, 5), 0x80000001);
    expect_quiet();
}
END_TEST

START_TEST(locked_word)
{
    struct aw_diag diag = {.err = AW_OK};

    ck_assert_int_eq(ocotp_program(0, 0, SRK_LOCK, &diag), AW_OK);
    ck_assert_int_eq(ocotp_program(SRK_BANK, 0, 1, &diag), AW_ERR_IO);
    ck_assert_uint_eq(ocotp_read(SRK_BANK, 0), 0);
    /* The error does not stay. */
    ck_assert_int_eq(ocotp_program(0, 7, 1 << 4, &diag), AW_OK);
    ck_assert_uint_eq(ocotp_read(0, 7) & 1 << 4, 1 << 4);
    expect_quiet();
}
END_TEST

START_TEST(no_such_word)
{
    size_t before = 0;
    size_t after = 0;

    (void)fake_writes(&before);
    ck_assert_int_eq(ocotp_program(8, 0, 1, NULL), AW_ERR_NOT_FOUND);
    ck_assert_int_eq(ocotp_program(0, 8, 1, NULL), AW_ERR_NOT_FOUND);
    (void)fake_writes(&after);
    ck_assert_uint_eq(after, before);
}
END_TEST

START_TEST(waits_end)
{
    uint64_t us = tw_clock_ticks(&t.rig.clock, 1, 1000000);
    uint64_t from = t.rig.clock.now;

    t.stuck = true;
    ck_assert_int_eq(ocotp_program(SRK_BANK, 0, 1, NULL), AW_ERR_PRECONDITION);
    ck_assert_int_eq(ocotp_reload(NULL), AW_ERR_TIMEOUT);
    ck_assert_uint_lt(t.rig.clock.now - from, us * LATE_US);
    ck_assert_uint_eq(t.fuses.fuse[(size_t)8 * SRK_BANK], 0);
}
END_TEST

START_TEST(seam)
{
    const struct aw_otp otp = ocotp_seam();
    uint32_t value = 7;

    ck_assert_int_eq(otp.program(otp.ctx, SRK_BANK, 1, 9, NULL), AW_OK);
    ck_assert_int_eq(otp.reload(otp.ctx, NULL), AW_OK);
    ck_assert_int_eq(otp.read(otp.ctx, SRK_BANK, 1, &value, NULL), AW_OK);
    ck_assert_uint_eq(value, 9);
    ck_assert_int_eq(otp.read(otp.ctx, 8, 0, &value, NULL), AW_ERR_NOT_FOUND);
    ck_assert_uint_eq(value, 9);
}
END_TEST

Suite *suite_fw_ocotp(void)
{
    Suite *s = suite_create("fw_ocotp");
    TCase *tc = tcase_create("driver");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, programs_a_word);
    tcase_add_loop_test(tc, any_clock, 0, (int)COUNT(clocks));
    tcase_add_test(tc, locked_word);
    tcase_add_test(tc, no_such_word);
    tcase_add_test(tc, waits_end);
    tcase_add_test(tc, seam);
    suite_add_tcase(s, tc);
    return s;
}
