/* SPDX-License-Identifier: Apache-2.0 */
#include "models/ccm_analog.h"

enum {
    PLL_ARM = 0x000,
    PLL_USB1 = 0x010,
    PLL_USB2 = 0x020,
    PLL_SYS = 0x030,
    PLL_SYS_SS = 0x040,
    PLL_SYS_NUM = 0x050,
    PLL_SYS_DENOM = 0x060,
    PLL_AUDIO = 0x070,
    PLL_VIDEO = 0x0a0,
    PLL_ENET = 0x0e0,
    PFD_480 = 0x0f0,
    PFD_528 = 0x100
};

enum {
    POWERDOWN = 1U << 12, /* of PLL_USBn: power up */
    ENABLE = 1U << 13,
    BYPASS = 1U << 16,
    ENABLE_ENET2 = 1U << 20,
    OSCILLATOR_HZ = 24000000,
    USEC_HZ = 1000000,
    LOCK_US = 60 /* typical; the data sheet allows 11,250 reference cycles */
};
#define LOCK (UINT32_C(1) << 31)

static const struct tw_reg rows[] = {
    {.name = "PLL_ARM",
     .offset = PLL_ARM,
     .reset = 0x00013063,
     .write = 0x000ff07f},
    {.name = "PLL_USB1",
     .offset = PLL_USB1,
     .reset = 0x00012000,
     .write = 0x0001f043},
    {.name = "PLL_USB2",
     .offset = PLL_USB2,
     .reset = 0x00012000,
     .write = 0x0001f043},
    {.name = "PLL_SYS",
     .offset = PLL_SYS,
     .reset = 0x00013001,
     .write = 0x0007f001},
    {.name = "PLL_SYS_SS", .offset = PLL_SYS_SS, .write = TW_ALL},
    {.name = "PLL_SYS_NUM", .offset = PLL_SYS_NUM, .write = 0x3fffffff},
    {.name = "PLL_SYS_DENOM",
     .offset = PLL_SYS_DENOM,
     .reset = 0x12,
     .write = 0x3fffffff},
    {.name = "PLL_AUDIO",
     .offset = PLL_AUDIO,
     .reset = 0x00011006,
     .write = 0x007ff07f},
    {.name = "PLL_AUDIO_NUM",
     .offset = 0x080,
     .reset = 0x05f5e100,
     .write = 0x3fffffff},
    {.name = "PLL_AUDIO_DENOM",
     .offset = 0x090,
     .reset = 0x2964619c,
     .write = 0x3fffffff},
    {.name = "PLL_VIDEO",
     .offset = PLL_VIDEO,
     .reset = 0x0001100c,
     .write = 0x007ff07f},
    {.name = "PLL_VIDEO_NUM",
     .offset = 0x0b0,
     .reset = 0x05f5e100,
     .write = 0x3fffffff},
    {.name = "PLL_VIDEO_DENOM",
     .offset = 0x0c0,
     .reset = 0x10a24447,
     .write = 0x3fffffff},
    {.name = "PLL_ENET",
     .offset = PLL_ENET,
     .reset = 0x00011001,
     .write = 0x003ff00f},
    /* The stable bits of the dividers toggle on silicon; nobody reads them. */
    {.name = "PFD_480",
     .offset = PFD_480,
     .reset = 0x1311100c,
     .write = 0xbfbfbfbf},
    {.name = "PFD_528",
     .offset = PFD_528,
     .reset = 0x1018101b,
     .write = 0xbfbfbfbf},
};

/* The PLLs, in the order of lock_at, and whether b12 powers up or down. */
static const struct {
    uint16_t offset;
    bool power_up;
} plls[TW_PLL_REGS] = {{PLL_ARM, false}, {PLL_USB1, true},   {PLL_USB2, true},
                       {PLL_SYS, false}, {PLL_AUDIO, false}, {PLL_VIDEO, false},
                       {PLL_ENET, false}};

static unsigned pll_of(uint32_t offset)
{
    unsigned i = 0;

    while (i < TW_PLL_REGS && plls[i].offset != offset) {
        i++;
    }
    return i;
}

static bool powered(unsigned i, uint32_t value)
{
    return ((value & POWERDOWN) != 0) == plls[i].power_up;
}

static uint32_t look(void *ctx, uint32_t offset, uint32_t value)
{
    const struct tw_ccm_analog *analog = ctx;
    unsigned i = pll_of(offset);

    if (i < TW_PLL_REGS && powered(i, value) &&
        analog->clock->now >= analog->lock_at[i]) {
        return value | LOCK;
    }
    return value;
}

/* Changes of these bits make a PLL lock anew: power and divider. */
static const uint32_t relock[TW_PLL_REGS] = {0x107f, 0x1003, 0x1003, 0x1001,
                                             0x107f, 0x107f, 0x100f};

static void wrote(void *ctx, uint32_t offset, uint32_t before, uint32_t written)
{
    struct tw_ccm_analog *analog = ctx;
    unsigned i = pll_of(offset);
    uint32_t now = tw_regs_get(&analog->regs, offset);

    (void)written;
    if (i < TW_PLL_REGS && ((before ^ now) & relock[i]) != 0) {
        analog->lock_at[i] = analog->clock->now +
                             tw_clock_ticks(analog->clock, LOCK_US, USEC_HZ);
    }
    if (before != now && analog->changed != NULL) {
        analog->changed(analog->changed_ctx);
    }
}

