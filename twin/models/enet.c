/* SPDX-License-Identifier: Apache-2.0 */
#include "models/enet.h"

#include <string.h>

#include "models/enet_parts.h"

static const struct tw_reg rows[] = {
    {.name = "EIR", .offset = ENET_EIR, .clear = EIR_ALL},
    {.name = "EIMR", .offset = ENET_EIMR, .write = EIR_ALL},
    {.name = "RDAR", .offset = ENET_RDAR},
    {.name = "TDAR", .offset = ENET_TDAR},
    {.name = "ECR",
     .offset = ENET_ECR,
     .reset = 0xf0000000,
     .write = 0x0000017e},
    {.name = "MMFR", .offset = ENET_MMFR, .write = TW_ALL},
    {.name = "MSCR", .offset = ENET_MSCR, .write = 0x000007fe},
    {.name = "MIBC",
     .offset = ENET_MIBC,
     .reset = 0xc0000000,
     .write = 0xa0000000},
    {.name = "RCR",
     .offset = ENET_RCR,
     .reset = 0x05ee0001,
     .write = 0x7ffff33f},
    {.name = "TCR", .offset = ENET_TCR, .write = 0x000003fd},
    {.name = "PALR", .offset = ENET_PALR, .write = TW_ALL},
    {.name = "PAUR",
     .offset = ENET_PAUR,
     .reset = 0x00008808,
     .write = 0xffff0000},
    {.name = "OPD", .offset = 0x0ec, .reset = 0x00010000, .write = 0xffff},
    {.name = "TXIC", .offset = 0x0f0, .count = 3, .write = TW_ALL},
    {.name = "RXIC", .offset = 0x100, .count = 3, .write = TW_ALL},
    {.name = "hash", .offset = ENET_IAUR, .count = 4, .write = TW_ALL},
    {.name = "TFWR", .offset = 0x144, .write = 0x0000013f},
    {.name = "RDSR", .offset = ENET_RDSR, .write = 0xfffffff8},
    {.name = "TDSR", .offset = ENET_TDSR, .write = 0xfffffff8},
    {.name = "MRBR", .offset = ENET_MRBR, .write = 0x00003ff0},
    {.name = "RSFL", .offset = 0x190, .count = 2, .write = 0xff},
    {.name = "RAEM", .offset = 0x198, .count = 2, .reset = 4, .write = 0xff},
    {.name = "TSEM", .offset = 0x1a0, .write = 0xff},
    {.name = "TAEM", .offset = 0x1a4, .reset = 4, .write = 0xff},
    {.name = "TAFL", .offset = 0x1a8, .reset = 8, .write = 0xff},
    {.name = "TIPG", .offset = 0x1ac, .reset = 12, .write = 0x1f},
    {.name = "FTRL", .offset = ENET_FTRL, .reset = 0x7ff, .write = 0x3fff},
    {.name = "TACC", .offset = 0x1c0, .write = 0x19},
    {.name = "RACC", .offset = 0x1c4, .write = 0xc7},
    {.name = "RMON", .offset = 0x200, .count = 57, .write = TW_ALL},
    {.name = "ATCR", .offset = 0x400, .count = 7, .write = TW_ALL},
    {.name = "TGSR", .offset = 0x604, .count = 9, .write = TW_ALL},
};

/* MMFR */
enum { MDIO_READ = 2, MDIO_WRITE = 1, MDIO_BITS = 64, IPG_HZ = 66000000 };

static void interrupt(struct tw_enet *enet)
{
    tw_line_set(&enet->w.line, (tw_enet_get(enet, ENET_EIR) &
                                tw_enet_get(enet, ENET_EIMR)) != 0);
}

void tw_enet_raise(struct tw_enet *enet, uint32_t bits)
{
    tw_enet_set(enet, ENET_EIR, tw_enet_get(enet, ENET_EIR) | bits);
    interrupt(enet);
}

static void stop(struct tw_enet *enet)
{
    tw_clock_cancel(enet->w.clock, &enet->tx_done);
    tw_clock_cancel(enet->w.clock, &enet->rx_done);
    tw_enet_set(enet, ENET_RDAR, 0);
    tw_enet_set(enet, ENET_TDAR, 0);
    enet->queued = 0;
}

void tw_enet_bus_error(struct tw_enet *enet)
{
    stop(enet);
    tw_enet_set(enet, ENET_ECR, tw_enet_get(enet, ENET_ECR) & ~ECR_ETHEREN);
    tw_enet_raise(enet, EIR_EBERR);
}

