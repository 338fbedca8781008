/* SPDX-License-Identifier: Apache-2.0 */
#include "models/i2c.h"

#include <string.h>

#include "aw/err.h"

enum { IADR = 0x00, IFDR = 0x04, I2CR = 0x08, I2SR = 0x0c, I2DR = 0x10 };

enum {
    CR_RSTA = 1 << 2,
    CR_TXAK = 1 << 3,
    CR_MTX = 1 << 4,
    CR_MSTA = 1 << 5,
    CR_IIEN = 1 << 6,
    CR_IEN = 1 << 7,
    SR_RXAK = 1 << 0,
    SR_IIF = 1 << 1,
    SR_IAL = 1 << 4,
    SR_IBB = 1 << 5,
    SR_ICF = 1 << 7,
    BITS = 9 /* of a byte with its acknowledge */
};

enum busy { IDLE, ADDRESS, WRITE, READ };

/* Dividers by the six bits of IFDR. Source: table "I2C_IFDR Register". */
static const uint16_t dividers[64] = {
    30,   32,   36,   42,   48,   52,   60,  72,   80,   88,   104,  128,  144,
    160,  192,  240,  288,  320,  384,  480, 576,  640,  768,  960,  1152, 1280,
    1536, 1920, 2304, 2560, 3072, 3840, 22,  24,   26,   28,   32,   36,   40,
    44,   48,   56,   64,   72,   80,   96,  112,  128,  160,  192,  224,  256,
    320,  384,  448,  512,  640,  768,  896, 1024, 1280, 1536, 1792, 2048};

static void update(struct tw_i2c *i2c)
{
    tw_line_set(&i2c->irq,
                (i2c->i2sr & SR_IIF) != 0 && (i2c->i2cr & CR_IIEN) != 0);
}

static struct tw_i2c_target *find(struct tw_i2c *i2c, uint8_t address)
{
    for (uint32_t i = 0; i < i2c->n_targets; i++) {
        if (i2c->targets[i].address == address) {
            return &i2c->targets[i];
        }
    }
    return NULL;
}

uint8_t *tw_i2c_register(struct tw_i2c *i2c, uint8_t address, uint8_t reg)
{
    struct tw_i2c_target *target = find(i2c, address);

    return target == NULL ? NULL : &target->bytes[reg];
}

static void begin(struct tw_i2c *i2c, enum busy what)
{
    uint64_t hz = tw_ccm_hz(i2c->ccm, TW_ROOT_PERCLK);
    uint64_t periods = (uint64_t)BITS * dividers[i2c->ifdr & 0x3f];

    i2c->busy = (uint8_t)what;
    i2c->i2sr &= (uint16_t)~SR_ICF;
    if (hz != 0) {
        tw_clock_at(i2c->clock, &i2c->done,
                    i2c->clock->now + tw_clock_ticks(i2c->clock, periods, hz));
    }
}

/* The address byte has gone out: somebody acknowledges it, or nobody. */
static void finish_address(struct tw_i2c *i2c)
{
    struct tw_i2c_target *target = find(i2c, i2c->shift >> 1);

    i2c->address_next = false;
    i2c->reads = (i2c->shift & 1) != 0;
    i2c->selects = !i2c->reads;
    i2c->chosen = target == NULL ? 0 : (uint8_t)(target - i2c->targets + 1);
    i2c->i2sr =
        (uint16_t)(target == NULL ? i2c->i2sr | SR_RXAK : i2c->i2sr & ~SR_RXAK);
}

static void finish_write(struct tw_i2c *i2c)
{
    if (i2c->chosen == 0 || i2c->reads) {
        i2c->i2sr |= SR_RXAK;
        return;
    }
    struct tw_i2c_target *target = &i2c->targets[i2c->chosen - 1];

    i2c->i2sr &= (uint16_t)~SR_RXAK;
    if (i2c->selects) {
        target->selected = i2c->shift;
        i2c->selects = false;
    } else {
        target->bytes[target->selected++] = i2c->shift;
    }
}

static void finish_read(struct tw_i2c *i2c)
{
    if (i2c->chosen == 0 || !i2c->reads) {
        i2c->data = 0xff; /* nobody drives the line */
        return;
    }
    struct tw_i2c_target *target = &i2c->targets[i2c->chosen - 1];

    i2c->data = target->bytes[target->selected++];
}

