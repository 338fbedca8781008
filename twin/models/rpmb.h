/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_RPMB_H
#define TWIN_RPMB_H

#include "models/flash.h"
#include "models/nvm.h"

/*
 * The replay protected memory block of the eMMC: 512-byte frames in and out,
 * JESD84-B51 6.6.22. What it keeps is in the chip's own memory (models/nvm.h).
 *
 * Where the standard leaves room: a second key and a write with a counter that
 * has expired give "write failure"; a request in a transfer of the wrong
 * length, or without the reliable write that it needs, gives "general
 * failure"; secure write protection (requests 6 and 7) is not modelled and
 * gives "general failure".
 */
enum { TW_RPMB_WRITE_MAX = 32 /* frames of one authenticated write */ };

struct tw_rpmb {
    struct tw_nvm *nvm;
    struct tw_cut *cut;
    bool large_writes; /* 32 frames are allowed besides 1 and 2 */

    /* private: the request in hand, and what a read finds */
    uint8_t frames[TW_RPMB_WRITE_MAX * TW_BLOCK];
    uint32_t expected; /* frames of this transfer */
    uint32_t received;
    bool reliable;
    uint16_t request;  /* last one that asks for an answer */
    uint16_t result;   /* of the last key or write */
    uint16_t answered; /* request that the result belongs to */
    uint16_t address;
    uint32_t counter;
    uint8_t nonce[16];
    uint32_t sent; /* frames of this answer */
};

void tw_rpmb_init(struct tw_rpmb *rpmb, struct tw_nvm *nvm, struct tw_cut *cut);

/** The partition was chosen, or power came on: requests are forgotten. */
void tw_rpmb_reset(struct tw_rpmb *rpmb);

/** A write of so many frames begins; 0: without a count. */
void tw_rpmb_begin_write(struct tw_rpmb *rpmb, uint32_t frames, bool reliable);
/** False when power or the host failed. */
bool tw_rpmb_write(struct tw_rpmb *rpmb, const uint8_t frame[TW_BLOCK]);

void tw_rpmb_begin_read(struct tw_rpmb *rpmb, uint32_t frames);
bool tw_rpmb_read(struct tw_rpmb *rpmb, uint8_t frame[TW_BLOCK]);

void tw_rpmb_save(const struct tw_rpmb *rpmb, struct tw_saver *to);
bool tw_rpmb_load(struct tw_rpmb *rpmb, struct tw_loader *from);

#endif
