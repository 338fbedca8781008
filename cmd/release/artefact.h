/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RELEASE_ARTEFACT_H
#define RELEASE_ARTEFACT_H

#include "aw/ftlog/policy.h"
#include "aw/hostio/artefacts.h"
#include "common/net.h"

/* Artefacts of releases in a folder or on a server, by digest. */
struct release_artefacts {
    struct aw_ctx *ctx;
    const char *name; /* as messages call it */
    struct aw_host_store *store;
    struct aw_wr buf; /* private: of the file read last */
};

/**
 * Opens a folder or an address.
 *
 * @param net        NULL: as patient as by default
 * @param artefacts  end with release_artefacts_close, also after a failure
 */
AW_MUST_CHECK int release_artefacts_open(struct aw_ctx *ctx, const char *source,
                                         const struct aw_net_args *net,
                                         struct release_artefacts *artefacts);

/** Where artefacts are: what the user says, else the policy, else NULL. */
const char *release_artefacts_source(struct aw_ctx *ctx,
                                     const struct aw_policy *policy,
                                     const char *given);

/**
 * Reads an artefact and compares its digest. A finding names the file.
 *
 * @param data  borrowed until the next call
 */
AW_MUST_CHECK int release_artefacts_read(struct release_artefacts *artefacts,
                                         const uint8_t sha256[AW_SHA256_SIZE],
                                         aw_bytes *data);

void release_artefacts_close(struct release_artefacts *artefacts);

#endif
