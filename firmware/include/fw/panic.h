/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_PANIC_H
#define FW_PANIC_H

#include "aw/attr.h"

/*
 * The end of an image that cannot go on. The code is how often the white LED
 * blinks before a pause; docs/formats/led-codes.md lists them for operators.
 * Append only.
 */
enum panic_code {
    PANIC_EXCEPTION = 1, /* abort, undefined instruction */
    PANIC_BUG = 2,       /* our own mistake */
    PANIC_STACK = 3,     /* a stack overran its guard */
    PANIC_CLOCK = 4,     /* a PLL does not lock */
    PANIC_RANDOM = 5,    /* no random numbers, or they fail their tests */
    PANIC_CARD = 6,      /* eMMC missing or failing */
    PANIC_CONFIG = 7,    /* no readable configuration record */
    PANIC_EVIDENCE = 8,  /* signature, proof, digest or component */
    PANIC_ROLLBACK = 9,  /* older than the version record */
    PANIC_IMAGE = 10,    /* malformed program */
    PANIC_USB = 11       /* the controller does not start */
};

/**
 * Logs, blinks the code for a while, then resets the chip into serial
 * download, so that recovery is possible without opening the case.
 */
AW_NORETURN void panic(enum panic_code code, const char *why);

/** The same; the blue LED blinks `detail` times after the white one. */
AW_NORETURN void panic_detail(enum panic_code code, unsigned detail,
                              const char *why);

#endif
