/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OS_SUPPORT_H
#define OS_SUPPORT_H

#include "aw/bootstate.h"
#include "closed.h"

/*
 * What the suites about storage, updates and keys of the trusted OS share: the
 * device of boot_support.h with a bootloader, an OS and an applet on its eMMC.
 */
enum {
    UP_MS = 8000,       /* from power on to the applet's first words */
    HEALTHY_MS = 90000, /* to the confirmation */
    ORDER_RECORD = 8,   /* blocks of the applet's area */
    ORDER_FILE = 128,
    ORDER_JOURNALS = 2048 /* from here on it is not the order's */
};

/* What the first block of the area asks of tests/firmware/applet/update.c. */
struct order {
    char magic[8];
    char sick[32];
    char idle[32];
    uint32_t call;
    uint32_t record_n;
    uint32_t record;
    uint32_t file_n;
    uint32_t file;
    uint32_t rpmb;
};

/** A release of an OS image of the folder: file and slot. */
struct making os_release(const char *file, const char *version, unsigned slot);
/** A release of the test's applet. */
struct making applet_release(const char *version, unsigned slot);

/** Image into slot, record into configuration copy 1 or 2. */
void put_release(const struct making *how, unsigned copy);

/** An order for the applet. */
void put_order(const struct order *order);
/** No order any more. */
void no_order(void);

/** An order to install a release. */
void order_install(const struct making *how);

/** OS 1.0.0 and applet 1.0.0, both in slot A, on the present device. */
void put_system(void);

/** Fails the test unless the console shows the text within the time. */
void expect_text(const char *text, unsigned ms);
/** The same, powered off and on before. */
void expect_boot(const char *text, unsigned ms);

/** Both starts are confirmed in the boot state. */
bool is_confirmed(enum aw_boot_part part);

/** The end of what was said. */
const char *said(void);

#endif
