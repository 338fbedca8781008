/* SPDX-License-Identifier: Apache-2.0 */
#include "models/usbphy.h"

enum {
    PWD = 0x00,
    CTRL = 0x30,
    STATUS = 0x40,
    VERSION = 0x80,
    DEBUG_RESET = 0x7f180000,
    VERSION_VALUE = 0x04030000,
    /* USB_ANALOG, of the first controller; the second 0x60 above. */
    VBUS_DETECT_STAT = 0x20,
    CHRG_DETECT_STAT = 0x30,
    ANALOG_STEP = 0x60,
    VBUS_VALID = 0xe /* b, a and session valid */
};
#define CTRL_SFTRST  (UINT32_C(1) << 31)
#define CTRL_CLKGATE (UINT32_C(1) << 30)
#define POWERED_DOWN UINT32_C(0x001e1c00)

static const struct tw_reg phy_rows[] = {
    {.name = "PWD",
     .offset = PWD,
     .reset = POWERED_DOWN,
     .write = POWERED_DOWN},
    {.name = "TX", .offset = 0x10, .reset = 0x10060607, .write = TW_ALL},
    {.name = "RX", .offset = 0x20, .write = TW_ALL},
    {.name = "CTRL",
     .offset = CTRL,
     .reset = CTRL_SFTRST | CTRL_CLKGATE | 0x200000,
     .write = TW_ALL},
    {.name = "STATUS", .offset = STATUS},
    {.name = "DEBUG", .offset = 0x50, .reset = DEBUG_RESET, .write = TW_ALL},
    {.name = "DEBUG0_STATUS", .offset = 0x60},
    {.name = "DEBUG1", .offset = 0x70, .reset = 0x1000, .write = TW_ALL},
    {.name = "VERSION", .offset = VERSION, .reset = VERSION_VALUE},
};

static const struct tw_reg analog_rows[] = {
    {.name = "VBUS_DETECT",
     .offset = 0x00,
     .count = 2,
     .step = ANALOG_STEP,
     .reset = 0x00100004,
     .write = TW_ALL},
    {.name = "CHRG_DETECT",
     .offset = 0x10,
     .count = 2,
     .step = ANALOG_STEP,
     .write = TW_ALL},
    {.name = "VBUS_DETECT_STAT",
     .offset = VBUS_DETECT_STAT,
     .count = 2,
     .step = ANALOG_STEP},
    {.name = "CHRG_DETECT_STAT",
     .offset = CHRG_DETECT_STAT,
     .count = 2,
     .step = ANALOG_STEP},
    {.name = "LOOPBACK",
     .offset = 0x40,
     .count = 2,
     .step = ANALOG_STEP,
     .write = TW_ALL},
    {.name = "MISC",
     .offset = 0x50,
     .count = 2,
     .step = ANALOG_STEP,
     .reset = 0x2,
     .write = TW_ALL},
};

static uint32_t look_analog(void *ctx, uint32_t offset, uint32_t value)
{
    const struct tw_usbphy *usbphy = ctx;

    if (offset % ANALOG_STEP == VBUS_DETECT_STAT) {
        return usbphy->vbus[offset / ANALOG_STEP] ? VBUS_VALID : 1;
    }
    /* A host, no charger: the data lines are pulled down. */
    if (offset % ANALOG_STEP == CHRG_DETECT_STAT) {
        return usbphy->vbus[offset / ANALOG_STEP] ? 1 : 0;
    }
    return value;
}

static const struct tw_regs_map phy_maps[TW_USBPHYS] = {
    {.name = "USBPHY1",
     .rows = phy_rows,
     .n_rows = sizeof(phy_rows) / sizeof(phy_rows[0]),
     .size = 0x90,
     .aliases = true},
    {.name = "USBPHY2",
     .rows = phy_rows,
     .n_rows = sizeof(phy_rows) / sizeof(phy_rows[0]),
     .size = 0x90,
     .aliases = true},
};
static const struct tw_regs_map analog_map = {.name = "USB_ANALOG",
                                              .rows = analog_rows,
                                              .n_rows = sizeof(analog_rows) /
                                                        sizeof(analog_rows[0]),
                                              .size = TW_USB_ANALOG_SIZE,
                                              .aliases = true,
                                              .look = look_analog};

void tw_usbphy_init(struct tw_usbphy *usbphy, struct tw_bus *bus)
{
    for (unsigned i = 0; i < TW_USBPHYS; i++) {
        usbphy->vbus[i] = false;
        tw_regs_init(&usbphy->phy[i], &phy_maps[i], usbphy, bus,
                     TW_USBPHY_BASE + i * TW_USBPHY_SIZE);
    }
    tw_regs_init(&usbphy->analog, &analog_map, usbphy, bus, TW_USB_ANALOG_BASE);
}

void tw_usbphy_vbus(struct tw_usbphy *usbphy, unsigned i, bool on)
{
    usbphy->vbus[i] = on;
}

bool tw_usbphy_ready(const struct tw_usbphy *usbphy, unsigned i)
{
    return (tw_regs_get(&usbphy->phy[i], CTRL) &
            (CTRL_SFTRST | CTRL_CLKGATE)) == 0 &&
           tw_regs_get(&usbphy->phy[i], PWD) == 0;
}

static void usbphy_reset(void *model, enum tw_reset kind)
{
    struct tw_usbphy *usbphy = model;

    for (unsigned i = 0; i < TW_USBPHYS; i++) {
        tw_regs_reset(&usbphy->phy[i], kind);
    }
    tw_regs_reset(&usbphy->analog, kind);
}

static void usbphy_save(void *model, struct tw_saver *to)
{
    struct tw_usbphy *usbphy = model;

    for (unsigned i = 0; i < TW_USBPHYS; i++) {
        tw_regs_save(&usbphy->phy[i], to);
        tw_save_u8(to, usbphy->vbus[i] ? 1 : 0);
    }
    tw_regs_save(&usbphy->analog, to);
}

static bool usbphy_load(void *model, struct tw_loader *from)
{
    struct tw_usbphy *usbphy = model;

    for (unsigned i = 0; i < TW_USBPHYS; i++) {
        (void)!tw_regs_load(&usbphy->phy[i], from);
        usbphy->vbus[i] = tw_load_u8(from) != 0;
    }
    return tw_regs_load(&usbphy->analog, from);
}

struct tw_device tw_usbphy_device(struct tw_usbphy *usbphy)
{
    return (struct tw_device){.name = "USBPHY",
                              .model = usbphy,
                              .reset = usbphy_reset,
                              .save = usbphy_save,
                              .load = usbphy_load};
}
