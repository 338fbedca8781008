/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hab/fuse.h"

#include <stdio.h>
#include <string.h>

#include "suites.h"
#include "support.h"

#define WORD_BITS 32

static struct aw_fuse fuse_of(const cJSON *row)
{
    return (struct aw_fuse){.offset = (uint8_t)vec_u64(row, "offset"),
                            .len = (uint16_t)vec_u64(row, "len")};
}

START_TEST(conversions)
{
    const cJSON *row = NULL;
    size_t n = 0;
    cJSON *all = vec_json("hab/otp/conversions.json");

    cJSON_ArrayForEach(row, cJSON_GetObjectItem(all, "cases"))
    {
        struct aw_fuse fuse = fuse_of(row);
        const char *name = vec_cstr(vec_str(row, "fuse"));
        const cJSON *want = cJSON_GetObjectItem(row, "words_to_blow");
        uint8_t value[AW_FUSE_BYTES_MAX];
        uint8_t back[AW_FUSE_BYTES_MAX];
        uint32_t words[AW_FUSE_WORDS_MAX];
        char text[2 * AW_FUSE_BYTES_MAX];
        struct aw_wr w = aw_wr_init(text, sizeof(text));

        ck_assert_msg(aw_fuse_value_parse(&fuse, vec_str(row, "value_be"),
                                          value) == AW_OK,
                      "%s", name);
        ck_assert_int_eq(aw_fuse_encode(&fuse, WORD_BITS,
                                        (aw_bytes){value, aw_fuse_bytes(&fuse)},
                                        words),
                         AW_OK);
        ck_assert_uint_eq(aw_fuse_words(&fuse, WORD_BITS),
                          (size_t)cJSON_GetArraySize(want));
        for (int i = 0; i < cJSON_GetArraySize(want); i++) {
            char hex[16];

            (void)snprintf(hex, sizeof(hex), "0x%08x", words[i]);
            ck_assert_msg(
                strcmp(hex, cJSON_GetArrayItem(want, i)->valuestring) == 0,
                "%s word %d: got %s", name, i, hex);
        }
        /* Bits of neighbours must not leak into the value. */
        for (size_t i = 0; i < aw_fuse_words(&fuse, WORD_BITS); i++) {
            words[i] |= ~aw_fuse_mask(&fuse, WORD_BITS, i);
        }
        aw_fuse_decode(&fuse, WORD_BITS, words, back);
        ck_assert_mem_eq(back, value, aw_fuse_bytes(&fuse));
        aw_fuse_value_write(&fuse, back, &w);
        CK_ASSERT_BYTES(aw_wr_done(&w), vec_str(row, "value_be"));
        n++;
    }
    ck_assert_uint_eq(n, 10);
}
END_TEST

START_TEST(conversion_errors)
{
    const cJSON *row = NULL;
    size_t n = 0;

    cJSON_ArrayForEach(row, cJSON_GetObjectItem(
                                vec_json("hab/otp/conversions.json"), "errors"))
    {
        struct aw_fuse fuse = fuse_of(row);
        uint8_t value[AW_FUSE_BYTES_MAX] = {0x5a};

        ck_assert_int_eq(
            aw_fuse_value_parse(&fuse, vec_str(row, "value_be"), value),
            AW_ERR_RANGE);
        ck_assert_uint_eq(value[0], 0x5a);
        n++;
    }
    ck_assert_uint_eq(n, 2);
}
END_TEST

/* The quirk of the Go tool: a hash that begins with 00 keeps its place. */
START_TEST(leading_zero_stays)
{
    const cJSON *quirk = cJSON_GetArrayItem(
        cJSON_GetObjectItem(vec_json("hab/otp/conversions.json"),
                            "upstream_quirks"),
        0);
    struct aw_fuse fuse = {.bank = 3, .len = 256};
    aw_bytes hash = vec_unhex(vec_str(quirk, "correct_bytes"));
    uint8_t value[AW_FUSE_BYTES_MAX];
    uint32_t words[AW_FUSE_WORDS_MAX];
    char text[80];
    struct aw_wr w = aw_wr_init(text, sizeof(text));

    aw_wr_text(&w, "bytes:");
    aw_wr_put(&w, vec_str(quirk, "value_little"));
    ck_assert_int_eq(aw_fuse_value_parse(&fuse, aw_wr_done(&w), value), AW_OK);
    ck_assert_int_eq(
        aw_fuse_encode(&fuse, WORD_BITS, (aw_bytes){value, 32}, words), AW_OK);
    struct aw_rd r = aw_rd_init(hash);

    for (size_t i = 0; i < 8; i++) {
        ck_assert_uint_eq(words[i], aw_rd_le32(&r));
    }
}
END_TEST

