/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_GIC_PARTS_H
#define TWIN_GIC_PARTS_H

#include "models/gic.h"

/* What the two halves of the controller share: distributor (gic_dist.c) and
 * CPU interface (gic_cpu.c), and which interrupt is signalled (gic.c). */
enum {
    TW_GICD_SIZE = 0x1000,
    TW_GICC_SIZE = 0x2000,

    /* GICD_CTLR and GICC_CTLR */
    TW_GIC_ENABLE_GROUP0 = 1U << 0,
    TW_GIC_ENABLE_GROUP1 = 1U << 1,
    /* GICC_CTLR */
    TW_GIC_FIQ_EN = 1U << 3,
    TW_GIC_CBPR = 1U << 4,

    TW_GIC_NO_ID = 1023,
    TW_GIC_PRIORITY_BITS = 0xf8, /* 32 levels are implemented */
    TW_GIC_POINT_MIN = 2         /* least binary point of the secure side */
};

bool tw_gic_is_group1(const struct tw_gic *gic, uint32_t id);
/** Bits of a word of interrupts that a world may see. */
uint32_t tw_gic_seen(const struct tw_gic *gic, unsigned word, bool secure);
uint32_t tw_gic_pending(const struct tw_gic *gic, unsigned word);
/** Highest priority interrupt that is forwarded; TW_GIC_NO_ID without. */
uint32_t tw_gic_best(const struct tw_gic *gic);
uint32_t tw_gic_running_priority(const struct tw_gic *gic);
/** Part of a priority that decides about preemption. */
uint32_t tw_gic_group_priority(const struct tw_gic *gic, uint32_t id);
/** Would the CPU interface signal this interrupt now? */
bool tw_gic_signals(const struct tw_gic *gic, uint32_t id);
/** Drives the two outputs, after any change. */
void tw_gic_update(struct tw_gic *gic);

/** Priorities as a world sees them: the other one has the upper half. */
uint32_t tw_gic_priority_to(uint32_t priority, bool secure);
uint32_t tw_gic_priority_from(uint32_t value, bool secure);

/** Accesses to the two register blocks, for struct tw_device_ops. */
bool tw_gic_dist_read(void *ctx, uint32_t offset, const struct tw_access *how,
                      uint32_t *value);
bool tw_gic_dist_write(void *ctx, uint32_t offset, const struct tw_access *how,
                       uint32_t value);
bool tw_gic_cpu_read(void *ctx, uint32_t offset, const struct tw_access *how,
                     uint32_t *value);
bool tw_gic_cpu_write(void *ctx, uint32_t offset, const struct tw_access *how,
                      uint32_t value);

#endif
