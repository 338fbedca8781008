/* SPDX-License-Identifier: Apache-2.0 */
/* An applet that neither calls nor ends. */
#include "applet_test.h"

uint32_t applet_main(void)
{
    say("spin: begin\n");
    for (;;) {
        __asm__ volatile("");
    }
}
