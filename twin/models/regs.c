/* SPDX-License-Identifier: Apache-2.0 */
#include "models/regs.h"

#include "aw/err.h"

static const struct tw_device_ops regs_ops = {.read = tw_regs_read,
                                              .write = tw_regs_write};

void tw_regs_misuse(struct tw_report *report, const char *block,
                    uint32_t offset, const struct tw_access *how)
{
    tw_report(report, TW_REPORT_MISUSE, "%s: %s of %u bytes at offset 0x%x",
              block, how->write ? "write" : "read", (unsigned)how->size,
              (unsigned)offset);
}

void tw_regs_bind(struct tw_regs *regs, const struct tw_regs_map *map,
                  void *ctx, struct tw_report *report)
{
    AW_BUG_ON(map->size / 4 > TW_REGS_WORDS);
    regs->map = map;
    regs->ctx = ctx;
    regs->report = report;
    tw_regs_reset(regs, TW_RESET_POWER);
}

void tw_regs_init(struct tw_regs *regs, const struct tw_regs_map *map,
                  void *ctx, struct tw_bus *bus, uint32_t base)
{
    tw_regs_bind(regs, map, ctx, bus->report);
    tw_bus_add_device(bus, map->name, base, map->size, &regs_ops, regs);
}

/* Row that holds an offset; NULL without one. */
static const struct tw_reg *find(const struct tw_regs_map *map, uint32_t offset)
{
    for (uint32_t i = 0; i < map->n_rows; i++) {
        const struct tw_reg *row = &map->rows[i];
        uint32_t step = row->step == 0 ? 4 : row->step;
        uint32_t count = row->count == 0 ? 1 : row->count;

        if (offset >= row->offset && offset < row->offset + count * step &&
            (offset - row->offset) % step == 0) {
            return row;
        }
    }
    return NULL;
}

static const struct tw_reg *aim(const struct tw_regs *regs, uint32_t offset,
                                const struct tw_access *how)
{
    const struct tw_reg *row = how->size == 4 ? find(regs->map, offset) : NULL;

    if (row == NULL) {
        tw_regs_misuse(regs->report, regs->map->name, offset, how);
    }
    return row;
}

bool tw_regs_read(void *ctx, uint32_t offset, const struct tw_access *how,
                  uint32_t *value)
{
    const struct tw_regs *regs = ctx;
    uint32_t at = regs->map->aliases ? offset & ~UINT32_C(0xf) : offset;

    if (how->size != 4) {
        tw_regs_misuse(regs->report, regs->map->name, offset, how);
        return false;
    }
    *value = 0;
    if (aim(regs, at, how) != NULL) {
        uint32_t held = regs->value[at / 4];

        *value = regs->map->look == NULL ? held
                                         : regs->map->look(regs->ctx, at, held);
    }
    return true;
}

uint32_t tw_regs_by_alias(uint32_t offset, uint32_t held, uint32_t value)
{
    switch (offset & 0xf) {
    case 0x4:
        return held | value;
    case 0x8:
        return held & ~value;
    case 0xc:
        return held ^ value;
    default:
        return value;
    }
}

bool tw_regs_write(void *ctx, uint32_t offset, const struct tw_access *how,
                   uint32_t value)
{
    struct tw_regs *regs = ctx;
    uint32_t at = regs->map->aliases ? offset & ~UINT32_C(0xf) : offset;

    if (how->size != 4) {
        tw_regs_misuse(regs->report, regs->map->name, offset, how);
        return false;
    }
    const struct tw_reg *row = aim(regs, at, how);

    if (row == NULL) {
        return true;
    }
    uint32_t held = regs->value[at / 4];
    uint32_t wanted =
        regs->map->aliases ? tw_regs_by_alias(offset, held, value) : value;

    regs->value[at / 4] =
        ((held & ~row->write) | (wanted & row->write)) & ~(value & row->clear);
    if (regs->map->wrote != NULL) {
        regs->map->wrote(regs->ctx, at, held, wanted);
    }
    return true;
}

void tw_regs_set(struct tw_regs *regs, uint32_t offset, uint32_t value)
{
    AW_BUG_ON(offset >= regs->map->size);
    regs->value[offset / 4] = value;
}

static void reset_row(struct tw_regs *regs, const struct tw_reg *row)
{
    uint32_t step = row->step == 0 ? 4 : row->step;
    uint32_t count = row->count == 0 ? 1 : row->count;

    for (uint32_t i = 0; i < count; i++) {
        tw_regs_set(regs, row->offset + i * step, row->reset);
    }
}

void tw_regs_reset(void *ctx, enum tw_reset kind)
{
    struct tw_regs *regs = ctx;

    for (uint32_t i = 0; i < regs->map->n_rows; i++) {
        const struct tw_reg *row = &regs->map->rows[i];

        if (kind == TW_RESET_POWER || !row->kept) {
            reset_row(regs, row);
        }
    }
}

void tw_regs_save(void *ctx, struct tw_saver *to)
{
    const struct tw_regs *regs = ctx;

    for (uint32_t i = 0; i < regs->map->size / 4; i++) {
        tw_save_u32(to, regs->value[i]);
    }
}

bool tw_regs_load(void *ctx, struct tw_loader *from)
{
    struct tw_regs *regs = ctx;

    for (uint32_t i = 0; i < regs->map->size / 4; i++) {
        regs->value[i] = tw_load_u32(from);
    }
    return !from->failed;
}

struct tw_device tw_regs_device(struct tw_regs *regs)
{
    return (struct tw_device){.name = regs->map->name,
                              .model = regs,
                              .reset = tw_regs_reset,
                              .save = tw_regs_save,
                              .load = tw_regs_load};
}
