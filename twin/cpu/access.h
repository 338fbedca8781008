/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_ACCESS_H
#define TWIN_ACCESS_H

#include "cpu/translate.h"

/*
 * Loads and stores of instructions. All return false with c->fault set when
 * the access faults; then nothing was read or written, except that a store
 * across two pages may have been half done when the second is a device's.
 */

static inline uint32_t tw_get32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

static inline uint32_t tw_get16(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8;
}

static inline void tw_put32(uint8_t *p, uint32_t value)
{
    p[0] = (uint8_t)value;
    p[1] = (uint8_t)(value >> 8);
    p[2] = (uint8_t)(value >> 16);
    p[3] = (uint8_t)(value >> 24);
}

static inline void tw_put16(uint8_t *p, uint32_t value)
{
    p[0] = (uint8_t)value;
    p[1] = (uint8_t)(value >> 8);
}

/* How an access that is not simple is made. */
struct tw_how {
    uint32_t context; /* whose rights */
    uint8_t size;     /* 1, 2, 4 */
    bool aligned;     /* an unaligned address faults whatever the memory */
};

bool tw_load_slow(struct tw_cpu *c, uint32_t address, const struct tw_how *how,
                  uint32_t *value);
bool tw_store_slow(struct tw_cpu *c, uint32_t address, const struct tw_how *how,
                   uint32_t value);

/** Notes a fault of this instruction. @return false */
bool tw_fault(struct tw_cpu *c, uint32_t address, uint8_t status, bool write);

/** Marks the line of a store. */
void tw_mark_line(struct tw_cpu *c, const struct tw_tlb *e, uint32_t address);

/* Equal to the tag of the entry, if the address is a multiple of size and in
 * its page and context. */
static inline uint32_t tw_tag(const struct tw_cpu *c, uint32_t address,
                              uint32_t size)
{
    return (address & (~(uint32_t)(TW_PAGE - 1) | (size - 1))) | c->context;
}

static inline bool tw_load32(struct tw_cpu *c, uint32_t address,
                             uint32_t *value)
{
    const struct tw_tlb *e = tw_tlb_at(c, address, c->context);

    if (AW_LIKELY(e->read == tw_tag(c, address, 4))) {
        *value = tw_get32(&e->bytes[address % TW_PAGE]);
        return true;
    }
    return tw_load_slow(c, address, &(struct tw_how){c->context, 4, false},
                        value);
}

static inline bool tw_load16(struct tw_cpu *c, uint32_t address,
                             uint32_t *value)
{
    const struct tw_tlb *e = tw_tlb_at(c, address, c->context);

    if (AW_LIKELY(e->read == tw_tag(c, address, 2))) {
        *value = tw_get16(&e->bytes[address % TW_PAGE]);
        return true;
    }
    return tw_load_slow(c, address, &(struct tw_how){c->context, 2, false},
                        value);
}

static inline bool tw_load8(struct tw_cpu *c, uint32_t address, uint32_t *value)
{
    const struct tw_tlb *e = tw_tlb_at(c, address, c->context);

    if (AW_LIKELY(e->read == tw_tag(c, address, 1))) {
        *value = e->bytes[address % TW_PAGE];
        return true;
    }
    return tw_load_slow(c, address, &(struct tw_how){c->context, 1, false},
                        value);
}

static inline void tw_stored(struct tw_cpu *c, const struct tw_tlb *e,
                             uint32_t address)
{
    if (AW_UNLIKELY(e->marks[address % TW_PAGE / TW_LINE] == 0)) {
        tw_mark_line(c, e, address);
    }
}

static inline bool tw_store32(struct tw_cpu *c, uint32_t address,
                              uint32_t value)
{
    const struct tw_tlb *e = tw_tlb_at(c, address, c->context);

    if (AW_LIKELY(e->write == tw_tag(c, address, 4))) {
        tw_put32(&e->bytes[address % TW_PAGE], value);
        tw_stored(c, e, address);
        return true;
    }
    return tw_store_slow(c, address, &(struct tw_how){c->context, 4, false},
                         value);
}

static inline bool tw_store16(struct tw_cpu *c, uint32_t address,
                              uint32_t value)
{
    const struct tw_tlb *e = tw_tlb_at(c, address, c->context);

    if (AW_LIKELY(e->write == tw_tag(c, address, 2))) {
        tw_put16(&e->bytes[address % TW_PAGE], value);
        tw_stored(c, e, address);
        return true;
    }
    return tw_store_slow(c, address, &(struct tw_how){c->context, 2, false},
                         value);
}

static inline bool tw_store8(struct tw_cpu *c, uint32_t address, uint32_t value)
{
    const struct tw_tlb *e = tw_tlb_at(c, address, c->context);

    if (AW_LIKELY(e->write == tw_tag(c, address, 1))) {
        e->bytes[address % TW_PAGE] = (uint8_t)value;
        tw_stored(c, e, address);
        return true;
    }
    return tw_store_slow(c, address, &(struct tw_how){c->context, 1, false},
                         value);
}

/** Whether n words from address can be moved directly: one page, in memory,
 * with the right. Then where they lie; else NULL. */
static inline uint8_t *tw_run_of(struct tw_cpu *c, uint32_t address, uint32_t n,
                                 bool write)
{
    const struct tw_tlb *e = tw_tlb_at(c, address, c->context);
    uint32_t tag = tw_tag(c, address, 4);

    if ((write ? e->write : e->read) != tag ||
        address % TW_PAGE + n * 4 > TW_PAGE) {
        return NULL;
    }
    if (write) {
        tw_stored(c, e, address);
        tw_stored(c, e, address + n * 4 - 4);
    }
    return &e->bytes[address % TW_PAGE];
}

#endif
