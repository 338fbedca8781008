/* SPDX-License-Identifier: Apache-2.0 */
/* What the trusted OS takes for an applet. */
#include <string.h>

#include "os/applet/program.h"
#include "suites.h"
#include "support.h"

/* A file of headers and five words: text, constants, data, stack's note. */
enum { PH = 52, PH_SIZE = 32, NOTE = 0x100, BODY = 0x200, FILE_SIZE = 0x300 };
#define TEXT UINT32_C(0x90010000)

static uint8_t file[FILE_SIZE];

static void put32(size_t at, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++) {
        file[at + i] = (uint8_t)(v >> (8 * i));
    }
}

static void header(unsigned i, uint32_t type, uint32_t offset, uint32_t address,
                   uint32_t flags)
{
    size_t at = PH + i * PH_SIZE;

    put32(at, type);
    put32(at + 4, offset);
    put32(at + 8, address);
    put32(at + 12, address);
    put32(at + 16, type == 4 ? 24 : 16);
    put32(at + 20, type == 4 ? 24 : 16);
    put32(at + 24, flags);
}

static void setup(void)
{
    static const uint8_t ident[] = {0x7f, 'E', 'L', 'F', 1, 1, 1};

    memset(file, 0, sizeof(file));
    memcpy(file, ident, sizeof(ident));
    put32(16, 2 | 40 << 16); /* executable, ARM */
    put32(20, 1);
    put32(24, TEXT);
    put32(28, PH);
    put32(36, 0x05000000);
    put32(40, 52 | PH_SIZE << 16);
    put32(44, 4);
    header(0, 1, BODY, TEXT, 5);
    header(1, 1, BODY + 16, TEXT + 0x1000, 4);
    header(2, 1, BODY + 32, TEXT + 0x2000, 6);
    header(3, 4, NOTE, TEXT + 0x1000, 4);
    put32(NOTE, 3);
    put32(NOTE + 4, 8);
    put32(NOTE + 8, 1);
    file[NOTE + 12] = 'A';
    file[NOTE + 13] = 'W';
    put32(NOTE + 16, 1);
    put32(NOTE + 20, 0x10000);
}

/* One word changed. */
static const struct {
    const char *name;
    size_t at;
    uint32_t to;
    aw_err want;
    aw_err map; /* of program_map, when the form is right */
} cases[] = {
    {"as made", 24, TEXT, AW_OK, AW_OK},
    {"segment inside a page", PH + 8, TEXT + 4, AW_ERR_RANGE, AW_OK},
    {"entry behind the bytes", 24, TEXT + 16, AW_ERR_RANGE, AW_OK},
    {"entry in data", 24, TEXT + 0x2000, AW_ERR_RANGE, AW_OK},
    {"entry in Thumb", 24, TEXT + 1, AW_ERR_RANGE, AW_OK},
    {"writable code", PH + 24, 7, AW_ERR_POLICY, AW_OK},
    {"no note", PH + 3 * PH_SIZE, 0, AW_ERR_NOT_FOUND, AW_OK},
    {"note behind the file", PH + 3 * PH_SIZE + 4, FILE_SIZE, AW_ERR_SHORT,
     AW_OK},
    {"long note", PH + 3 * PH_SIZE + 16, 0xffffffff, AW_ERR_SHORT, AW_OK},
    {"short note", PH + 3 * PH_SIZE + 16, 20, AW_ERR_FORMAT, AW_OK},
    {"note with more behind", PH + 3 * PH_SIZE + 16, 28, AW_ERR_FORMAT, AW_OK},
    {"length of the name", NOTE, 4, AW_ERR_FORMAT, AW_OK},
    {"length of the note", NOTE + 4, 0xffffffff, AW_ERR_FORMAT, AW_OK},
    {"type of the note", NOTE + 8, 2, AW_ERR_FORMAT, AW_OK},
    {"name of the note", NOTE + 12, 0x00005841, AW_ERR_FORMAT, AW_OK},
    {"another interface", NOTE + 16, 2, AW_ERR_UNSUPPORTED, AW_OK},
    {"no stack", NOTE + 20, 0, AW_ERR_RANGE, AW_OK},
    {"half a page of stack", NOTE + 20, 0x800, AW_ERR_RANGE, AW_OK},
    {"stack of no whole pages", NOTE + 20, 0x10800, AW_ERR_RANGE, AW_OK},
    {"least stack", NOTE + 20, 0x1000, AW_OK, AW_OK},
    {"largest stack", NOTE + 20, 0x1000000, AW_OK, AW_OK},
    {"larger stack", NOTE + 20, 0x1001000, AW_ERR_RANGE, AW_OK},
    {"two notes", PH + PH_SIZE, 4, AW_ERR_DUPLICATE, AW_OK},
    {"segment to the guard", PH + 2 * PH_SIZE + 20, 0x9ffef000 - TEXT - 0x2000,
     AW_OK, AW_OK},
    {"segment over the guard", PH + 2 * PH_SIZE + 20,
     0x9ffef001 - TEXT - 0x2000, AW_OK, AW_ERR_RANGE},
    {"segment over the stack", PH + 2 * PH_SIZE + 20,
     0xa0000000 - TEXT - 0x2000, AW_OK, AW_ERR_RANGE},
    {"segment over the window", PH + 2 * PH_SIZE + 20,
     0xa0000001 - TEXT - 0x2000, AW_ERR_RANGE, AW_OK},
    {"segments meet on no page", PH + 20, 0x1000, AW_OK, AW_OK},
    {"segment over the next", PH + 20, 0x1001, AW_ERR_RANGE, AW_OK},
};

