/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_HWKEY_H
#define TWIN_HWKEY_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The part's own key, as the crypto engines see it. It is theirs while the
 * security state machine (SNVS) says so: on a closed part, in trusted or
 * secure state. Otherwise they use a key that everybody knows: zeros in the
 * DCP, as silicon does; in the CAAM a made-up one, since NXP does not publish
 * what an open i.MX6UL has:
 *
 *   SHA-256("Armored Witness twin: BKEK of an open i.MX6UL")
 */
struct tw_hwkey {
    bool (*usable)(void *ctx); /* NULL: never */
    void *ctx;
    uint8_t secret[32]; /* the DCP uses the first 16 */
};

static inline bool tw_hwkey_usable(const struct tw_hwkey *key)
{
    return key->usable != 0 && key->usable(key->ctx);
}

#endif
