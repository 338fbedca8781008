/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of a unit. A run that fails is tried again one block at a time: what
 * passes by itself is no failure, and of what does not the block is known. */
#include "msc_priv.h"

static void fail_read(struct msc *msc, uint32_t block)
{
    scsi_fail_at(msc, SENSE_MEDIUM, CODE_READ, block);
}

/* Groups of blocks of an eMMC can be write protected within a unit that takes
 * writes elsewhere. */
static void fail_write(struct msc *msc, aw_err err, uint32_t block)
{
    if (err == AW_ERR_REFUSED) {
        scsi_fail_at(msc, SENSE_PROTECT, CODE_PROTECTED, block);
    } else {
        scsi_fail_at(msc, SENSE_MEDIUM, CODE_WRITE, block);
    }
}

uint32_t msc_read(struct msc *msc, uint8_t *to, uint32_t blocks)
{
    const struct msc_unit *u = scsi_unit(msc);

    if (u->read(u->ctx, msc->lba, to, blocks) == AW_OK) {
        return blocks;
    }
    for (uint32_t i = 0; i < blocks; i++) {
        if (u->read(u->ctx, msc->lba + i, to + (size_t)i * MSC_BLOCK, 1) !=
            AW_OK) {
            fail_read(msc, msc->lba + i);
            return i;
        }
    }
    return blocks;
}

uint32_t msc_write(struct msc *msc, const uint8_t *from, uint32_t blocks)
{
    const struct msc_unit *u = scsi_unit(msc);

    if (u->write(u->ctx, msc->lba, from, blocks) == AW_OK) {
        return blocks;
    }
    for (uint32_t i = 0; i < blocks; i++) {
        aw_err err =
            u->write(u->ctx, msc->lba + i, from + (size_t)i * MSC_BLOCK, 1);

        if (err != AW_OK) {
            fail_write(msc, err, msc->lba + i);
            return i;
        }
    }
    return blocks;
}

bool msc_erase(struct msc *msc, uint32_t blocks)
{
    const struct msc_unit *u = scsi_unit(msc);
    aw_err err = u->erase == NULL ? AW_ERR_UNSUPPORTED
                                  : u->erase(u->ctx, msc->lba, blocks);

    if (err != AW_OK && err != AW_ERR_UNSUPPORTED) {
        fail_write(msc, err, msc->lba);
    }
    return err != AW_ERR_UNSUPPORTED;
}
