/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/rng.h"
#include "os/os.h"

aw_err entropy(uint8_t *to, size_t n)
{
    aw_err err = AW_OK;

    for (size_t at = 0; at < n && err == AW_OK; at += RNG_MAX) {
        size_t left = n - at;

        err = rng_fill(to + at, (uint32_t)(left < RNG_MAX ? left : RNG_MAX),
                       NULL);
    }
    return err;
}
