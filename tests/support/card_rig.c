/* SPDX-License-Identifier: Apache-2.0 */
#include "card_rig.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "support.h"
#include "usdhc_regs.h"

struct card_rig cr;
uint8_t cr_block[CR_PATTERN];

static uint8_t ram[CR_RAM_SIZE];
static uint8_t dirty[CR_RAM_SIZE / TW_LINE];

#define ERRORS UINT32_C(0xffff0000)

static void say(void *ctx, enum tw_report_kind kind, uint64_t tick,
                const char *text)
{
    size_t n = strlen(text);

    (void)ctx;
    (void)kind;
    (void)tick;
    n = n < CR_TEXT - 1 ? n : CR_TEXT - 1;
    memcpy(cr.said, text, n);
    cr.said[n] = 0;
}

static void set_line(void *ctx, uint32_t number, bool level)
{
    (void)ctx;
    (void)number;
    cr.line = level;
}

void cr_start(void)
{
    const struct tw_region region = {.name = "RAM",
                                     .base = CR_RAM,
                                     .size = CR_RAM_SIZE,
                                     .ram = {.bytes = ram, .dirty = dirty}};

    memset(&cr, 0, sizeof(cr));
    memset(ram, 0, sizeof(ram));
    memset(dirty, 0, sizeof(dirty));
    for (size_t i = 0; i < sizeof(cr_block); i++) {
        cr_block[i] = (uint8_t)(i * 3 + i / 256 + 1);
    }
    tw_clock_init(&cr.clock, 528000000);
    cr.report.line = say;
    cr.report.now = &cr.clock.now;
    tw_bus_init(&cr.bus, &cr.report);
    tw_bus_add_ram(&cr.bus, &region);
}

static void open_file(size_t i, uint64_t size)
{
    int fd = memfd_create("rig", MFD_CLOEXEC);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(tw_file_adopt(&cr.files[i], fd, size), AW_OK);
}

static const uint8_t seed[TW_RNG_SEED] = {1};

static void insert(struct tw_card card)
{
    const struct tw_usdhc_wiring host = {
        .name = "usdhc2",
        .clock = &cr.clock,
        .bus = &cr.bus,
        .master = TW_USDHC2,
        .line = {.set = set_line, .number = 55}};

    tw_usdhc_init(&cr.host, &host, HOST);
    tw_usdhc_insert(&cr.host, &card);
    cr_host_init();
}

void cr_start_emmc(void)
{
    struct tw_emmc_wiring w = {.clock = &cr.clock,
                               .report = &cr.report,
                               .cut = &cr.cut,
                               .blocks = CR_BLOCKS,
                               .serial = 0x720a9dea};

    cr_start();
    open_file(0, (uint64_t)CR_BLOCKS * TW_BLOCK);
    open_file(1, (uint64_t)TW_EMMC_BOOT_BLOCKS * TW_BLOCK);
    open_file(2, (uint64_t)TW_EMMC_BOOT_BLOCKS * TW_BLOCK);
    open_file(3, tw_nvm_size(TW_EMMC_RPMB_SECTORS));
    for (size_t i = 0; i < TW_EMMC_PARTS; i++) {
        w.parts[i] = tw_file_store(&cr.files[i]);
    }
    w.nvm = tw_file_store(&cr.files[3]);
    tw_cut_init(&cr.cut, seed);
    ck_assert_int_eq(tw_emmc_init(&cr.emmc, &w), AW_OK);
    insert(tw_emmc_card(&cr.emmc));
}

void cr_start_emmc_up(void)
{
    cr_start_emmc();
    cr_emmc_up();
}

void cr_start_sd(uint32_t blocks)
{
    struct tw_sd_wiring w = {.clock = &cr.clock,
                             .report = &cr.report,
                             .cut = &cr.cut,
                             .blocks = blocks,
                             .serial = 0x01020304};

    cr_start();
    open_file(0, (uint64_t)blocks * TW_BLOCK);
    w.store = tw_file_store(&cr.files[0]);
    tw_cut_init(&cr.cut, seed);
    tw_sd_init(&cr.sd, &w);
    insert(tw_sd_card(&cr.sd));
}

void cr_stop(void)
{
    tw_emmc_free(&cr.emmc);
    tw_sd_free(&cr.sd);
    for (size_t i = 0; i < CR_FILES; i++) {
        if (cr.files[i].size != 0) {
            tw_file_close(&cr.files[i]);
        }
    }
}

uint32_t cr_read(uint32_t address)
{
    const struct tw_access how = {
        .address = address, .size = 4, .secure = true, .privileged = true};
    uint32_t value = 0;

    ck_assert_msg(tw_bus_read(&cr.bus, &how, &value), "read of 0x%x", address);
    return value;
}

void cr_write(uint32_t address, uint32_t value)
{
    const struct tw_access how = {.address = address,
                                  .size = 4,
                                  .write = true,
                                  .secure = true,
                                  .privileged = true};

    ck_assert_msg(tw_bus_write(&cr.bus, &how, value), "write of 0x%x", address);
}

uint8_t *cr_ram(uint32_t address)
{
    return &ram[address - CR_RAM];
}

