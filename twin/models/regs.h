/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_REGS_H
#define TWIN_REGS_H

#include "core/bus.h"
#include "core/device.h"

/*
 * A block of 32-bit registers that a table describes: what they hold after a
 * reset, which bits software may change, which it clears by writing ones. What
 * a register does beyond holding bits is in the two hooks of the block.
 *
 * Accesses of other sizes are refused, an offset without a row reads 0 and is
 * reported.
 */
struct tw_reg {
    const char *name;
    uint16_t offset;
    uint16_t count; /* registers alike, one after the other; 0: one */
    uint16_t step;  /* bytes from one to the next; 0: 4 */
    uint32_t reset;
    uint32_t write; /* bits that change to what is written */
    uint32_t clear; /* bits that a written one clears */
    bool kept;      /* over a warm reset */
};

#define TW_ALL UINT32_MAX

struct tw_regs_map {
    const char *name;
    const struct tw_reg *rows;
    uint32_t n_rows;
    uint32_t size; /* bytes; at most 4 * TW_REGS_WORDS */
    /* Registers are 16 bytes apart; those at +4, +8 and +12 set, clear and
     * toggle bits. */
    bool aliases;
    /* What is read, given what is held. NULL: that. */
    uint32_t (*look)(void *ctx, uint32_t offset, uint32_t value);
    /* After a write; the hook may change regs->value. NULL: nothing. */
    void (*wrote)(void *ctx, uint32_t offset, uint32_t before,
                  uint32_t written);
};

enum { TW_REGS_WORDS = 640 };

struct tw_regs {
    const struct tw_regs_map *map;
    void *ctx; /* of the hooks */
    struct tw_report *report;
    uint32_t value[TW_REGS_WORDS]; /* by offset / 4 */
};

/** What a register that holds `held` holds after a write of value to one of
 *  its four addresses: +0 stores, +4 sets, +8 clears, +12 toggles bits. */
uint32_t tw_regs_by_alias(uint32_t offset, uint32_t held, uint32_t value);

/** Ties the block to its table and maps it at an address. */
void tw_regs_init(struct tw_regs *regs, const struct tw_regs_map *map,
                  void *ctx, struct tw_bus *bus, uint32_t base);

/** The same without an address: for a model that hands accesses on. */
void tw_regs_bind(struct tw_regs *regs, const struct tw_regs_map *map,
                  void *ctx, struct tw_report *report);

/* As callbacks of the bus and of a device: ctx is the block. */
bool tw_regs_read(void *ctx, uint32_t offset, const struct tw_access *how,
                  uint32_t *value);
bool tw_regs_write(void *ctx, uint32_t offset, const struct tw_access *how,
                   uint32_t value);

/** Value held at an offset. */
static inline uint32_t tw_regs_get(const struct tw_regs *regs, uint32_t offset)
{
    return regs->value[offset / 4];
}

void tw_regs_set(struct tw_regs *regs, uint32_t offset, uint32_t value);

void tw_regs_reset(void *ctx, enum tw_reset kind);
void tw_regs_save(void *ctx, struct tw_saver *to);
bool tw_regs_load(void *ctx, struct tw_loader *from);

/** The block as a device, when its registers are all its state. */
struct tw_device tw_regs_device(struct tw_regs *regs);

/** Reports an access that the manual has no meaning for: wrong size, or no
 * register there. */
void tw_regs_misuse(struct tw_report *report, const char *block,
                    uint32_t offset, const struct tw_access *how);

#endif