START_TEST(one_change)
{
    struct program program;
    struct space space = {.n = 0};

    put32(cases[_i].at, cases[_i].to);
    aw_err got = program_check((aw_bytes){file, sizeof(file)}, &program, NULL);

    ck_assert_msg(got == cases[_i].want, "%s: %s", cases[_i].name,
                  aw_err_name(got));
    if (got == AW_OK) {
        got = program_map(&program, &space);
        ck_assert_msg(got == cases[_i].map, "%s: %s", cases[_i].name,
                      aw_err_name(got));
    }
}
END_TEST

START_TEST(every_length)
{
    struct program program;

    for (size_t n = 0; n < BODY + 48; n++) {
        ck_assert_int_ne(program_check((aw_bytes){file, n}, &program, NULL),
                         AW_OK);
    }
    ck_assert_int_eq(program_check((aw_bytes){file, BODY + 48}, &program, NULL),
                     AW_OK);
}
END_TEST

START_TEST(maps_what_it_says)
{
    static const struct space_region want[] = {
        {0x9ffef000, 0x1000, MMU_NONE},
        {0x9fff0000, 0x10000, MMU_USER_DATA},
        {TEXT, 0x1000, MMU_USER_CODE},
        {TEXT + 0x1000, 0x1000, MMU_USER_CONST},
        {TEXT + 0x2000, 0x1000, MMU_USER_DATA},
    };
    struct program program;
    struct space space = {.n = 0};

    ck_assert_int_eq(
        program_check((aw_bytes){file, sizeof(file)}, &program, NULL), AW_OK);
    ck_assert_int_eq(program_map(&program, &space), AW_OK);
    ck_assert_uint_eq(space.n, COUNT(want));
    for (size_t i = 0; i < COUNT(want); i++) {
        ck_assert_uint_eq(space.region[i].start, want[i].start);
        ck_assert_uint_eq(space.region[i].size, want[i].size);
        ck_assert_int_eq(space.region[i].kind, want[i].kind);
    }
}
END_TEST

Suite *suite_os_program(void)
{
    Suite *s = suite_create("os_program");
    TCase *tc = tcase_create("form");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_loop_test(tc, one_change, 0, COUNT(cases));
    tcase_add_test(tc, every_length);
    tcase_add_test(tc, maps_what_it_says);
    suite_add_tcase(s, tc);
    return s;
}
