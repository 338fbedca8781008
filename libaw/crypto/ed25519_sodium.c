/* SPDX-License-Identifier: Apache-2.0 */
#include <sodium.h>

#include "aw/ct.h"
#include "aw/ed25519.h"

aw_err aw_ed25519_verify(const uint8_t public_key[AW_ED25519_PUBLIC],
                         aw_bytes message, const uint8_t sig[AW_ED25519_SIG])
{
    return crypto_sign_ed25519_verify_detached(sig, message.p, message.n,
                                               public_key) == 0
               ? AW_OK
               : AW_ERR_SIG;
}

void aw_ed25519_public(const uint8_t seed[AW_ED25519_SEED],
                       uint8_t public_key[AW_ED25519_PUBLIC])
{
    uint8_t secret[crypto_sign_ed25519_SECRETKEYBYTES];

    (void)crypto_sign_ed25519_seed_keypair(public_key, secret, seed);
    aw_wipe(secret, sizeof(secret));
}

void aw_ed25519_sign(const uint8_t seed[AW_ED25519_SEED], aw_bytes message,
                     uint8_t sig[AW_ED25519_SIG])
{
    uint8_t secret[crypto_sign_ed25519_SECRETKEYBYTES];
    uint8_t public_key[AW_ED25519_PUBLIC];

    (void)crypto_sign_ed25519_seed_keypair(public_key, secret, seed);
    (void)crypto_sign_ed25519_detached(sig, NULL, message.p, message.n, secret);
    aw_wipe(secret, sizeof(secret));
}
