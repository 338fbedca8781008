/* SPDX-License-Identifier: Apache-2.0 */
/* The OS keeps more of what it and the applet print than other images do. */
#include "fw/ring.h"

enum { LOG_SIZE = 1 << 20 };

static uint8_t memory[LOG_SIZE];

struct ring ring_log;

void ring_init(void)
{
    ring_log = (struct ring){RING_MAGIC, LOG_SIZE, 0, memory};
}
