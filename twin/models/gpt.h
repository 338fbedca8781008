/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_GPT_H
#define TWIN_GPT_H

#include "models/ccm.h"

/*
 * General purpose timer: a 32-bit up counter with three compare channels. The
 * capture inputs have nothing connected. Source: IMX6ULRM and IMX6ULLRM,
 * chapter "General Purpose Timer".
 */
enum { TW_GPT_COMPARES = 3, TW_GPT_SIZE = 0x4000 };

struct tw_gpt {
    const char *name;
    struct tw_clock *clock;
    struct tw_report *report;
    const struct tw_ccm *ccm;
    struct tw_line irq;

    uint32_t cr;
    uint32_t pr;
    uint32_t sr;
    uint32_t ir;
    uint32_t ocr[TW_GPT_COMPARES];
    uint32_t count; /* after `done` counts; stands still while hz is 0 */
    uint64_t since; /* tick when it began to count at this frequency */
    uint64_t done;  /* counts since then that are in `count` */
    uint64_t hz;    /* of the counter; 0: stopped */
    struct tw_event due;
};

void tw_gpt_init(struct tw_gpt *gpt, const char *name, uint32_t base,
                 struct tw_bus *bus, struct tw_clock *clock,
                 const struct tw_ccm *ccm);

/** The clocks may have changed: counts on from here. */
void tw_gpt_clocks(struct tw_gpt *gpt);

struct tw_device tw_gpt_device(struct tw_gpt *gpt);

#endif
