/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_GPIO_H
#define TWIN_GPIO_H

#include "models/regs.h"

/*
 * One port of 32 pins. Source: IMX6ULRM and IMX6ULLRM, chapter "General
 * Purpose Input/Output".
 */
enum { TW_GPIO_SIZE = 0x4000 };

struct tw_gpio {
    const char *name;
    struct tw_report *report;
    struct tw_line irq_low;  /* pins 0 to 15 */
    struct tw_line irq_high; /* pins 16 to 31 */
    /* Pins may show something else now; may be NULL. */
    void (*changed)(void *ctx);
    void *changed_ctx;

    uint32_t dr;
    uint32_t gdir;
    uint32_t icr[2];
    uint32_t imr;
    uint32_t isr; /* latched edges; levels are added when read */
    uint32_t edge_sel;
    uint32_t input; /* what the outside drives */
};

void tw_gpio_init(struct tw_gpio *gpio, const char *name, uint32_t base,
                  struct tw_bus *bus);

/** The outside drives a pin. */
void tw_gpio_drive(struct tw_gpio *gpio, unsigned pin, bool level);

/** True when the port drives the pin, and high. */
bool tw_gpio_high(const struct tw_gpio *gpio, unsigned pin);
/** The same, and low. */
bool tw_gpio_low(const struct tw_gpio *gpio, unsigned pin);

struct tw_device tw_gpio_device(struct tw_gpio *gpio);

#endif
