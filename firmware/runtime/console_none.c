/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/console.h"
#include "fw/print.h"

void console_init(void)
{
}

void console_drain(void)
{
}

void console_put(uint8_t byte)
{
    (void)byte;
}
