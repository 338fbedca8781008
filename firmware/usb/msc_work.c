/* SPDX-License-Identifier: Apache-2.0 */
/* Work on a medium while nothing moves on the bus. */
#include <string.h>

#include "aw/bytes.h"
#include "msc_priv.h"

static uint32_t step_of(const struct msc *msc, uint32_t most)
{
    return msc->left < most ? msc->left : most;
}

static void read_step(struct msc *msc)
{
    uint32_t blocks = step_of(msc, MSC_PIECE_BLOCKS);

    if (msc_read(msc, msc->scratch, blocks) < blocks) {
        return;
    }
    if (msc->plan.work == MSC_HASH) {
        aw_sha256_update(&msc->hash,
                         (aw_bytes){msc->scratch, (size_t)blocks * MSC_BLOCK});
    }
    msc->lba += blocks;
    msc->left -= blocks;
}

/* The block in reply, as often as fits, or zeros. */
static void write_step(struct msc *msc)
{
    uint32_t blocks = step_of(msc, MSC_PIECE_BLOCKS);

    memset(msc->scratch, 0, (size_t)blocks * MSC_BLOCK);
    for (uint32_t i = 0; i < blocks && msc->plan.work == MSC_SAME; i++) {
        memcpy(&msc->scratch[(size_t)i * MSC_BLOCK], msc->reply, MSC_BLOCK);
    }
    uint32_t done = msc_write(msc, msc->scratch, blocks);

    msc->lba += done;
    msc->left -= done;
}

static bool all_zero(const uint8_t *block)
{
    for (size_t i = 0; i < MSC_BLOCK; i++) {
        if (block[i] != 0) {
            return false;
        }
    }
    return true;
}

/* Blocks that are to be zeros are erased, where that makes them so. */
static void erase_step(struct msc *msc)
{
    uint32_t blocks = step_of(msc, ERASE_STEP);

    if (!msc_erase(msc, blocks)) {
        write_step(msc);
    } else if (msc->status == STATUS_GOOD) {
        msc->lba += blocks;
        msc->left -= blocks;
    }
}

/* The next range of an UNMAP; false when there is none. */
static bool next_range(struct msc *msc)
{
    aw_bytes list = {msc->reply, msc->reply_n};
    struct aw_rd r = aw_rd_at(list, msc->list_at);

    if (msc->plan.work != MSC_ERASE || aw_rd_left(&r) < UNMAP_RANGE) {
        return false;
    }
    msc->lba = (uint32_t)aw_rd_be64(&r);
    msc->left = aw_rd_be32(&r);
    msc->list_at += UNMAP_RANGE;
    return true;
}

static void give_hash(struct msc *msc)
{
    aw_sha256_final(&msc->hash, msc->reply);
    msc->plan.work = MSC_ANSWER;
    msc->reply_n = AW_SHA256_SIZE;
    msc->state = MSC_DATA;
    msc_start(msc, msc->in, msc->reply, msc->reply_n);
}

static void end(struct msc *msc)
{
    if (msc->status == STATUS_GOOD && msc->plan.work == MSC_HASH) {
        give_hash(msc);
    } else {
        msc_finish(msc);
    }
}

bool msc_work(struct msc *msc)
{
    if (msc->status != STATUS_GOOD || (msc->left == 0 && !next_range(msc))) {
        end(msc);
        return true;
    }
    if (msc->left == 0) {
        return true; /* an empty range */
    }
    msc_show_work(msc);
    if (msc->plan.work == MSC_HASH || msc->plan.work == MSC_VERIFY) {
        read_step(msc);
    } else if (msc->plan.work == MSC_SAME && !all_zero(msc->reply)) {
        write_step(msc);
    } else {
        erase_step(msc);
    }
    return true;
}
