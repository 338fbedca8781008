/* SPDX-License-Identifier: Apache-2.0 */
/* Random translation tables, and what a fault of theirs must look like; written
 * from the manual, apart from the walk that is under test. */
#include "fuzz.h"

/* Domains by DACR 0x0000000d: 0 is client, 1 manager, 2 and up no access. */
enum { DOMAIN_CLIENT, DOMAIN_MANAGER, DOMAIN_NONE };

#define NORMAL_SECTION 0x0000100cU /* TEX 1, C, B */
#define NORMAL_PAGE    0x0000004cU
#define NORMAL_LARGE   0x0000100cU

static void put(uint8_t *ram, uint32_t at, uint32_t word)
{
    for (unsigned k = 0; k < 4; k++) {
        ram[at + k] = (uint8_t)(word >> (8 * k));
    }
}

static uint32_t get(const uint8_t *ram, uint32_t at)
{
    return ram[at] | (uint32_t)ram[at + 1] << 8 | (uint32_t)ram[at + 2] << 16 |
           (uint32_t)ram[at + 3] << 24;
}

static uint32_t l1_at(uint32_t address)
{
    return FUZZ_L1 + (address >> 20) * 4;
}

/* AP[2:0] at the places of a page or a section; mostly full access, and never
 * the reserved value 4. */
static uint32_t permissions(struct fuzz_random *r, unsigned low, unsigned high)
{
    static const uint8_t some[] = {0, 1, 2, 5, 6, 7};
    uint32_t ap = fuzz_below(r, 6) != 0 ? 3 : some[fuzz_below(r, 6)];

    return (ap & 3) << low | ap >> 2 << high;
}

static uint32_t data_page(struct fuzz_random *r, uint32_t size)
{
    return FUZZ_RAM + FUZZ_DATA + fuzz_below(r, FUZZ_DATA_SIZE / size) * size;
}

/* Small pages; code pages map one to one, so that a sequence is whole. */
static void small_pages(struct fuzz_random *r, uint8_t *ram, uint32_t table,
                        bool code)
{
    for (uint32_t k = 0; k < 256; k++) {
        uint32_t frame = code ? FUZZ_RAM + FUZZ_CODE + k * FUZZ_PAGE
                              : data_page(r, FUZZ_PAGE);
        uint32_t never = fuzz_below(r, code ? 12 : 2) == 0 ? 1 : 0;
        uint32_t entry = frame | NORMAL_PAGE | 2 | never | permissions(r, 4, 9);

        put(ram, table + k * 4, fuzz_below(r, 16) == 0 ? 0 : entry);
    }
}

static void large_pages(struct fuzz_random *r, uint8_t *ram, uint32_t table)
{
    for (uint32_t k = 0; k < 256; k += 16) {
        uint32_t entry =
            data_page(r, 0x10000) | NORMAL_LARGE | 1 | permissions(r, 4, 9);

        entry = fuzz_below(r, 16) == 0 ? 0 : entry;
        for (uint32_t i = 0; i < 16; i++) {
            put(ram, table + (k + i) * 4, entry);
        }
    }
}

static uint32_t table_entry(uint32_t table, uint32_t domain)
{
    return (FUZZ_RAM + table) | domain << 5 | 1;
}

static uint32_t random_section(struct fuzz_random *r, bool access_flag)
{
    uint32_t domain = fuzz_below(r, 3);
    uint32_t frame = FUZZ_RAM + FUZZ_DATA;

    if (fuzz_below(r, 4) == 0) {
        return 0;
    }
    if (access_flag && domain == DOMAIN_MANAGER) {
        domain = DOMAIN_CLIENT;
    }
    return frame | NORMAL_SECTION | 2 | domain << 5 | permissions(r, 10, 15);
}

void fuzz_pages(struct fuzz_random *r, uint8_t *ram, bool access_flag)
{
    /* Full access is AP 3, which has the access flag set, too. */
    uint32_t identity = NORMAL_SECTION | 2 | 3U << 10;
    /* libunicorn does not look at the access flag for managers. */
    bool manager = fuzz_below(r, 4) == 0 && !access_flag;
    uint32_t domain = manager ? DOMAIN_MANAGER : DOMAIN_CLIENT;

    for (uint32_t k = 0; k < 4096; k++) {
        put(ram, FUZZ_L1 + k * 4, 0);
    }
    for (uint32_t k = 0; k < FUZZ_RAM_SIZE >> 20; k++) {
        uint32_t frame = FUZZ_RAM + (k << 20);

        put(ram, l1_at(frame), frame | identity);
    }
    small_pages(r, ram, FUZZ_L2, false);
    large_pages(r, ram, FUZZ_L2 + 0x400);
    small_pages(r, ram, FUZZ_L2 + 0x800, true);
    put(ram, l1_at(FUZZ_WINDOW), table_entry(FUZZ_L2, domain));
    put(ram, l1_at(FUZZ_SECTIONS), random_section(r, access_flag));
    put(ram, l1_at(FUZZ_LARGE), table_entry(FUZZ_L2 + 0x400, 0));
    put(ram, l1_at(FUZZ_CODE_WINDOW), table_entry(FUZZ_L2 + 0x800, 0));
}

/* Status of a fault by a second-level entry. */
static uint32_t page_status(uint32_t entry, bool flags)
{
    uint32_t ap0 = entry >> 4 & 1;

    if ((entry & 3) == 0) {
        return 0x7;
    }
    return flags && ap0 == 0 ? 0x6 : 0xf;
}

static uint32_t section_status(uint32_t entry, bool flags)
{
    uint32_t domain = entry >> 5 & 15;
    uint32_t ap0 = entry >> 10 & 1;

    if ((entry & 3) == 0) {
        return 0x5;
    }
    if (flags && ap0 == 0) {
        return 0x3;
    }
    return domain == DOMAIN_NONE ? 0x9 : 0xd;
}

bool fuzz_status_fits(const uint8_t *ram, uint32_t sctlr, uint32_t address,
                      uint32_t status)
{
    bool flags = (sctlr & 0x20000000) != 0;
    uint32_t entry = get(ram, l1_at(address));
    uint32_t domain = entry >> 5 & 15;
    uint32_t want = 0;

    if ((entry & 3) == 1) {
        uint32_t table = (entry & 0xfffffc00) - FUZZ_RAM;
        uint32_t second = get(ram, table + (address >> 12 & 0xff) * 4);

        want = page_status(second, flags) | domain << 4;
    } else {
        want = section_status(entry, flags);
        want |= want == 0x5 ? 0 : domain << 4;
    }
    return (status & 0xff) == want;
}
