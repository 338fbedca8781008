/* SPDX-License-Identifier: Apache-2.0 */
/* Calls itself until the stack is at its end. */
#include "fw/console.h"
#include "fw/print.h"
#include "fw/reg.h"
#include "fw/start.h"

enum { WORDS = 16, GPT_CNT = 0x02098024 };

static uint32_t deeper(uint32_t from);

/* By way of a variable, so that no compiler makes a loop of it. */
static uint32_t (*volatile next)(uint32_t from) = deeper;

static uint32_t deeper(uint32_t from)
{
    volatile uint32_t words[WORDS];

    for (uint32_t i = 0; i < WORDS; i++) {
        words[i] = from + reg_rd(GPT_CNT);
    }
    return next(words[0]) + words[WORDS - 1];
}

void image_main(uint32_t r0, uint32_t r1)
{
    (void)r0;
    console_init();
    print("stack: %08x\n", (unsigned)next(r1));
}
