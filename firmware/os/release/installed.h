/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSTALLED_H
#define INSTALLED_H

#include "fw/slots.h"

/*
 * What is installed on the eMMC, what of it runs, and whether it has shown that
 * it works. Health: the applet has been ready for a minute; then the starts are
 * confirmed, and after them the least versions are raised.
 *
 * Memory outside the image: the applet's file stays where it was judged, since
 * each life of the applet begins with it.
 */
#define INSTALLED_WORK UINT32_C(0x81f00000) /* AW_MANIFEST_WORK bytes */
#define INSTALLED_FILE UINT32_C(0x82000000) /* AW_FIRMWARE_MAX bytes */

struct os;

struct installed {
    bool known; /* there is a card: what follows is set */
    struct slots os;
    struct slots applet;
    struct starts starts;
    unsigned os_copy;     /* configuration copy that runs: 1, 2 */
    uint8_t os_slot;      /* 0 A, 1 B */
    unsigned applet_copy; /* 0: none runs */
    uint8_t applet_slot;
    struct aw_semver os_version;
    struct aw_semver applet_version; /* borrowed from INSTALLED_WORK */
    bool healthy;                    /* shown since this boot */
};

/** Reads what there is. Once a boot, after the hand-over. */
void installed_init(struct os *os);

/** A start that is not confirmed, of a program beside which another one lies
 *  that ran before.
 *  @param component  AW_TRUSTED_OS, AW_TRUSTED_APPLET */
bool installed_on_trial(const struct os *os, enum aw_component component);

/** Looks whether health is shown, or will not be: then ends the applet or asks
 *  for a reboot. @return when to look again, as a time of time_now */
uint64_t installed_look(struct os *os, uint64_t now);

#endif
