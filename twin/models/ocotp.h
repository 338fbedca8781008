/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_OCOTP_H
#define TWIN_OCOTP_H

#include "aw/hostio/vfuse.h"
#include "models/ccm.h"

/*
 * Controller of the fuses, whose cells and shadow registers are a struct
 * aw_vfuse: the same that `aw otp` reads and writes as a file.
 * Source: IMX6ULRM and IMX6ULLRM, chapter "OCOTP_CTRL".
 */
enum { TW_OCOTP_BASE = 0x021bc000, TW_OCOTP_SIZE = 0x4000 };

enum tw_ocotp_work {
    TW_OCOTP_IDLE,
    TW_OCOTP_PROGRAM,
    TW_OCOTP_SENSE,
    TW_OCOTP_RELOAD
};

struct tw_ocotp {
    struct tw_clock *clock;
    struct tw_report *report;
    const struct tw_ccm *ccm;
    struct aw_vfuse *fuses;
    /* A fuse was programmed: time to save them. May be NULL. */
    void (*burnt)(void *ctx, unsigned bank, unsigned word, uint32_t bits);
    void *burnt_ctx;

    uint32_t ctrl; /* ADDR, ERROR, WR_UNLOCK */
    uint32_t timing;
    uint32_t data;
    uint32_t read_ctrl;
    uint32_t read_data;
    uint32_t sticky;
    uint32_t scs;
    uint8_t work; /* enum tw_ocotp_work */
    struct tw_event done;
};

/** @param fuses  outlive the model */
void tw_ocotp_init(struct tw_ocotp *ocotp, struct tw_bus *bus,
                   struct tw_clock *clock, const struct tw_ccm *ccm,
                   struct aw_vfuse *fuses);

/** Shadow register as it is, read locks aside. */
uint32_t tw_ocotp_shadow(const struct tw_ocotp *ocotp, unsigned bank,
                         unsigned word);

/**
 * Power goes in this moment: a word that is being programmed takes only some
 * of its bits.
 *
 * @param seed  decides which
 */
void tw_ocotp_power_lost(struct tw_ocotp *ocotp, uint64_t seed);

/** The boot ROM locks words until the next reset: SRK_REVOKE (bit 1) and
 * FIELD_RETURN (bit 2) of SW_STICKY. */
void tw_ocotp_stick(struct tw_ocotp *ocotp, uint32_t bits);

struct tw_device tw_ocotp_device(struct tw_ocotp *ocotp);

#endif
