/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_SLOTS_H
#define FW_SLOTS_H

#include "aw/bootcfg.h"
#include "aw/bootstate.h"
#include "aw/ftlog/bundle.h"
#include "fw/card.h"
#include "fw/panic.h"

/*
 * Trusted OS and applet as they lie on the eMMC: two slots for images, two
 * configuration copies that name one of them each, and the count of starts that
 * nobody has confirmed. Bootloader and OS judge by the same functions.
 */
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
    /* Of PANIC_EVIDENCE also 1 to 6: enum aw_bundle_step, and 1. */
    EVIDENCE_LOG_KEY = 7,  /* the checkpoint is not signed by the log's key */
    EVIDENCE_ORIGIN = 8,   /* but is another log's */
    EVIDENCE_UNSIGNED = 9, /* a key that has to did not sign the manifest */
    IMAGE_FORM = 1,
    IMAGE_PLACE = 2,
    IMAGE_ACCESS = 3,
    ROLLBACK_OLDER = 1,
    ROLLBACK_RECORD = 2,
    ROLLBACK_RPMB = 3,
    ROLLBACK_KEY = 4
};

void fault_print(const struct fault *fault);

/** The fault of a program that load_check refused with `err`; its diag is
 *  set. */
void fault_image(struct fault *fault, aw_err err);

/* A configuration copy as it is on the eMMC. */
struct copy {
    bool usable; /* read, well-formed, and it names a slot */
    uint8_t slot;
    uint8_t digest[AW_SHA256_SIZE]; /* of all AW_BOOTCFG_MAX bytes */
    struct aw_bootcfg config;       /* borrowed from the slots' records */
    struct fault fault;             /* when it is not usable */
};

struct slots {
    struct card *card;
    enum aw_component component; /* AW_TRUSTED_OS, AW_TRUSTED_APPLET */
    uint8_t *records; /* the caller's: COPIES * AW_BOOTCFG_MAX bytes, on a
                       * cache line */
    struct copy copy[COPIES];
};

/** Reads both copies; each says itself whether it is usable. */
void slots_read(struct slots *slots);

/** Reads blocks, again where the first try failed. @return as card_read */
AW_MUST_CHECK aw_err slots_blocks(struct card *card, uint32_t lba, uint8_t *to,
                                  uint32_t blocks, struct aw_diag *diag);

/* How an image is judged: by whom, against what, in which memory. */
struct judging {
    const struct aw_policy *policy;
    const struct aw_expect *expect;
    uint8_t *file; /* AW_FIRMWARE_MAX bytes: what is judged is what is used */
    uint8_t *work; /* AW_MANIFEST_WORK bytes */
};

/**
 * Judges the image that copy `n` (1 or 2) names.
 *
 * @param verdict  its release has the image, in judging->file
 * @param fault    set on failure
 */
AW_MUST_CHECK bool slots_judge(const struct slots *slots, unsigned n,
                               const struct judging *judging,
                               struct aw_verdict *verdict, struct fault *fault);

/* The boot state: docs/formats/boot-state.md. */
struct starts {
    struct card *card;
    struct aw_boot_state state;
    unsigned block; /* to write next */
};

/** A state that cannot be read is an empty one: the starts are then counted
 *  from the beginning. */
void starts_read(struct starts *starts);

/** Writes it, to the block whose turn it is. @return errors of card_write. */
AW_MUST_CHECK aw_err starts_write(struct starts *starts, struct aw_diag *diag);

/** Makes the policy of what is compiled in. @return AW_OK; errors of
 *  aw_vkey_parse; AW_ERR_PRECONDITION when something is missing;
 *  AW_ERR_DUPLICATE when the OS's keys are one. */
AW_MUST_CHECK aw_err trust_load(struct aw_policy *policy, struct aw_diag *diag);

/** The same with the applet's key: for who starts that. */
AW_MUST_CHECK aw_err trust_load_applet(struct aw_policy *policy,
                                       struct aw_diag *diag);

#endif
