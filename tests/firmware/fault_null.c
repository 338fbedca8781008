/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what a null pointer points to. */
#include "fw/console.h"
#include "fw/print.h"
#include "fw/reg.h"
#include "fw/start.h"

static volatile uint32_t nowhere;

void image_main(uint32_t r0, uint32_t r1)
{
    (void)r0;
    (void)r1;
    console_init();
    print("null: %08x\n", (unsigned)reg_rd(nowhere));
}