void cr_run_us(uint64_t us)
{
    uint64_t until = cr.clock.now + tw_clock_ticks(&cr.clock, us, 1000000);

    while (cr.clock.next <= until) {
        cr.clock.now = cr.clock.next;
        tw_clock_fire(&cr.clock);
    }
    cr.clock.now = until;
}

bool cr_run_until(uint32_t address, uint32_t bits)
{
    while ((cr_read(address) & bits) == 0) {
        if (cr.clock.next == UINT64_MAX) {
            return false;
        }
        if (cr.clock.next > cr.clock.now) {
            cr.clock.now = cr.clock.next;
        }
        tw_clock_fire(&cr.clock);
    }
    return true;
}

uint64_t cr_misuses(void)
{
    return cr.report.counts[TW_REPORT_MISUSE];
}

void cr_host_init(void)
{
    cr_write(SYS_CTRL, 0x0180000f); /* RSTA */
    cr_run_us(2);
    ck_assert_uint_eq(cr_read(SYS_CTRL) & 0x07000000, 0);
    cr_write(MIX_CTRL, 0);
    cr_write(PROT_CTRL, 0x20);
    cr_write(SYS_CTRL, 0x008f207f); /* 387 kHz, longest time-out */
    cr_run_us(2);
    ck_assert_uint_ne(cr_read(PRES_STATE) & 8, 0);
    cr_write(INT_STATUS, UINT32_MAX);
    cr_write(INT_STATUS_EN, 0x157f01ff);
    cr_write(INT_SIGNAL_EN, 0);
    cr_write(SYS_CTRL, 0x088f207f); /* INITA */
    cr_run_us(300);
    cr_write(VEND_SPEC, cr_read(VEND_SPEC) | 0x100);
}

static uint32_t width_bits(unsigned width)
{
    uint32_t lines = width == 8 ? 2 : 0;

    return (width == 4 ? 1 : lines) << 1;
}

void cr_host_fast(unsigned width)
{
    uint32_t vend = cr_read(VEND_SPEC);

    cr_write(PROT_CTRL, 0x20 | width_bits(width));
    cr_write(VEND_SPEC, vend & ~UINT32_C(0x100));
    cr_write(SYS_CTRL, 0x008f020f); /* SDCLKFS 2, DVS 0 */
    cr_run_us(2);
    cr_write(VEND_SPEC, vend);
}

uint32_t cr_response(void)
{
    return cr_read(CMD_RSP0);
}

uint32_t cr_field(unsigned high, unsigned low)
{
    uint32_t v = 0;

    for (unsigned bit = high + 1; bit-- > low;) {
        v = v << 1 |
            (cr_read(CMD_RSP0 + (bit - 8) / 32 * 4) >> ((bit - 8) % 32) & 1);
    }
    return v;
}

uint32_t cr_command(uint8_t index, uint32_t argument, uint32_t flags)
{
    uint32_t status = 0;
    bool busy = (flags & 0x30000) == 0x30000 || (flags & CR_DATA_CMD) != 0;

    cr_write(INT_STATUS, UINT32_MAX);
    cr_write(CMD_ARG, argument);
    cr_write(CMD_XFR_TYP, (uint32_t)index << 24 | flags);
    (void)cr_run_until(INT_STATUS, ERRORS | 1);
    status = cr_read(INT_STATUS);
    if (busy && (status & ERRORS) == 0) {
        (void)cr_run_until(INT_STATUS, ERRORS | 2);
        status = cr_read(INT_STATUS);
    }
    cr_write(INT_STATUS, status);
    return status;
}

uint32_t cr_app_command(uint8_t index, uint32_t argument, uint32_t flags)
{
    ck_assert_uint_eq(cr_command(55, cr.rca << 16, CR_R1), 1);
    return cr_command(index, argument, flags);
}

uint32_t cr_status(void)
{
    ck_assert_uint_eq(cr_command(13, cr.rca << 16, CR_R1), 1);
    return cr_response();
}

uint32_t cr_switch(uint8_t index, uint8_t value)
{
    ck_assert_uint_eq(
        cr_command(6, 0x03000000 | (uint32_t)index << 16 | (uint32_t)value << 8,
                   CR_R1B),
        3);
    return cr_status();
}

void cr_emmc_up(void)
{
    unsigned tries = 0;

    cr.rca = 2;
    cr_host_init();
    ck_assert_uint_eq(cr_command(0, 0, CR_R0), 1);
    do {
        ck_assert_uint_eq(cr_command(1, 0x40ff8000, CR_R3), 1);
        cr_run_us(1000);
        tries++;
    } while ((cr_response() >> 31) == 0 && tries < 1000);
    ck_assert_uint_lt(tries, 1000);
    ck_assert_uint_eq(cr_command(2, 0, CR_R2), 1);
    ck_assert_uint_eq(cr_command(3, cr.rca << 16, CR_R1), 1);
    ck_assert_uint_eq(cr_command(7, cr.rca << 16, CR_R1B), 3);
    ck_assert_uint_eq(cr_switch(185, 1) & 0x80, 0);
    ck_assert_uint_eq(cr_switch(183, 2) & 0x80, 0);
    cr_host_fast(8);
}

