/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/elf.h"

#include "suites.h"
#include "support.h"

enum { HEADER = 52, PROGRAM = 32, FILE_SIZE = HEADER + 3 * PROGRAM + 16 };

static void put_words(struct aw_wr *w, const uint32_t *word, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        aw_wr_le32(w, word[i]);
    }
}

/* An executable with code of 12 bytes, data of 4 and 100 zeros, a note. */
static void make(uint8_t file[FILE_SIZE])
{
    enum { TEXT = HEADER + 3 * PROGRAM, DATA = TEXT + 12 };
    static const uint32_t words[] = {
        0x464c457f, 0x00010101, 0,          0, /* magic; 32 bits, little-endian */
        0x00280002, 1,          0x80010004, HEADER,     0,  0, /* type, machine, entry */
        0x00200034, 3,          0, /* header sizes and count */
        1,          TEXT,       0,          0x80010000, 12, 12,  0,
        0, /* code */
        1,          DATA,       0,          0x80020000, 4,  104, 0,
        0, /* data and zeros */
        4,          0,          0,          0,          0,  4,   0,
        0, /* note */
    };
    struct aw_wr w = aw_wr_init(file, FILE_SIZE);

    put_words(&w, words, COUNT(words));
    aw_wr_text(&w, "code of textdata");
    ck_assert(!w.failed);
    ck_assert_uint_eq(w.n, FILE_SIZE);
}

START_TEST(as_made)
{
    static uint8_t file[FILE_SIZE];
    struct aw_elf elf;
    struct aw_elf_segment s;

    make(file);
    ck_assert_int_eq(aw_elf_open((aw_bytes){file, FILE_SIZE}, &elf, NULL),
                     AW_OK);
    ck_assert_uint_eq(elf.entry, 0x80010004);
    ck_assert_uint_eq(elf.n, 3);
    ck_assert_int_eq(aw_elf_segment(&elf, 0, &s, NULL), AW_OK);
    ck_assert_uint_eq(s.address, 0x80010000);
    ck_assert_uint_eq(s.size, 12);
    CK_ASSERT_BYTES(s.bytes, aw_text("code of text"));
    ck_assert_int_eq(aw_elf_segment(&elf, 1, &s, NULL), AW_OK);
    ck_assert_uint_eq(s.address, 0x80020000);
    ck_assert_uint_eq(s.size, 104);
    CK_ASSERT_BYTES(s.bytes, aw_text("data"));
    ck_assert_int_eq(aw_elf_segment(&elf, 2, &s, NULL), AW_ERR_NOT_FOUND);
}
END_TEST

/* One 32-bit word changed: outcome of opening, then of the first segment. */
static const struct {
    const char *name;
    size_t n;
    size_t at;
    uint32_t to;
    aw_err open;
    aw_err segment;
} cases[] = {
    {"magic", FILE_SIZE, 0, 0x464c457e, AW_ERR_FORMAT, AW_OK},
    {"64 bits", FILE_SIZE, 4, 0x00010102, AW_ERR_UNSUPPORTED, AW_OK},
    {"big-endian", FILE_SIZE, 4, 0x00010201, AW_ERR_UNSUPPORTED, AW_OK},
    {"relocatable", FILE_SIZE, 16, 0x00280001, AW_ERR_UNSUPPORTED, AW_OK},
    {"x86", FILE_SIZE, 16, 0x00030002, AW_ERR_UNSUPPORTED, AW_OK},
    {"33 headers", FILE_SIZE, 44, 33, AW_ERR_RANGE, AW_OK},
    {"32 headers", FILE_SIZE, 44, 32, AW_ERR_SHORT, AW_OK},
    {"no headers", FILE_SIZE, 44, 0, AW_OK, AW_OK},
    {"header size 31", FILE_SIZE, 42, 0x0003001f, AW_ERR_FORMAT, AW_OK},
    {"table behind the file", FILE_SIZE, 28, 0xffffffff, AW_ERR_SHORT, AW_OK},
    {"file cut in the header", 51, 0, 0x464c457f, AW_ERR_SHORT, AW_OK},
    {"file cut in the table", HEADER + 95, 0, 0x464c457f, AW_ERR_SHORT, AW_OK},
    {"bytes cut", FILE_SIZE - 5, 0, 0x464c457f, AW_OK, AW_ERR_SHORT},
    {"offset behind the file", FILE_SIZE, HEADER + 4, 0xffffffff, AW_OK,
     AW_ERR_SHORT},
    {"smaller in memory", FILE_SIZE, HEADER + 20, 11, AW_OK, AW_ERR_RANGE},
    {"empty", FILE_SIZE, HEADER + 20, 0, AW_OK, AW_ERR_NOT_FOUND},
    {"wraps", FILE_SIZE, HEADER + 12, 0xfffffff5, AW_OK, AW_ERR_RANGE},
    {"ends at 4 GiB", FILE_SIZE, HEADER + 12, 0xfffffff4, AW_OK, AW_OK},
};

START_TEST(case_table)
{
    static uint8_t file[FILE_SIZE];
    struct aw_elf elf = {.n = 77};
    struct aw_elf_segment s = {.size = 77};

    make(file);
    struct aw_wr w = {.p = file, .cap = FILE_SIZE, .n = cases[_i].at};

    aw_wr_le32(&w, cases[_i].to);
    aw_err err = aw_elf_open((aw_bytes){file, cases[_i].n}, &elf, NULL);

    ck_assert_msg(err == cases[_i].open, "%s: %s", cases[_i].name,
                  aw_err_text(err));
    ck_assert_int_eq(elf.n == 77, err != AW_OK);
    if (err != AW_OK || elf.n == 0) {
        return;
    }
    err = aw_elf_segment(&elf, 0, &s, NULL);
    ck_assert_msg(err == cases[_i].segment, "%s: segment: %s", cases[_i].name,
                  aw_err_text(err));
    ck_assert_int_eq(s.size == 77, err != AW_OK);
}
END_TEST

Suite *suite_elf(void)
{
    Suite *s = suite_create("elf");
    TCase *tc = tcase_create("all");

    tcase_add_test(tc, as_made);
    tcase_add_loop_test(tc, case_table, 0, (int)COUNT(cases));
    suite_add_tcase(s, tc);
    return s;
}
