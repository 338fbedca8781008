/* SPDX-License-Identifier: Apache-2.0 */
/* The head of an image: IVT, boot data, DCD. A DCD that reads well is run on a
 * bus that only remembers, and written again. */
#include "aw/hab/dcd.h"
#include "aw/hab/event.h"
#include "aw/hab/ivt.h"
#include "fuzz.h"

enum { ENTRIES_MAX = 512 };

static void check_address(uint32_t address, unsigned width)
{
    trap_unless(
        aw_hab_range_has(aw_dcd_ranges, aw_dcd_ranges_n, address, width));
    trap_unless(address % width == 0);
}

static uint32_t bus_read(void *ctx, uint32_t address, unsigned width)
{
    uint32_t *last = ctx;

    check_address(address, width);
    return *last;
}

static void bus_write(void *ctx, uint32_t address, unsigned width,
                      uint32_t value)
{
    uint32_t *last = ctx;

    check_address(address, width);
    *last = value;
}

/* All entries of a DCD; false when one does not read. */
static bool entries(aw_bytes dcd, struct aw_dcd_entry *entry, size_t *n)
{
    struct aw_hab_cmd cmd;
    struct aw_rd r;

    *n = 0;
    if (aw_dcd_open(dcd, &r, NULL) != AW_OK) {
        return false;
    }
    while (aw_rd_left(&r) > 0) {
        if (aw_hab_cmd_next(&r, &cmd, NULL) != AW_OK) {
            return false;
        }
        for (size_t i = 0; i < aw_dcd_entries(&cmd); i++) {
            trap_unless(*n < ENTRIES_MAX);
            if (aw_dcd_entry_parse(&cmd, i, &entry[(*n)++], NULL) != AW_OK) {
                return false;
            }
        }
        if (aw_dcd_entries(&cmd) == 0) {
            return false;
        }
    }
    return true;
}

static bool same(const struct aw_dcd_entry *a, const struct aw_dcd_entry *b)
{
    return a->address == b->address && a->value == b->value && a->op == b->op &&
           a->width == b->width && a->counted == b->counted &&
           a->count == b->count;
}

static void rewrite(aw_bytes dcd)
{
    static struct aw_dcd_entry first[ENTRIES_MAX];
    static struct aw_dcd_entry second[ENTRIES_MAX];
    static uint8_t buf[AW_DCD_MAX];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    size_t n = 0;
    size_t m = 0;

    if (!entries(dcd, first, &n)) {
        return;
    }
    /* Merging makes a DCD shorter, never longer. */
    trap_unless(aw_dcd_write(first, n, &w, NULL) == AW_OK);
    trap_unless(entries(aw_wr_done(&w), second, &m));
    trap_unless(n == m);
    for (size_t i = 0; i < n; i++) {
        trap_unless(same(&first[i], &second[i]));
    }
}

/* True unless a wait would poll for long. */
static bool is_quick(aw_bytes dcd)
{
    static struct aw_dcd_entry entry[ENTRIES_MAX];
    size_t n = 0;

    (void)entries(dcd, entry, &n);
    for (size_t i = 0; i < n; i++) {
        if (entry[i].counted && entry[i].count > 1000) {
            return false;
        }
    }
    return true;
}

static void run(aw_bytes dcd)
{
    uint32_t last = 0;
    const struct aw_dcd_bus bus = {&last, bus_read, bus_write, 100};
    struct aw_dcd_fault fault = {0};
    aw_err dry = aw_dcd_run(dcd, aw_dcd_ranges, aw_dcd_ranges_n, NULL, &fault);
    aw_err wet = AW_OK;

    trap_unless(dry == AW_OK || fault.reason != 0);
    if (is_quick(dcd)) {
        wet = aw_dcd_run(dcd, aw_dcd_ranges, aw_dcd_ranges_n, &bus, &fault);
        trap_unless(wet == dry || wet == AW_ERR_TIMEOUT);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    aw_bytes in = {data, size};
    uint8_t buf[AW_IVT_SIZE];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_ivt ivt;
    struct aw_ivt back;
    struct aw_boot_data boot;
    aw_bytes dcd = in;

    if (aw_ivt_parse(in, &ivt, NULL) == AW_OK) {
        aw_ivt_write(&ivt, &w);
        trap_unless(aw_ivt_parse(aw_wr_done(&w), &back, NULL) == AW_OK);
        trap_unless(back.self == ivt.self && back.csf == ivt.csf);
        (void)!aw_boot_data_parse(in, &ivt, &boot, NULL);
        if (aw_ivt_find_dcd(in, &dcd, NULL) != AW_OK) {
            return 0;
        }
    }
    run(dcd);
    rewrite(dcd);
    return 0;
}
