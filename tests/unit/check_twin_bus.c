/* SPDX-License-Identifier: Apache-2.0 */
#include "core/bus.h"

#include <string.h>

#include "suites.h"
#include "support.h"

enum {
    ROM = 0x1000,
    RAM = 0x40000000,
    RAM_SIZE = 4 * TW_PAGE,
    DEVICE = 0x2000000
};

static struct {
    struct tw_report report;
    struct tw_bus bus;
    uint8_t ram[RAM_SIZE];
    uint8_t dirty[RAM_SIZE / TW_LINE];
    uint8_t rom[TW_PAGE];
    uint32_t reg;         /* of the device at offset 4 */
    uint32_t refuse_page; /* by the guard, for non-secure access */
    uint32_t written_at;
    uint32_t written_n;
    char said[256];
} t;

static bool read_reg(void *ctx, uint32_t offset, const struct tw_access *how,
                     uint32_t *value)
{
    ck_assert_ptr_eq(ctx, &t.reg);
    if (offset != 4 || how->size != 4) {
        return false;
    }
    *value = t.reg;
    return true;
}

static bool write_reg(void *ctx, uint32_t offset, const struct tw_access *how,
                      uint32_t value)
{
    (void)ctx;
    if (offset != 4 || !how->privileged) {
        return false;
    }
    t.reg = value;
    return true;
}

static bool guard(void *ctx, const struct tw_access *how)
{
    (void)ctx;
    return how->secure || how->address / TW_PAGE != t.refuse_page / TW_PAGE;
}

static void say(void *ctx, enum tw_report_kind kind, uint64_t tick,
                const char *text)
{
    (void)ctx;
    (void)kind;
    (void)tick;
    memcpy(t.said, text, strlen(text) + 1);
}

static void note_written(void *ctx, uint32_t address, uint32_t size)
{
    (void)ctx;
    t.written_at = address;
    t.written_n += size;
}

static const struct tw_device_ops ops = {read_reg, write_reg};

static void set_up(void)
{
    const struct tw_region ram = {
        .name = "RAM",
        .base = RAM,
        .size = RAM_SIZE,
        .ram = {.bytes = t.ram, .dirty = t.dirty},
    };
    const struct tw_region rom = {
        .name = "ROM",
        .base = ROM,
        .size = TW_PAGE,
        .read_only = true,
        .ram = {.bytes = t.rom},
    };

    memset(&t, 0, sizeof(t));
    t.report.line = say;
    t.refuse_page = UINT32_MAX;
    tw_bus_init(&t.bus, &t.report);
    tw_bus_add_ram(&t.bus, &ram);
    tw_bus_add_device(&t.bus, "device", DEVICE, 8, &ops, &t.reg);
    tw_bus_add_ram(&t.bus, &rom);
    tw_bus_add_guard(&t.bus, &(struct tw_guard){.allows = guard});
    t.bus.written = note_written;
}

/* s secure, p privileged, in that order. */
static struct tw_access how(uint32_t address, uint8_t size, const char *flags)
{
    return (struct tw_access){
        .address = address,
        .size = size,
        .secure = strchr(flags, 's') != NULL,
        .privileged = strchr(flags, 'p') != NULL,
        .master = TW_CPU,
    };
}

static const struct {
    uint32_t address;
    uint32_t unmapped; /* reports of both */
    const char *flags;
    uint8_t size;
    bool readable;
    bool writable;
} accesses[] = {
    {RAM, 0, "sp", 4, true, true},
    {RAM + RAM_SIZE - 4, 0, "sp", 4, true, true},
    {RAM + RAM_SIZE, 2, "sp", 4, false, false},
    {RAM - 4, 2, "sp", 4, false, false},
    {ROM, 0, "sp", 1, true, false},
    {ROM - 1, 2, "sp", 1, false, false},
    {0, 2, "sp", 4, false, false},
    {0xfffffffc, 2, "sp", 4, false, false},
    {DEVICE + 4, 0, "sp", 4, true, true},
    {DEVICE + 4, 0, "s", 4, true, false},
    {DEVICE + 4, 0, "sp", 1, false, true},
    {DEVICE, 0, "sp", 4, false, false},
    {DEVICE + 8, 2, "sp", 4, false, false},
    {RAM + TW_PAGE, 0, "p", 4, true, true},
    {RAM + 2 * TW_PAGE, 0, "p", 2, false, false}, /* by the guard */
    {RAM + 2 * TW_PAGE, 0, "sp", 2, true, true},
};

START_TEST(access_by_address)
{
    struct tw_access a =
        how(accesses[_i].address, accesses[_i].size, accesses[_i].flags);
    uint32_t value = 99;

    set_up();
    t.refuse_page = RAM + 2 * TW_PAGE;
    ck_assert(tw_bus_read(&t.bus, &a, &value) == accesses[_i].readable);
    ck_assert(accesses[_i].readable || value == 99);
    a.write = true;
    ck_assert(tw_bus_write(&t.bus, &a, 0) == accesses[_i].writable);
    ck_assert_uint_eq(t.report.counts[TW_REPORT_UNMAPPED],
                      accesses[_i].unmapped);
}
END_TEST