static const struct {
    const char *text;
    uint16_t len;
    aw_err want;
    uint32_t value; /* of at most 32 bits */
} forms[] = {
    {"1", 1, AW_OK, 1},
    {"0", 1, AW_OK, 0},
    {"0x1", 1, AW_OK, 1},
    {"0b1", 1, AW_OK, 1},
    {"bytes:01", 1, AW_OK, 1},
    {"2", 1, AW_ERR_RANGE, 0},
    {"bytes:02", 1, AW_ERR_RANGE, 0},
    {"01", 1, AW_ERR_FORMAT, 0},
    {"", 1, AW_ERR_FORMAT, 0},
    {"0x", 1, AW_ERR_FORMAT, 0},
    {"0b", 1, AW_ERR_FORMAT, 0},
    {"x", 1, AW_ERR_FORMAT, 0},
    {"0b10", 2, AW_OK, 2},
    {"0b2", 1, AW_ERR_FORMAT, 0},
    {"0b011", 2, AW_ERR_FORMAT, 0},
    {"0b01", 16, AW_OK, 0x0b01}, /* four digits are hex */
    {"7ff", 11, AW_OK, 0x7ff},
    {"800", 11, AW_ERR_RANGE, 0},
    {"0b10000000001", 11, AW_OK, 0x401},
    {"bytes:ff07", 11, AW_OK, 0x7ff},
    {"bytes:ff08", 11, AW_ERR_RANGE, 0},
    {"bytes:ff0", 11, AW_ERR_FORMAT, 0},
    {"DEADbeef", 32, AW_OK, 0xdeadbeef},
    {"0xdeadbeef", 32, AW_OK, 0xdeadbeef},
    {"deadbee", 32, AW_ERR_FORMAT, 0},
    {"deadbeef0", 32, AW_ERR_FORMAT, 0},
    {"deadbeeg", 32, AW_ERR_FORMAT, 0},
    {"bytes:efbeadde", 32, AW_OK, 0xdeadbeef},
};

START_TEST(value_forms)
{
    struct aw_fuse fuse = {.len = forms[_i].len};
    uint8_t value[AW_FUSE_BYTES_MAX] = {0x5a};
    uint32_t got = 0;
    aw_err err = aw_fuse_value_parse(&fuse, aw_text(forms[_i].text), value);

    ck_assert_msg(err == forms[_i].want, "%s: got %s", forms[_i].text,
                  aw_err_text(err));
    if (err != AW_OK) {
        ck_assert_uint_eq(value[0], 0x5a);
        return;
    }
    for (size_t i = 0; i < aw_fuse_bytes(&fuse); i++) {
        got = got << 8 | value[i];
    }
    ck_assert_uint_eq(got, forms[_i].value);
}
END_TEST

START_TEST(encode_checks_width)
{
    struct aw_fuse fuse = {.offset = 3, .len = 10};
    uint8_t value[3] = {3, 0xff, 0};
    uint32_t words[AW_FUSE_WORDS_MAX] = {0x1234};

    ck_assert_int_eq(
        aw_fuse_encode(&fuse, WORD_BITS, (aw_bytes){value, 1}, words),
        AW_ERR_FORMAT);
    ck_assert_int_eq(
        aw_fuse_encode(&fuse, WORD_BITS, (aw_bytes){value, 3}, words),
        AW_ERR_FORMAT);
    value[0] = 4;
    ck_assert_int_eq(
        aw_fuse_encode(&fuse, WORD_BITS, (aw_bytes){value, 2}, words),
        AW_ERR_RANGE);
    ck_assert_uint_eq(words[0], 0x1234);
    value[0] = 3;
    ck_assert_int_eq(
        aw_fuse_encode(&fuse, WORD_BITS, (aw_bytes){value, 2}, words), AW_OK);
    ck_assert_uint_eq(words[0], 0x1ff8);
}
END_TEST

/* All bits of a fuse set: encoded words are its masks, and come back. */
static void check_shape(unsigned word_bits, unsigned offset, unsigned len)
{
    struct aw_fuse fuse = {.offset = (uint8_t)offset, .len = (uint16_t)len};
    size_t n = aw_fuse_bytes(&fuse);
    size_t n_words = aw_fuse_words(&fuse, word_bits);
    uint8_t value[AW_FUSE_BYTES_MAX];
    uint8_t back[AW_FUSE_BYTES_MAX];
    uint32_t words[AW_FUSE_WORDS_MAX];

    memset(value, 0xff, n);
    value[0] = (uint8_t)(0xff >> (8 * n - len));
    ck_assert_int_eq(
        aw_fuse_encode(&fuse, word_bits, (aw_bytes){value, n}, words), AW_OK);
    for (size_t k = 0; k < n_words; k++) {
        ck_assert_uint_eq(words[k], aw_fuse_mask(&fuse, word_bits, k));
        ck_assert_uint_ne(words[k], 0);
    }
    ck_assert_uint_eq(aw_fuse_mask(&fuse, word_bits, n_words), 0);
    aw_fuse_decode(&fuse, word_bits, words, back);
    ck_assert_mem_eq(back, value, n);
}

/* Every offset and many lengths, in both sizes of words. */
START_TEST(every_shape)
{
    unsigned word_bits = _i == 0 ? 32 : 8;

    for (unsigned offset = 0; offset < word_bits; offset++) {
        for (unsigned len = 1; len <= AW_FUSE_BITS_MAX;
             len += len < 70 ? 1 : 17) {
            check_shape(word_bits, offset, len);
        }
    }
}
END_TEST

Suite *suite_fuse(void)
{
    Suite *s = suite_create("fuse");
    TCase *tc = tcase_create("all");

    tcase_add_test(tc, conversions);
    tcase_add_test(tc, conversion_errors);
    tcase_add_test(tc, leading_zero_stays);
    tcase_add_loop_test(tc, value_forms, 0, (int)COUNT(forms));
    tcase_add_test(tc, encode_checks_width);
    tcase_add_loop_test(tc, every_shape, 0, 2);
    suite_add_tcase(s, tc);
    return s;
}
