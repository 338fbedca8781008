/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/console.h"
#include "fw/print.h"
#include "fw/uart.h"

void console_init(void)
{
    uart_init(UART2);
}

void console_drain(void)
{
    uart_drain(UART2);
}

/* Terminals want both. */
void console_put(uint8_t byte)
{
    if (byte == '\n') {
        uart_put(UART2, '\r');
    }
    uart_put(UART2, byte);
}
