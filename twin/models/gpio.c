/* SPDX-License-Identifier: Apache-2.0 */
#include "models/gpio.h"

enum {
    GPIO_DR = 0x00,
    GPIO_GDIR = 0x04,
    GPIO_PSR = 0x08,
    GPIO_ICR1 = 0x0c,
    GPIO_ICR2 = 0x10,
    GPIO_IMR = 0x14,
    GPIO_ISR = 0x18,
    GPIO_EDGE_SEL = 0x1c
};

enum pin_irq { LOW_LEVEL, HIGH_LEVEL, RISING, FALLING };

static uint32_t pins(const struct tw_gpio *gpio)
{
    return (gpio->dr & gpio->gdir) | (gpio->input & ~gpio->gdir);
}

static enum pin_irq config(const struct tw_gpio *gpio, unsigned pin)
{
    return (enum pin_irq)(gpio->icr[pin / 16] >> (2 * (pin % 16)) & 3);
}

/* Interrupt status: latched edges, and levels as they are. */
static uint32_t status(const struct tw_gpio *gpio)
{
    uint32_t now = pins(gpio);
    uint32_t value = gpio->isr;

    for (unsigned pin = 0; pin < 32; pin++) {
        bool high = (now >> pin & 1) != 0;
        enum pin_irq how = config(gpio, pin);

        if ((gpio->edge_sel >> pin & 1) == 0 &&
            ((how == LOW_LEVEL && !high) || (how == HIGH_LEVEL && high))) {
            value |= UINT32_C(1) << pin;
        }
    }
    return value;
}

static void latch_edges(struct tw_gpio *gpio, uint32_t before)
{
    uint32_t now = pins(gpio);

    for (unsigned pin = 0; pin < 32; pin++) {
        bool rose = ((now & ~before) >> pin & 1) != 0;
        bool fell = ((before & ~now) >> pin & 1) != 0;
        bool both = (gpio->edge_sel >> pin & 1) != 0;
        enum pin_irq how = config(gpio, pin);

        if ((rose && (both || how == RISING)) ||
            (fell && (both || how == FALLING))) {
            gpio->isr |= UINT32_C(1) << pin;
        }
    }
}

static void update(struct tw_gpio *gpio)
{
    uint32_t active = gpio->imr == 0 ? 0 : status(gpio) & gpio->imr;

    tw_line_set(&gpio->irq_low, (active & 0xffff) != 0);
    tw_line_set(&gpio->irq_high, active >> 16 != 0);
}

static void moved(struct tw_gpio *gpio, uint32_t before)
{
    latch_edges(gpio, before);
    update(gpio);
    if (gpio->changed != NULL) {
        gpio->changed(gpio->changed_ctx);
    }
}

void tw_gpio_drive(struct tw_gpio *gpio, unsigned pin, bool level)
{
    uint32_t before = pins(gpio);
    uint32_t bit = UINT32_C(1) << pin;

    gpio->input = level ? gpio->input | bit : gpio->input & ~bit;
    moved(gpio, before);
}

bool tw_gpio_high(const struct tw_gpio *gpio, unsigned pin)
{
    return (gpio->gdir & gpio->dr) >> pin & 1;
}

bool tw_gpio_low(const struct tw_gpio *gpio, unsigned pin)
{
    return (gpio->gdir & ~gpio->dr) >> pin & 1;
}

static bool gpio_read(void *ctx, uint32_t offset, const struct tw_access *how,
                      uint32_t *value)
{
    const struct tw_gpio *gpio = ctx;

    if (how->size != 4) {
        tw_regs_misuse(gpio->report, gpio->name, offset, how);
        return false;
    }
    *value = 0;
    switch (offset) {
    case GPIO_DR:
    case GPIO_PSR:
        *value = pins(gpio);
        break;
    case GPIO_GDIR:
        *value = gpio->gdir;
        break;
    case GPIO_ICR1:
    case GPIO_ICR2:
        *value = gpio->icr[(offset - GPIO_ICR1) / 4];
        break;
    case GPIO_IMR:
        *value = gpio->imr;
        break;
    case GPIO_ISR:
        *value = status(gpio);
        break;
    case GPIO_EDGE_SEL:
        *value = gpio->edge_sel;
        break;
    default:
        tw_regs_misuse(gpio->report, gpio->name, offset, how);
        break;
    }
    return true;
}

static bool gpio_write(void *ctx, uint32_t offset, const struct tw_access *how,
                       uint32_t value)
{
    struct tw_gpio *gpio = ctx;
    uint32_t before = pins(gpio);

    if (how->size != 4) {
        tw_regs_misuse(gpio->report, gpio->name, offset, how);
        return false;
    }
    switch (offset) {
    case GPIO_DR:
        gpio->dr = value;
        break;
    case GPIO_GDIR:
        gpio->gdir = value;
        break;
    case GPIO_ICR1:
    case GPIO_ICR2:
        gpio->icr[(offset - GPIO_ICR1) / 4] = value;
        break;
    case GPIO_IMR:
        gpio->imr = value;
        break;
    case GPIO_ISR:
        gpio->isr &= ~value;
        break;
    case GPIO_EDGE_SEL:
        gpio->edge_sel = value;
        break;
    default:
        tw_regs_misuse(gpio->report, gpio->name, offset, how);
        break;
    }
    moved(gpio, before);
    return true;
}

static void gpio_reset(void *model, enum tw_reset kind)
{
    struct tw_gpio *gpio = model;

    (void)kind;
    gpio->dr = 0;
    gpio->gdir = 0;
    gpio->icr[0] = 0;
    gpio->icr[1] = 0;
    gpio->imr = 0;
    gpio->isr = 0;
    gpio->edge_sel = 0;
    moved(gpio, pins(gpio));
}

static void gpio_save(void *model, struct tw_saver *to)
{
    const struct tw_gpio *gpio = model;

    tw_save_u32(to, gpio->dr);
    tw_save_u32(to, gpio->gdir);
    tw_save_u32(to, gpio->icr[0]);
    tw_save_u32(to, gpio->icr[1]);
    tw_save_u32(to, gpio->imr);
    tw_save_u32(to, gpio->isr);
    tw_save_u32(to, gpio->edge_sel);
    tw_save_u32(to, gpio->input);
}

static bool gpio_load(void *model, struct tw_loader *from)
{
    struct tw_gpio *gpio = model;

    gpio->dr = tw_load_u32(from);
    gpio->gdir = tw_load_u32(from);
    gpio->icr[0] = tw_load_u32(from);
    gpio->icr[1] = tw_load_u32(from);
    gpio->imr = tw_load_u32(from);
    gpio->isr = tw_load_u32(from);
    gpio->edge_sel = tw_load_u32(from);
    gpio->input = tw_load_u32(from);
    if (from->failed) {
        gpio_reset(gpio, TW_RESET_POWER);
        return false;
    }
    moved(gpio, pins(gpio));
    return true;
}

void tw_gpio_init(struct tw_gpio *gpio, const char *name, uint32_t base,
                  struct tw_bus *bus)
{
    static const struct tw_device_ops ops = {.read = gpio_read,
                                             .write = gpio_write};

    gpio->name = name;
    gpio->report = bus->report;
    gpio->input = 0;
    gpio_reset(gpio, TW_RESET_POWER);
    tw_bus_add_device(bus, name, base, TW_GPIO_SIZE, &ops, gpio);
}

struct tw_device tw_gpio_device(struct tw_gpio *gpio)
{
    return (struct tw_device){.name = gpio->name,
                              .model = gpio,
                              .reset = gpio_reset,
                              .save = gpio_save,
                              .load = gpio_load};
}
