/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-512 where libsodium's Ed25519 asks for it. */
#include <sodium.h>

#include "sha512.h"

/* Nobody looks into the library's state: it is memory for ours. */
union both {
    crypto_hash_sha512_state *theirs;
    struct sha512 *ours;
};

_Static_assert(sizeof(struct sha512) <= sizeof(crypto_hash_sha512_state),
               "it fits");

int crypto_hash_sha512_init(crypto_hash_sha512_state *state)
{
    sha512_init((union both){.theirs = state}.ours);
    return 0;
}

int crypto_hash_sha512_update(crypto_hash_sha512_state *state,
                              const unsigned char *in, unsigned long long n)
{
    sha512_update((union both){.theirs = state}.ours, in, (size_t)n);
    return 0;
}

int crypto_hash_sha512_final(crypto_hash_sha512_state *state,
                             unsigned char *out)
{
    sha512_final((union both){.theirs = state}.ours, out);
    return 0;
}

int crypto_hash_sha512(unsigned char *out, const unsigned char *in,
                       unsigned long long n)
{
    struct sha512 h;

    sha512_init(&h);
    sha512_update(&h, in, (size_t)n);
    sha512_final(&h, out);
    return 0;
}
