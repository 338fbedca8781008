/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_CARD_H
#define TWIN_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/state.h"

/*
 * The seam between a host controller and a card: what passes over CMD and DAT
 * lines. A card is passive; it knows the time from the clock, and the
 * controller waits as long as the card says.
 */

/* How the host drives the lines now. */
struct tw_card_bus {
    uint32_t hz;
    uint8_t width;    /* data lines: 1, 4 or 8 */
    bool running;     /* the clock runs also between transfers */
    bool ddr;         /* data on both edges */
    bool low_voltage; /* 1.8 V signalling */
    bool tuned;       /* a sampling point was found */
};

enum tw_reply_length { TW_REPLY_NONE, TW_REPLY_48, TW_REPLY_136 };

struct tw_card_reply {
    enum tw_reply_length length;
    uint8_t index; /* as sent back; 0x3f where the response has none */
    bool crc;      /* bits 7:1 hold a CRC */
    /* 48 bits: bits 39:8 in words[0]. 136 bits: bits 127:8, lowest first. */
    uint32_t words[4];
};

enum tw_card_data {
    TW_DATA_OK,
    TW_DATA_NONE, /* no start bit, no status: the host times out */
    TW_DATA_CRC   /* garbled on the way */
};

enum { TW_CARD_BLOCK_MAX = 512, TW_NO_INDEX = 0x3f };

#define TW_NEVER UINT64_MAX

struct tw_card_ops {
    /* Supply voltage. */
    void (*power)(void *ctx, bool on);
    /* Level of RST_n, which SD cards lack: may be NULL. */
    void (*reset_pin)(void *ctx, bool high);
    /* Clock, width or voltage changed. */
    void (*bus)(void *ctx, const struct tw_card_bus *bus);
    void (*command)(void *ctx, uint8_t index, uint32_t argument,
                    struct tw_card_reply *reply);
    /* Tick from which the next block can be read; TW_NEVER: none comes. */
    uint64_t (*data_at)(void *ctx);
    /* Next block; *n is its length, at most TW_CARD_BLOCK_MAX. */
    enum tw_card_data (*read)(void *ctx, uint8_t *block, size_t *n);
    enum tw_card_data (*write)(void *ctx, const uint8_t *block, size_t n);
    /* Tick until which DAT0 is held low; not after now: it is high. */
    uint64_t (*busy_until)(void *ctx);
};

struct tw_card {
    const struct tw_card_ops *ops;
    void *ctx;
};

/* For cards */

void tw_reply_none(struct tw_card_reply *reply);
void tw_reply_r1(struct tw_card_reply *reply, uint8_t index, uint32_t status);
/** OCR: neither index nor CRC. */
void tw_reply_r3(struct tw_card_reply *reply, uint32_t ocr);
/** CID or CSD, 16 bytes, most significant first. */
void tw_reply_r2(struct tw_card_reply *reply, const uint8_t reg[16]);

/** Sets bits high:low of a 16-byte register, most significant byte first. */
void tw_reg128_set(uint8_t reg[16], unsigned high, unsigned low,
                   uint32_t value);
/** Fills in the CRC-7 that ends a 16-byte register. */
void tw_reg128_seal(uint8_t reg[16]);

/** The tuning block of a width: 64 bytes for 4 lines, 128 for 8. */
const uint8_t *tw_tuning_block(uint8_t width, size_t *n);

void tw_card_bus_save(const struct tw_card_bus *bus, struct tw_saver *to);
/** Marks the loader failed for a width that is none. */
void tw_card_bus_load(struct tw_card_bus *bus, struct tw_loader *from);

#endif
