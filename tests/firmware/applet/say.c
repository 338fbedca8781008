/* SPDX-License-Identifier: Apache-2.0 */
#include "applet_test.h"

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
