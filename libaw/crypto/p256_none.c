/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ecdsa.h"

/* Where no log with keys of P-256 is read: no such key is valid. */

bool aw_p256_spki_valid(aw_bytes spki)
{
    (void)spki;
    return false;
}

aw_err aw_p256_verify(aw_bytes spki, const uint8_t digest[AW_SHA256_SIZE],
                      aw_bytes sig)
{
    (void)spki;
    (void)digest;
    (void)sig;
    return AW_ERR_KEY;
}
