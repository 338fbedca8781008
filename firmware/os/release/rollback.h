/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ROLLBACK_H
#define ROLLBACK_H

#include "aw/release.h"
#include "aw/rpmb.h"
#include "fw/card.h"

/*
 * The RPMB of the eMMC: least versions, the number of the witness key, and what
 * the applet keeps there. docs/formats/rpmb-sectors.md.
 */
enum rollback_state {
    ROLLBACK_OPEN,          /* open part: nothing is kept */
    ROLLBACK_READY,         /* records were read */
    ROLLBACK_UNPROVISIONED, /* the flag fuse is blown, the card has no key */
    ROLLBACK_FAILED         /* `err` says why: no applet may run */
};
enum { ROLLBACK_TEXT = 32 }; /* 28 characters and a zero byte, rounded up */

struct rollback {
    enum rollback_state state;
    aw_err err;
    struct aw_diag diag; /* of err */
    struct card *card;
    uint32_t identity; /* number of the witness key */
    uint32_t writes;   /* that the card has counted; 0: not known */
    /* Least versions; empty: none. */
    char os[ROLLBACK_TEXT];
    char applet[ROLLBACK_TEXT];
};

/**
 * Reads the records; on first use of a closed part blows the flag fuse, then
 * programs the key. Once a boot.
 *
 * @param card  NULL: none
 */
void rollback_init(struct rollback *rb, struct card *card);

/**
 * Programs the key although the flag fuse says that it was: only for a device
 * in ROLLBACK_UNPROVISIONED, by an operator who knows that the card is the
 * device's own. The records are read anew. Reboot afterwards.
 *
 * @return AW_OK; AW_ERR_PRECONDITION in another state; errors of the card.
 */
AW_MUST_CHECK aw_err rollback_program_key(struct rollback *rb,
                                          struct aw_diag *diag);

/**
 * Is a version new enough to run?
 *
 * @return AW_OK, also on open parts; AW_ERR_ROLLBACK; AW_ERR_SPACE for one of
 *         more than 28 characters, which could not be recorded;
 *         AW_ERR_PRECONDITION in states in which nothing may run.
 */
AW_MUST_CHECK aw_err rollback_check(const struct rollback *rb,
                                    enum aw_component component,
                                    const struct aw_semver *version);

/**
 * Records a version that has shown that it works; an older one changes nothing.
 *
 * @return AW_OK; as rollback_check; errors of the card.
 */
AW_MUST_CHECK aw_err rollback_raise(struct rollback *rb,
                                    enum aw_component component,
                                    const struct aw_semver *version,
                                    struct aw_diag *diag);

/**
 * Turns to the next witness key, for good: takes effect at the next start.
 *
 * @return AW_OK; AW_ERR_PRECONDITION unless the state is ROLLBACK_READY;
 *         AW_ERR_RANGE at the last number; errors of the card.
 */
AW_MUST_CHECK aw_err rollback_next_identity(struct rollback *rb,
                                            struct aw_diag *diag);

/** The applet's own sector. @return AW_OK; AW_ERR_PRECONDITION unless the state
 *  is ROLLBACK_READY; errors of the card. */
AW_MUST_CHECK aw_err rollback_read_data(struct rollback *rb,
                                        uint8_t data[AW_RPMB_SECTOR],
                                        struct aw_diag *diag);
/** @param counter  the card's write counter afterwards */
AW_MUST_CHECK aw_err rollback_write_data(struct rollback *rb,
                                         const uint8_t data[AW_RPMB_SECTOR],
                                         uint32_t *counter,
                                         struct aw_diag *diag);

#endif
