/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FACTS_H
#define FACTS_H

#include "aw/control.h"
#include "os/os.h"

/*
 * What the control interface tells of the parts of the OS that own it: a seam,
 * with a function each. Nothing here waits for long: a host is waiting.
 */

/** Configuration copies of OS and applet, and the slots that they name.
 *  @return how many were set, at most AW_CTL_SLOTS */
size_t facts_slots(const struct os *os, struct aw_ctl_slot *slots);

/** State of the replay protected memory: "unknown" where nobody can tell;
 *  names in docs/formats/control.md. */
void facts_rpmb(const struct os *os, struct aw_ctl_rpmb *rpmb);

/**
 * Command 0xca: programs the key again, in the state `unprovisioned` alone.
 *
 * @return AW_OK; AW_ERR_PRECONDITION: another state; AW_ERR_UNSUPPORTED: this
 *         build cannot.
 */
AW_MUST_CHECK aw_err facts_rpmb_retry(struct os *os);

/** Command 0xcb: the next witness key. @return as rollback_next_identity. */
AW_MUST_CHECK aw_err facts_next_identity(struct os *os);

/** The network jack has a link. */
bool facts_link(const struct os *os);

/** What the applet and the keys say of the witness.
 *  @return false: nothing yet */
bool facts_witness(const struct os *os, struct aw_ctl_witness *witness,
                   uint32_t *counter);

#endif
