/* SPDX-License-Identifier: Apache-2.0 */
/* What the bootloader is made of and needs no device: hand-over record, check
 * of programs, SHA-512. */
#include <sodium.h>
#include <string.h>

#include "crypto/sha512.h"
#include "fw/handover.h"
#include "fw/load.h"
#include "suites.h"
#include "support.h"

static struct handover sample(void)
{
    struct handover h = {.slot = 1,
                         .copy = 2,
                         .attempts = 3,
                         .confirmed = true,
                         .reset = 0x10,
                         .rollback = HANDOVER_ROLLBACK_PASSED,
                         .now_us = 31234};

    h.hab.present = true;
    h.hab.status = 0xf0;
    h.hab.config = 0xcc;
    h.hab.state = 0x99;
    memset(h.config, 0x5a, sizeof(h.config));
    h.hab.log[0] = 0xdb;
    h.hab.log[HAB_LOG_SIZE - 1] = 7;
    return h;
}

START_TEST(handover)
{
    uint8_t bytes[HANDOVER_SIZE];
    struct aw_wr w = aw_wr_init(bytes, sizeof(bytes));
    struct handover in = sample();
    struct handover out;

    handover_write(&in, &w);
    ck_assert(!w.failed);
    ck_assert_uint_eq(w.n, HANDOVER_SIZE);
    memset(&out, 0, sizeof(out));
    ck_assert_int_eq(handover_parse((aw_bytes){bytes, w.n}, &out), AW_OK);
    ck_assert_uint_eq(out.slot, 1);
    ck_assert_uint_eq(out.copy, 2);
    ck_assert_uint_eq(out.attempts, 3);
    ck_assert(out.confirmed);
    ck_assert_uint_eq(out.reset, 0x10);
    ck_assert_uint_eq(out.now_us, 31234);
    ck_assert_uint_eq(out.rollback, HANDOVER_ROLLBACK_PASSED);
    ck_assert(out.hab.present);
    ck_assert_mem_eq(out.config, in.config, sizeof(in.config));
    ck_assert_mem_eq(out.hab.log, in.hab.log, sizeof(in.hab.log));
    ck_assert_int_eq(handover_parse((aw_bytes){bytes, w.n - 1}, &out),
                     AW_ERR_SHORT);
    w = aw_wr_init(bytes, sizeof(bytes) - 1);
    handover_write(&in, &w);
    ck_assert(w.failed);
}
END_TEST

/* No byte of the record may change. */
START_TEST(handover_damaged)
{
    uint8_t bytes[HANDOVER_SIZE];
    struct aw_wr w = aw_wr_init(bytes, sizeof(bytes));
    struct handover in = sample();
    struct handover out;

    handover_write(&in, &w);
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] ^= 0x20;
        ck_assert_int_ne(handover_parse((aw_bytes){bytes, w.n}, &out), AW_OK);
        bytes[i] ^= 0x20;
    }
    in.copy = 3;
    w = aw_wr_init(bytes, sizeof(bytes));
    handover_write(&in, &w);
    ck_assert_int_eq(handover_parse((aw_bytes){bytes, w.n}, &out),
                     AW_ERR_FORMAT);
}
END_TEST

/* A program of two segments: code at the window's start, data at its end. */
enum {
    HEADER = 52,
    SEGMENT = 32,
    BODY = HEADER + 2 * SEGMENT,
    CODE_N = 16,
    FILE_N = BODY + CODE_N + 4
};
static const struct load_window window = {0x80000000, 0x10000};

static void make_elf(uint8_t elf[FILE_N])
{
    struct aw_wr w = aw_wr_init(elf, FILE_N);

    aw_wr_be32(&w, 0x7f454c46);
    aw_wr_le32(&w, 0x00010101);
    aw_wr_zeros(&w, 8);
    aw_wr_le32(&w, 40 << 16 | 2);
    aw_wr_le32(&w, 1);
    aw_wr_le32(&w, 0x80000004); /* entry */
    aw_wr_le32(&w, HEADER);
    aw_wr_le32(&w, 0);
    aw_wr_le32(&w, 0x05000200);
    aw_wr_le32(&w, SEGMENT << 16 | HEADER);
    aw_wr_le32(&w, 2);
    aw_wr_zeros(&w, 4);
    const uint32_t fields[] = {
        1, BODY,          0x80000000, 0x80000000, CODE_N, CODE_N, 5, 4,
        1, BODY + CODE_N, 0x8000f000, 0x8000f000, 4,      0x1000, 6, 4};

    for (size_t i = 0; i < COUNT(fields); i++) {
        aw_wr_le32(&w, fields[i]);
    }
    aw_wr_zeros(&w, CODE_N + 4);
    ck_assert(!w.failed);
}

