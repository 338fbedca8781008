/* SPDX-License-Identifier: Apache-2.0 */
#include "os_tables.h"

#include <check.h>
#include <stdio.h>

#include "aw/elf.h"
#include "elf_symbols.h"

enum { PAGE = 4096, MIB_PAGES = 256, L1_ENTRIES = 4096, REGIONS = 20 };
#define WINDOW_END UINT32_C(0xa0000000)

/* What a page is mapped to; ARM DDI 0406C, B3.5. */
struct entry {
    bool there;
    bool user;
    bool write;
    bool user_execute;
    bool os_execute;
    uint32_t to;
};

/* Pages that user mode has. */
struct region {
    uint32_t start;
    uint32_t end;
    bool write;
    bool execute;
};

static struct region regions[REGIONS];
static size_t n_regions;

static uint32_t word(const struct device *d, uint32_t address)
{
    const uint8_t *p = d->board.ddr.bytes + (address - TW_DDR_BASE);

    ck_assert(address >= TW_DDR_BASE && address - TW_DDR_BASE < TW_DDR_SIZE);
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

/* AP[2:0]: 1 for PL1 alone, 3 for both; bit 2 without writing. */
static struct entry make(uint32_t ap, bool xn, bool pxn, uint32_t to)
{
    uint32_t who = ap & 3;

    ck_assert_uint_ne(who, 0);
    ck_assert_uint_ne(who, 2); /* not used here */
    return (struct entry){.there = true,
                          .user = who == 3,
                          .write = (ap & 4) == 0,
                          .user_execute = who == 3 && !xn,
                          .os_execute = !xn && !pxn,
                          .to = to};
}

static struct entry look_up(const struct device *d, uint32_t l1, uint32_t page)
{
    const struct entry none = {.there = false};
    uint32_t one = word(d, l1 + page / MIB_PAGES * 4);

    if ((one & 3) == 0) {
        return none;
    }
    if ((one & 3) != 1) {
        ck_assert_uint_eq(one & 1 << 18, 0); /* no supersection */
        return make((one >> 10 & 3) | (one >> 13 & 4), (one >> 4 & 1) != 0,
                    (one & 1) != 0,
                    (one & 0xfff00000) + page % MIB_PAGES * PAGE);
    }
    uint32_t two = word(d, (one & 0xfffffc00) + page % MIB_PAGES * 4);

    if ((two & 3) == 0) {
        return none;
    }
    ck_assert_uint_ne(two & 3, 1); /* no large page */
    return make((two >> 4 & 3) | (two >> 7 & 4), (two & 1) != 0,
                (one >> 2 & 1) != 0, two & 0xfffff000);
}

static void add_region(uint32_t start, uint32_t size, bool write, bool execute)
{
    uint32_t end = (start + size + PAGE - 1) & ~(uint32_t)(PAGE - 1);

    ck_assert_uint_lt(n_regions, REGIONS);
    regions[n_regions++] = (struct region){start, end, write, execute};
}

static void find_regions(const char *applet, uint32_t stack)
{
    struct aw_elf elf;
    struct aw_elf_segment s;

    n_regions = 0;
    ck_assert_int_eq(aw_elf_open(device_file(applet), &elf, NULL), AW_OK);
    for (size_t i = 0; i < elf.n; i++) {
        if (aw_elf_segment(&elf, i, &s, NULL) == AW_OK) {
            add_region(s.address, s.size, (s.flags & AW_ELF_WRITE) != 0,
                       (s.flags & AW_ELF_EXECUTE) != 0);
        }
    }
    ck_assert_uint_ge(n_regions, 3);
    add_region(WINDOW_END - stack, stack, true, false);
}

static const struct region *region_of(uint32_t address)
{
    for (size_t i = 0; i < n_regions; i++) {
        if (address >= regions[i].start && address < regions[i].end) {
            return &regions[i];
        }
    }
    return NULL;
}

static void expect_user_page(const struct entry *e, uint32_t address)
{
    const struct region *r = region_of(address);

    ck_assert_msg(r != NULL, "user mode reaches %08x", address);
    ck_assert_msg(e->write == r->write && e->user_execute == r->execute &&
                      !e->os_execute && e->to == address,
                  "%08x: write %d, execute %d, %d, at %08x", address, e->write,
                  e->user_execute, e->os_execute, e->to);
}

/* Of the OS, the monitor's two pages. */
static void expect_applet(const struct device *d, uint32_t l1, aw_bytes symbols)
{
    const uint32_t code = elf_symbol(symbols, "mon_page", 0).address;
    const uint32_t data = elf_symbol(symbols, "mon_frame", 0).address;
    uint32_t pages = 0;
    uint32_t want = 0;

    for (size_t i = 0; i < n_regions; i++) {
        want += (regions[i].end - regions[i].start) / PAGE;
    }
    for (uint32_t page = 0; page < L1_ENTRIES * MIB_PAGES; page++) {
        struct entry e = look_up(d, l1, page);
        uint32_t address = page * PAGE;

        if (e.there && e.user) {
            expect_user_page(&e, address);
            pages++;
        } else if (e.there && e.os_execute) {
            ck_assert_msg(address == code && e.to == code && !e.write,
                          "the OS executes %08x", address);
        } else if (e.there) {
            ck_assert_msg(address == data && e.to == data, "the OS has %08x",
                          address);
        }
    }
    ck_assert_uint_eq(pages, want);
    printf("user mode has %u pages\n", (unsigned)pages);
}

/* The OS's own: flat, nobody else's, its code alone is executed. */
static void expect_os(const struct device *d, uint32_t l1, aw_bytes symbols)
{
    const uint32_t start = elf_symbol(symbols, "image_start", 0).address;
    const uint32_t end = elf_symbol(symbols, "text_end", 0).address;
    const uint32_t stack = elf_symbol(symbols, "stack_guard", 0).address;

    for (uint32_t page = 0; page < L1_ENTRIES * MIB_PAGES; page++) {
        struct entry e = look_up(d, l1, page);
        uint32_t address = page * PAGE;
        bool code = address >= start && address < end;

        if (!e.there) {
            ck_assert(!code);
            continue;
        }
        ck_assert_msg(!e.user && e.to == address, "%08x: %d %08x", address,
                      e.user, e.to);
        ck_assert_msg(e.os_execute == code, "%08x: execute", address);
        ck_assert_msg(!code || !e.write, "%08x: code is written", address);
        ck_assert_msg(address != 0 && address != stack, "%08x is there",
                      address);
    }
}

void tables_expect(const struct device *d, const char *image,
                   const char *applet, uint32_t stack)
{
    enum { SETS = 2 };
    char name[64];
    unsigned applets = 0;

    (void)snprintf(name, sizeof(name), "tests/%s.debug", image);
    aw_bytes symbols = device_file(name);

    find_regions(applet, stack);
    for (unsigned i = 0; i < SETS; i++) {
        uint32_t l1 = elf_symbol(symbols, "l1", i).address;

        if (look_up(d, l1, regions[0].start / PAGE).user) {
            expect_applet(d, l1, symbols);
            applets++;
        } else {
            expect_os(d, l1, symbols);
        }
    }
    ck_assert_uint_eq(applets, 1);
}
