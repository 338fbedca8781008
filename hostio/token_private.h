/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOKEN_PRIVATE_H
#define TOKEN_PRIVATE_H

#include <p11-kit/p11-kit.h>

#include "aw/hostio/token.h"

/* What the files about tokens share. */

struct aw_token {
    CK_FUNCTION_LIST **modules; /* those we started, NULL at the end */
    CK_FUNCTION_LIST *module;   /* the one with the key */
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE key;
    bool open;
    /* The PIN, for a key that asks for it before each signature: TOKEN_PIN_MAX
     * bytes of secret memory. NULL: it asks once. */
    char *pin;
    size_t pin_n;
};

enum { TOKEN_PIN_MAX = 256 };

/**
 * C_SignInit, and the login that the key may want before each use
 * (CKA_ALWAYS_AUTHENTICATE).
 *
 * @return AW_OK; AW_ERR_PRECONDITION when the PIN is refused; as
 *         token_fail_sign
 */
AW_MUST_CHECK aw_err token_sign_begin(struct aw_token *token,
                                      CK_MECHANISM *mechanism,
                                      struct aw_host_diag *host);

/**
 * Notes a failure.
 *
 * @param rv  what the module said, CKR_OK when it is not the module's fault
 */
static inline aw_err token_fail(struct aw_host_diag *host, aw_err err,
                                const char *what, CK_RV rv)
{
    if (rv == CKR_OK) {
        return aw_fail(aw_host_say(host, "%s", what), err, "token", 0);
    }
    return aw_fail(aw_host_say(host, "%s: %s", what, p11_kit_strerror(rv)), err,
                   "token", rv);
}

/** As token_fail for a signature that was not made. */
aw_err token_fail_sign(struct aw_host_diag *host, CK_RV rv);

#endif
