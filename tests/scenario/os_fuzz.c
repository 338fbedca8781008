/* SPDX-License-Identifier: Apache-2.0 */
/* 60,000 calls with arguments from a generator: the OS lives on, and its code,
 * its translation tables and the keys' memory are what they were. */
#include "suites.h"

#include <string.h>

#include "aw/elf.h"
#include "aw/sha256.h"
#include "device.h"
#include "elf_symbols.h"
#include "support.h"

enum { BOOT_MS = 3000, FUZZ_MS = 600000, L1 = 16384, L2 = 8 * 1024 };

static struct device d;

static aw_bytes guest(uint32_t address, uint32_t size)
{
    ck_assert(address >= TW_DDR_BASE &&
              address - TW_DDR_BASE <= TW_DDR_SIZE - size);
    return (aw_bytes){d.board.ddr.bytes + (address - TW_DDR_BASE), size};
}

/* Both sets of tables, the OS's and the applet's. */
static void hash_tables(aw_bytes symbols, uint8_t digest[AW_SHA256_SIZE])
{
    static uint8_t all[2 * (L1 + L2)];
    size_t n = 0;

    for (unsigned i = 0; i < 2; i++) {
        struct elf_symbol one = elf_symbol(symbols, "l1", i);
        struct elf_symbol two = elf_symbol(symbols, "l2", i);

        ck_assert_uint_eq(one.size, L1);
        ck_assert_uint_eq(two.size, L2);
        memcpy(all + n, guest(one.address, L1).p, L1);
        memcpy(all + n + L1, guest(two.address, L2).p, L2);
        n += L1 + L2;
    }
    aw_sha256((aw_bytes){all, n}, digest);
}

/* Code and constants are those of the file. */
static void expect_image(aw_bytes file)
{
    struct aw_elf elf;
    struct aw_elf_segment s;
    unsigned same = 0;

    ck_assert_int_eq(aw_elf_open(file, &elf, NULL), AW_OK);
    for (size_t i = 0; i < elf.n; i++) {
        if (aw_elf_segment(&elf, i, &s, NULL) == AW_OK &&
            (s.flags & AW_ELF_WRITE) == 0) {
            ck_assert(
                aw_bytes_equal(guest(s.address, (uint32_t)s.bytes.n), s.bytes));
            same++;
        }
    }
    ck_assert_uint_eq(same, 2);
}

START_TEST(calls_at_random)
{
    aw_bytes symbols = device_file("tests/os_fuzz.debug");
    uint8_t before[AW_SHA256_SIZE];
    uint8_t after[AW_SHA256_SIZE];
    uint8_t ocram[2][AW_SHA256_SIZE];

    device_init(&d, TW_ULL);
    device_put(&d, 2, device_file("tests/os_fuzz.imx"));
    ck_assert_msg(device_boot(&d, "fuzz: begin", BOOT_MS), "%s", d.console);
    hash_tables(symbols, before);
    tw_memory_hash(&d.board.ocram, ocram[0]);
    ck_assert_msg(device_run(&d, "fuzz: end", FUZZ_MS), "%.3000s", d.console);
    hash_tables(symbols, after);
    tw_memory_hash(&d.board.ocram, ocram[1]);
    ck_assert_mem_eq(after, before, sizeof(before));
    ck_assert_mem_eq(ocram[1], ocram[0], sizeof(ocram[0]));
    expect_image(device_file("tests/os_fuzz.elf"));
    ck_assert(!device_said(&d, "applet: "));
    ck_assert(!device_said(&d, "panic"));
    ck_assert_uint_eq(d.resets, 0);
    /* The white LED goes on blinking. */
    uint64_t led_at = d.led_at;

    ck_assert(!device_run(&d, NULL, BOOT_MS));
    ck_assert(d.led_at > led_at);
    device_free(&d);
}
END_TEST

Suite *os_fuzz_suite(void)
{
    Suite *s = suite_create("os_fuzz");
    TCase *tc = tcase_create("calls");

    tcase_set_timeout(tc, 300);
    tcase_add_test(tc, calls_at_random);
    suite_add_tcase(s, tc);
    return s;
}