static void on_done(void *ctx)
{
    struct tw_i2c *i2c = ctx;

    switch ((enum busy)i2c->busy) {
    case ADDRESS:
        finish_address(i2c);
        break;
    case WRITE:
        finish_write(i2c);
        break;
    case READ:
        finish_read(i2c);
        break;
    default:
        break;
    }
    i2c->busy = IDLE;
    i2c->i2sr |= SR_ICF | SR_IIF;
    update(i2c);
}

static void control(struct tw_i2c *i2c, uint16_t value)
{
    bool was_master = (i2c->i2cr & CR_MSTA) != 0;
    bool master = (value & CR_MSTA) != 0;

    i2c->i2cr = value & 0xf8;
    if ((value & CR_IEN) == 0) {
        i2c->i2sr = SR_ICF;
        i2c->busy = IDLE;
        tw_clock_cancel(i2c->clock, &i2c->done);
        return;
    }
    if (master && (!was_master || (value & CR_RSTA) != 0)) {
        i2c->i2sr |= SR_IBB;
        i2c->address_next = true;
    } else if (was_master && !master) {
        i2c->i2sr &= (uint16_t)~SR_IBB;
        i2c->chosen = 0;
    }
}

static bool can_transfer(struct tw_i2c *i2c)
{
    bool on = (i2c->i2cr & CR_IEN) != 0 && (i2c->i2cr & CR_MSTA) != 0;

    if (i2c->busy != IDLE) {
        tw_report(i2c->report, TW_REPORT_MISUSE,
                  "%s: I2DR used while a byte is on its way", i2c->name);
        return false;
    }
    return on;
}

static uint16_t read_data(struct tw_i2c *i2c)
{
    uint16_t value = i2c->data;

    if ((i2c->i2cr & CR_MTX) == 0 && (i2c->i2cr & CR_MSTA) != 0 &&
        can_transfer(i2c)) {
        begin(i2c, READ);
    }
    return value;
}

static void write_data(struct tw_i2c *i2c, uint16_t value)
{
    if ((i2c->i2cr & CR_MTX) == 0 || !can_transfer(i2c)) {
        return;
    }
    i2c->shift = (uint8_t)value;
    begin(i2c, i2c->address_next ? ADDRESS : WRITE);
}

static bool i2c_read(void *ctx, uint32_t offset, const struct tw_access *how,
                     uint32_t *value)
{
    struct tw_i2c *i2c = ctx;

    if (how->size != 2) {
        tw_regs_misuse(i2c->report, i2c->name, offset, how);
        return false;
    }
    *value = 0;
    switch (offset) {
    case IADR:
        *value = i2c->iadr;
        break;
    case IFDR:
        *value = i2c->ifdr;
        break;
    case I2CR:
        *value = i2c->i2cr;
        break;
    case I2SR:
        *value = i2c->i2sr;
        break;
    case I2DR:
        *value = read_data(i2c);
        break;
    default:
        tw_regs_misuse(i2c->report, i2c->name, offset, how);
        break;
    }
    return true;
}

static bool i2c_write(void *ctx, uint32_t offset, const struct tw_access *how,
                      uint32_t value)
{
    struct tw_i2c *i2c = ctx;

    if (how->size != 2) {
        tw_regs_misuse(i2c->report, i2c->name, offset, how);
        return false;
    }
    switch (offset) {
    case IADR:
        i2c->iadr = (uint16_t)(value & 0xfe);
        break;
    case IFDR:
        i2c->ifdr = (uint16_t)(value & 0x3f);
        break;
    case I2CR:
        control(i2c, (uint16_t)value);
        break;
    case I2SR:
        /* IIF and IAL are cleared by writing 0. */
        i2c->i2sr &= (uint16_t)(value | (uint16_t) ~(SR_IIF | SR_IAL));
        break;
    case I2DR:
        write_data(i2c, (uint16_t)value);
        break;
    default:
        tw_regs_misuse(i2c->report, i2c->name, offset, how);
        break;
    }
    update(i2c);
    return true;
}

static void fill(struct tw_i2c_target *target)
{
    target->selected = 0;
    if (target->fresh != NULL) {
        memcpy(target->bytes, target->fresh, sizeof(target->bytes));
    } else {
        memset(target->bytes, 0, sizeof(target->bytes));
    }
}