void tw_enet_count(struct tw_enet *enet, uint32_t offset)
{
    if ((tw_enet_get(enet, ENET_MIBC) & MIBC_DISABLE) == 0) {
        tw_enet_set(enet, offset, tw_enet_get(enet, offset) + 1);
    }
}

static void misuse(struct tw_enet *enet, const char *what)
{
    tw_report(enet->w.bus->report, TW_REPORT_MISUSE, "%s: %s", enet->w.name,
              what);
}

static void reset_all(struct tw_enet *enet)
{
    tw_clock_cancel(enet->w.clock, &enet->mdio_done);
    stop(enet);
    tw_regs_reset(&enet->regs, TW_RESET_POWER);
    enet->first = 0;
    enet->tx_next = 0;
    enet->rx_next = 0;
    enet->mdio = 0;
    interrupt(enet);
}

/* Management frames */

static void start_mdio(struct tw_enet *enet, uint32_t value)
{
    uint32_t speed = tw_enet_get(enet, ENET_MSCR) >> 1 & 0x3f;
    uint32_t op = value >> 28 & 3;

    if (speed == 0) {
        misuse(enet, "MMFR written while MSCR stops the clock");
        return;
    }
    if (value >> 30 != 1 || (value >> 16 & 3) != 2 ||
        (op != MDIO_READ && op != MDIO_WRITE)) {
        misuse(enet, "MMFR is no frame of clause 22");
        return;
    }
    if (enet->mdio_done.slot != 0) {
        misuse(enet, "MMFR written while a frame is on the wires");
        return;
    }
    enet->mdio = value;
    tw_clock_at(enet->w.clock, &enet->mdio_done,
                enet->w.clock->now +
                    tw_clock_ticks(enet->w.clock,
                                   UINT64_C(2) * MDIO_BITS * (speed + 1),
                                   IPG_HZ));
}

static void on_mdio(void *ctx)
{
    struct tw_enet *enet = ctx;
    uint32_t v = enet->mdio;
    unsigned reg = v >> 18 & 0x1f;
    bool there = enet->w.phy != NULL && (v >> 23 & 0x1f) == enet->w.phy_address;
    uint32_t data = v & 0xffff;

    if ((v >> 28 & 3) == MDIO_READ) {
        data = there ? tw_phy_read(enet->w.phy, reg) : 0xffff;
    } else if (there) {
        tw_phy_write(enet->w.phy, reg, (uint16_t)data);
    }
    tw_enet_set(enet, ENET_MMFR, (v & 0xffff0000) | data);
    tw_enet_raise(enet, EIR_MII);
}

/* What a write does besides changing bits. */

static void wrote_ecr(struct tw_enet *enet, uint32_t before, uint32_t written)
{
    if ((written & ECR_RESET) != 0) {
        reset_all(enet);
        return;
    }
    if ((written & ECR_EN1588) != 0) {
        misuse(enet, "enhanced descriptors are not modelled");
    }
    if ((written & ECR_ETHEREN) == 0 && (before & ECR_ETHEREN) != 0) {
        stop(enet);
    } else if ((written & ECR_ETHEREN) != 0 && (before & ECR_ETHEREN) == 0) {
        enet->tx_next = tw_enet_get(enet, ENET_TDSR);
        enet->rx_next = tw_enet_get(enet, ENET_RDSR);
    }
}

static void activate(struct tw_enet *enet, uint32_t offset)
{
    if ((tw_enet_get(enet, ENET_ECR) & ECR_ETHEREN) == 0) {
        misuse(enet, "ring activated while the controller is off");
        return;
    }
    tw_enet_set(enet, offset, DAR_ACTIVE);
    if (offset == ENET_TDAR) {
        tw_enet_kick_tx(enet);
    }
}

/* Settings that the manual wants written while the controller is off. */
static bool wants_off(uint32_t offset)
{
    return offset == ENET_RDSR || offset == ENET_TDSR || offset == ENET_MRBR ||
           offset == ENET_PALR || offset == ENET_PAUR;
}

static void wrote(void *ctx, uint32_t offset, uint32_t before, uint32_t written)
{
    struct tw_enet *enet = ctx;
    bool running = (tw_enet_get(enet, ENET_ECR) & ECR_ETHEREN) != 0;

    if (running && wants_off(offset)) {
        misuse(enet, "ring or address changed while the controller runs");
    }
    switch (offset) {
    case ENET_EIR:
    case ENET_EIMR:
        interrupt(enet);
        break;
    case ENET_RDAR:
    case ENET_TDAR:
        activate(enet, offset);
        break;
    case ENET_ECR:
        wrote_ecr(enet, before, written);
        break;
    case ENET_MMFR:
        start_mdio(enet, written);
        break;
    case ENET_TCR:
        tw_enet_kick_tx(enet);
        break;
    default:
        break;
    }
}

