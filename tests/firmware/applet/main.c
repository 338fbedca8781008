/* SPDX-License-Identifier: Apache-2.0 */
#include "applet_test.h"

static uint32_t block[128];

static uint32_t length(const char *text)
{
    uint32_t n = 0;

    while (text[n] != '\0') {
        n++;
    }
    return n;
}

void say(const char *text)
{
    (void)abi_call(ABI_WRITE, abi_address(text), length(text), 0, 0);
}

void say_number(const char *text, uint32_t number)
{
    char hex[10];

    for (unsigned i = 0; i < 8; i++) {
        hex[i] = "0123456789abcdef"[number >> (28 - 4 * i) & 0xf];
    }
    hex[8] = '\n';
    hex[9] = '\0';
    say(text);
    say(hex);
}

void check(const char *name, bool ok)
{
    say(ok ? "ok   " : "FAIL ");
    say(name);
    say("\n");
}

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
    do_fault(step);
    say("applet: no more steps\n");
    (void)abi_call(ABI_READY, 0, 0, 0, 0);
    for (;;) {
        (void)abi_call(ABI_WAIT_EVENT, ABI_EVENT_ALL, (uint32_t)ABI_NO_LIMIT, 0,
                       0);
    }
}
