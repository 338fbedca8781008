/* SPDX-License-Identifier: Apache-2.0 */
#include "models/misc.h"

static const struct tw_reg aipstz_rows[] = {
    {.name = "MPR", .offset = 0x00, .reset = 0x77000000, .write = TW_ALL},
    {.name = "OPACR",
     .offset = 0x40,
     .count = 5,
     .reset = 0x44444444,
     .write = TW_ALL},
};

static const struct tw_reg dryice_rows[] = {
    {.name = "DTOCR", .offset = 0x00, .write = TW_ALL},
    {.name = "DTMR", .offset = 0x04, .write = TW_ALL},
    {.name = "DTRR", .offset = 0x08, .clear = TW_ALL},
    {.name = "DMCR", .offset = 0x0c, .write = TW_ALL},
};

enum {
    N_AIPSTZ = 3,
    AIPSTZ_ROWS = sizeof(aipstz_rows) / sizeof(aipstz_rows[0]),
    DRYICE_ROWS = sizeof(dryice_rows) / sizeof(dryice_rows[0])
};

static const struct tw_regs_map aipstz_maps[N_AIPSTZ] = {
    {.name = "AIPSTZ1",
     .rows = aipstz_rows,
     .n_rows = AIPSTZ_ROWS,
     .size = 0x54},
    {.name = "AIPSTZ2",
     .rows = aipstz_rows,
     .n_rows = AIPSTZ_ROWS,
     .size = 0x54},
    {.name = "AIPSTZ3",
     .rows = aipstz_rows,
     .n_rows = AIPSTZ_ROWS,
     .size = 0x54},
};
static const struct tw_regs_map dryice_map = {
    .name = "DRYICE", .rows = dryice_rows, .n_rows = DRYICE_ROWS, .size = 0x10};

void tw_misc_init(struct tw_misc *misc, struct tw_bus *bus, bool dryice)
{
    static const uint32_t bases[N_AIPSTZ] = {TW_AIPSTZ_1, TW_AIPSTZ_2,
                                             TW_AIPSTZ_3};

    for (unsigned i = 0; i < N_AIPSTZ; i++) {
        tw_regs_init(&misc->aipstz[i], &aipstz_maps[i], NULL, bus, bases[i]);
    }
    if (dryice) {
        tw_regs_init(&misc->dryice, &dryice_map, NULL, bus, TW_DRYICE_BASE);
    } else {
        tw_regs_bind(&misc->dryice, &dryice_map, NULL, bus->report);
    }
}

static void misc_reset(void *model, enum tw_reset kind)
{
    struct tw_misc *misc = model;

    for (unsigned i = 0; i < N_AIPSTZ; i++) {
        tw_regs_reset(&misc->aipstz[i], kind);
    }
    tw_regs_reset(&misc->dryice, kind);
}

static void misc_save(void *model, struct tw_saver *to)
{
    struct tw_misc *misc = model;

    for (unsigned i = 0; i < N_AIPSTZ; i++) {
        tw_regs_save(&misc->aipstz[i], to);
    }
    tw_regs_save(&misc->dryice, to);
}

static bool misc_load(void *model, struct tw_loader *from)
{
    struct tw_misc *misc = model;

    for (unsigned i = 0; i < N_AIPSTZ; i++) {
        (void)!tw_regs_load(&misc->aipstz[i], from);
    }
    return tw_regs_load(&misc->dryice, from);
}

struct tw_device tw_misc_device(struct tw_misc *misc)
{
    return (struct tw_device){.name = "MISC",
                              .model = misc,
                              .reset = misc_reset,
                              .save = misc_save,
                              .load = misc_load};
}
