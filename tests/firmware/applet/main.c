/* SPDX-License-Identifier: Apache-2.0 */
#include "applet_test.h"

static uint32_t block[128];

/* The step of this life; the next life does the next one. */
static uint32_t take_step(void)
{
    const uint32_t at = abi_address(block);

    if (abi_call(ABI_READ, 0, at, 1, 0) != 0) {
        return 0;
    }
    uint32_t step = block[0];

    block[0] = step + 1;
    check("step is kept", abi_call(ABI_WRITE_BLOCKS, 0, at, 1, 0) == 0);
    return step;
}

uint32_t applet_main(void)
{
    uint32_t step = take_step();

    say_number("applet: step ", step);
    if (step == 0) {
        check_calls();
        return 7;
    }
    do_fault(step, block[1]);
    say("applet: no more steps\n");
    (void)abi_call(ABI_READY, 0, 0, 0, 0);
    for (;;) {
        (void)abi_call(ABI_WAIT_EVENT, ABI_EVENT_ALL, (uint32_t)ABI_NO_LIMIT, 0,
                       0);
    }
}