static const struct tw_regs_map map = {.name = "CCM_ANALOG",
                                       .rows = rows,
                                       .n_rows = sizeof(rows) / sizeof(rows[0]),
                                       .size = TW_CCM_ANALOG_SIZE,
                                       .aliases = true,
                                       .look = look,
                                       .wrote = wrote};

static const struct tw_reg digprog_row = {.name = "DIGPROG", .offset = 0};
static const struct tw_regs_map digprog_map = {
    .name = "DIGPROG", .rows = &digprog_row, .n_rows = 1, .size = 0x10};

void tw_ccm_analog_init(struct tw_ccm_analog *analog, struct tw_bus *bus,
                        struct tw_clock *clock, uint32_t revision)
{
    analog->clock = clock;
    for (unsigned i = 0; i < TW_PLL_REGS; i++) {
        analog->lock_at[i] = 0;
    }
    tw_regs_init(&analog->regs, &map, analog, bus, TW_CCM_ANALOG_BASE);
    tw_regs_init(&analog->digprog, &digprog_map, NULL, bus, TW_DIGPROG_BASE);
    tw_regs_set(&analog->digprog, 0, revision);
}

/* Frequency of a PLL that is powered and not bypassed. */
static uint64_t running_hz(const struct tw_ccm_analog *analog, enum tw_pll pll,
                           uint32_t value)
{
    static const uint32_t enet_hz[4] = {25000000, 50000000, 100000000,
                                        125000000};

    switch (pll) {
    case TW_PLL_ARM:
        return (uint64_t)OSCILLATOR_HZ * (value & 0x7f) / 2;
    case TW_PLL_SYS: {
        uint64_t times = (value & 1) != 0 ? 22 : 20;
        uint64_t num = tw_regs_get(&analog->regs, PLL_SYS_NUM);
        uint64_t denom = tw_regs_get(&analog->regs, PLL_SYS_DENOM);

        return OSCILLATOR_HZ * times +
               (denom == 0 ? 0 : OSCILLATOR_HZ * num / denom);
    }
    case TW_PLL_ENET:
        return enet_hz[value & 3];
    case TW_PLL_ENET2:
        return enet_hz[value >> 2 & 3];
    default:
        return (uint64_t)OSCILLATOR_HZ * ((value & 3) != 0 ? 22 : 20);
    }
}

static uint64_t pll_hz(const struct tw_ccm_analog *analog, enum tw_pll pll)
{
    static const unsigned index[] = {
        [TW_PLL_ARM] = 0,  [TW_PLL_SYS] = 3,  [TW_PLL_USB1] = 1,
        [TW_PLL_USB2] = 2, [TW_PLL_ENET] = 6, [TW_PLL_ENET2] = 6};
    uint32_t enable = pll == TW_PLL_ENET2 ? ENABLE_ENET2 : ENABLE;
    unsigned i = index[pll];
    uint32_t value = tw_regs_get(&analog->regs, plls[i].offset);

    if ((value & BYPASS) != 0) {
        return OSCILLATOR_HZ;
    }
    if (!powered(i, value) || (value & enable) == 0) {
        return 0;
    }
    return running_hz(analog, pll, value);
}

uint64_t tw_ccm_analog_hz(const struct tw_ccm_analog *analog, enum tw_pll pll)
{
    if (pll < TW_PFD_480_0) {
        return pll_hz(analog, pll);
    }
    bool of_528 = pll >= TW_PFD_528_0;
    unsigned n = of_528 ? pll - TW_PFD_528_0 : pll - TW_PFD_480_0;
    uint32_t field =
        tw_regs_get(&analog->regs, of_528 ? PFD_528 : PFD_480) >> (8 * n);
    uint32_t frac = field & 0x3f;

    if ((field & 0x80) != 0 || frac == 0) {
        return 0;
    }
    return pll_hz(analog, of_528 ? TW_PLL_SYS : TW_PLL_USB1) * 18 / frac;
}

static void analog_reset(void *model, enum tw_reset kind)
{
    struct tw_ccm_analog *analog = model;

    tw_regs_reset(&analog->regs, kind);
    for (unsigned i = 0; i < TW_PLL_REGS; i++) {
        analog->lock_at[i] = 0;
    }
}

static void analog_save(void *model, struct tw_saver *to)
{
    struct tw_ccm_analog *analog = model;

    tw_regs_save(&analog->regs, to);
    for (unsigned i = 0; i < TW_PLL_REGS; i++) {
        tw_save_u64(to, analog->lock_at[i]);
    }
}

static bool analog_load(void *model, struct tw_loader *from)
{
    struct tw_ccm_analog *analog = model;

    (void)!tw_regs_load(&analog->regs, from);
    for (unsigned i = 0; i < TW_PLL_REGS; i++) {
        analog->lock_at[i] = tw_load_u64(from);
    }
    return !from->failed;
}

struct tw_device tw_ccm_analog_device(struct tw_ccm_analog *analog)
{
    return (struct tw_device){.name = "CCM_ANALOG",
                              .model = analog,
                              .reset = analog_reset,
                              .save = analog_save,
                              .load = analog_load};
}
