/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hostio/vfuse.h"

#include <string.h>

#include "aw/hab/fuse.h"
#include "aw/hostio/file.h"
#include "plan_support.h"
#include "scratch.h"
#include "suites.h"
#include "support.h"

static const char *const parts[] = {"IMX6UL", "IMX6ULL", "IMX6ULZ"};

static aw_bytes text_of(const struct aw_vfuse *v, char *text, size_t cap)
{
    struct aw_wr w = aw_wr_init(text, cap);

    aw_vfuse_write(v, &w);
    ck_assert(!w.failed);
    return aw_wr_done(&w);
}

START_TEST(as_delivered)
{
    struct aw_vfuse v = plan_part(parts[_i]);
    struct aw_otp otp = aw_vfuse_otp(&v);
    struct aw_otp_boot boot;
    uint32_t value = 0;

    ck_assert_uint_eq(v.boots, 1);
    ck_assert_int_eq(otp.read(otp.ctx, 0, 6, &value, NULL), AW_OK);
    ck_assert_uint_eq(value, _i == 2 ? 0x41 : 0x01);
    ck_assert_int_eq(otp.read(otp.ctx, 0, 2, &value, NULL), AW_OK);
    ck_assert_uint_eq(value, 0x12345678);
    ck_assert_int_eq(otp.read(otp.ctx, 2, 0, &value, NULL), AW_OK);
    ck_assert_uint_eq(value, AW_OTP_READ_LOCKED);
    ck_assert_int_eq(otp.boot(otp.ctx, &boot, NULL), AW_OK);
    ck_assert(boot.cold);
    ck_assert_int_eq(boot.image, AW_OTP_HAB_UNKNOWN);
    ck_assert_int_eq(otp.read(otp.ctx, v.n_words / 8, 0, &value, NULL),
                     AW_ERR_NOT_FOUND);
    ck_assert_int_eq(otp.read(otp.ctx, 0, 8, &value, NULL), AW_ERR_NOT_FOUND);
    ck_assert_int_eq(otp.read(otp.ctx, 1U << 29, 0, &value, NULL),
                     AW_ERR_NOT_FOUND);
    ck_assert_int_eq(otp.program(otp.ctx, 0, 8, 1, NULL), AW_ERR_NOT_FOUND);
    ck_assert_int_eq(aw_vfuse_init(&v, "IMX7D", 0), AW_ERR_UNSUPPORTED);
}
END_TEST

/* What is programmed shows after a reload, and never goes away. */
START_TEST(program_and_reload)
{
    struct aw_vfuse v = plan_part("IMX6UL");
    struct aw_otp otp = aw_vfuse_otp(&v);
    struct aw_otp_boot boot;
    uint32_t value = 0;

    v.stuck[38] = 0x10;
    ck_assert_int_eq(otp.program(otp.ctx, 4, 6, 0x11, NULL), AW_OK);
    ck_assert_int_eq(otp.read(otp.ctx, 4, 6, &value, NULL), AW_OK);
    ck_assert_uint_eq(value, 0);
    ck_assert_int_eq(otp.reload(otp.ctx, NULL), AW_OK);
    ck_assert_int_eq(otp.read(otp.ctx, 4, 6, &value, NULL), AW_OK);
    ck_assert_uint_eq(value, 0x01);
    ck_assert_int_eq(otp.program(otp.ctx, 4, 6, 0x02, NULL), AW_OK);
    ck_assert_int_eq(otp.boot(otp.ctx, &boot, NULL), AW_OK);
    ck_assert(!boot.cold);
    aw_vfuse_boot(&v);
    ck_assert_int_eq(otp.read(otp.ctx, 4, 6, &value, NULL), AW_OK);
    ck_assert_uint_eq(value, 0x03);
    ck_assert_int_eq(otp.boot(otp.ctx, &boot, NULL), AW_OK);
    ck_assert(boot.cold);
}
END_TEST

