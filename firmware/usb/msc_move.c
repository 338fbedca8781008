/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks between medium and bus, two pieces in turn: one moves on the bus while
 * the medium has the other. */
#include <string.h>

#include "msc_priv.h"

static uint32_t piece_blocks(uint32_t left)
{
    return left < MSC_PIECE_BLOCKS ? left : (uint32_t)MSC_PIECE_BLOCKS;
}

static void advance(struct msc *msc, uint32_t blocks)
{
    msc->lba += blocks;
    msc->left -= blocks;
}

/* What cannot be read ends the command after what has been read before. */
static bool read_piece(struct msc *msc)
{
    struct msc_piece *p = &msc->piece[msc->next];
    uint32_t blocks = piece_blocks(msc->left);

    if (blocks == 0 || p->state != MSC_EMPTY) {
        return false;
    }
    msc_show_work(msc);
    uint32_t read = msc_read(msc, msc->data[msc->next], blocks);

    if (read > 0) {
        p->n = read * MSC_BLOCK;
        p->state = MSC_FULL;
        msc->next ^= 1U;
        advance(msc, read);
    }
    if (read < blocks) {
        msc->left = 0;
    }
    return true;
}

static bool send_piece(struct msc *msc)
{
    struct msc_piece *p = &msc->piece[msc->first];

    if (p->state != MSC_FULL) {
        return false;
    }
    p->state = MSC_MOVING;
    msc_start(msc, msc->in, msc->data[msc->first], p->n);
    return true;
}

static bool move_in(struct msc *msc)
{
    bool sent = send_piece(msc);
    bool read = read_piece(msc);

    if (!sent && !read && msc->left == 0 && msc->piece[0].state == MSC_EMPTY &&
        msc->piece[1].state == MSC_EMPTY) {
        msc_finish(msc);
        return true;
    }
    return sent || read;
}

static bool receive_piece(struct msc *msc)
{
    struct msc_piece *p = &msc->piece[msc->next];
    const struct msc_piece *other = &msc->piece[msc->next ^ 1U];

    if (msc->left_bus == 0 || msc->broken || msc->status != STATUS_GOOD ||
        p->state != MSC_EMPTY || other->state == MSC_MOVING) {
        return false;
    }
    p->n = (uint32_t)(msc->left_bus < MSC_PIECE ? msc->left_bus : MSC_PIECE);
    p->state = MSC_MOVING;
    msc->left_bus -= p->n;
    msc_start(msc, msc->out, msc->data[msc->next], p->n);
    msc->next ^= 1U;
    return true;
}

/* Where the data of the host differ; blocks when they do not. */
static uint32_t differs_at(const struct msc *msc, const uint8_t *data,
                           uint32_t blocks)
{
    for (uint32_t i = 0; i < blocks; i++) {
        if (memcmp(&data[(size_t)i * MSC_BLOCK],
                   &msc->scratch[(size_t)i * MSC_BLOCK], MSC_BLOCK) != 0) {
            return i;
        }
    }
    return blocks;
}

/* Blocks that are equal; a difference is found before a block behind it that
 * cannot be read. */
static uint32_t compare(struct msc *msc, const uint8_t *data, uint32_t blocks)
{
    uint32_t read = msc_read(msc, msc->scratch, blocks);
    uint32_t at = differs_at(msc, data, read);

    if (at < read) {
        scsi_fail_at(msc, SENSE_MISCOMPARE, CODE_MISCOMPARE, msc->lba + at);
    }
    return at;
}

/* Whole blocks of a piece that has come; a part of a block is not written, nor
 * is anything that comes behind a failure. */
static void use_piece(struct msc *msc, const uint8_t *data, uint32_t blocks)
{
    if (blocks == 0 || msc->status != STATUS_GOOD) {
        return;
    }
    msc_show_work(msc);
    uint32_t done = msc->plan.work == MSC_WRITE ? msc_write(msc, data, blocks)
                                                : compare(msc, data, blocks);

    msc->moved += done * MSC_BLOCK;
    advance(msc, done);
}

static bool take_piece(struct msc *msc)
{
    struct msc_piece *p = &msc->piece[msc->first];

    if (p->state != MSC_FULL) {
        return false;
    }
    use_piece(msc, msc->data[msc->first], p->n / MSC_BLOCK);
    p->state = MSC_EMPTY;
    msc->first ^= 1U;
    return true;
}

static bool move_out(struct msc *msc)
{
    bool received = receive_piece(msc);
    bool taken = take_piece(msc);
    bool full = msc->piece[msc->first].state == MSC_FULL;

    if (msc->broken && !full && msc->status == STATUS_GOOD) {
        scsi_fail(msc, SENSE_ABORTED, CODE_DATA_PHASE);
    }
    if (msc->status == STATUS_GOOD && msc->left > 0) {
        return received || taken;
    }
    /* What the host sends already has to come: a halt after its last packet
     * would hit the next command. */
    if (msc->piece[0].state == MSC_MOVING ||
        msc->piece[1].state == MSC_MOVING) {
        return taken;
    }
    msc_finish(msc);
    return true;
}

bool msc_move(struct msc *msc)
{
    switch (msc->plan.work) {
    case MSC_READ:
        return move_in(msc);
    case MSC_WRITE:
    case MSC_COMPARE:
        return move_out(msc);
    default:
        return false; /* moves by itself */
    }
}
