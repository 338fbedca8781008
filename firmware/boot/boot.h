/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BOOT_H
#define BOOT_H

#include "aw/bootcfg.h"
#include "aw/bootstate.h"
#include "aw/ftlog/bundle.h"
#include "fw/card.h"
#include "fw/handover.h"
#include "fw/load.h"
#include "fw/panic.h"

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

enum { COPIES = 2 };

/* Why something cannot go on: what panic shows. */
struct fault {
    enum panic_code code; /* 0: nothing happened */
    unsigned detail;      /* docs/formats/led-codes.md */
    struct aw_diag diag;
};

/* Blinks of the blue LED, where the white code alone does not say it. */
enum {
    CARD_MISSING = 1,
    CARD_READ = 2,
    CONFIG_BLANK = 1,
    CONFIG_FORM = 2,
    CONFIG_PLACE = 3,
    ROLLBACK_OLDER = 1,
    ROLLBACK_RECORD = 2,
    ROLLBACK_RPMB = 3,
    ROLLBACK_KEY = 4
};

/* A configuration copy as it is on the eMMC. */
struct copy {
    bool usable; /* read and well-formed */
    uint8_t digest[AW_SHA256_SIZE];
    struct aw_bootcfg config;
    struct fault fault; /* when it is not usable */
};

/* What was judged good. */
struct start {
    unsigned copy; /* 1 or 2 */
    uint8_t slot;
    struct load_plan plan;
};

struct boot {
    struct card card;
    struct aw_policy policy;
    struct copy copy[COPIES];
    struct aw_boot_state state;
    unsigned state_block;   /* to write next */
    struct aw_semver least; /* 0.0.0 without a version record */
    struct handover handover;
};

/** The card that the OS is on. A file of its own in each variant. */
AW_MUST_CHECK aw_err medium_open(struct card *card, struct aw_diag *diag);

/** Reads blocks, again where the first try failed. @return as card_read */
AW_MUST_CHECK aw_err medium_read(struct card *card, uint32_t lba, uint8_t *to,
                                 uint32_t blocks, struct aw_diag *diag);

/** Reads both configuration copies and the boot state; each copy says itself
 *  whether it is usable. */
void records_read(struct boot *boot);

/** Writes the boot state to the block whose turn it is. */
void records_note(struct boot *boot);

/** Makes the policy of what is compiled in. @return AW_OK; errors of
 *  aw_vkey_parse; AW_ERR_PRECONDITION when something is missing. */
AW_MUST_CHECK aw_err trust_load(struct aw_policy *policy, struct aw_diag *diag);

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

void fault_print(const struct fault *fault);

#endif
