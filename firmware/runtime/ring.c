/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/ring.h"

#include <string.h>

/* The count wraps after 4 GiB at a multiple of the size: nothing is lost. */
void ring_put(uint8_t byte)
{
    ring_log.bytes[ring_log.written % ring_log.size] = byte;
    ring_log.written++;
}

size_t ring_held(void)
{
    return ring_log.written < ring_log.size ? ring_log.written : ring_log.size;
}

size_t ring_part(size_t from, uint8_t *to, size_t n)
{
    uint32_t held = (uint32_t)ring_held();
    uint32_t skip = from < held ? (uint32_t)from : held;
    uint32_t take = n < held - skip ? (uint32_t)n : held - skip;

    if (take == 0) {
        return 0;
    }
    uint32_t at = (ring_log.written - held + skip) % ring_log.size;
    uint32_t first = take < ring_log.size - at ? take : ring_log.size - at;

    memcpy(to, ring_log.bytes + at, first);
    memcpy(to + first, ring_log.bytes, take - first);
    return take;
}

size_t ring_copy(uint8_t *to, size_t n)
{
    size_t held = ring_held();

    return ring_part(n < held ? held - n : 0, to, n);
}
