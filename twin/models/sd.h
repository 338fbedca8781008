/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_SD_H
#define TWIN_SD_H

#include "core/device.h"
#include "core/report.h"
#include "models/card.h"
#include "models/flash.h"

/*
 * A microSD card of the Physical Layer specification 3: up to 2 GiB with byte
 * addresses (SDSC), above with block addresses (SDHC, SDXC). 1.8 V signalling,
 * SDR12 to SDR104 and DDR50, erase, CMD23.
 *
 * Not modelled, and illegal: SPI, write protect groups, passwords, programming
 * of the CSD, block lengths other than 512, security commands.
 */
enum { TW_SD_SC_MAX = 4194304 /* blocks of an SDSC card */ };

struct tw_sd_wiring {
    struct tw_clock *clock;
    struct tw_report *report;
    struct tw_cut *cut;
    struct tw_store store;
    uint32_t blocks; /* a multiple of 1024 */
    uint32_t serial;
};

enum tw_sd_moves { TW_SD_NOTHING, TW_SD_BLOCKS, TW_SD_REGISTER, TW_SD_TUNING };

/* Steps of the switch to 1.8 V. */
enum tw_sd_voltage {
    TW_SD_3V3,
    TW_SD_ASKED,   /* CMD11 was taken: lines are low */
    TW_SD_STOPPED, /* the host stopped the clock */
    TW_SD_1V8
};

struct tw_sd {
    struct tw_clock *clock;
    struct tw_report *report;
    struct tw_cut *cut;
    struct tw_flash flash;
    bool high_capacity;

    uint8_t cid[16];
    uint8_t csd[16];
    struct tw_card_bus bus;
    bool powered;
    bool inactive;
    bool interface_known; /* CMD8 came */
    bool app;             /* the next command is an ACMD */
    uint8_t state;        /* enum aw_card_state */
    uint16_t rca;
    uint32_t status;
    uint64_t ready_at;
    uint64_t busy_until;
    enum tw_sd_voltage voltage;
    bool may_switch;   /* S18A was granted */
    uint8_t width;     /* 1 or 4 */
    uint8_t mode;      /* function of group 1 */
    uint8_t next_mode; /* after the register that tells of it */

    enum tw_sd_moves moves;
    bool multiple;
    bool refused;
    bool stalled;
    uint64_t block;
    uint32_t left;
    uint64_t data_at;
    uint8_t reg[64];
    uint32_t reg_n;
    bool counted;
    uint32_t count;
    uint32_t written; /* blocks of the last write, ACMD22 */
    uint8_t erase_step;
    uint32_t erase_first;
    uint32_t erase_last;
};

void tw_sd_init(struct tw_sd *sd, const struct tw_sd_wiring *wiring);
void tw_sd_free(struct tw_sd *sd);
struct tw_card tw_sd_card(struct tw_sd *sd);
struct tw_device tw_sd_device(struct tw_sd *sd);

#endif