START_TEST(power_goes)
{
    struct aw_vfuse v = plan_part("IMX6UL");
    struct aw_otp otp = aw_vfuse_otp(&v);
    struct aw_otp_boot boot;
    uint32_t value = 0x5a5a5a5a;

    v.cut_after = 1;
    v.cut_mask = 0xf0;
    ck_assert_int_eq(otp.program(otp.ctx, 4, 6, 0x01, NULL), AW_OK);
    ck_assert_int_eq(otp.program(otp.ctx, 4, 7, 0xff, NULL), AW_ERR_IO);
    ck_assert_int_eq(otp.program(otp.ctx, 4, 7, 0xff, NULL), AW_ERR_IO);
    ck_assert_int_eq(otp.read(otp.ctx, 4, 7, &value, NULL), AW_ERR_IO);
    ck_assert_int_eq(otp.reload(otp.ctx, NULL), AW_ERR_IO);
    ck_assert_int_eq(otp.boot(otp.ctx, &boot, NULL), AW_ERR_IO);
    ck_assert_uint_eq(value, 0x5a5a5a5a);
    aw_vfuse_boot(&v);
    ck_assert_int_eq(otp.read(otp.ctx, 4, 7, &value, NULL), AW_OK);
    ck_assert_uint_eq(value, 0xf0);
    ck_assert_int_eq(otp.program(otp.ctx, 4, 7, 0x0f, NULL), AW_OK);
}
END_TEST

/* The locks that the model was given by itself are those of the fuse maps;
 * of locks with two bits the lower one locks writing. */
START_TEST(locks_of_the_maps)
{
    static struct aw_fusemap map;
    struct aw_vfuse v = plan_part(parts[_i]);

    ck_assert_int_eq(
        aw_fusemap_parse(aw_fusemap_builtin(aw_text(parts[_i])), &map, NULL),
        AW_OK);
    for (unsigned bit = 0; bit < 32; bit++) {
        memset(v.fuse, 0, sizeof(v.fuse));
        v.fuse[0] = UINT32_C(1) << bit;
        aw_vfuse_boot(&v);
        for (size_t i = 0; i < map.n_registers; i++) {
            const struct aw_fuse_register *r = &map.registers[i];
            uint32_t mask = aw_fusemap_lock_mask(&map, r);
            uint32_t below = mask & ~(mask << 1);

            ck_assert_msg(aw_vfuse_locked(&v, r->bank, r->word) ==
                              ((below >> bit & 1) != 0),
                          "%s, bit %u", vec_cstr(r->name), bit);
        }
    }
}
END_TEST

START_TEST(locked_words)
{
    struct aw_vfuse v = plan_at_state(AW_PLAN_S5);
    struct aw_otp otp = aw_vfuse_otp(&v);

    ck_assert_int_eq(otp.program(otp.ctx, 3, 0, 2, NULL), AW_ERR_PRECONDITION);
    /* The ROM of a closed part locks these two. */
    ck_assert_int_eq(otp.program(otp.ctx, 5, 6, 1, NULL), AW_ERR_PRECONDITION);
    ck_assert_int_eq(otp.program(otp.ctx, 5, 7, 1, NULL), AW_ERR_PRECONDITION);
    v.revoke_unlocked = true;
    ck_assert_int_eq(otp.program(otp.ctx, 5, 6, 1, NULL), AW_ERR_PRECONDITION);
    ck_assert_int_eq(otp.program(otp.ctx, 5, 7, 1, NULL), AW_OK);
    aw_vfuse_boot(&v);
    ck_assert_int_eq(otp.program(otp.ctx, 5, 7, 2, NULL), AW_ERR_PRECONDITION);
    ck_assert(aw_vfuse_locked(&v, 99, 0));
    v = plan_at_state(AW_PLAN_S4);
    ck_assert_int_eq(otp.program(otp.ctx, 5, 7, 1, NULL), AW_OK);
}
END_TEST

