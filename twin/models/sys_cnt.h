/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_SYS_CNT_H
#define TWIN_SYS_CNT_H

#include "models/regs.h"

/*
 * System counter: feeds the processor's generic timer with 8 MHz, or 32 kHz
 * when asked for. Source: IMX6ULRM and IMX6ULLRM, chapter "System Counter".
 */
enum {
    TW_SYS_CNT_BASE = 0x021dc000,
    TW_SYS_CNT_SIZE = 0x30,
    TW_SYS_CNT_HZ = 8000000
};

struct tw_sys_cnt {
    struct tw_regs regs;
    struct tw_clock *clock;
    uint64_t count; /* at `since` */
    uint64_t since;
    uint64_t hz; /* 0: stopped */
    /* Starts, stops or changes its rate; may be NULL. */
    void (*changed)(void *ctx);
    void *changed_ctx;
};

void tw_sys_cnt_init(struct tw_sys_cnt *cnt, struct tw_bus *bus,
                     struct tw_clock *clock);

uint64_t tw_sys_cnt_value(const struct tw_sys_cnt *cnt);

struct tw_device tw_sys_cnt_device(struct tw_sys_cnt *cnt);

#endif
