/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JUDGE_ROM_H
#define JUDGE_ROM_H

#include "aw/ftlog/policy.h"
#include "aw/hab/rom.h"
#include "common/cmd.h"

/*
 * The HAB verdict: what the boot ROM of a closed part decides about an image
 * and its signature.
 */
enum rom_verdict {
    ROM_NOT_CHECKED,
    ROM_BOOTS,  /* without an event: signed under the SRK hash, as a whole */
    ROM_REFUSED /* or starts it and logs an event */
};

struct rom_judged {
    enum rom_verdict verdict;
    unsigned srk; /* 1 to 4: key of the table that signed; when it boots */
};

struct rom_case {
    const char *subject;            /* for messages */
    const struct aw_policy *policy; /* has an SRK hash, or nothing is judged */
    enum aw_component component;    /* has a HAB signature */
    aw_bytes image;                 /* IMX without CSF */
    aw_bytes csf;                   /* may be empty */
    bool quiet;                     /* no finding, no warning */
};

/**
 * Judges a bootloader as read from the eMMC, a recovery image as sent over
 * serial download. What is dangerous though it boots is a warning.
 *
 * @return AW_EXIT_OK, also without an SRK hash; or the exit code of what was
 *         (or with quiet: would have been) reported
 */
AW_MUST_CHECK int rom_judge(struct aw_ctx *ctx, const struct rom_case *it,
                            struct rom_judged *judged);

/** The word of results: "not checked", "checked", "refused". */
const char *rom_verdict_name(enum rom_verdict verdict);

/**
 * The image as a host sends it over serial download: the DCD first, then the
 * rest with the DCD pointer cleared.
 *
 * @param in  file and serial are set, and dcd: to the image's own
 */
void rom_as_sent(struct aw_ctx *ctx, aw_bytes image, struct aw_rom_input *in);

/** The event that decided; an empty one when there is none. */
struct aw_hab_event rom_first_event(const struct aw_rom *rom);

/**
 * Reports the first event of a run: the others mostly follow from it.
 *
 * @param finding  subject, what, and a remedy if there is a better one than
 *                 the event's own
 */
int rom_refuse(struct aw_ctx *ctx, const struct aw_rom *rom,
               struct aw_finding *finding);

#endif
