/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_DCP_PARTS_H
#define TWIN_DCP_PARTS_H

#include "models/dcp.h"

/* What the files of the DCP model share; for nobody else. */

#define DCP_CTRL_SFTRST  (UINT32_C(1) << 31)
#define DCP_CTRL_CLKGATE (UINT32_C(1) << 30)
#define DCP_CTRL_IRQ     UINT32_C(0x0f)

/* CHnSTAT, and the status word of a packet. */
enum {
    DCP_HASH_MISMATCH = 1 << 1,
    DCP_ERROR_SETUP = 1 << 2,
    DCP_ERROR_PACKET = 1 << 3,
    DCP_ERROR_SRC = 1 << 4,
    DCP_ERROR_DST = 1 << 5,
    DCP_CODE_NEXT_CHAIN_IS_0 = 1 << 16,
    DCP_CODE_NO_CHAIN = 2 << 16,
    DCP_CODE_PAYLOAD = 4 << 16,
    DCP_CODE_INVALID_MODE = 5 << 16,
    DCP_ERRORS = 0x00ff007e
};

/* A work packet. */
enum {
    PKT_NEXT,
    PKT_CONTROL0,
    PKT_CONTROL1,
    PKT_SOURCE,
    PKT_DESTINATION,
    PKT_SIZE,
    PKT_PAYLOAD,
    PKT_STATUS,
    PKT_WORDS
};

enum {
    C0_INTERRUPT = 1 << 0,
    C0_DECR_SEMAPHORE = 1 << 1,
    C0_CHAIN = 1 << 2,
    C0_CHAIN_CONTIGUOUS = 1 << 3,
    C0_MEMCOPY = 1 << 4,
    C0_CIPHER = 1 << 5,
    C0_HASH = 1 << 6,
    C0_BLIT = 1 << 7,
    C0_ENCRYPT = 1 << 8,
    C0_CIPHER_INIT = 1 << 9,
    C0_OTP_KEY = 1 << 10,
    C0_PAYLOAD_KEY = 1 << 11,
    C0_HASH_INIT = 1 << 12,
    C0_HASH_TERM = 1 << 13,
    C0_CHECK_HASH = 1 << 14,
    C0_HASH_OUTPUT = 1 << 15,
    C0_CONSTANT_FILL = 1 << 16,
    C0_SWAPS = 0x3f << 18
};

enum { DCP_SHA1 = 0, DCP_CRC32 = 1, DCP_SHA256 = 2, DCP_NO_HASH = 0xff };

/** Carries out dcp->packet for a channel; error bits, 0 for none. */
uint32_t tw_dcp_execute(struct tw_dcp *dcp, struct tw_dcp_channel *channel);

/** Channels that have work, a bit each. */
uint32_t tw_dcp_ready_channels(const struct tw_dcp *dcp);

/** Lets the lowest ready channel work; high priority first. */
void tw_dcp_kick(struct tw_dcp *dcp);
/** Its packet's time is over; ctx is the model. */
void tw_dcp_done(void *ctx);
void tw_dcp_interrupt(struct tw_dcp *dcp);

void tw_dcp_channel_save(const struct tw_dcp_channel *ch, struct tw_saver *to);
void tw_dcp_channel_load(struct tw_dcp_channel *ch, struct tw_loader *from);

#endif
