/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/uart.h"

#include <stdbool.h>

#include "fw/reg.h"

/* IMX6ULLRM rev 1, chapter 55. */
enum {
    UTXD = 0x40,
    UCR1 = 0x80,
    UCR2 = 0x84,
    UCR3 = 0x88,
    UCR4 = 0x8c,
    UFCR = 0x90,
    USR2 = 0x98,
    UESC = 0x9c,
    UTIM = 0xa0,
    UBIR = 0xa4,
    UBMR = 0xa8,
    UTS = 0xb4
};
enum {
    UCR1_UARTEN = 1 << 0,
    UCR2_SRST = 1 << 0, /* 0 resets, reads 1 when that is over */
    UCR2_RXEN = 1 << 1,
    UCR2_TXEN = 1 << 2,
    UCR2_WS = 1 << 5,
    UCR2_IRTS = 1 << 14,
    UCR3_RXDMUXSEL = 1 << 2,
    UCR3_IDLE = 7 << 8 | 1 << 7, /* RI, DCD, DSR inactive, ADNIMP */
    USR2_TXDC = 1 << 3,
    UTS_TXFULL = 1 << 4
};

/* 32 bytes of FIFO leave in 2.8 ms; a poll takes at least 5 ns. */
enum { POLLS = 1000000 };

static bool wait_for(uint32_t address, uint32_t mask, uint32_t value)
{
    for (uint32_t i = 0; i < POLLS; i++) {
        if ((reg_rd(address) & mask) == value) {
            return true;
        }
    }
    return false;
}

void uart_init(uint32_t base)
{
    reg_wr(base + UCR1, 0);
    reg_wr(base + UCR2, 0);
    (void)wait_for(base + UCR2, UCR2_SRST, UCR2_SRST);
    reg_wr(base + UCR3, UCR3_IDLE | UCR3_RXDMUXSEL);
    reg_wr(base + UCR4, 32U << 10);
    reg_wr(base + UESC, 0x1b);
    reg_wr(base + UTIM, 0);
    /* Divide by 2; levels at which interrupts would come. */
    reg_wr(base + UFCR, 4U << 7 | 2U << 10 | 1U);
    reg_wr(base + UBIR, 15);
    reg_wr(base + UBMR, 80000000 / (2 * 115200));
    reg_wr(base + UCR2,
           UCR2_IRTS | UCR2_WS | UCR2_TXEN | UCR2_RXEN | UCR2_SRST);
    reg_wr(base + UCR1, UCR1_UARTEN);
}

void uart_put(uint32_t base, uint8_t byte)
{
    if (wait_for(base + UTS, UTS_TXFULL, 0)) {
        reg_wr(base + UTXD, byte);
    }
}

void uart_drain(uint32_t base)
{
    (void)wait_for(base + USR2, USR2_TXDC, USR2_TXDC);
}
