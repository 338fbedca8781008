/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_IDENTITY_H
#define DEVICE_IDENTITY_H

#include "aw/control.h"
#include "common/cmd.h"

/*
 * Who a device says it is: what it attests is verified, and compared with a
 * ledger of devices. docs/formats/attestation.md.
 */

/* Texts live as long as the run. */
struct device_identity {
    bool known;
    uint64_t counter;
    const char *witness; /* note verifier key */
    const char *key;     /* of its attestations */
    aw_bytes attested;   /* notes; bastion may be empty */
    aw_bytes bastion;
    bool in_ledger;
};

struct device_who {
    struct aw_ctx *ctx;
    const char *serial;                 /* the board that is meant */
    const struct aw_ctl_status *status; /* untrusted; has a witness */
    bool fused;                      /* an open part's attestation is refused */
    const char *ledger;              /* folder, or NULL */
    const char *attestations;        /* folder to write, or NULL */
    struct device_identity identity; /* set */
};

/* Exit codes, or AW_EXIT_OK; what went wrong is reported. */

/** Before a device is asked: the ledger is there, if one is named. */
AW_MUST_CHECK int device_who_find_ledger(struct device_who *who);

/** Verifies what the status attests; sets the identity. */
AW_MUST_CHECK int device_who_verify(struct device_who *who);

/** Compares it with the ledger, if one is named. */
AW_MUST_CHECK int device_who_compare(struct device_who *who);

/** Writes the files that aw device ledger add takes, if asked for. */
AW_MUST_CHECK int device_who_write(struct device_who *who);

/** Writes the member "identity". */
void device_who_put(struct device_who *who);

#endif
