/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "board/wiring.h"

static uint64_t usdhc1_hz(void *ctx)
{
    const struct tw_board *board = ctx;

    return tw_ccm_hz(&board->ccm, TW_ROOT_USDHC1);
}

static uint64_t usdhc2_hz(void *ctx)
{
    const struct tw_board *board = ctx;

    return tw_ccm_hz(&board->ccm, TW_ROOT_USDHC2);
}

static void on_cut(void *ctx)
{
    struct tw_board *board = ctx;

    board->cut_off = true;
    tw_board_ask(board, TW_ASK_OFF);
}

/* The slot of the gamma board. */
static void insert_card(struct tw_board *board,
                        const struct tw_board_storage *storage)
{
    const struct tw_sd_wiring wiring = {
        .clock = &board->clock,
        .report = &board->report,
        .cut = &board->cut,
        .store = storage->card,
        .blocks = TW_CARD_BLOCKS,
        .serial = (uint32_t)(board->config.unit >> 32)};

    tw_sd_init(&board->sd, &wiring);
    struct tw_card card = tw_sd_card(&board->sd);

    tw_usdhc_insert(&board->usdhc[0], &card);
}

aw_err tw_board_init_storage(struct tw_board *board,
                             const struct tw_board_storage *storage)
{
    const struct tw_usdhc_wiring hosts[TW_USDHCS] = {
        {.name = "USDHC1",
         .clock = &board->clock,
         .bus = &board->bus,
         .master = TW_USDHC1,
         .line = tw_board_line(board, TW_SPI_USDHC1),
         .hz = usdhc1_hz,
         .hz_ctx = board},
        {.name = "USDHC2",
         .clock = &board->clock,
         .bus = &board->bus,
         .master = TW_USDHC2,
         .line = tw_board_line(board, TW_SPI_USDHC2),
         .hz = usdhc2_hz,
         .hz_ctx = board},
    };
    struct tw_emmc_wiring wiring = {.clock = &board->clock,
                                    .report = &board->report,
                                    .cut = &board->cut,
                                    .nvm = storage->nvm,
                                    .blocks = TW_EMMC_BLOCKS,
                                    .serial = (uint32_t)board->config.unit};

    memcpy(wiring.parts, storage->parts, sizeof(wiring.parts));
    tw_cut_init(&board->cut, board->config.seed);
    board->cut.gone = on_cut;
    board->cut.ctx = board;
    aw_err err = tw_emmc_init(&board->emmc, &wiring);

    if (err != AW_OK) {
        return err;
    }
    tw_usdhc_init(&board->usdhc[0], &hosts[0], TW_USDHC1_BASE);
    tw_usdhc_init(&board->usdhc[1], &hosts[1], TW_USDHC2_BASE);
    struct tw_card card = tw_emmc_card(&board->emmc);

    tw_usdhc_insert(&board->usdhc[1], &card);
    if (board->config.card) {
        insert_card(board, storage);
    }
    return AW_OK;
}
