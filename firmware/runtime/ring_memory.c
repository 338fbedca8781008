/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/ring.h"

static uint8_t memory[RING_SIZE];

struct ring ring_log;

void ring_init(void)
{
    ring_log = (struct ring){RING_MAGIC, RING_SIZE, 0, memory};
}
