/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_GIC_H
#define TWIN_GIC_H

#include "core/bus.h"
#include "core/device.h"

/*
 * Generic interrupt controller, version 2 with security extensions, of one
 * Cortex-A7: 16 software interrupts, 16 private and 128 shared ones.
 * Source: ARM IHI 0048B; Cortex-A7 MPCore TRM, chapter 8.
 */
enum {
    TW_GIC_DISTRIBUTOR = 0x00a01000,
    TW_GIC_CPU = 0x00a02000,
    TW_GIC_IDS = 160,
    TW_GIC_WORDS = TW_GIC_IDS / 32,
    TW_GIC_SPI = 32 /* id of shared interrupt 0 */
};

struct tw_gic {
    struct tw_report *report;
    struct tw_line irq;
    struct tw_line fiq;

    /* Distributor; one bit an interrupt where not said otherwise. */
    uint32_t dist_ctlr;
    uint32_t group[TW_GIC_WORDS]; /* 1: group 1 */
    uint32_t enabled[TW_GIC_WORDS];
    uint32_t latched[TW_GIC_WORDS]; /* pending by edge or by software */
    uint32_t level[TW_GIC_WORDS];   /* of the inputs */
    uint32_t active[TW_GIC_WORDS];
    uint32_t edge[TW_GIC_WORDS];
    uint8_t priority[TW_GIC_IDS];

    /* CPU interface. */
    uint32_t cpu_ctlr;
    uint32_t mask;  /* GICC_PMR */
    uint32_t point; /* GICC_BPR of the secure side */
    uint32_t point_ns;
    uint32_t running[2]; /* GICC_APR0, GICC_NSAPR0: a bit a priority */
};

void tw_gic_init(struct tw_gic *gic, struct tw_bus *bus);

/** Input of the controller, for struct tw_line: ctx is the controller, number
 * the id of the interrupt (32 and above are shared ones). */
void tw_gic_line(void *ctx, uint32_t number, bool level);

struct tw_device tw_gic_device(struct tw_gic *gic);

#endif
