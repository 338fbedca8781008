/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_SIGNER_H
#define AW_SIGNER_H

#include "aw/ed25519.h"

/* Makes Ed25519 signatures with a secret key that may be out of our reach: in
 * a file, a token or an agent. Copyable; lives as long as what ctx is. */
struct aw_signer {
    void *ctx; /* handed to the function below */

    /**
     * Signs a message as RFC 8032 has it, not hashed before.
     *
     * @param sig   set; untouched on failure
     * @param diag  may be NULL
     *
     * @return AW_OK; AW_ERR_IO when the token or agent failed or refused;
     *         AW_ERR_CANCELLED when its user declined.
     */
    aw_err (*sign)(void *ctx, aw_bytes message, uint8_t sig[AW_ED25519_SIG],
                   struct aw_diag *diag);
};

#endif