START_TEST(text_round_trip)
{
    static char text[AW_VFUSE_FILE_MAX];
    static char again[AW_VFUSE_FILE_MAX];
    struct aw_vfuse v = plan_at_state((enum aw_plan_state)_i);
    struct aw_vfuse back;

    v.stuck[3] = 7;
    v.shadow[4] = 0x5a;
    v.shadow[6] = 0;
    v.written = _i % 2 != 0;
    v.image = (enum aw_otp_hab)(_i % 3);
    v.recovery = (enum aw_otp_hab)((_i + 1) % 3);
    v.revoke_unlocked = _i % 2 == 0;
    aw_bytes made = text_of(&v, text, sizeof(text));

    ck_assert(aw_vfuse_is(made));
    ck_assert_int_eq(aw_vfuse_parse(made, &back, NULL), AW_OK);
    CK_ASSERT_BYTES(text_of(&back, again, sizeof(again)), made);
    ck_assert_mem_eq(back.fuse, v.fuse, sizeof(v.fuse));
    ck_assert_mem_eq(back.shadow, v.shadow, sizeof(v.shadow));
    ck_assert_mem_eq(back.stuck, v.stuck, sizeof(v.stuck));
    ck_assert_int_eq(back.revoke_unlocked, v.revoke_unlocked);
    ck_assert_uint_eq(back.cut_after, AW_VFUSE_NO_CUT);
}
END_TEST

START_TEST(every_byte_counts)
{
    static char text[AW_VFUSE_FILE_MAX];
    struct aw_vfuse v = plan_at_state(AW_PLAN_S1);
    struct aw_vfuse back = {.n_words = 77};
    aw_bytes whole = text_of(&v, text, sizeof(text));

    for (size_t i = 0; i < whole.n; i++) {
        /* The digits of the hash may be of either case. */
        text[i] ^= 0x01;
        ck_assert_int_ne(aw_vfuse_parse(whole, &back, NULL), AW_OK);
        text[i] ^= 0x01;
        ck_assert_int_ne(aw_vfuse_parse((aw_bytes){whole.p, i}, &back, NULL),
                         AW_OK);
    }
    ck_assert_uint_eq(back.n_words, 77);
    ck_assert_int_eq(
        aw_vfuse_parse((aw_bytes){whole.p, AW_VFUSE_FILE_MAX + 1}, &back, NULL),
        AW_ERR_SPACE);
}
END_TEST

#define HEAD  "aw-fuses 1\npart IMX6ULL\nboots 1\nwritten no\n"
#define WHOLE HEAD "hab clean\nrecovery unknown\n"

static const struct {
    const char *name;
    const char *text;
    aw_err want;
    uint64_t line;
} texts[] = {
    {"other version", "aw-fuses 2\n", AW_ERR_FORMAT, 1},
    {"no part", "aw-fuses 1\nboots 1\n", AW_ERR_FORMAT, 1},
    {"other part", "aw-fuses 1\npart IMX7D\n", AW_ERR_UNSUPPORTED, 2},
    {"part too long", "aw-fuses 1\npart IMX6ULLLLLLLLLLLLLLL\n",
     AW_ERR_UNSUPPORTED, 2},
    {"boots no number", "aw-fuses 1\npart IMX6UL\nboots x\n", AW_ERR_FORMAT, 3},
    {"hab unknown word", HEAD "hab dirty\n", AW_ERR_FORMAT, 5},
    {"recovery missing", HEAD "hab clean\n", AW_ERR_FORMAT, 5},
    {"bank too high", WHOLE "fuse 8 0 00000001\n", AW_ERR_RANGE, 7},
    {"word too high", WHOLE "fuse 7 8 00000001\n", AW_ERR_RANGE, 7},
    {"short value", WHOLE "fuse 7 7 0000001\n", AW_ERR_FORMAT, 7},
    {"no hex", WHOLE "fuse 7 7 0000000g\n", AW_ERR_FORMAT, 7},
    {"twice", WHOLE "fuse 7 7 00000001\nfuse 7 7 00000001\n", AW_ERR_DUPLICATE,
     8},
    {"order", WHOLE "stuck 7 7 00000001\nfuse 7 7 00000001\n", AW_ERR_FORMAT,
     7},
    {"no end", WHOLE, AW_ERR_FORMAT, 6},
    {"end without hash", WHOLE "end 00\n", AW_ERR_DIGEST, 7},
    {"more after the end", WHOLE "end 00\n\n", AW_ERR_FORMAT, 7},
};

