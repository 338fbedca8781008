/* SPDX-License-Identifier: Apache-2.0 */
#include "rom_board.h"

#include <check.h>
#include <string.h>

#include "usb_gadget.h"

enum {
    IPS = 528000000,
    OCRAM = 0x00900000,
    SRC = 0x020d8000,
    CCM = 0x020c4000,
    IOMUXC = 0x020e0000,
    GPR = 0x020e4000,
    MMDC = 0x021b0000,
    OCOTP = 0x021bc000
};

uint32_t *rom_board_reg(struct rom_board *board, uint32_t address)
{
    static const uint32_t bases[BOARD_BLOCKS] = {CCM, IOMUXC, GPR, MMDC};

    for (size_t i = 0; i < BOARD_BLOCKS; i++) {
        if (address - bases[i] < BOARD_BLOCK) {
            return &board->plain[i][(address - bases[i]) / 4];
        }
    }
    ck_abort_msg("no register at %08x", (unsigned)address);
    return NULL;
}

static uint32_t *reg_of(struct rom_board *board, uint32_t address)
{
    switch (address) {
    case SRC + 0x04:
        return &board->sbmr1;
    case SRC + 0x1c:
        return &board->sbmr2;
    case SRC + 0x40:
        return &board->gpr9;
    case SRC + 0x44:
        return &board->gpr10;
    case OCOTP + 0x50:
        return &board->sticky;
    case OCOTP + 0x410:
        return &board->ocotp_uid[0];
    case OCOTP + 0x420:
        return &board->ocotp_uid[1];
    default:
        return address - OCOTP < BOARD_BLOCK || address - SRC < BOARD_BLOCK
                   ? &board->other
                   : rom_board_reg(board, address);
    }
}

static bool reg_read(void *ctx, uint32_t offset, const struct tw_access *how,
                     uint32_t *value)
{
    (void)offset;
    *value = *reg_of(ctx, how->address);
    if (how->address == CCM + 0x68) {
        /* The vectors' DCD waits for these bits; some of them spoil the write
         * before, and are about what follows. */
        *value |= 3;
    }
    return true;
}

static bool reg_write(void *ctx, uint32_t offset, const struct tw_access *how,
                      uint32_t value)
{
    (void)offset;
    *reg_of(ctx, how->address) = value;
    return true;
}

static const struct tw_device_ops ops = {reg_read, reg_write};

static uint32_t fuse(void *ctx, unsigned bank, unsigned word)
{
    const struct rom_board *board = ctx;

    return board->fuse[bank * 8 + word];
}

static bool read_medium(void *ctx, enum tw_boot_part part, uint64_t offset,
                        uint8_t *to, size_t n)
{
    const struct rom_board *board = ctx;
    const uint8_t *from = part == TW_BOOT_USER ? board->medium : board->part1;

    if (board->no_medium || part == TW_BOOT_SD || part == TW_BOOT_PART2 ||
        offset > BOARD_MEDIUM || n > BOARD_MEDIUM - offset) {
        return false;
    }
    memcpy(to, from + offset, n);
    return true;
}

static uint8_t partition_config(void *ctx)
{
    const struct rom_board *board = ctx;

    return board->partition_config;
}

static void state(void *ctx, enum tw_rom_state state)
{
    struct rom_board *board = ctx;

    board->state = state;
}

static void start(void *ctx, uint32_t entry, bool serial)
{
    struct rom_board *board = ctx;

    board->started = true;
    board->started_serial = serial;
    board->entry = entry;
}

static void add_ram(struct rom_board *board, const char *name, uint32_t base,
                    uint8_t *bytes, uint32_t size)
{
    const struct tw_region region = {
        .name = name, .base = base, .size = size, .ram = {.bytes = bytes}};

    tw_bus_add_ram(&board->bus, &region);
}

void rom_board_init(struct rom_board *board)
{
    static const uint32_t blocks[] = {SRC, CCM, IOMUXC, GPR, MMDC, OCOTP};
    const struct tw_rom_board deps = {
        board, fuse, read_medium, partition_config, state, start};

    memset(board, 0, sizeof(*board));
    tw_clock_init(&board->clock, IPS);
    board->report.now = &board->clock.now;
    tw_bus_init(&board->bus, &board->report);
    add_ram(board, "OCRAM", OCRAM, board->ocram, BOARD_OCRAM_SIZE);
    add_ram(board, "DDR", UINT32_C(0x80000000), board->ddr, BOARD_DDR_SIZE);
    for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
        tw_bus_add_device(&board->bus, "block", blocks[i], BOARD_BLOCK, &ops,
                          board);
    }
    tw_usb_host_init(&board->host, &board->port, &board->clock);
    board->direct = (struct tw_usb_direct){
        .clock = &board->clock,
        .run = tw_usb_run_clock,
        .ctx = &board->clock,
        .host = {&board->host},
        .hosts = 1,
    };
    tw_rom_init(&board->rom, &board->bus, &board->clock, &board->port, &deps,
                AW_SDP_PRODUCT_ULL);
    board->port.cable = true;
    board->sbmr1 = 0x60;
    board->sbmr2 = UINT32_C(1) << 24;
    board->ocotp_uid[0] = 0x89abcdef;
    board->ocotp_uid[1] = 0x01234567;
}

void rom_board_close(struct rom_board *board, aw_bytes hash)
{
    struct aw_rd r = aw_rd_init(hash);

    AW_BUG_ON(hash.n != AW_SHA256_SIZE);
    for (unsigned i = 0; i < 8; i++) {
        board->fuse[3 * 8 + i] = aw_rd_le32(&r);
    }
    board->fuse[6] |= 2;
}

void rom_board_boot(struct rom_board *board, uint64_t ms)
{
    struct tw_device rom = tw_rom_device(&board->rom);

    board->started = false;
    rom.reset(rom.model, TW_RESET_POWER);
    usb_gadget_run(&board->clock, ms);
}

struct aw_usb_device rom_board_open(struct rom_board *board)
{
    static struct aw_usb_id list[AW_USB_DEVICES];
    struct aw_usb usb = tw_usb_direct(&board->direct);
    const struct aw_usb_want want = {.vendor = AW_SDP_VENDOR};
    struct aw_usb_device device = {.ctx = NULL};
    struct aw_usb_id id;

    ck_assert_int_eq(aw_usb_arrival(&usb, &want, 1000, list, &id, NULL), AW_OK);
    ck_assert_int_eq(usb.open(usb.ctx, &id, &device, NULL), AW_OK);
    return device;
}
