/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECOVERY_H
#define RECOVERY_H

#include "fw/card.h"
#include "fw/hab.h"
#include "fw/msc.h"
#include "fw/soc.h"

/* A variant of the image: writable.c or read_only.c. */
extern const bool recovery_read_only;

/* Blue after white: docs/formats/led-codes.md. */
enum { CARD_MISSING = 1, CARD_BROKEN = 2 };

enum { UNITS = 4, SERIAL = 2 * SOC_ID_SIZE + 1 };

/* The kinds of units of VPD page 0xc0. */
enum { KIND_USER, KIND_BOOT0, KIND_BOOT1, KIND_SD };

/* What a unit stands for. */
struct medium {
    struct card *card;
    uint8_t partition;
};

/**
 * Opens the eMMC and a microSD card, if one is there.
 *
 * @param units   set
 * @param detail  set on failure: CARD_MISSING or CARD_BROKEN
 *
 * @return AW_OK; or why there is no eMMC.
 */
AW_MUST_CHECK aw_err media_open(struct msc_unit units[UNITS], size_t *n,
                                unsigned *detail, struct aw_diag *diag);

/** DEVICE INFORMATION; the eMMC is open.
 *  @param hab  what HAB said of this image's start */
void media_describe(const uint8_t id[SOC_ID_SIZE], const struct hab_report *hab,
                    uint8_t info[MSC_INFO]);

#endif