START_TEST(bad_texts)
{
    struct aw_vfuse v = {.n_words = 77};
    struct aw_diag diag = {.at = 0};
    aw_err err = aw_vfuse_parse(aw_text(texts[_i].text), &v, &diag);

    ck_assert_msg(err == texts[_i].want, "%s: got %s", texts[_i].name,
                  aw_err_text(err));
    ck_assert_uint_eq(diag.at, texts[_i].line);
    ck_assert_uint_eq(v.n_words, 77);
}
END_TEST

START_TEST(file_follows_writes)
{
    const char *path = scratch_path("fuses");
    struct aw_vfuse_file file = {.v = plan_part("IMX6UL"), .path = path};
    struct aw_vfuse_file back;
    struct aw_host_diag host;
    uint32_t value = 0;

    ck_assert_int_eq(aw_vfuse_save(&file, true, &host), AW_OK);
    ck_assert_int_eq(aw_vfuse_save(&file, true, &host), AW_ERR_EXISTS);
    ck_assert_int_eq(aw_vfuse_load(path, &file, &host), AW_OK);
    struct aw_otp otp = aw_vfuse_file_otp(&file);
    struct aw_otp_boot boot;

    ck_assert_int_eq(otp.program(otp.ctx, 4, 6, 1, NULL), AW_OK);
    ck_assert_int_eq(aw_vfuse_load(path, &back, &host), AW_OK);
    ck_assert_uint_eq(back.v.fuse[38], 1);
    ck_assert(back.v.written);
    ck_assert_int_eq(otp.reload(otp.ctx, NULL), AW_OK);
    ck_assert_int_eq(otp.read(otp.ctx, 4, 6, &value, NULL), AW_OK);
    ck_assert_uint_eq(value, 1);
    ck_assert_int_eq(aw_vfuse_load(path, &back, &host), AW_OK);
    ck_assert_uint_eq(back.v.shadow[38], 1);
    ck_assert_int_eq(otp.boot(otp.ctx, &boot, NULL), AW_OK);
    ck_assert(!boot.cold);
    /* A failed save is not a success, whatever the fuses say. */
    file.path = scratch_path("gone/fuses");
    ck_assert_int_eq(otp.program(otp.ctx, 4, 6, 2, NULL), AW_ERR_NOT_FOUND);
    ck_assert_int_eq(aw_vfuse_load(scratch_path("none"), &back, &host),
                     AW_ERR_NOT_FOUND);
    (void)scratch_file("broken", aw_text("aw-fuses 1\npart IMX6UL\n"));
    ck_assert_int_eq(aw_vfuse_load(scratch_path("broken"), &back, &host),
                     AW_ERR_FORMAT);
}
END_TEST

Suite *suite_vfuse(void)
{
    Suite *s = suite_create("vfuse");
    TCase *tc = tcase_create("all");

    tcase_add_loop_test(tc, as_delivered, 0, (int)COUNT(parts));
    tcase_add_test(tc, program_and_reload);
    tcase_add_test(tc, power_goes);
    tcase_add_loop_test(tc, locks_of_the_maps, 0, (int)COUNT(parts));
    tcase_add_test(tc, locked_words);
    tcase_add_loop_test(tc, text_round_trip, AW_PLAN_S0, AW_PLAN_SX);
    tcase_add_test(tc, every_byte_counts);
    tcase_add_loop_test(tc, bad_texts, 0, (int)COUNT(texts));
    tcase_add_test(tc, file_follows_writes);
    suite_add_tcase(s, tc);
    return s;
}
