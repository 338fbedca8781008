/* SPDX-License-Identifier: Apache-2.0 */
#include "os_state.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "aw/elf.h"
#include "elf_symbols.h"

enum { L1 = 16384, L2 = 8 * 1024, SETS = 2 };

static aw_bytes file_of(const char *image, const char *suffix)
{
    char name[64];

    (void)snprintf(name, sizeof(name), "tests/%s%s", image, suffix);
    return device_file(name);
}

static aw_bytes guest(const struct device *d, uint32_t address, uint32_t size)
{
    ck_assert(address >= TW_DDR_BASE &&
              address - TW_DDR_BASE <= TW_DDR_SIZE - size);
    return (aw_bytes){d->board.ddr.bytes + (address - TW_DDR_BASE), size};
}

/* Both sets of tables, the OS's and the applet's. */
static void hash_tables(const struct device *d, aw_bytes symbols,
                        uint8_t digest[AW_SHA256_SIZE])
{
    struct aw_sha256 hash;

    aw_sha256_init(&hash);
    for (unsigned i = 0; i < SETS; i++) {
        struct elf_symbol one = elf_symbol(symbols, "l1", i);
        struct elf_symbol two = elf_symbol(symbols, "l2", i);

        ck_assert_uint_eq(one.size, L1);
        ck_assert_uint_eq(two.size, L2);
        aw_sha256_update(&hash, guest(d, one.address, L1));
        aw_sha256_update(&hash, guest(d, two.address, L2));
    }
    aw_sha256_final(&hash, digest);
}

/* Code and constants are those of the file. */
static void expect_image(const struct device *d, aw_bytes file)
{
    struct aw_elf elf;
    struct aw_elf_segment s;
    unsigned same = 0;

    ck_assert_int_eq(aw_elf_open(file, &elf, NULL), AW_OK);
    for (size_t i = 0; i < elf.n; i++) {
        if (aw_elf_segment(&elf, i, &s, NULL) == AW_OK &&
            (s.flags & AW_ELF_WRITE) == 0) {
            ck_assert(aw_bytes_equal(guest(d, s.address, (uint32_t)s.bytes.n),
                                     s.bytes));
            same++;
        }
    }
    ck_assert_uint_eq(same, 2);
}

void os_state_take(const struct device *d, const char *image,
                   struct os_state *state)
{
    hash_tables(d, file_of(image, ".debug"), state->tables);
    tw_memory_hash(&d->board.ocram, state->ocram);
}

void os_state_expect(const struct device *d, const char *image,
                     const struct os_state *before)
{
    struct os_state now;

    os_state_take(d, image, &now);
    ck_assert_mem_eq(now.tables, before->tables, sizeof(now.tables));
    ck_assert_mem_eq(now.ocram, before->ocram, sizeof(now.ocram));
    expect_image(d, file_of(image, ".elf"));
}
