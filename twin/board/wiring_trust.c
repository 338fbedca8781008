/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "board/parts.h"
#include "board/wiring.h"

static bool on_burnt_save(struct tw_board *board)
{
    return board->owner.fuses == NULL ||
           board->owner.fuses(board->owner.ctx, &board->fuses);
}

bool tw_board_keep_fuses(struct tw_board *board)
{
    return on_burnt_save(board);
}

static void on_burnt(void *ctx, unsigned bank, unsigned word, uint32_t bits)
{
    struct tw_board *board = ctx;
    char text[16];

    (void)snprintf(text, sizeof(text), "%08x", (unsigned)bits);
    (void)tw_board_keep_fuses(board);
    tw_board_tell(board, TW_BOARD_FUSE, bank * AW_VFUSE_BANK_WORDS + word,
                  text);
    if (board->fuses.off) {
        board->cut_off = true;
        tw_board_ask(board, TW_ASK_OFF);
    }
}

static void on_power_off(void *ctx)
{
    tw_board_ask(ctx, TW_ASK_OFF);
}

void tw_board_init_trust(struct tw_board *board)
{
    struct tw_bus *bus = &board->bus;

    tw_ocotp_init(&board->ocotp, bus, &board->clock, &board->ccm,
                  &board->fuses);
    board->ocotp.burnt = on_burnt;
    board->ocotp.burnt_ctx = board;
    tw_snvs_init(&board->snvs, bus, &board->clock);
    board->snvs.power_off = on_power_off;
    board->snvs.power_ctx = board;
    tw_tempmon_init(&board->tempmon, bus, &board->clock, &board->ocotp);
    tw_csu_init(&board->csu, bus);
    tw_tzasc_init(&board->tzasc, bus, &board->iomuxc, TW_DDR_BASE, TW_DDR_SIZE);
    board->tzasc.irq = tw_board_line(board, TW_SPI_TZASC);
    tw_mmdc_init(&board->mmdc, bus, TW_DDR_BASE, TW_DDR_SIZE);
}

static bool key_usable(void *ctx)
{
    return tw_snvs_key_usable(ctx);
}

static void on_violation(void *ctx, const char *from)
{
    tw_snvs_violation(ctx, from);
}

static void init_caam(struct tw_board *board, const struct tw_hwkey *key)
{
    struct tw_caam_wiring wiring = {
        .clock = &board->clock,
        .bus = &board->bus,
        .lines = {tw_board_line(board, TW_SPI_CAAM_RING1),
                  tw_board_line(board, TW_SPI_CAAM_RING1 + 1),
                  tw_board_line(board, TW_SPI_CAAM_RING3)},
        .key = *key,
        .violation = on_violation,
        .violation_ctx = &board->snvs};

    memcpy(wiring.seed, board->config.seed, sizeof(wiring.seed));
    tw_caam_init(&board->caam, &wiring);
    tw_board_add(board, tw_caam_device(&board->caam));
}

static void init_dcp(struct tw_board *board, const struct tw_hwkey *key)
{
    const struct tw_dcp_wiring dcp = {.clock = &board->clock,
                                      .bus = &board->bus,
                                      .line = tw_board_line(board, TW_SPI_DCP),
                                      .key = *key};
    struct tw_rngb_wiring rngb = {.clock = &board->clock,
                                  .bus = &board->bus,
                                  .line = tw_board_line(board, TW_SPI_RNGB)};

    memcpy(rngb.seed, board->config.seed, sizeof(rngb.seed));
    tw_dcp_init(&board->dcp, &dcp);
    tw_rngb_init(&board->rngb, &rngb);
    tw_board_add(board, tw_dcp_device(&board->dcp));
    tw_board_add(board, tw_rngb_device(&board->rngb));
}

void tw_board_init_crypto(struct tw_board *board)
{
    struct tw_hwkey key = {.usable = key_usable, .ctx = &board->snvs};

    memcpy(key.secret, board->config.key, board->config.key_n);
    if (board->config.soc == TW_UL) {
        init_caam(board, &key);
    } else {
        init_dcp(board, &key);
    }
}
