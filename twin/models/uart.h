/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_UART_H
#define TWIN_UART_H

#include "models/ccm.h"

/*
 * Serial port: two FIFOs of 32 characters, each of which takes the time of its
 * bits on the line. Control lines other than RTS and CTS, IrDA, RS-485 and
 * autobaud are not there. Source: IMX6ULRM and IMX6ULLRM, chapter "UART".
 */
enum { TW_UART_FIFO = 32, TW_UART_REGS = 14, TW_UART_SIZE = 0x4000 };

struct tw_uart_fifo {
    uint16_t item[TW_UART_FIFO];
    uint32_t head;
    uint32_t count;
};

struct tw_uart {
    const char *name;
    struct tw_clock *clock;
    struct tw_report *report;
    const struct tw_ccm *ccm;
    struct tw_line irq;
    /* Takes a character that left the port; NULL: lost. */
    void (*out)(void *ctx, uint8_t byte);
    void *out_ctx;

    uint32_t reg[TW_UART_REGS]; /* UCR1 to UTS; of USR1 and 2 what sticks */
    struct tw_uart_fifo tx;
    struct tw_uart_fifo rx;
    struct tw_event sent; /* the first of tx has left */
};

/** @param ccm  gives the clock of the baud rate */
void tw_uart_init(struct tw_uart *uart, const char *name, uint32_t base,
                  struct tw_bus *bus, struct tw_clock *clock,
                  const struct tw_ccm *ccm);

/** True when a character would be received and not lost. */
bool tw_uart_ready(const struct tw_uart *uart);

/** A character arrives at the pin. One too many is lost and noted, as is one
 * while the receiver is off. */
void tw_uart_receive(struct tw_uart *uart, uint8_t byte);

/** Ticks that one character takes; 0 while the port cannot send. */
uint64_t tw_uart_character(const struct tw_uart *uart);

struct tw_device tw_uart_device(struct tw_uart *uart);

#endif
