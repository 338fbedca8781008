/* SPDX-License-Identifier: Apache-2.0 */
/* The applet's own area of the card. It cannot name any other block. */
#include <string.h>

#include "aw/emmc.h"
#include "os/call/call.h"
#include "os/log/crash_card.h"

enum { BLOCKS_MAX = ABI_TRANSFER_MAX / USDHC_BLOCK };

/* On cache lines, as the controller wants it: the applet's need not be. */
static _Alignas(64) uint8_t bounce[ABI_TRANSFER_MAX];

static const struct aw_emmc_region *area(void)
{
    return aw_emmc_find(AW_EMMC_DATA, AW_TRUSTED_APPLET, 0);
}

int32_t call_card_info(struct os *os, const uint32_t *arg)
{
    struct abi_card card = {.block_size = USDHC_BLOCK,
                            .blocks = (uint32_t)area()->blocks};

    if (os->card == NULL) {
        return call_error(AW_ERR_PRECONDITION);
    }
    memcpy(card.cid, os->card->cid, sizeof(card.cid));
    return call_error(
        space_out(&os->applet.space, arg[0], &card, sizeof(card)));
}

int32_t call_crash_log(struct os *os, const uint32_t *arg)
{
    uint8_t *to = NULL;
    aw_bytes log = {NULL, 0};
    aw_err err = AW_ERR_RANGE;

    if (arg[1] <= ABI_TRANSFER_MAX) {
        err = space_at(&os->applet.space, arg[0], arg[1], true, &to);
    }
    if (err == AW_OK && arg[1] > 0) {
        log = crash_newest(os);
    }
    if (err != AW_OK || arg[2] >= log.n) {
        return call_error(err);
    }
    uint32_t n = (uint32_t)(log.n - arg[2]) < arg[1]
                     ? (uint32_t)(log.n - arg[2])
                     : arg[1];

    memcpy(to, log.p + arg[2], n);
    return (int32_t)n;
}

/* Checks a run of blocks and the memory for them. */
static aw_err check(struct os *os, const uint32_t *arg, bool read, uint8_t **p)
{
    const uint64_t blocks = area()->blocks;

    if (arg[2] > BLOCKS_MAX || arg[0] > blocks || arg[2] > blocks - arg[0]) {
        return AW_ERR_RANGE;
    }
    aw_err err =
        space_at(&os->applet.space, arg[1], arg[2] * USDHC_BLOCK, read, p);

    if (err == AW_OK && os->card == NULL) {
        err = AW_ERR_PRECONDITION;
    }
    return err;
}

int32_t call_read(struct os *os, const uint32_t *arg)
{
    uint8_t *to = NULL;
    aw_err err = check(os, arg, true, &to);

    if (err != AW_OK || arg[2] == 0) {
        return call_error(err);
    }
    err = card_read(os->card, (uint32_t)area()->first + arg[0], bounce, arg[2],
                    NULL);
    if (err == AW_OK) {
        memcpy(to, bounce, (size_t)arg[2] * USDHC_BLOCK);
    }
    return call_error(err);
}

int32_t call_write_blocks(struct os *os, const uint32_t *arg)
{
    uint8_t *from = NULL;
    aw_err err = check(os, arg, false, &from);

    if (err != AW_OK || arg[2] == 0) {
        return call_error(err);
    }
    memcpy(bounce, from, (size_t)arg[2] * USDHC_BLOCK);
    err = card_write(os->card, (uint32_t)area()->first + arg[0], bounce, arg[2],
                     NULL);
    return call_error(err == AW_OK ? card_flush(os->card, NULL) : err);
}
