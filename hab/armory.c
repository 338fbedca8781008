/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hab/armory.h"

/*
 * Register writes of the USB armory Mk II, in the order in which the ROM makes
 * them. BOTH is for either memory size, EACH has a value for 512 MB and one
 * for 1 GB, SMALL is for 512 MB alone.
 */
enum { IN_SMALL = 1, IN_LARGE = 2 };

struct row {
    uint32_t address;
    uint32_t small; /* value for 512 MB */
    uint32_t large; /* value for 1 GB */
    uint8_t in;     /* IN_SMALL, IN_LARGE */
};

#define BOTH(address, value)                       \
    {                                              \
        address, value, value, IN_SMALL | IN_LARGE \
    }
#define EACH(address, small, large)                \
    {                                              \
        address, small, large, IN_SMALL | IN_LARGE \
    }
#define SMALL(address, value)       \
    {                               \
        address, value, 0, IN_SMALL \
    }

/* clang-format off */
static const struct row rows[] = {
    /* all clocks on */
    BOTH(0x020c4068, 0xffffffff),
    BOTH(0x020c406c, 0xffffffff),
    BOTH(0x020c4070, 0xffffffff),
    BOTH(0x020c4074, 0xffffffff),
    BOTH(0x020c4078, 0xffffffff),
    BOTH(0x020c407c, 0xffffffff),
    BOTH(0x020c4080, 0xffffffff),
    /* pads of the DDR memory */
    BOTH(0x020e04b4, 0x000c0000),
    BOTH(0x020e04ac, 0x00000000),
    BOTH(0x020e027c, 0x00000030),
    BOTH(0x020e0250, 0x00000030),
    BOTH(0x020e024c, 0x00000030),
    BOTH(0x020e0490, 0x00000030),
    BOTH(0x020e0288, 0x00000030),
    BOTH(0x020e0270, 0x00000000),
    BOTH(0x020e0260, 0x00000030),
    BOTH(0x020e0264, 0x00000030),
    BOTH(0x020e04a0, 0x00000030),
    BOTH(0x020e0494, 0x00020000),
    BOTH(0x020e0280, 0x00000030),
    BOTH(0x020e0284, 0x00000030),
    BOTH(0x020e04b0, 0x00020000),
    BOTH(0x020e0498, 0x00000030),
    BOTH(0x020e04a4, 0x00000030),
    BOTH(0x020e0244, 0x00000030),
    BOTH(0x020e0248, 0x00000030),
    /* UART2, the console */
    BOTH(0x020e0094, 0x00000000),
    BOTH(0x020e0098, 0x00000000),
    BOTH(0x020e009c, 0x00000000),
    BOTH(0x020e00a0, 0x00000000),
    BOTH(0x020e0320, 0x0001b0b1),
    BOTH(0x020e0324, 0x0001b0b1),
    BOTH(0x020e0328, 0x0001b0b1),
    BOTH(0x020e032c, 0x0001b0b1),
    BOTH(0x020e0628, 0x00000001),
    BOTH(0x020e062c, 0x00000001),
    /* I2C1, the power controller */
    BOTH(0x020e0064, 0x00000010),
    BOTH(0x020e0068, 0x00000010),
    BOTH(0x020e02f0, 0x0001b8b1),
    BOTH(0x020e02f4, 0x0001b8b1),
    BOTH(0x020e05a4, 0x00000000),
    BOTH(0x020e05a8, 0x00000001),
    /* USDHC1, the card slot */
    BOTH(0x020e01bc, 0x00000000),
    BOTH(0x020e01c0, 0x00000000),
    BOTH(0x020e01c4, 0x00000000),
    BOTH(0x020e01c8, 0x00000000),
    BOTH(0x020e01cc, 0x00000000),
    BOTH(0x020e01d0, 0x00000000),
    BOTH(0x020e0090, 0x00000002),
    BOTH(0x020e0448, 0x000170f9),
    BOTH(0x020e044c, 0x000170f9),
    BOTH(0x020e0450, 0x000170f9),
    BOTH(0x020e0454, 0x000170f9),
    BOTH(0x020e0458, 0x000170f9),
    BOTH(0x020e045c, 0x000170f9),
    BOTH(0x020e031c, 0x000170f9),
    BOTH(0x020e0668, 0x00000001),
    /* USDHC2, the eMMC */
    BOTH(0x020e0178, 0x00000001),
    BOTH(0x020e017c, 0x00000001),
    BOTH(0x020e0180, 0x00000001),
    BOTH(0x020e0184, 0x00000001),
    BOTH(0x020e0188, 0x00000001),
    BOTH(0x020e018c, 0x00000001),
    BOTH(0x020e0190, 0x00000001),
    BOTH(0x020e0194, 0x00000001),
    BOTH(0x020e0198, 0x00000001),
    BOTH(0x020e019c, 0x00000001),
    BOTH(0x020e0404, 0x000170f9),
    BOTH(0x020e0408, 0x000170f9),
    BOTH(0x020e040c, 0x000170f9),
    BOTH(0x020e0410, 0x000170f9),
    BOTH(0x020e0414, 0x000170f9),
    BOTH(0x020e0418, 0x000170f9),
    BOTH(0x020e041c, 0x000170f9),
    BOTH(0x020e0420, 0x000170f9),
    BOTH(0x020e0424, 0x000170f9),
    BOTH(0x020e0428, 0x000170f9),
    BOTH(0x020e042c, 0x000010b0),
    BOTH(0x020e0670, 0x00000002),
    BOTH(0x020e0678, 0x00000002),
    BOTH(0x020e067c, 0x00000002),
    BOTH(0x020e0680, 0x00000002),
    BOTH(0x020e0684, 0x00000001),
    BOTH(0x020e0688, 0x00000002),
    BOTH(0x020e068c, 0x00000001),
    BOTH(0x020e0690, 0x00000001),
    BOTH(0x020e0694, 0x00000001),
    BOTH(0x020e0698, 0x00000001),
    /* DDR controller: timing and geometry */
    BOTH(0x021b001c, 0x00008000),
    BOTH(0x021b000c, 0x676b52f3),
    BOTH(0x021b0010, 0xb66d0b63),
    BOTH(0x021b0014, 0x01ff00db),
    BOTH(0x021b0008, 0x1b333030),
    BOTH(0x021b0018, 0x00201740),
    BOTH(0x021b002c, 0x000026d2),
    EACH(0x021b0040, 0x0000004f, 0x0000005f),
    BOTH(0x021b0030, 0x006b1023),
    EACH(0x021b0000, 0x84180000, 0x85180000),
    /* DDR controller: calibration */
    BOTH(0x021b0800, 0xa1390003),
    EACH(0x021b080c, 0x000d000f, 0x00100014),
    SMALL(0x021b0810, 0x00100010),
    EACH(0x021b083c, 0x415c0160, 0x415c015c),
    SMALL(0x021b0840, 0x00000000),
    EACH(0x021b0848, 0x40403c42, 0x40403a40),
    EACH(0x021b0850, 0x40402c26, 0x40402626),
    BOTH(0x021b081c, 0x33333333),
    BOTH(0x021b0820, 0x33333333),
    BOTH(0x021b082c, 0xf3333333),
    BOTH(0x021b0830, 0xf3333333),
    BOTH(0x021b08c0, 0x00921012),
    BOTH(0x021b08b8, 0x00000800),
    /* DDR memory: start-up commands, refresh */
    BOTH(0x021b001c, 0x02008032),
    BOTH(0x021b001c, 0x00008033),
    BOTH(0x021b001c, 0x00048031),
    BOTH(0x021b001c, 0x15208030),
    BOTH(0x021b001c, 0x04008040),
    BOTH(0x021b0004, 0x0002556d),
    BOTH(0x021b0404, 0x00011006),
    BOTH(0x021b0020, 0x00000800),
    BOTH(0x021b0818, 0x00000227),
    BOTH(0x021b001c, 0x00000000),
};
/* clang-format on */

