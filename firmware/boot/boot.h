/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BOOT_H
#define BOOT_H

#include "fw/handover.h"
#include "fw/load.h"
#include "fw/slots.h"

/*
 * The bootloader: finds the trusted OS on the eMMC, judges it, starts it.
 *
 * Memory, beside the image itself (0x90010000): the OS is read to where
 * nothing of it will run, judged there, and copied from there.
 */
#define BOOT_FILE UINT32_C(0x91000000) /* AW_FIRMWARE_MAX bytes */
#define BOOT_WORK UINT32_C(0x95000000) /* AW_MANIFEST_WORK bytes */
#define OS_WINDOW UINT32_C(0x80000000)
enum { OS_WINDOW_SIZE = 0x10000000 };

/* What was judged good. */
struct start {
    unsigned copy; /* 1 or 2 */
    uint8_t slot;
    struct load_plan plan;
};

struct boot {
    struct card card;
    struct aw_policy policy;
    struct slots slots;
    struct starts starts;
    bool counted;           /* starts has to be written before the start */
    struct aw_semver least; /* 0.0.0 without a version record */
    struct handover handover;
};

/** The card that the OS is on. A file of its own in each variant. */
AW_MUST_CHECK aw_err medium_open(struct card *card, struct aw_diag *diag);

/** Reads the version record, on closed parts.
 *  @return false: `fault` says why no OS may be started */
AW_MUST_CHECK bool rollback_read(struct boot *boot, struct fault *fault);

/** @return false for a release older than the version record */
AW_MUST_CHECK bool rollback_check(const struct boot *boot,
                                  const struct aw_release *release,
                                  struct fault *fault);

/** Judges the OS that copy `n` (1 or 2) names, down to its last segment. */
AW_MUST_CHECK bool judge(struct boot *boot, unsigned n, struct start *start,
                         struct fault *fault);

/** Notes the start on the medium, hands over. Does not return. */
AW_NORETURN void launch(struct boot *boot, const struct start *start);

#endif