START_TEST(little_endian)
{
    struct tw_access a = how(RAM + 8, 4, "sp");
    uint32_t value = 0;

    set_up();
    a.write = true;
    ck_assert(tw_bus_write(&t.bus, &a, 0x11223344));
    ck_assert_uint_eq(t.ram[8], 0x44);
    ck_assert_uint_eq(t.ram[11], 0x11);
    a.size = 2;
    ck_assert(tw_bus_read(&t.bus, &a, &value));
    ck_assert_uint_eq(value, 0x3344);
    a.address++;
    a.size = 1;
    ck_assert(tw_bus_write(&t.bus, &a, 0xffff));
    ck_assert_uint_eq(t.ram[10], 0x22);
    ck_assert_uint_eq(t.written_n, 0); /* the processor's own stores */
    a.master = TW_ROM;
    ck_assert(tw_bus_write(&t.bus, &a, 0));
    ck_assert_uint_eq(t.written_n, 1);
    ck_assert_uint_eq(t.written_at, RAM + 9);
}
END_TEST

START_TEST(pages)
{
    struct tw_access a = how(RAM + TW_PAGE + 12, 4, "s");
    struct tw_page page;

    set_up();
    ck_assert(tw_bus_page(&t.bus, &a, &page));
    ck_assert_ptr_eq(page.bytes, &t.ram[TW_PAGE]);
    ck_assert_ptr_eq(page.dirty, &t.dirty[TW_PAGE / TW_LINE]);
    ck_assert_uint_eq(page.line, TW_PAGE / TW_LINE);
    a = how(DEVICE, 4, "s");
    ck_assert(!tw_bus_page(&t.bus, &a, &page));
    a = how(ROM, 4, "s");
    ck_assert(tw_bus_page(&t.bus, &a, &page));
    tw_page_mark(&page, 0); /* no map: no effect */
    a.write = true;
    ck_assert(!tw_bus_page(&t.bus, &a, &page));
    a = how(RAM, 4, "");
    t.refuse_page = RAM;
    ck_assert(!tw_bus_page(&t.bus, &a, &page));
    tw_bus_changed(&t.bus);
    ck_assert_uint_eq(t.bus.epoch, 1);
}
END_TEST

START_TEST(dma_crosses_pages)
{
    uint8_t in[TW_PAGE + 10];
    uint8_t out[TW_PAGE + 10] = {0};

    set_up();
    memset(in, 0xa5, sizeof(in));
    ck_assert(tw_dma_write(&t.bus, TW_USB, RAM + 5, in, sizeof(in)));
    ck_assert_uint_eq(t.ram[4], 0);
    ck_assert_uint_eq(t.ram[5], 0xa5);
    ck_assert_uint_eq(t.ram[5 + TW_PAGE + 9], 0xa5);
    ck_assert_uint_eq(t.ram[5 + TW_PAGE + 10], 0);
    ck_assert_uint_eq(t.written_n, sizeof(in));
    ck_assert(tw_dma_read(&t.bus, TW_USB, RAM + 5, out, sizeof(out)));
    ck_assert_int_eq(memcmp(in, out, sizeof(in)), 0);
    ck_assert(tw_dma_read(&t.bus, TW_USB, 0, out, 0));
    ck_assert(tw_dma_write(&t.bus, TW_USB, 0, in, 0));
    ck_assert_uint_eq(t.report.counts[TW_REPORT_DMA_DIRTY], 0);
}
END_TEST

START_TEST(dma_refused)
{
    uint8_t block[2 * TW_PAGE] = {1};

    set_up();
    t.refuse_page = RAM + TW_PAGE;
    ck_assert(tw_dma_write(&t.bus, TW_USB, RAM, block, sizeof(block)));
    t.bus.nonsecure[TW_USB] = true;
    ck_assert(!tw_dma_write(&t.bus, TW_USB, RAM, block, sizeof(block)));
    ck_assert(tw_dma_write(&t.bus, TW_DCP, RAM, block, sizeof(block)));
    ck_assert(!tw_dma_write(&t.bus, TW_DCP, ROM, block, 4));
    ck_assert(tw_dma_read(&t.bus, TW_DCP, ROM, block, 4));
    ck_assert(!tw_dma_read(&t.bus, TW_DCP, DEVICE, block, 4));
    ck_assert(!tw_dma_read(&t.bus, TW_DCP, RAM + RAM_SIZE - 4, block, 8));
    ck_assert_uint_eq(t.report.counts[TW_REPORT_REFUSED], 4);
}
END_TEST

static void mark(uint32_t address)
{
    struct tw_access a = how(address, 4, "sp");
    struct tw_page page;

    ck_assert(tw_bus_page(&t.bus, &a, &page));
    tw_page_mark(&page, address % TW_PAGE / TW_LINE);
}

