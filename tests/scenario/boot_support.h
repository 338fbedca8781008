/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BOOT_SUPPORT_H
#define BOOT_SUPPORT_H

#include "device.h"
#include "release.h"

/* What the suites about the bootloader share: one device. */
enum { BOOT_MS = 2000, REFUSE_MS = 60000 };

extern struct device d;

uint64_t config_block(unsigned copy); /* 0, 1 */
uint64_t slot_block(unsigned slot);
uint64_t state_block(unsigned i);

/** An open i.MX6ULL with the bootloader's debug variant. */
void boot_setup(void);
void boot_teardown(void);

/** A release that is in order, for slot A. */
struct making good(void);

/** Its image into its slot, its record into a configuration copy. */
void install(const struct making *how, unsigned copy);

/** Boots, and fails the test unless the OS says `line`. */
void expect_start(const char *line);

/** Fails the test unless the bootloader gives up with the code, in words and
 *  by LED, and the ROM then waits for serial download. */
void expect_refusal(unsigned code, unsigned detail);
/** The same of a start that is under way. */
void expect_end(unsigned code, unsigned detail);

/** Nothing happened that would go unnoticed on silicon. */
void expect_clean(void);

#endif