static void i2c_reset(void *model, enum tw_reset kind)
{
    struct tw_i2c *i2c = model;

    i2c->iadr = 0;
    i2c->ifdr = 0;
    i2c->i2cr = 0;
    i2c->i2sr = SR_ICF | SR_RXAK;
    i2c->data = 0;
    i2c->shift = 0;
    i2c->busy = IDLE;
    i2c->chosen = 0;
    i2c->reads = false;
    i2c->selects = false;
    i2c->address_next = false;
    tw_clock_cancel(i2c->clock, &i2c->done);
    for (uint32_t i = 0; kind == TW_RESET_POWER && i < i2c->n_targets; i++) {
        fill(&i2c->targets[i]);
    }
    update(i2c);
}

static void i2c_save(void *model, struct tw_saver *to)
{
    const struct tw_i2c *i2c = model;

    tw_save_u16(to, i2c->iadr);
    tw_save_u16(to, i2c->ifdr);
    tw_save_u16(to, i2c->i2cr);
    tw_save_u16(to, i2c->i2sr);
    tw_save_u16(to, i2c->data);
    tw_save_u8(to, i2c->shift);
    tw_save_u8(to, i2c->busy);
    tw_save_u8(to, i2c->chosen);
    tw_save_u8(to, i2c->reads ? 1 : 0);
    tw_save_u8(to, i2c->selects ? 1 : 0);
    tw_save_u8(to, i2c->address_next ? 1 : 0);
    tw_save_event(to, &i2c->done);
    for (uint32_t i = 0; i < i2c->n_targets; i++) {
        tw_save_u8(to, i2c->targets[i].selected);
        tw_save_bytes(to, i2c->targets[i].bytes, TW_I2C_BYTES);
    }
}

static bool i2c_load(void *model, struct tw_loader *from)
{
    struct tw_i2c *i2c = model;

    i2c->iadr = tw_load_u16(from);
    i2c->ifdr = tw_load_u16(from);
    i2c->i2cr = tw_load_u16(from);
    i2c->i2sr = tw_load_u16(from);
    i2c->data = tw_load_u16(from);
    i2c->shift = tw_load_u8(from);
    i2c->busy = tw_load_u8(from);
    i2c->chosen = tw_load_u8(from);
    i2c->reads = tw_load_u8(from) != 0;
    i2c->selects = tw_load_u8(from) != 0;
    i2c->address_next = tw_load_u8(from) != 0;
    tw_load_event(from, i2c->clock, &i2c->done);
    for (uint32_t i = 0; i < i2c->n_targets; i++) {
        i2c->targets[i].selected = tw_load_u8(from);
        (void)!tw_load_bytes(from, i2c->targets[i].bytes, TW_I2C_BYTES);
    }
    if (from->failed || i2c->busy > READ || i2c->chosen > i2c->n_targets) {
        i2c_reset(i2c, TW_RESET_POWER);
        return false;
    }
    update(i2c);
    return true;
}

void tw_i2c_init(struct tw_i2c *i2c, const char *name, uint32_t base,
                 struct tw_bus *bus, struct tw_clock *clock,
                 const struct tw_ccm *ccm)
{
    static const struct tw_device_ops ops = {.read = i2c_read,
                                             .write = i2c_write};

    i2c->name = name;
    i2c->clock = clock;
    i2c->report = bus->report;
    i2c->ccm = ccm;
    i2c->n_targets = 0;
    i2c->done = (struct tw_event){.fire = on_done, .ctx = i2c};
    i2c_reset(i2c, TW_RESET_POWER);
    tw_bus_add_device(bus, name, base, TW_I2C_SIZE, &ops, i2c);
}

void tw_i2c_add(struct tw_i2c *i2c, const char *name, uint8_t address,
                const uint8_t *fresh)
{
    AW_BUG_ON(i2c->n_targets >= TW_I2C_TARGETS);
    struct tw_i2c_target *target = &i2c->targets[i2c->n_targets];

    target->name = name;
    target->address = address;
    target->fresh = fresh;
    fill(target);
    i2c->n_targets++;
}

struct tw_device tw_i2c_device(struct tw_i2c *i2c)
{
    return (struct tw_device){.name = i2c->name,
                              .model = i2c,
                              .reset = i2c_reset,
                              .save = i2c_save,
                              .load = i2c_load};
}
