/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_I2C_H
#define TWIN_I2C_H

#include "models/ccm.h"

/*
 * I2C controller as bus master, 16-bit registers, with targets that hold
 * bytes by register number. Source: IMX6ULRM and IMX6ULLRM, chapter "I2C".
 */
enum { TW_I2C_SIZE = 0x4000, TW_I2C_TARGETS = 4, TW_I2C_BYTES = 256 };

/* A chip whose first written byte selects a register, which then moves on. */
struct tw_i2c_target {
    const char *name;
    uint8_t address; /* 7 bits */
    uint8_t selected;
    uint8_t bytes[TW_I2C_BYTES];
    const uint8_t *fresh; /* after power came; NULL: zeros */
};

struct tw_i2c {
    const char *name;
    struct tw_clock *clock;
    struct tw_report *report;
    const struct tw_ccm *ccm;
    struct tw_line irq;
    struct tw_i2c_target targets[TW_I2C_TARGETS];
    uint32_t n_targets;

    uint16_t iadr;
    uint16_t ifdr;
    uint16_t i2cr;
    uint16_t i2sr;
    uint16_t data;     /* that was read last */
    uint8_t shift;     /* on its way out */
    uint8_t busy;      /* bits 0 address, 1 write, 2 read; 0: idle */
    uint8_t chosen;    /* target that acknowledged, plus one */
    bool reads;        /* direction of the addressed target */
    bool selects;      /* the next byte written is a register number */
    bool address_next; /* after a start */
    struct tw_event done;
};

void tw_i2c_init(struct tw_i2c *i2c, const char *name, uint32_t base,
                 struct tw_bus *bus, struct tw_clock *clock,
                 const struct tw_ccm *ccm);

/**
 * Puts a chip on the bus.
 *
 * @param fresh  TW_I2C_BYTES register values, or NULL for zeros
 */
void tw_i2c_add(struct tw_i2c *i2c, const char *name, uint8_t address,
                const uint8_t *fresh);

/** A register of a chip, by its 7-bit address; NULL without the chip. */
uint8_t *tw_i2c_register(struct tw_i2c *i2c, uint8_t address, uint8_t reg);

struct tw_device tw_i2c_device(struct tw_i2c *i2c);

#endif
