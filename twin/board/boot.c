/* SPDX-License-Identifier: Apache-2.0 */
/* The board as the boot ROM sees it. */
#include <string.h>

#include "aw/sdp/report.h"
#include "board/parts.h"

enum { PARTITION_CONFIG = 179 };

static uint32_t fuse(void *ctx, unsigned bank, unsigned word)
{
    const struct tw_board *board = ctx;

    return tw_ocotp_shadow(&board->ocotp, bank, word);
}

static bool read_medium(void *ctx, enum tw_boot_part part, uint64_t offset,
                        uint8_t *to, size_t n)
{
    struct tw_board *board = ctx;
    uint8_t block[TW_BLOCK];

    struct tw_flash *flash = &board->sd.flash;

    if (part == TW_BOOT_SD && !board->config.card) {
        return false;
    }
    if (part != TW_BOOT_SD) {
        flash = &board->emmc.parts[part - TW_BOOT_USER];
    }

    tw_flash_look(flash);
    while (n > 0) {
        size_t at = offset % TW_BLOCK;
        size_t piece = n < TW_BLOCK - at ? n : TW_BLOCK - at;

        if (!tw_flash_read(flash, offset / TW_BLOCK, block)) {
            return false;
        }
        memcpy(to, block + at, piece);
        to += piece;
        offset += piece;
        n -= piece;
    }
    return true;
}

static uint8_t partition_config(void *ctx)
{
    const struct tw_board *board = ctx;

    return board->emmc.ext_csd[PARTITION_CONFIG];
}

static void set_state(void *ctx, enum tw_rom_state state)
{
    static const enum tw_ssm states[] = {
        [TW_ROM_CHECKING] = TW_SSM_CHECK,
        [TW_ROM_NON_SECURE] = TW_SSM_NON_SECURE,
        [TW_ROM_TRUSTED] = TW_SSM_TRUSTED,
    };
    struct tw_board *board = ctx;

    tw_snvs_set_state(&board->snvs, states[state]);
}

/* What HAB logged is evidence for whoever closes the part: see fuse-file.md. */
static void start(void *ctx, uint32_t entry, bool serial)
{
    struct tw_board *board = ctx;
    enum aw_otp_hab hab = aw_rom_events(&board->rom.hab).n == 0
                              ? AW_OTP_HAB_CLEAN
                              : AW_OTP_HAB_EVENTS;

    if (serial) {
        tw_otg_left_running(&board->otg[0]);
        board->fuses.recovery = hab;
    } else {
        board->fuses.image = hab;
    }
    (void)tw_board_keep_fuses(board);
    tw_cpu_reset(board->cpu, entry);
    tw_board_tell(board, TW_BOARD_STARTED, entry, serial ? "usb" : "mmc");
}

void tw_board_init_rom(struct tw_board *board)
{
    const struct tw_rom_board view = {.ctx = board,
                                      .fuse = fuse,
                                      .read = read_medium,
                                      .partition_config = partition_config,
                                      .state = set_state,
                                      .start = start};

    tw_rom_init(&board->rom, &board->bus, &board->clock, &board->port[0], &view,
                board->config.soc == TW_UL ? AW_SDP_PRODUCT_UL
                                           : AW_SDP_PRODUCT_ULL);
}
