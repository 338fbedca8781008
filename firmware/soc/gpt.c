/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/cpu.h"
#include "fw/reg.h"
#include "fw/time.h"

/* IMX6ULLRM rev 1, chapter 30; GPT1. */
enum { GPT1 = 0x02098000 };
enum {
    GPT_CR = GPT1 + 0x00,
    GPT_PR = GPT1 + 0x04,
    GPT_SR = GPT1 + 0x08,
    GPT_IR = GPT1 + 0x0c,
    GPT_OCR1 = GPT1 + 0x10,
    GPT_OCR2 = GPT1 + 0x14,
    GPT_CNT = GPT1 + 0x24
};
enum {
    CR_EN = 1 << 0,
    CR_ENMOD = 1 << 1,  /* the count starts from 0 */
    CR_WAITEN = 1 << 3, /* goes on during WFI */
    CR_CLKSRC_24M = 5 << 6,
    CR_FRR = 1 << 9,     /* free run */
    CR_EN_24M = 1 << 10, /* gate of that clock */
    CR_SWR = 1 << 15,
    SR_OF1 = 1 << 0,
    SR_OF2 = 1 << 1,
    IR_OF1 = 1 << 0,
    IR_OF2 = 1 << 1
};

enum { RESET_POLLS = 10000 };

/* Ticks above the 32 bits that the counter has. */
static uint64_t high;
static uint32_t last;

void time_init(void)
{
    reg_wr(GPT_CR, 0);
    reg_wr(GPT_IR, 0);
    reg_wr(GPT_CR, CR_SWR);
    for (unsigned i = 0; i < RESET_POLLS && (reg_rd(GPT_CR) & CR_SWR) != 0;
         i++) {
    }
    reg_wr(GPT_PR, 0);
    reg_wr(GPT_CR, CR_CLKSRC_24M | CR_EN_24M | CR_FRR | CR_WAITEN | CR_ENMOD);
    reg_wr(GPT_CR,
           CR_CLKSRC_24M | CR_EN_24M | CR_FRR | CR_WAITEN | CR_ENMOD | CR_EN);
    high = 0;
    last = 0;
}

uint64_t time_now(void)
{
    uint32_t now = reg_rd(GPT_CNT);

    if (now < last) {
        high += (uint64_t)1 << 32;
    }
    last = now;
    return high | now;
}

/* Waits by an interrupt that stays masked: WFI ends by it all the same. The
 * compare register has 32 bits, so a long sleep wakes now and then. */
static void sleep_until(uint64_t at)
{
    reg_wr(GPT_OCR1, (uint32_t)at);
    reg_wr(GPT_SR, SR_OF1);
    reg_set(GPT_IR, IR_OF1);
    while (time_now() < at) {
        cpu_wfi();
        reg_wr(GPT_SR, SR_OF1);
    }
    reg_clear(GPT_IR, IR_OF1);
}

void time_sleep_us(uint32_t us)
{
    enum { SHORT_US = 20 }; /* below it, setting up costs more */
    uint64_t at = time_now() + (uint64_t)us * TIME_PER_US;

    if (us > SHORT_US) {
        sleep_until(at);
    }
    while (time_now() < at) {
    }
}

void time_idle_us(uint32_t us)
{
    uint64_t at = time_now() + (uint64_t)us * TIME_PER_US;

    reg_wr(GPT_OCR1, (uint32_t)at);
    reg_wr(GPT_SR, SR_OF1);
    reg_set(GPT_IR, IR_OF1);
    if (time_now() < at) {
        cpu_wfi();
    }
    reg_clear(GPT_IR, IR_OF1);
    reg_wr(GPT_SR, SR_OF1);
}

struct deadline deadline_us(uint32_t us)
{
    return (struct deadline){time_now() + (uint64_t)us * TIME_PER_US};
}

bool deadline_passed(const struct deadline *d)
{
    return time_now() >= d->at;
}

void time_alarm(uint64_t at)
{
    enum { LEAST = 48 }; /* a compare in the past never comes */
    uint64_t least = time_now() + LEAST;

    reg_wr(GPT_SR, SR_OF2);
    reg_wr(GPT_OCR2, (uint32_t)(at > least ? at : least));
    reg_set(GPT_IR, IR_OF2);
}

void time_alarm_off(void)
{
    reg_clear(GPT_IR, IR_OF2);
    reg_wr(GPT_SR, SR_OF2);
}
