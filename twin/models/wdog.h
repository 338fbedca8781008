/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_WDOG_H
#define TWIN_WDOG_H

#include "models/regs.h"

/*
 * Watchdog: 16-bit registers, a time-out of half a second to 128, an interrupt
 * before it, a software reset, the WDOG_B pin, and the power-down counter of
 * 16 s that runs from reset until it is switched off.
 * Source: IMX6ULRM and IMX6ULLRM, chapter "Watchdog Timer".
 */
enum { TW_WDOG_SIZE = 0x4000 };

/* What a watchdog brings about; bits. */
enum tw_wdog_bite {
    TW_WDOG_CHIP = 1 << 0, /* reset of the chip through SRC, by time-out */
    TW_WDOG_SOFT = 1 << 1, /* the same, asked for by software */
    TW_WDOG_PIN = 1 << 2,  /* WDOG_B is driven low */
    TW_WDOG_DOWN = 1 << 3, /* the power-down counter ran out */
};

struct tw_wdog {
    const char *name;
    struct tw_clock *clock;
    struct tw_report *report;
    struct tw_line irq;
    /* Told what happened. The chip is not reset before this returns. */
    void (*bite)(void *ctx, unsigned what);
    void *bite_ctx;

    uint16_t wcr;
    uint16_t wicr;
    uint16_t wmcr;
    uint16_t wrsr;
    uint16_t last;    /* of the service sequence */
    uint16_t written; /* write-once bits of WCR that have been written */
    bool wicr_written;
    bool pin_low;
    uint64_t started; /* tick of the last service */
    struct tw_event due;
    struct tw_event early; /* interrupt before the time-out */
    struct tw_event down;  /* power-down counter */
};

void tw_wdog_init(struct tw_wdog *wdog, const char *name, uint32_t base,
                  struct tw_bus *bus, struct tw_clock *clock);

/** After a reset of the chip: what WRSR says brought it about. */
void tw_wdog_cause(struct tw_wdog *wdog, unsigned what);

struct tw_device tw_wdog_device(struct tw_wdog *wdog);

#endif
