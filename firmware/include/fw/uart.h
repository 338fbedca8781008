/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_UART_H
#define FW_UART_H

#include <stdint.h>

enum { UART1 = 0x02020000, UART2 = 0x021e8000 };

/** 115200 8N1 from the 80 MHz clock; pads and gates are the DCD's. */
void uart_init(uint32_t base);

/** Waits for room, but not for ever: a byte that finds none is dropped. */
void uart_put(uint32_t base, uint8_t byte);

/** Waits, as long as that takes at 115200, until all has left the wire. */
void uart_drain(uint32_t base);

#endif