void tw_enet_init(struct tw_enet *enet, const struct tw_enet_wiring *wiring,
                  uint32_t base)
{
    memset(enet, 0, sizeof(*enet));
    enet->w = *wiring;
    enet->map = (struct tw_regs_map){.name = wiring->name,
                                     .rows = rows,
                                     .n_rows = sizeof(rows) / sizeof(rows[0]),
                                     .size = ENET_END,
                                     .wrote = wrote};
    enet->tx_done = (struct tw_event){.fire = tw_enet_tx_done, .ctx = enet};
    enet->rx_done = (struct tw_event){.fire = tw_enet_rx_done, .ctx = enet};
    enet->mdio_done = (struct tw_event){.fire = on_mdio, .ctx = enet};
    tw_regs_init(&enet->regs, &enet->map, enet, wiring->bus, base);
}

/* The PHY keeps its power and registers over a reset of the chip. */
static void enet_reset(void *model, enum tw_reset kind)
{
    struct tw_enet *enet = model;

    reset_all(enet);
    enet->dropped = 0;
    if (kind == TW_RESET_POWER && enet->w.phy != NULL) {
        tw_phy_reset(enet->w.phy);
    }
}

static void enet_save(void *model, struct tw_saver *to)
{
    struct tw_enet *enet = model;

    tw_regs_save(&enet->regs, to);
    tw_save_u32(to, enet->tx_next);
    tw_save_u32(to, enet->rx_next);
    tw_save_event(to, &enet->tx_done);
    tw_save_event(to, &enet->rx_done);
    tw_save_event(to, &enet->mdio_done);
    tw_save_u32(to, enet->mdio);
    tw_save_u32(to, enet->out.n);
    tw_save_bytes(to, enet->out.bytes, enet->out.n);
    tw_save_u32(to, enet->queued);
    for (uint32_t i = 0; i < enet->queued; i++) {
        const struct tw_frame *f =
            &enet->queue[(enet->first + i) % TW_ENET_QUEUE];

        tw_save_u32(to, f->n);
        tw_save_bytes(to, f->bytes, f->n);
    }
    tw_save_u64(to, enet->dropped);
    if (enet->w.phy != NULL) {
        tw_phy_save(enet->w.phy, to);
    }
}

static void load_frame(struct tw_frame *f, struct tw_loader *from)
{
    f->n = tw_load_u32(from);
    if (f->n > TW_FRAME_MAX) {
        from->failed = true;
        f->n = 0;
    }
    (void)tw_load_bytes(from, f->bytes, f->n);
}

static bool enet_load(void *model, struct tw_loader *from)
{
    struct tw_enet *enet = model;

    (void)tw_regs_load(&enet->regs, from);
    enet->tx_next = tw_load_u32(from);
    enet->rx_next = tw_load_u32(from);
    tw_load_event(from, enet->w.clock, &enet->tx_done);
    tw_load_event(from, enet->w.clock, &enet->rx_done);
    tw_load_event(from, enet->w.clock, &enet->mdio_done);
    enet->mdio = tw_load_u32(from);
    load_frame(&enet->out, from);
    uint32_t queued = tw_load_u32(from);

    enet->first = 0;
    enet->queued = 0;
    for (uint32_t i = 0; i < queued && !from->failed; i++) {
        if (i == TW_ENET_QUEUE) {
            from->failed = true;
        } else {
            load_frame(&enet->queue[i], from);
            enet->queued++;
        }
    }
    enet->dropped = tw_load_u64(from);
    if (enet->w.phy != NULL) {
        (void)tw_phy_load(enet->w.phy, from);
    }
    /* A frame comes in only while one waits. */
    if (from->failed || (enet->rx_done.slot != 0 && enet->queued == 0)) {
        from->failed = true;
        enet_reset(enet, TW_RESET_POWER);
        return false;
    }
    interrupt(enet);
    return true;
}

struct tw_device tw_enet_device(struct tw_enet *enet)
{
    return (struct tw_device){.name = enet->w.name,
                              .model = enet,
                              .reset = enet_reset,
                              .save = enet_save,
                              .load = enet_load};
}