/* Reports of a DMA read of n bytes. */
static uint64_t dma_reports(uint32_t address, size_t n)
{
    uint8_t block[RAM_SIZE];
    uint64_t old = t.report.counts[TW_REPORT_DMA_DIRTY];

    ck_assert(tw_dma_read(&t.bus, TW_USDHC2, address, block, n));
    return t.report.counts[TW_REPORT_DMA_DIRTY] - old;
}

START_TEST(dirty_lines)
{
    set_up();
    mark(RAM + 130);
    mark(RAM + 131); /* the same line */
    ck_assert_uint_eq(dma_reports(RAM, 128), 0);
    ck_assert_uint_eq(dma_reports(RAM, 129), 1);
    ck_assert_str_eq(t.said, "DMA read by master 3 meets a line that was not "
                             "cleaned at 0x40000080");
    ck_assert_uint_eq(dma_reports(RAM + 191, 1), 1);
    ck_assert_uint_eq(dma_reports(RAM + 192, 64), 0);
    static const uint8_t block[64];
    uint64_t old = t.report.counts[TW_REPORT_DMA_DIRTY];

    /* A line that is written back later destroys what a device wrote. */
    ck_assert(tw_dma_write(&t.bus, TW_USDHC2, RAM + 128, block, 64));
    ck_assert_uint_eq(t.report.counts[TW_REPORT_DMA_DIRTY], old + 1);
    ck_assert_str_eq(t.said, "DMA write by master 3 meets a line that was not "
                             "cleaned at 0x40000080");
    ck_assert(tw_dma_write(&t.bus, TW_USDHC2, RAM + 192, block, 64));
    ck_assert_uint_eq(t.report.counts[TW_REPORT_DMA_DIRTY], old + 1);
    tw_bus_clean(&t.bus, RAM + 64, 64);
    ck_assert_uint_eq(dma_reports(RAM, RAM_SIZE), 1);
    tw_bus_clean(&t.bus, RAM + 127, 2);
    ck_assert_uint_eq(dma_reports(RAM, RAM_SIZE), 0);
    mark(RAM + 2 * TW_PAGE);
    mark(RAM + 3 * TW_PAGE);
    ck_assert_uint_eq(dma_reports(RAM + TW_PAGE, RAM_SIZE - TW_PAGE), 1);
    tw_bus_clean_all(&t.bus);
    ck_assert_uint_eq(dma_reports(RAM, RAM_SIZE), 0);
    tw_bus_clean(&t.bus, 0, 0);
    tw_bus_clean(&t.bus, 0xffffffff, 1);
}
END_TEST

/* More lines than are remembered one by one, and a map filled otherwise. */
START_TEST(clean_all_at_any_count)
{
    set_up();
    for (uint32_t i = 0; i < RAM_SIZE / TW_LINE; i++) {
        mark(RAM + i * TW_LINE);
        if (i == TW_RECENT_MAX / 2) {
            tw_bus_clean_all(&t.bus);
            ck_assert_uint_eq(t.dirty[0], 0);
        }
    }
    mark(RAM);
    for (int again = 0; again < 2; again++) {
        for (uint32_t i = 0; i < RAM_SIZE / TW_LINE; i++) {
            tw_bus_clean(&t.bus, RAM + i * TW_LINE, 1);
            mark(RAM + i * TW_LINE);
        }
    }
    ck_assert_uint_gt(t.bus.regions[2].ram.dirty_lines, TW_RECENT_MAX);
    tw_bus_clean_all(&t.bus);
    memset(t.rom, 0, sizeof(t.rom));
    ck_assert_uint_eq(dma_reports(RAM, RAM_SIZE), 0);
    memset(t.dirty, 1, sizeof(t.dirty));
    t.bus.regions[2].ram.dirty_lines = UINT32_MAX;
    ck_assert_uint_eq(dma_reports(RAM, RAM_SIZE), 1);
    tw_bus_clean_all(&t.bus);
    for (uint32_t i = 0; i < sizeof(t.dirty); i++) {
        ck_assert_uint_eq(t.dirty[i], 0);
    }
}
END_TEST

START_TEST(report_names)
{
    set_up();
    for (int i = 0; i < TW_REPORT_KINDS; i++) {
        ck_assert_ptr_nonnull(tw_report_name((enum tw_report_kind)i));
    }
    t.report.line = NULL;
    tw_report(&t.report, TW_REPORT_RESET, "only counted");
    ck_assert_uint_eq(t.report.counts[TW_REPORT_RESET], 1);
}
END_TEST

Suite *suite_twin_bus(void)
{
    Suite *s = suite_create("twin_bus");
    TCase *tc = tcase_create("all");

    tcase_add_loop_test(tc, access_by_address, 0, (int)COUNT(accesses));
    tcase_add_test(tc, little_endian);
    tcase_add_test(tc, pages);
    tcase_add_test(tc, dma_crosses_pages);
    tcase_add_test(tc, dma_refused);
    tcase_add_test(tc, dirty_lines);
    tcase_add_test(tc, clean_all_at_any_count);
    tcase_add_test(tc, report_names);
    suite_add_tcase(s, tc);
    return s;
}
