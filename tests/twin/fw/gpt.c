/* SPDX-License-Identifier: Apache-2.0 */
/* GPT1 on the oscillator, and its interrupt through the GIC. */
#include "fw.h"

#define GPT1 0x02098000U
#define GICD 0x00a01000U
#define GICC 0x00a02000U

enum {
    CR = 0x00,
    PR = 0x04,
    SR = 0x08,
    IR = 0x0c,
    OCR1 = 0x10,
    CNT = 0x24,
    ID = 87,                               /* shared interrupt 55 */
    OSCILLATOR = 5 << 6 | 1 << 9 | 1 << 10 /* free running, 24 MHz */
};

void gpt_stop(void)
{
    REG(GPT1 + IR) = 0;
    REG(GPT1 + SR) = 0x3f;
    REG(GPT1 + CR) = 0;
}

void gpt_start(uint32_t us)
{
    gpt_stop();
    REG(GPT1 + PR) = 0;
    REG(GPT1 + CR) = OSCILLATOR;
    REG(GPT1 + CR) = OSCILLATOR | 1;
    REG(GPT1 + OCR1) = REG(GPT1 + CNT) + us * 24;
    REG(GPT1 + SR) = 0x3f;
    REG(GPT1 + IR) = 1;
}

void gic_start(void)
{
    REG(GICD + 0x000) = 0;
    REG(GICC + 0x000) = 0;
    REG(GICD + 0x080 + ID / 32 * 4) = 0; /* group 0 */
    REG(GICD + 0x100 + ID / 32 * 4) = 1U << (ID % 32);
    REG(GICD + 0x400 + ID / 4 * 4) = 0x40404040;
    REG(GICD + 0x800 + ID / 4 * 4) = 0x01010101;
    REG(GICC + 0x004) = 0xf0;
    REG(GICD + 0x000) = 1;
    REG(GICC + 0x000) = 1;
}

void gic_acknowledge(void)
{
    uint32_t id = REG(GICC + 0x00c) & 0x3ff;

    gpt_stop();
    REG(GICC + 0x010) = id;
}
