/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_USDHC_H
#define FW_USDHC_H

#include "aw/bytes.h"

/*
 * Ultra Secured Digital Host Controller: one command at a time, data by
 * ADMA2. Source: IMX6ULLRM rev 1, chapter 58. Every wait is bounded; after a
 * failure the lines are reset, so that the next command starts clean.
 */
enum { USDHC1 = 0x02190000, USDHC2 = 0x02194000 };

enum { USDHC_BLOCK = 512, USDHC_BLOCKS_MAX = 65535 };

/* Ends a transfer; the only command with meaning for the controller. */
enum { USDHC_STOP = 12 };

enum usdhc_response {
    USDHC_NONE,
    USDHC_R1,  /* 48 bits, CRC and index checked */
    USDHC_R1B, /* the same, then busy */
    USDHC_R2,  /* 136 bits */
    USDHC_R3   /* 48 bits without CRC: operating conditions */
};

struct usdhc_command {
    uint8_t index;
    uint32_t argument;
    enum usdhc_response response;
};

/* Blocks that go with a command. The memory begins on a cache line and is not
 * shared with anything else on its last one. */
struct usdhc_data {
    uint8_t *in;        /* of a read */
    const uint8_t *out; /* of a write */
    uint32_t block;     /* bytes of one block, a multiple of 4 */
    uint32_t blocks;
    bool write;
    bool stop; /* CMD12 follows by itself: an open-ended transfer */
};

enum usdhc_speed {
    USDHC_IDENTIFICATION, /* about 387 kHz */
    USDHC_DEFAULT,        /* 24.75 MHz */
    USDHC_HIGH,           /* 49.5 MHz */
    USDHC_HS200           /* 132 MHz */
};

enum usdhc_width { USDHC_1_BIT, USDHC_4_BIT, USDHC_8_BIT };

struct usdhc {
    uint32_t base;
    uint32_t response[4]; /* of the last command, as the registers hold it */
};

/**
 * Resets the controller: one bit, identification clock, 80 clocks sent.
 *
 * @return AW_OK; AW_ERR_TIMEOUT if it does not come out of reset.
 */
AW_MUST_CHECK aw_err usdhc_init(struct usdhc *host, uint32_t base,
                                struct aw_diag *diag);

/** @return AW_OK; AW_ERR_TIMEOUT if the clock does not become stable. */
AW_MUST_CHECK aw_err usdhc_set_speed(struct usdhc *host, enum usdhc_speed speed,
                                     struct aw_diag *diag);

void usdhc_set_width(struct usdhc *host, enum usdhc_width width);

/** The lines have 1.8 V, as the board supplies the card with. */
void usdhc_low_voltage(struct usdhc *host);

/**
 * Finds the point at which to sample what a card sends at 132 MHz.
 *
 * @param command  that has the card send its pattern: 21 of an eMMC
 * @param bytes    of the pattern: 128 on 8 bits, 64 on 4
 *
 * @return AW_OK; AW_ERR_TIMEOUT if no block comes; AW_ERR_IO if the pattern is
 *         nowhere right: then the controller samples as before.
 */
AW_MUST_CHECK aw_err usdhc_tune(struct usdhc *host, uint8_t command,
                                uint32_t bytes, struct aw_diag *diag);

/** Samples as below 132 MHz again. */
void usdhc_forget_tuning(struct usdhc *host);

/**
 * Sends a command and waits for its response, its busy and its data.
 *
 * @param data  NULL for a command without
 *
 * @return AW_OK; AW_ERR_TIMEOUT without an answer in time; AW_ERR_IO if CRC,
 *         index, end bit or DMA failed; AW_ERR_RANGE if the data cannot be
 *         described to the controller.
 */
AW_MUST_CHECK aw_err usdhc_run(struct usdhc *host,
                               const struct usdhc_command *command,
                               const struct usdhc_data *data,
                               struct aw_diag *diag);

/** True when the write-protect line says that the card may be written. */
bool usdhc_writable(const struct usdhc *host);

#endif
