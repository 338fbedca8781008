/* SPDX-License-Identifier: Apache-2.0 */
#include "fw.h"

#define UART2 0x021e8000U

enum {
    UTXD = 0x40,
    UCR1 = 0x80,
    UCR2 = 0x84,
    UCR3 = 0x88,
    UFCR = 0x90,
    USR2 = 0x98,
    UBIR = 0xa4,
    UBMR = 0xa8
};

#define CCM 0x020c4000U

enum { CSCDR1 = 0x24, CCGR0 = 0x68, CCGRS = 7 };

static uint32_t failed;

/* All clocks on; 8 bits, no parity, RTS ignored, 1.5 Mbaud of the oscillator.
 */
void print_start(void)
{
    for (uint32_t k = 0; k < CCGRS; k++) {
        REG(CCM + CCGR0 + 4 * k) = 0xffffffff;
    }
    REG(CCM + CSCDR1) = (REG(CCM + CSCDR1) & ~0x7fU) | 0x40;
    REG(UART2 + UCR2) = 0x4027;
    REG(UART2 + UCR3) = 0x0784;
    REG(UART2 + UFCR) = 0x0a81;
    REG(UART2 + UBIR) = 15;
    REG(UART2 + UBMR) = 15;
    REG(UART2 + UCR1) = 1;
}

static void put(char c)
{
    while ((REG(UART2 + USR2) & 0x4000) == 0) {
    }
    REG(UART2 + UTXD) = (uint32_t)(uint8_t)c;
}

void print(const char *text)
{
    for (const char *p = text; *p != '\0'; p++) {
        put(*p);
    }
}

void show(const char *name, uint32_t value)
{
    print(" ");
    print(name);
    print("=");
    for (int shift = 28; shift >= 0; shift -= 4) {
        put("0123456789abcdef"[value >> shift & 15]);
    }
}

void check(const char *name, bool ok)
{
    print(name);
    print(ok ? ": ok" : ": FAIL");
    failed += ok ? 0 : 1;
}

void line(void)
{
    print("\n");
}

uint32_t failures(void)
{
    return failed;
}
