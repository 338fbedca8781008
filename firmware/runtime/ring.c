/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/ring.h"

struct ring ring_log;

void ring_init(void)
{
    ring_log.magic = RING_MAGIC;
    ring_log.size = RING_SIZE;
    ring_log.written = 0;
}

/* The count wraps after 4 GiB at a multiple of the size: nothing is lost. */
void ring_put(uint8_t byte)
{
    ring_log.bytes[ring_log.written % RING_SIZE] = byte;
    ring_log.written++;
}

size_t ring_copy(uint8_t *to, size_t n)
{
    uint32_t held = ring_log.written < RING_SIZE ? ring_log.written : RING_SIZE;
    uint32_t take = n < held ? (uint32_t)n : held;
    uint32_t at = ring_log.written - take;

    for (uint32_t i = 0; i < take; i++) {
        to[i] = ring_log.bytes[(at + i) % RING_SIZE];
    }
    return take;
}
