/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/bootstate.h"

#include <string.h>

#include "suites.h"
#include "support.h"

static const struct aw_boot_state sample = {
    .sequence = 7,
    .start = {{2, false, {1, 2, 3}}, {0, true, {4, 5, 6}}},
};

static aw_bytes block_of(const struct aw_boot_state *state)
{
    static uint8_t blocks[4][AW_BOOT_STATE_SIZE];
    static unsigned next;
    uint8_t *block = blocks[next++ % 4];

    aw_boot_state_write(state, block);
    return (aw_bytes){block, AW_BOOT_STATE_SIZE};
}

/* Values of zlib's crc32. */
START_TEST(crc_vectors)
{
    ck_assert_uint_eq(aw_crc32(aw_text("")), 0);
    ck_assert_uint_eq(aw_crc32(aw_text("123456789")), 0xcbf43926);
}
END_TEST

START_TEST(comes_back)
{
    struct aw_boot_state got = {0};
    aw_bytes b = block_of(&sample);

    ck_assert_int_eq(aw_boot_state_parse(b, &got, NULL), AW_OK);
    ck_assert_uint_eq(got.sequence, 7);
    ck_assert_mem_eq(got.start, sample.start, sizeof(got.start));
    ck_assert_mem_eq(b.p, "AWBS\1\0\0\0\7\0\0\0\2\0\0\0\1\2\3", 19);
    ck_assert_uint_eq(b.p[49], 1);
}
END_TEST

/* Every single byte counts. */
START_TEST(each_byte_changed)
{
    struct aw_boot_state got = {0};
    aw_bytes b = block_of(&sample);
    uint8_t copy[AW_BOOT_STATE_SIZE];

    for (size_t i = 0; i < sizeof(copy); i++) {
        memcpy(copy, b.p, sizeof(copy));
        copy[i] ^= 0x10;
        ck_assert_msg(aw_boot_state_parse((aw_bytes){copy, sizeof(copy)}, &got,
                                          NULL) == AW_ERR_DIGEST,
                      "byte %zu", i);
        ck_assert_uint_eq(got.sequence, 0);
    }
}
END_TEST

static const struct {
    const char *name;
    size_t at;
    uint8_t to;
    aw_err want;
} fields[] = {
    {"as made", 0, 'A', AW_OK},
    {"another magic", 3, 's', AW_ERR_FORMAT},
    {"another format", 4, 2, AW_ERR_FORMAT},
    {"unknown flag", 13, 2, AW_ERR_FORMAT},
    {"spare byte of a start", 14, 1, AW_ERR_FORMAT},
    {"spare byte behind", 84, 1, AW_ERR_FORMAT},
    {"last spare byte", 507, 1, AW_ERR_FORMAT},
};

/* With the CRC made right. */
START_TEST(each_field_wrong)
{
    struct aw_boot_state got = {0};
    uint8_t copy[AW_BOOT_STATE_SIZE];

    memcpy(copy, block_of(&sample).p, sizeof(copy));
    copy[fields[_i].at] = fields[_i].to;
    uint32_t crc = aw_crc32((aw_bytes){copy, 508});

    for (size_t i = 0; i < 4; i++) {
        copy[508 + i] = (uint8_t)(crc >> (8 * i));
    }
    ck_assert_msg(aw_boot_state_parse((aw_bytes){copy, sizeof(copy)}, &got,
                                      NULL) == fields[_i].want,
                  "%s", fields[_i].name);
}
END_TEST

START_TEST(empty_and_short)
{
    static const uint8_t zero[AW_BOOT_STATE_SIZE];
    struct aw_boot_state got = {0};

    ck_assert_int_eq(
        aw_boot_state_parse((aw_bytes){zero, sizeof(zero)}, &got, NULL),
        AW_ERR_NOT_FOUND);
    ck_assert_int_eq(
        aw_boot_state_parse((aw_bytes){zero, sizeof(zero) - 1}, &got, NULL),
        AW_ERR_SHORT);
}
END_TEST

static const struct {
    const char *name;
    uint32_t a; /* sequence; 0: a damaged block */
    uint32_t b;
    unsigned next;
    uint32_t sequence; /* to be written */
} picks[] = {
    {"none", 0, 0, 0, 1},
    {"first only", 5, 0, 1, 6},
    {"second only", 0, 5, 0, 6},
    {"first newer", 6, 5, 1, 7},
    {"second newer", 5, 6, 0, 7},
    {"wrapped", UINT32_MAX, 1, 0, 2},
    {"wrapped the other way", 1, UINT32_MAX, 1, 2},
    {"equal", 5, 5, 1, 6},
};

START_TEST(newest_of_two)
{
    static const uint8_t damaged[AW_BOOT_STATE_SIZE] = {1};
    struct aw_boot_state a = {.sequence = picks[_i].a};
    struct aw_boot_state b = {.sequence = picks[_i].b};
    struct aw_boot_state got = {0};
    aw_bytes none = {damaged, sizeof(damaged)};

    ck_assert_msg(aw_boot_state_pick(picks[_i].a == 0 ? none : block_of(&a),
                                     picks[_i].b == 0 ? none : block_of(&b),
                                     &got) == picks[_i].next,
                  "%s", picks[_i].name);
    ck_assert_uint_eq(got.sequence, picks[_i].sequence);
}
END_TEST

/* An update is tried three times, then what ran before comes back. */
START_TEST(three_attempts_then_copy_2)
{
    static const uint8_t config[AW_SHA256_SIZE] = {9};
    struct aw_boot_start s = {.confirmed = true, .config = {8}};
    bool changed = false;

    for (unsigned i = 1; i <= AW_BOOT_ATTEMPTS_MAX; i++) {
        ck_assert_uint_eq(aw_boot_choose(&s, config, true, &changed), 1);
        ck_assert(changed);
        ck_assert_uint_eq(s.attempts, i);
        ck_assert(!s.confirmed);
    }
    ck_assert_uint_eq(aw_boot_choose(&s, config, true, &changed), 2);
    ck_assert(!changed);
    /* Without another copy it is tried again and again. */
    ck_assert_uint_eq(aw_boot_choose(&s, config, false, &changed), 1);
}
END_TEST

START_TEST(confirmed_starts_are_not_written)
{
    static const uint8_t config[AW_SHA256_SIZE] = {8};
    struct aw_boot_start s = {.confirmed = true, .config = {8}};
    bool changed = true;

    ck_assert_uint_eq(aw_boot_choose(&s, config, true, &changed), 1);
    ck_assert(!changed);
}
END_TEST

Suite *suite_bootstate(void)
{
    Suite *s = suite_create("bootstate");
    TCase *tc = tcase_create("bootstate");

    tcase_add_test(tc, crc_vectors);
    tcase_add_test(tc, comes_back);
    tcase_add_test(tc, each_byte_changed);
    tcase_add_loop_test(tc, each_field_wrong, 0, COUNT(fields));
    tcase_add_test(tc, empty_and_short);
    tcase_add_loop_test(tc, newest_of_two, 0, COUNT(picks));
    tcase_add_test(tc, three_attempts_then_copy_2);
    tcase_add_test(tc, confirmed_starts_are_not_written);
    suite_add_tcase(s, tc);
    return s;
}
