/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OS_STATE_H
#define OS_STATE_H

#include "aw/sha256.h"
#include "device.h"

/*
 * What no applet and no normal world may change of a running OS: its code and
 * constants, the translation tables of both, and OCRAM, where keys are.
 */
struct os_state {
    uint8_t tables[AW_SHA256_SIZE];
    uint8_t ocram[AW_SHA256_SIZE];
};

/** Takes note of it.
 *  @param image  of the tests' folder: image.debug names the tables */
void os_state_take(const struct device *d, const char *image,
                   struct os_state *state);

/** Fails the test unless it is what it was, and code and constants are those
 *  of image.elf. */
void os_state_expect(const struct device *d, const char *image,
                     const struct os_state *before);

#endif
