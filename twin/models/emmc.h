/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_EMMC_H
#define TWIN_EMMC_H

#include "core/device.h"
#include "core/report.h"
#include "models/card.h"
#include "models/rpmb.h"

/*
 * An eMMC of JESD84-B51: user area, two boot partitions, RPMB. States,
 * responses and status bits are those of the standard; a command that the
 * state does not allow gets no response and shows as ILLEGAL_COMMAND in the
 * next one.
 *
 * Not modelled, and illegal: stream and bus test commands, programming of CID
 * and CSD, lock, command queue, packed commands, general purpose partitions,
 * HS400. Boot operation is the boot ROM's affair, which reads the files.
 */
enum {
    TW_EMMC_BLOCKS = 30576640, /* of the Mk II: 15.6 GB */
    TW_EMMC_BOOT_MULT = 32,    /* x 128 KiB: 4 MiB each */
    TW_EMMC_BOOT_BLOCKS = TW_EMMC_BOOT_MULT * 256,
    TW_EMMC_RPMB_MULT = 32,
    TW_EMMC_RPMB_SECTORS = TW_EMMC_RPMB_MULT * 512,
    TW_EMMC_GROUP = 1024,         /* blocks of an erase group */
    TW_EMMC_WP_GROUP = 16 * 1024, /* blocks of a write protect group */
    TW_EMMC_PARTS = 3,            /* by number: user, boot0, boot1 */
    TW_EMMC_BAD_MAX = 8
};

/* Blocks of the user area that misbehave. */
enum tw_bad { TW_BAD_NONE, TW_BAD_READ, TW_BAD_WRITE, TW_BAD_SLOW };

struct tw_bad_blocks {
    enum tw_bad kind;
    uint32_t delay_us; /* of TW_BAD_SLOW, for each block */
    uint64_t first;
    uint64_t count;
};

struct tw_emmc_wiring {
    struct tw_clock *clock;
    struct tw_report *report;
    struct tw_cut *cut;
    struct tw_store parts[TW_EMMC_PARTS]; /* user, boot0, boot1 */
    struct tw_store nvm;
    uint32_t blocks; /* of the user area */
    uint32_t serial; /* in the CID */
};

/* What moves over the data lines. */
enum tw_emmc_moves {
    TW_MOVES_NOTHING,
    TW_MOVES_BLOCKS,
    TW_MOVES_REGISTER,
    TW_MOVES_RPMB,
    TW_MOVES_TUNING
};

struct tw_emmc {
    struct tw_clock *clock;
    struct tw_report *report;
    struct tw_cut *cut;
    struct tw_store nvm_store;
    struct tw_flash parts[TW_EMMC_PARTS];
    struct tw_nvm nvm;
    struct tw_rpmb rpmb;
    struct tw_bad_blocks bad[TW_EMMC_BAD_MAX];

    uint8_t cid[16];
    uint8_t csd[16];
    uint8_t ext_csd[512];
    uint8_t wp_power[TW_NVM_WP_BYTES]; /* groups protected until power off */
    struct tw_card_bus bus;
    bool powered;
    bool reset_low; /* RST_n is asserted */
    bool inactive;
    bool asleep;
    uint8_t state; /* enum aw_card_state */
    uint16_t rca;
    uint32_t status;     /* error bits not told yet */
    uint64_t ready_at;   /* end of power-up, TW_NEVER before the first CMD1 */
    uint64_t busy_until; /* of programming */

    enum tw_emmc_moves moves;
    bool multiple; /* until CMD12 or the counted end */
    bool refused;  /* data of this write is ignored */
    bool stalled;  /* no more data comes from this read */
    bool reliable;
    uint64_t block;   /* next one */
    uint32_t left;    /* blocks, 0: open-ended */
    uint64_t data_at; /* tick of the next block to read */
    uint8_t reg[512];
    uint32_t reg_n;

    bool counted; /* CMD23 came right before */
    uint32_t count;
    bool count_reliable;
    uint8_t erase_step; /* 0, 35, 36 */
    uint32_t erase_first;
    uint32_t erase_last;
};

/**
 * @return as tw_nvm_open
 */
AW_MUST_CHECK aw_err tw_emmc_init(struct tw_emmc *emmc,
                                  const struct tw_emmc_wiring *wiring);
void tw_emmc_free(struct tw_emmc *emmc);

struct tw_card tw_emmc_card(struct tw_emmc *emmc);
/** Reset for power takes what the cut's mode says from what was kept back. */
struct tw_device tw_emmc_device(struct tw_emmc *emmc);

/** Adds a fault; false when there are too many. */
bool tw_emmc_fault(struct tw_emmc *emmc, const struct tw_bad_blocks *bad);
void tw_emmc_heal(struct tw_emmc *emmc);

#endif