/* IOMUXC_GPR9: the TrustZone address space controller is in use. Settable
 * once, before the first access to DDR. */
static const struct row tzasc = BOTH(0x020e4024, 0x00000001);

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };
_Static_assert(ROWS + 1 == AW_ARMORY_ENTRIES, "one entry a row, and TZASC");

static struct aw_dcd_entry entry_of(const struct row *row, bool large)
{
    return (struct aw_dcd_entry){
        .address = row->address,
        .value = large ? row->large : row->small,
        .op = AW_DCD_STORE,
        .width = 4,
    };
}

size_t aw_armory_entries(enum aw_armory kind,
                         struct aw_dcd_entry entry[AW_ARMORY_ENTRIES])
{
    bool large = kind == AW_ARMORY_1024;
    size_t n = 0;

    for (size_t i = 0; i < ROWS; i++) {
        if ((rows[i].in & (large ? IN_LARGE : IN_SMALL)) != 0) {
            entry[n++] = entry_of(&rows[i], large);
        }
    }
    if (kind == AW_ARMORY_512_TZASC) {
        entry[n++] = entry_of(&tzasc, false);
    }
    return n;
}

aw_err aw_armory_dcd(enum aw_armory kind, struct aw_wr *w)
{
    struct aw_dcd_entry entry[AW_ARMORY_ENTRIES];
    size_t n = aw_armory_entries(kind, entry);

    return aw_dcd_write(entry, n, w, NULL);
}