static const struct {
    const char *name;
    size_t at;
    uint32_t to;
    aw_err want;
} programs[] = {
    {"as made", 24, 0x80000004, AW_OK},
    {"entry at the last instruction", 24, 0x8000000c, AW_OK},
    {"entry behind it", 24, 0x80000010, AW_ERR_RANGE},
    {"entry in data", 24, 0x8000f000, AW_ERR_RANGE},
    {"Thumb entry", 24, 0x80000005, AW_ERR_RANGE},
    {"version", 20, 2, AW_ERR_UNSUPPORTED},
    {"ABI", 36, 0x04000200, AW_ERR_UNSUPPORTED},
    {"header size", 40, SEGMENT << 16 | 56, AW_ERR_UNSUPPORTED},
    {"no segments", 44, 0, AW_ERR_NOT_FOUND},
    {"data alone", HEADER, 0, AW_ERR_RANGE},
    {"dynamic", HEADER + SEGMENT, 2, AW_ERR_UNSUPPORTED},
    {"interpreter", HEADER + SEGMENT, 3, AW_ERR_UNSUPPORTED},
    {"a note", HEADER + SEGMENT, 4, AW_OK},
    {"linked elsewhere", HEADER + 8, 0x80001000, AW_ERR_RANGE},
    {"writable code", HEADER + 24, 7, AW_ERR_POLICY},
    {"not readable", HEADER + 24, 1, AW_ERR_POLICY},
    {"executable data", HEADER + SEGMENT + 24, 7, AW_ERR_POLICY},
    {"memory one too many", HEADER + SEGMENT + 20, 0x1001, AW_ERR_RANGE},
    {"memory to the end of 32 bits", HEADER + SEGMENT + 20, 0x7fff1000,
     AW_ERR_RANGE},
    {"memory wraps", HEADER + SEGMENT + 20, 0xffffffff, AW_ERR_RANGE},
    {"file larger than memory", HEADER + SEGMENT + 20, 3, AW_ERR_RANGE},
    {"bytes one past the file", HEADER + SEGMENT + 16, 5, AW_ERR_SHORT},
    {"code up to the data", HEADER + 20, 0xf000, AW_OK},
    {"code into the data", HEADER + 20, 0xf001, AW_ERR_RANGE},
};

START_TEST(program)
{
    uint8_t elf[FILE_N];
    struct load_plan plan = {.entry = 77};

    make_elf(elf);
    for (size_t i = 0; i < 4; i++) {
        elf[programs[_i].at + i] = (uint8_t)(programs[_i].to >> (8 * i));
    }
    aw_err err = load_check((aw_bytes){elf, sizeof(elf)}, &window, &plan, NULL);

    ck_assert_msg(err == programs[_i].want, "%s: %s", programs[_i].name,
                  aw_err_name(err));
    ck_assert(err == AW_OK || plan.entry == 77);
}
END_TEST

START_TEST(program_cut)
{
    uint8_t elf[FILE_N];
    struct load_plan plan;

    make_elf(elf);
    for (size_t n = 0; n < sizeof(elf); n++) {
        ck_assert_int_ne(load_check((aw_bytes){elf, n}, &window, &plan, NULL),
                         AW_OK);
    }
}
END_TEST

/* Against libsodium, every length up to some blocks, in two pieces. */
START_TEST(sha512_as_sodium)
{
    uint8_t bytes[600];
    uint8_t want[SHA512_SIZE];
    uint8_t got[SHA512_SIZE];

    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(i * 7 + i / 251);
    }
    for (size_t n = 0; n <= sizeof(bytes); n++) {
        struct sha512 h;

        sha512_init(&h);
        sha512_update(&h, bytes, n / 3);
        sha512_update(&h, bytes + n / 3, n - n / 3);
        sha512_final(&h, got);
        (void)crypto_hash_sha512(want, bytes, n);
        ck_assert_mem_eq(got, want, sizeof(want));
    }
}
END_TEST

Suite *suite_fw_boot(void)
{
    Suite *s = suite_create("fw_boot");
    TCase *tc = tcase_create("boot");

    tcase_add_test(tc, handover);
    tcase_add_test(tc, handover_damaged);
    tcase_add_loop_test(tc, program, 0, (int)COUNT(programs));
    tcase_add_test(tc, program_cut);
    tcase_add_test(tc, sha512_as_sodium);
    suite_add_tcase(s, tc);
    return s;
}
