/* SPDX-License-Identifier: Apache-2.0 */
/* Power, resets and their causes. */
#include "board/parts.h"

enum {
    ALT_WDOG2_RESET = 8,
    CYCLE_MS = 100, /* that the PMIC keeps power off */
    MS_HZ = 1000,
    BT_FUSE_SEL = 1 << 4,
    BOOT_PINS = 0x4860
};

void tw_board_ask(struct tw_board *board, enum tw_board_ask ask)
{
    /* The stronger one wins: off, then off and on, then reset. */
    if (ask > board->ask) {
        board->ask = ask;
    }
    tw_cpu_stop(board->cpu);
}

static void ask_warm(struct tw_board *board, unsigned index, unsigned what)
{
    static const uint32_t srsr[TW_WDOGS] = {TW_SRSR_WDOG, 0, TW_SRSR_WDOG3};

    board->ask_srsr |= srsr[index];
    board->ask_wdog = what;
    board->ask_index = index;
    tw_board_ask(board, TW_ASK_WARM);
}

/* WDOG1 and 3 reset the chip; the reset output of WDOG2 is wired to the PMIC,
 * through a pad that has to be set up. */
void tw_board_bite(void *ctx, unsigned what)
{
    const struct tw_board_wdog *from = ctx;
    struct tw_board *board = from->board;
    bool wired =
        tw_iomuxc_alt(&board->iomuxc, TW_MUX_WDOG2_RESET) == ALT_WDOG2_RESET;

    if (!board->on || tw_rom_active(&board->rom)) {
        return;
    }
    if (what == TW_WDOG_DOWN) {
        tw_report(&board->report, TW_REPORT_RESET,
                  "%s: power-down counter: WMCR was not cleared in 16 s",
                  board->wdog[from->index].name);
        tw_board_ask(board, TW_ASK_OFF);
    } else if (from->index != 1) {
        if ((what & (TW_WDOG_CHIP | TW_WDOG_SOFT)) != 0) {
            ask_warm(board, from->index, what);
        }
    } else if (wired) {
        tw_board_ask(board, TW_ASK_CYCLE);
    } else {
        tw_report(&board->report, TW_REPORT_MISUSE,
                  "WDOG2: bites, but its pad does not lead to the PMIC");
    }
}

static void reset_devices(struct tw_board *board, enum tw_reset kind)
{
    for (uint32_t i = 0; i < board->n_devices; i++) {
        board->devices[i].reset(board->devices[i].model, kind);
    }
}

/* With BT_FUSE_SEL fuses say where to boot from, without it pins do, which
 * the board ties to the eMMC at USDHC2, 8 bits. */
static void sample_pins(struct tw_board *board)
{
    uint32_t config = tw_ocotp_shadow(&board->ocotp, 0, 6);
    bool by_fuses = (config & BT_FUSE_SEL) != 0;

    tw_src_sample(
        &board->src, board->config.serial ? TW_BMOD_SERIAL : TW_BMOD_INTERNAL,
        by_fuses ? tw_ocotp_shadow(&board->ocotp, 0, 5) : BOOT_PINS, config);
}

/* The ROM is the last device: everything is reset before it begins. */
static void reset_all(struct tw_board *board, enum tw_reset kind)
{
    uint32_t rom = board->n_devices - 1;

    board->halted = false;
    tw_memory_forget_lines(&board->ocram);
    tw_memory_forget_lines(&board->ddr);
    board->n_devices = rom;
    reset_devices(board, kind);
    board->n_devices = rom + 1;
    sample_pins(board);
    board->devices[rom].reset(board->devices[rom].model, kind);
    board->resets++;
}

void tw_board_on(struct tw_board *board)
{
    if (board->on) {
        return;
    }
    tw_clock_cancel(&board->clock, &board->power_back);
    board->on = true;
    board->cut_off = false;
    board->on_at = board->clock.now;
    aw_vfuse_boot(&board->fuses);
    (void)tw_board_keep_fuses(board);
    tw_cut_power_on(&board->cut);
    tw_board_tell(board, TW_BOARD_POWER, 1, "");
    reset_all(board, TW_RESET_POWER);
}

static void stop_rom(struct tw_board *board)
{
    tw_clock_cancel(&board->clock, &board->rom.work);
    board->rom.phase = TW_ROM_OFF;
    for (unsigned i = 0; i < TW_PLUGS; i++) {
        tw_usb_attach(&board->port[i], NULL);
    }
}

void tw_board_off(struct tw_board *board)
{
    if (board->on) {
        tw_ocotp_power_lost(&board->ocotp, board->clock.now);
        tw_cut_power_off(&board->cut);
        (void)tw_board_keep_fuses(board);
        board->on = false;
        tw_board_tell(board, TW_BOARD_POWER, 0,
                      board->cut_off ? "by a fault" : "");
    }
    reset_all(board, TW_RESET_POWER);
    stop_rom(board);
    tw_memory_clear(&board->ocram);
    tw_memory_clear(&board->ddr);
    board->typed_n = 0;
    tw_clock_cancel(&board->clock, &board->type);
    tw_clock_cancel(&board->clock, &board->power_back);
    board->ask = TW_ASK_NOTHING;
}

static void on_power_back(void *ctx)
{
    tw_board_on(ctx);
}

void tw_board_cycle(struct tw_board *board)
{
    tw_board_off(board);
    tw_clock_at(&board->clock, &board->power_back,
                board->clock.now +
                    tw_clock_ticks(&board->clock, CYCLE_MS, MS_HZ));
}

void tw_board_switch(struct tw_board *board, bool serial)
{
    board->config.serial = serial;
}

static void warm_reset(struct tw_board *board)
{
    uint32_t srsr = board->ask_srsr;
    unsigned wdog = board->ask_wdog;

    board->ask_srsr = 0;
    tw_board_tell(board, TW_BOARD_RESET, 0, board->wdog[board->ask_index].name);
    reset_all(board, TW_RESET_WARM);
    tw_src_cause(&board->src, srsr);
    tw_wdog_cause(&board->wdog[board->ask_index], wdog);
}

void tw_board_answer(struct tw_board *board)
{
    enum tw_board_ask ask = board->ask;

    board->ask = TW_ASK_NOTHING;
    switch (ask) {
    case TW_ASK_WARM:
        warm_reset(board);
        break;
    case TW_ASK_CYCLE:
        tw_board_cycle(board);
        break;
    case TW_ASK_OFF:
        tw_board_off(board);
        break;
    default:
        break;
    }
}

void tw_board_plug(struct tw_board *board, unsigned plug, bool in)
{
    tw_usbphy_vbus(&board->usbphy, plug, in);
    tw_usb_cable(&board->port[plug], in);
}

void tw_board_init_power(struct tw_board *board)
{
    board->power_back = (struct tw_event){.fire = on_power_back, .ctx = board};
}
