/* SPDX-License-Identifier: Apache-2.0 */
/* Faults on demand. */
#include "board/parts.h"

enum { PC = 15, INSTRUCTION = 4 };

static void on_cut(void *ctx)
{
    struct tw_board *board = ctx;

    board->cut_off = true;
    tw_board_ask(board, TW_ASK_OFF);
}

static void on_unplug(void *ctx)
{
    struct tw_board *board = ctx;

    tw_board_plug(board, board->faults.plug, false);
}

static void on_glitch(void *ctx)
{
    struct tw_board *board = ctx;

    board->faults.skip = true;
    tw_cpu_stop(board->cpu);
}

void tw_board_init_faults(struct tw_board *board)
{
    board->faults.cut = (struct tw_event){.fire = on_cut, .ctx = board};
    board->faults.unplug = (struct tw_event){.fire = on_unplug, .ctx = board};
    board->faults.glitch = (struct tw_event){.fire = on_glitch, .ctx = board};
}

void tw_board_glitch(struct tw_board *board)
{
    if (!board->faults.skip) {
        return;
    }
    board->faults.skip = false;
    if (board->on && board->rom.phase == TW_ROM_DONE && !board->halted) {
        tw_cpu_set(board->cpu, PC, tw_cpu_get(board->cpu, PC) + INSTRUCTION);
    }
}

void tw_board_cut_at(struct tw_board *board, uint64_t tick)
{
    tw_clock_at(&board->clock, &board->faults.cut, tick);
}

void tw_board_cut_at_write(struct tw_board *board, uint64_t n)
{
    board->cut.at = n == 0 ? 0 : board->cut.writes + n;
}

void tw_board_cut_at_fuse(struct tw_board *board, uint64_t n, uint32_t mask)
{
    board->fuses.cut_after = n == 0 ? AW_VFUSE_NO_CUT : n - 1;
    board->fuses.cut_mask = mask;
}

void tw_board_unplug_at(struct tw_board *board, unsigned plug, uint64_t tick)
{
    board->faults.plug = plug;
    tw_clock_at(&board->clock, &board->faults.unplug, tick);
}

void tw_board_glitch_at(struct tw_board *board, uint64_t tick)
{
    tw_clock_at(&board->clock, &board->faults.glitch, tick);
}

void tw_board_usb_fault(struct tw_board *board, unsigned plug,
                        const struct tw_usb_fault *fault)
{
    board->host[plug].fault = *fault;
}

void tw_board_line_fault(struct tw_board *board, unsigned slot,
                         enum tw_usdhc_fault fault, uint32_t skip,
                         uint32_t times)
{
    tw_usdhc_inject(&board->usdhc[slot], fault, skip, times);
}

bool tw_board_stick(struct tw_board *board, unsigned bank, unsigned word,
                    uint32_t bits)
{
    unsigned banks = board->fuses.n_words / AW_VFUSE_BANK_WORDS;

    if (bank >= banks || word >= AW_VFUSE_BANK_WORDS) {
        return false;
    }
    board->fuses.stuck[bank * AW_VFUSE_BANK_WORDS + word] |= bits;
    return true;
}

void tw_board_heal(struct tw_board *board)
{
    tw_clock_cancel(&board->clock, &board->faults.cut);
    tw_clock_cancel(&board->clock, &board->faults.unplug);
    tw_clock_cancel(&board->clock, &board->faults.glitch);
    tw_board_cut_at_write(board, 0);
    board->cut.mode = TW_CUT_CLEAN;
    tw_board_cut_at_fuse(board, 0, 0);
    tw_emmc_heal(&board->emmc);
    for (unsigned i = 0; i < TW_PLUGS; i++) {
        tw_board_usb_fault(board, i, &(struct tw_usb_fault){.times = 0});
    }
    for (unsigned i = 0; i < TW_USDHCS; i++) {
        tw_usdhc_inject(&board->usdhc[i], TW_FAULT_NONE, 0, 0);
    }
}
