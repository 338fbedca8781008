/* SPDX-License-Identifier: Apache-2.0 */
#include "cut.h"

#include <string.h>

#include "cpu/debug.h"
#include "support.h"

#define CMD_XFR_TYP UINT32_C(0x0219400c)

const enum tw_cut_mode cut_modes[CUT_MODES] = {TW_CUT_CLEAN, TW_CUT_TORN,
                                               TW_CUT_CACHED};

void cut_remember(struct cut_moment *moment, struct device *d)
{
    memset(moment, 0, sizeof(*moment));
    tw_board_save(&d->board, &moment->board);
}

void cut_forget(struct cut_moment *moment)
{
    tw_saver_free(&moment->board);
}

void cut_keep(struct cut_moment *moment, struct device *d, uint64_t block,
              size_t blocks)
{
    size_t i = moment->n_areas++;

    ck_assert(i < CUT_AREAS && blocks <= CUT_AREA_MAX);
    moment->area[i].block = block;
    moment->area[i].blocks = blocks;
    device_get(d, block, moment->area[i].bytes, blocks * TW_BLOCK);
}

void cut_rewind(const struct cut_moment *moment, struct device *d,
                enum tw_cut_mode mode)
{
    struct tw_loader from = {.bytes = moment->board.bytes,
                             .n = moment->board.n};

    tw_board_heal(&d->board);
    tw_board_off(&d->board);
    for (size_t i = 0; i < moment->n_areas; i++) {
        device_put(d, moment->area[i].block,
                   (aw_bytes){moment->area[i].bytes,
                              moment->area[i].blocks * TW_BLOCK});
    }
    device_blank(d, moment->blank, moment->blank_blocks);
    ck_assert(tw_board_load(&d->board, &from));
    d->n_console = 0;
    d->console[0] = '\0';
    d->cut = false;
    d->board.cut.mode = mode;
}

size_t cut_commands(const struct cut_moment *moment, struct device *d,
                    const char *text, unsigned ms,
                    uint64_t ticks[CUT_COMMANDS_MAX])
{
    const struct tw_watch watch = {
        .address = CMD_XFR_TYP, .size = 4, .on_write = true};
    struct tw_clock *clock = &d->board.clock;
    size_t n = 0;

    cut_rewind(moment, d, TW_CUT_CLEAN);
    uint64_t end = clock->now + tw_clock_ticks(clock, ms, 1000);

    ck_assert(tw_cpu_watch_add(d->board.cpu, &watch));
    while (!device_said(d, text) && clock->now < end) {
        uint64_t slice = clock->now + tw_clock_ticks(clock, 1, 1000);

        if (tw_board_run(&d->board, slice, NULL) == TW_BOARD_DEBUG) {
            ck_assert_uint_lt(n, CUT_COMMANDS_MAX);
            ticks[n++] = clock->now;
        }
    }
    ck_assert(tw_cpu_watch_remove(d->board.cpu, &watch));
    ck_assert_msg(device_said(d, text), "%s", d->console);
    return n;
}
