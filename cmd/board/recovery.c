/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aw/emmc.h"
#include "board/board.h"

const char *board_sense(struct aw_pool *pool, const struct aw_sense *sense)
{
    const char *why =
        aw_pool_printf(pool, "%s (sense %x/%02x/%02x)", aw_sense_text(sense),
                       sense->key, sense->asc, sense->ascq);

    return sense->has_block ? aw_pool_printf(pool, "%s at block 0x%x", why,
                                             (unsigned)sense->block)
                            : why;
}

/* What a recovery says of its storage is no evidence: it is broken, or talks
 * nonsense, but nothing that was signed differs. */
static bool is_of_storage(aw_err err)
{
    return err == AW_ERR_REFUSED || err == AW_ERR_FORMAT ||
           err == AW_ERR_UNSUPPORTED;
}

int board_report(struct board *b, aw_err err, const char *what,
                 const struct aw_diag *diag)
{
    struct aw_finding finding = {
        .err = err,
        .on = AW_ON_DEVICE,
        .exit = is_of_storage(err) ? AW_EXIT_STORAGE : 0,
        .what = aw_pool_printf(&b->ctx->pool, "%s failed", what),
        .subject = b->link.name,
        .got = err == AW_ERR_REFUSED
                   ? board_sense(&b->ctx->pool, &b->storage.sense)
                   : NULL,
        .diag = diag,
        .remedy = "run the same command again: what is done is not done again",
    };

    if (err != AW_ERR_REFUSED) {
        aw_usb_explain(&b->ctx->pool, &b->link, &finding);
    }
    return aw_report(b->ctx, &finding);
}

/* The recovery of the board that was booted, and no other. */
int board_recovery(struct board *b)
{
    const struct aw_usb_want want = {.fits = aw_usb_may_be_recovery};
    struct aw_diag diag = {.err = AW_OK};

    b->link.path = b->unit.path;
    b->link.bound = true;
    b->link.to = AW_USB_MODE_RECOVERY;
    if (b->kernel != NULL) {
        return board_kernel_open(b);
    }
    int code = aw_usb_find(b->ctx, &b->link, &want, "recovery",
                           b->args->wait_ms, &b->id);

    if (code == AW_EXIT_OK) {
        code = aw_unit_see(b->ctx, &b->unit, &b->id, b->id.serial);
    }
    if (code == AW_EXIT_OK) {
        code = aw_usb_open(b->ctx, &b->link, &b->id, &b->device);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    b->open = true;
    aw_err err =
        aw_storage_open(&b->storage, &b->device, BOARD_TRANSFER_MS, &diag);

    return err == AW_OK
               ? AW_EXIT_OK
               : board_report(b, err, "speaking to the recovery", &diag);
}

int board_emmc(struct board *b, uint64_t need, struct aw_storage_unit *unit)
{
    struct aw_diag diag = {.err = AW_OK};

    for (uint8_t lun = 0; lun < b->storage.units; lun++) {
        aw_err err = aw_storage_unit(&b->storage, lun, unit, &diag);

        if (err == AW_OK && unit->blocks >= need / AW_EMMC_BLOCK &&
            (unit->kind == AW_STORAGE_USER ||
             (unit->kind == AW_STORAGE_UNKNOWN && b->storage.units == 1))) {
            return AW_EXIT_OK;
        }
        if (err != AW_OK && err != AW_ERR_NOT_FOUND) {
            return board_report(b, err, "asking for a medium", &diag);
        }
    }
    return aw_report(b->ctx,
                     &(struct aw_finding){
                         .err = AW_ERR_AMBIGUOUS,
                         .on = AW_ON_DEVICE,
                         .what = "the recovery shows no eMMC",
                         .subject = b->link.name,
                         .expected = "one medium that is large enough; a card "
                                     "is none",
                         .remedy = "take the card out of the board",
                     });
}

int board_unit(struct board *b, enum aw_storage_kind kind,
               struct aw_storage_unit *unit)
{
    struct aw_diag diag = {.err = AW_OK};

    for (uint8_t lun = 0; lun < b->storage.units; lun++) {
        aw_err err = aw_storage_unit(&b->storage, lun, unit, &diag);

        if (err == AW_OK && unit->kind == kind) {
            return AW_EXIT_OK;
        }
        if (err != AW_OK && err != AW_ERR_NOT_FOUND) {
            return board_report(b, err, "asking for a medium", &diag);
        }
    }
    *unit = (struct aw_storage_unit){.blocks = 0};
    return AW_EXIT_OK;
}

static bool whole(uint64_t offset, size_t n)
{
    return offset % AW_EMMC_BLOCK == 0 && n % AW_EMMC_BLOCK == 0;
}

/* Bytes that begin or end inside a block go through a buffer of a piece. */
static aw_err read_piece(struct board_medium *m, uint64_t offset, uint8_t *to,
                         size_t *n, struct aw_diag *diag)
{
    struct board *b = m->board;
    uint64_t room = (uint64_t)AW_STORAGE_PIECE * AW_EMMC_BLOCK;
    size_t skip = (size_t)(offset % AW_EMMC_BLOCK);
    size_t most = (size_t)room - skip;

    *n = *n < most ? *n : most;
    bool direct = whole(offset, *n);
    uint32_t blocks =
        (uint32_t)((skip + *n + AW_EMMC_BLOCK - 1) / AW_EMMC_BLOCK);
    aw_err err = board_tick(b, diag);

    if (err == AW_OK) {
        err = board_disk_read(&m->disk, offset / AW_EMMC_BLOCK,
                              direct ? to : m->buf, blocks, diag);
    }
    if (err == AW_OK && !direct) {
        memcpy(to, m->buf + skip, *n);
    }
    return err;
}

static aw_err on_read(void *ctx, uint64_t offset, uint8_t *buf, size_t n,
                      struct aw_diag *diag)
{
    struct board_medium *m = ctx;
    aw_err err = AW_OK;

    for (size_t at = 0; at < n && err == AW_OK;) {
        size_t step = n - at;

        err = read_piece(m, offset + at, buf + at, &step, diag);
        at += step;
    }
    return err;
}

void board_medium_init(struct board_medium *from, struct board *board,
                       const struct board_disk *disk, struct aw_medium *medium)
{
    *from = (struct board_medium){
        .board = board,
        .disk = *disk,
        .buf =
            aw_pool_alloc(&board->ctx->pool, AW_STORAGE_PIECE, AW_EMMC_BLOCK),
    };
    *medium = (struct aw_medium){
        .ctx = from, .size = disk->blocks * AW_EMMC_BLOCK, .read = on_read};
}
