/* SPDX-License-Identifier: Apache-2.0 */
/* The same numbers at each start: for tests alone. */
#include "os/os.h"

aw_err entropy(uint8_t *to, size_t n)
{
    static uint32_t state = 0x2545f491;

    for (size_t i = 0; i < n; i++) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        to[i] = (uint8_t)(state >> 24);
    }
    return AW_OK;
}
