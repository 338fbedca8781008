/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ACTIVATE_H
#define ACTIVATE_H

#include "aw/control.h"
#include "os/os.h"

/*
 * Secure boot for ever: the plan of aw/hab/plan.h, applied by the device
 * itself, with the SRK hash that is compiled in and no other. A device that
 * lost power anywhere goes on with the same command. Only the control
 * interface leads here.
 */
struct activation {
    struct os *os;
    bool armed;    /* the host named this device and this hash */
    bool misarmed; /* it named others: nothing is fused */
    bool wrote;    /* a fuse was programmed since power came */
};

void activation_init(struct activation *a, struct os *os);

/** The host says which device and which hash it means.
 *  @return NULL; or why this is another one, static text */
const char *activation_arm(struct activation *a, const char *serial,
                           const char *srk_hash);

/** One phase of the plan, with nothing else going on.
 *  @return NULL: the part is closed; or why not (yet), static text */
const char *activation_run(struct activation *a);

/** What is known, for the host. */
void activation_describe(struct activation *a, struct aw_ctl_secure_boot *to);

#endif
