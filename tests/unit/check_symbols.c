/* SPDX-License-Identifier: Apache-2.0 */
/* Names, lines and frames, of the program in tests/twin/debug where the
 * device's compiler is installed. */
#include "aw/hostio/symbols.h"

#include <string.h>
#include <unistd.h>

#include "suites.h"
#include "support.h"

static struct aw_symbols *s;

static void set_up(void)
{
    ck_assert_int_eq(aw_symbols_open(AW_DEBUG_ELF, &s, NULL), AW_OK);
}

static void tear_down(void)
{
    aw_symbols_close(s);
    s = NULL;
}

START_TEST(refusals)
{
    struct aw_host_diag host = {.network = false};
    struct aw_symbols *none = NULL;

    ck_assert_int_eq(aw_symbols_open("/nowhere", &none, &host),
                     AW_ERR_NOT_FOUND);
    ck_assert_int_eq(aw_symbols_open("/dev/null", &none, &host), AW_ERR_IO);
    ck_assert_int_eq(aw_symbols_open("/proc/self/exe", &none, &host),
                     AW_ERR_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(host.text, "32-bit ARM"));
    ck_assert_ptr_null(none);
    aw_symbols_close(none);
}
END_TEST

START_TEST(names)
{
    struct aw_symbol at;
    uint32_t address = 0;
    uint32_t size = 0;

    ck_assert_int_eq(aw_symbols_find(s, "table", &address, &size), AW_OK);
    ck_assert_uint_eq(size, 32);
    ck_assert_int_eq(aw_symbols_find(s, "leaf", &address, NULL), AW_OK);
    aw_symbols_at(s, address, &at);
    ck_assert_str_eq(at.name, "leaf");
    ck_assert_uint_eq(at.offset, 0);
    ck_assert_ptr_nonnull(strstr(at.file, "debug.c"));
    ck_assert_int_gt(at.line, 0);
    aw_symbols_at(s, address + 8, &at);
    ck_assert_str_eq(at.name, "leaf");
    ck_assert_uint_eq(at.offset, 8);
    aw_symbols_at(s, 0x40000000, &at);
    ck_assert_ptr_null(at.name);
    ck_assert_ptr_null(at.file);
    address = 7;
    ck_assert_int_eq(aw_symbols_find(s, "leaf_", &address, &size),
                     AW_ERR_NOT_FOUND);
    ck_assert_int_eq(aw_symbols_find(s, "", &address, &size), AW_ERR_NOT_FOUND);
    ck_assert_uint_eq(address, 7);
}
END_TEST

static uint32_t address_of(const char *name)
{
    uint32_t address = 0;

    ck_assert_int_eq(aw_symbols_find(s, name, &address, NULL), AW_OK);
    return address;
}

/* A stack of one word, at 0x1000. */
static bool read_word(void *ctx, uint32_t address, uint32_t *word)
{
    const uint32_t *value = ctx;

    if (address != 0x1004) {
        return false;
    }
    *word = *value;
    return true;
}

START_TEST(frames)
{
    uint32_t in_run = address_of("run") + 8;
    const struct aw_symbols_memory memory = {.ctx = &in_run, .read = read_word};
    uint32_t registers[AW_SYMBOLS_REGISTERS] = {0};
    uint32_t pcs[4] = {0};

    /* leaf was called by outer, as the link register says, and outer by run,
     * as its stack does; run's own stack cannot be read. */
    registers[13] = 0x1000;
    registers[14] = address_of("outer") + 8;
    registers[15] = address_of("leaf") + 4;
    ck_assert_uint_eq(aw_symbols_unwind(s, registers, &memory, pcs, 4), 3);
    ck_assert_uint_eq(pcs[0], registers[15]);
    ck_assert_uint_eq(pcs[1], registers[14]);
    ck_assert_uint_eq(pcs[2], in_run);
    ck_assert_uint_eq(aw_symbols_unwind(s, registers, &memory, pcs, 2), 2);
    ck_assert_uint_eq(aw_symbols_unwind(s, registers, &memory, pcs, 1), 1);
    /* Outside of all tables, but called from within. */
    registers[15] = 0x40000000;
    ck_assert_uint_eq(aw_symbols_unwind(s, registers, &memory, pcs, 4), 3);
    ck_assert_uint_eq(pcs[0], 0x40000000);
    ck_assert_uint_eq(pcs[1], registers[14]);
    registers[14] = 0;
    ck_assert_uint_eq(aw_symbols_unwind(s, registers, &memory, pcs, 4), 1);
}
END_TEST

Suite *suite_symbols(void)
{
    Suite *suite = suite_create("symbols");
    TCase *wrong = tcase_create("wrong");

    tcase_add_test(wrong, refusals);
    suite_add_tcase(suite, wrong);
    if (access(AW_DEBUG_ELF, R_OK) == 0) {
        TCase *tc = tcase_create("debug");

        tcase_add_checked_fixture(tc, set_up, tear_down);
        tcase_add_test(tc, names);
        tcase_add_test(tc, frames);
        suite_add_tcase(suite, tc);
    }
    return suite;
}
