/* SPDX-License-Identifier: Apache-2.0 */
/* LDREX, STREX, SWP. There is one processor: its local monitor is all. Source:
 * ARM DDI 0406C A3.4, A5.2.10. */
#include "cpu/access.h"
#include "cpu/op.h"

enum { WORD, PAIR, BYTE, HALF };

static const uint8_t sizes[4] = {4, 8, 1, 2};

static bool aligned(struct tw_cpu *c, uint32_t address, uint8_t size,
                    bool write)
{
    return address % size == 0 ||
           tw_fault(c, address, TW_FAULT_ALIGNMENT, write);
}

static struct tw_how how_of(const struct tw_cpu *c, uint8_t size)
{
    return (struct tw_how){c->context, size == 8 ? 4 : size, true};
}

static bool physical(struct tw_cpu *c, uint32_t address, uint8_t right,
                     uint32_t *at)
{
    const struct tw_tlb *e = tw_tlb_find(c, address, c->context, right);

    if (e == NULL) {
        return false;
    }
    *at = e->frame | address % TW_PAGE;
    return true;
}

static TW_RUN(load)
{
    uint8_t size = sizes[i->kind];
    struct tw_how how = how_of(c, size);
    uint32_t address = c->r[i->n];
    uint32_t at = 0;
    uint32_t low = 0;
    uint32_t high = 0;

    if (!aligned(c, address, size, false) ||
        !physical(c, address, TW_READ, &at) ||
        !tw_load_slow(c, address, &how, &low) ||
        (size == 8 && !tw_load_slow(c, address + 4, &how, &high))) {
        return tw_take_data_abort(c, i);
    }
    c->monitor =
        (struct tw_monitor){.armed = true, .size = size, .address = at};
    c->r[i->d] = low;
    if (size == 8) {
        c->r[i->d + 1] = high;
    }
    return i + 1;
}

/* Here i->m is the value, i->d the result. */
static TW_RUN(store)
{
    uint8_t size = sizes[i->kind];
    struct tw_how how = how_of(c, size);
    uint32_t address = c->r[i->n];
    uint32_t at = 0;

    if (!aligned(c, address, size, true) ||
        !physical(c, address, TW_WRITE, &at)) {
        return tw_take_data_abort(c, i);
    }
    bool passes =
        c->monitor.armed && c->monitor.address == at && c->monitor.size == size;

    if (passes &&
        (!tw_store_slow(c, address, &how, c->r[i->m]) ||
         (size == 8 && !tw_store_slow(c, address + 4, &how, c->r[i->m + 1])))) {
        return tw_take_data_abort(c, i);
    }
    c->monitor.armed = false;
    c->r[i->d] = passes ? 0 : 1;
    return i + 1;
}

/* SWP is there for uniprocessor code, when SCTLR.SW lets it. */
static TW_RUN(swap)
{
    uint8_t size = tw_bit(i->word, 22) ? 1 : 4;
    struct tw_how how = how_of(c, size);
    uint32_t value = 0;

    if ((tw_cp_here(c, TW_CP_SCTLR) & TW_SCTLR_SW) == 0) {
        return tw_take_undefined(c, i);
    }
    if (!tw_load_slow(c, c->r[i->n], &how, &value) ||
        !tw_store_slow(c, c->r[i->n], &how, c->r[i->m])) {
        return tw_take_data_abort(c, i);
    }
    c->r[i->d] = value;
    return i + 1;
}

static void check_load(struct tw_insn *i)
{
    if (tw_bits(i->word, 11, 8) != 15 || i->m != 15) {
        tw_decode_bad(i, TW_BAD_FIELD);
    } else if (i->d == 15 || i->n == 15) {
        tw_decode_bad(i, TW_BAD_PC);
    } else if (i->kind == PAIR && ((i->d & 1) != 0 || i->d == 14)) {
        tw_decode_bad(i, TW_BAD_ODD);
    }
}

static void check_store(struct tw_insn *i)
{
    unsigned last = i->m + (i->kind == PAIR ? 1U : 0U);

    if (tw_bits(i->word, 11, 8) != 15) {
        tw_decode_bad(i, TW_BAD_FIELD);
    } else if (i->d == 15 || i->n == 15 || i->m == 15) {
        tw_decode_bad(i, TW_BAD_PC);
    } else if (i->kind == PAIR && ((i->m & 1) != 0 || i->m == 14)) {
        tw_decode_bad(i, TW_BAD_ODD);
    } else if (i->d == i->n || i->d == i->m || i->d == last) {
        tw_decode_bad(i, TW_BAD_SAME);
    }
}

static void check_swap(struct tw_insn *i)
{
    if (tw_bits(i->word, 11, 8) != 0) {
        tw_decode_bad(i, TW_BAD_FIELD);
    } else if (i->d == 15 || i->n == 15 || i->m == 15) {
        tw_decode_bad(i, TW_BAD_PC);
    } else if (i->n == i->d || i->n == i->m) {
        tw_decode_bad(i, TW_BAD_SAME);
    }
}

void tw_decode_exclusive(struct tw_insn *i)
{
    i->kind = (uint8_t)tw_bits(i->word, 22, 21);
    if (!tw_bit(i->word, 23)) {
        i->run = swap;
        if (tw_bits(i->word, 21, 20) != 0) {
            tw_decode_undefined(i);
            return;
        }
        check_swap(i);
    } else if (tw_bit(i->word, 20)) {
        i->run = load;
        check_load(i);
    } else {
        i->run = store;
        check_store(i);
    }
}