void cr_sd_up(void)
{
    uint32_t vend = 0;
    unsigned tries = 0;

    cr.rca = 0;
    cr_host_init();
    ck_assert_uint_eq(cr_command(0, 0, CR_R0), 1);
    ck_assert_uint_eq(cr_command(8, 0x1aa, CR_R1), 1);
    do {
        ck_assert_uint_eq(cr_app_command(41, 0x40ff8000, CR_R3), 1);
        cr_run_us(1000);
        tries++;
    } while ((cr_response() >> 31) == 0 && tries < 1000);
    ck_assert_uint_lt(tries, 1000);
    ck_assert_uint_eq(cr_command(2, 0, CR_R2), 1);
    ck_assert_uint_eq(cr_command(3, 0, CR_R1), 1);
    cr.rca = cr_response() >> 16;
    ck_assert_uint_eq(cr_command(7, cr.rca << 16, CR_R1B), 3);
    ck_assert_uint_eq(cr_app_command(6, 2, CR_R1), 1);
    vend = cr_read(VEND_SPEC);
    cr_write(PROT_CTRL, 0x20 | width_bits(4));
    cr_write(VEND_SPEC, vend & ~UINT32_C(0x100));
    cr_write(SYS_CTRL, 0x008f021f);
    cr_run_us(2);
    cr_write(VEND_SPEC, vend);
}

uint32_t cr_read_short(uint8_t index, uint32_t argument, uint32_t bytes)
{
    cr_write(PROT_CTRL, cr_read(PROT_CTRL) & ~UINT32_C(0x300));
    cr_write(HOST, CR_DATA);
    cr_write(BLK_ATT, 1 << 16 | bytes);
    cr_write(MIX_CTRL, (cr_read(MIX_CTRL) & 0x03c00008) | 0x11);
    /* Without the interrupt that simple DMA gives at its end. */
    return cr_command(index, argument, CR_R1 | CR_DATA_CMD) & ~UINT32_C(8);
}

/* Descriptors of at most 32 KiB each. */
static void make_descriptors(uint32_t bytes)
{
    uint32_t at = CR_ADMA;
    uint32_t address = CR_DATA;

    while (bytes > 0) {
        uint32_t n = bytes > 0x8000 ? 0x8000 : bytes;

        bytes -= n;
        cr_write(at, n << 16 | (bytes == 0 ? 0x23 : 0x21));
        cr_write(at + 4, address);
        at += 8;
        address += n;
    }
}

uint32_t cr_transfer(uint8_t index, uint32_t argument, uint32_t blocks,
                     bool reading)
{
    bool many = index == 18 || index == 25;

    make_descriptors(blocks * TW_BLOCK);
    cr_write(PROT_CTRL, (cr_read(PROT_CTRL) & ~UINT32_C(0x300)) | 0x200);
    cr_write(BLK_ATT, blocks << 16 | TW_BLOCK);
    cr_write(ADMA_SYS_ADDR, CR_ADMA);
    cr_write(WTMK_LVL, 0x00800080);
    cr_write(MIX_CTRL, (cr_read(MIX_CTRL) & 0x03c00008) | 1 |
                           (many ? 0x22U : 0) | (reading ? 0x10U : 0));
    return cr_command(index, argument, CR_R1 | CR_DATA_CMD);
}

/* An open-ended transfer ends with CMD12, which the driver sends itself. */
static void whole_transfer(uint8_t index, uint32_t block, uint32_t n,
                           bool reading)
{
    ck_assert_uint_eq(cr_transfer(index, block, n, reading), 3);
    if (n > 1) {
        ck_assert_uint_eq(
            cr_command(12, 0, CR_ABORT | (reading ? CR_R1 : CR_R1B)) & 1, 1);
    }
    cr_run_us(2000);
    ck_assert_uint_eq(cr_status(), 0x900);
}

void cr_read_ext_csd(uint8_t to[512])
{
    ck_assert_uint_eq(cr_transfer(8, 0, 1, true), CC | TC);
    memcpy(to, cr_ram(CR_DATA), 512);
}

uint8_t cr_ext_csd(uint8_t index)
{
    uint8_t reg[512];

    cr_read_ext_csd(reg);
    return reg[index];
}

void cr_read_blocks(uint32_t block, void *to, uint32_t n)
{
    whole_transfer(n > 1 ? 18 : 17, block, n, true);
    memcpy(to, cr_ram(CR_DATA), (size_t)n * TW_BLOCK);
}

void cr_write_blocks(uint32_t block, const void *from, uint32_t n)
{
    memcpy(cr_ram(CR_DATA), from, (size_t)n * TW_BLOCK);
    whole_transfer(n > 1 ? 25 : 24, block, n, false);
}

void cr_power_cycle(void)
{
    struct tw_device card = tw_emmc_device(&cr.emmc);
    struct tw_device host = tw_usdhc_device(&cr.host);

    card.reset(card.model, TW_RESET_POWER);
    host.reset(host.model, TW_RESET_POWER);
    cr_emmc_up();
}
