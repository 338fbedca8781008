/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OS_H
#define OS_H

#include "fw/abi.h"
#include "fw/card.h"
#include "fw/handover.h"
#include "os/applet/applet.h"
#include "os/identity/identity.h"
#include "os/release/installed.h"
#include "os/release/rollback.h"

/*
 * The trusted OS. One thread, supervisor mode, interrupts masked all the time:
 * main.c looks at what is due, lets the applet run for a slice, and sleeps when
 * nothing is.
 */
struct os {
    struct applet applet;
    struct handover handover;
    bool told;         /* the bootloader left a hand-over */
    struct card *card; /* NULL: none */
    uint32_t events;   /* that the applet has not waited for yet */
    struct abi_config config;
    struct abi_witness_status witness;
    struct abi_versions versions;
    struct identity identity;
    struct rollback rollback;
    struct installed installed;
    bool unready;       /* the applet has had its time */
    bool reboot;        /* asked for */
    uint64_t reboot_at; /* the same, as a time of time_now; 0: not */
};

/** Random bytes for those who ask; a file of its own in each variant.
 *  @return AW_OK; AW_ERR_IO; AW_ERR_PRECONDITION without a generator. */
AW_MUST_CHECK aw_err entropy(uint8_t *to, size_t n);

/** The card that holds what is the applet's. */
AW_MUST_CHECK aw_err medium_open(struct card *card, struct aw_diag *diag);

/** Something that the applet may wait for has happened: tells it, or notes it
 *  until it asks. */
void os_event(struct os *os, uint32_t events);

/** Reboots when there has been time for an answer to go out. */
void os_reboot_soon(struct os *os);

/** Prints what ended the applet, with its registers. */
void report_end(const struct applet *a);

#endif
