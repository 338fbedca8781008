/* SPDX-License-Identifier: Apache-2.0 */
/* LDM and STM. Source: ARM DDI 0406C A5.5. */
#include "cpu/access.h"
#include "cpu/op.h"

/* As decoded: i->imm is the list, i->s its length, i->m the distance from the
 * base to the lowest address in words, signed. */
enum { U_BIT = 23, USER_BIT = 22, W_BIT = 21, LOAD_BIT = 20, PC = 0x8000 };

static uint32_t lowest(const struct tw_cpu *c, const struct tw_insn *i)
{
    return c->r[i->n] + 4 * (uint32_t)(int8_t)i->m;
}

static void write_back(struct tw_cpu *c, const struct tw_insn *i)
{
    uint32_t size = 4U * i->s;

    if (tw_bit(i->word, W_BIT)) {
        c->r[i->n] += tw_bit(i->word, U_BIT) ? size : 0 - size;
    }
}

static unsigned next_register(uint32_t *list)
{
    unsigned reg = (unsigned)__builtin_ctz(*list);

    *list &= *list - 1;
    return reg;
}

/* All words first: the base and all else are untouched by an abort. */
static bool load_words(struct tw_cpu *c, uint32_t address, unsigned n,
                       uint32_t words[16])
{
    const struct tw_how how = {c->context, 4, true};
    const uint8_t *p = tw_run_of(c, address, n, false);

    for (unsigned k = 0; k < n; k++) {
        if (p != NULL) {
            words[k] = tw_get32(&p[(size_t)4 * k]);
        } else if (!tw_load_slow(c, address + 4 * k, &how, &words[k])) {
            return false;
        }
    }
    return true;
}

static bool store_words(struct tw_cpu *c, uint32_t address, unsigned n,
                        const uint32_t words[16])
{
    const struct tw_how how = {c->context, 4, true};
    uint8_t *p = tw_run_of(c, address, n, true);

    for (unsigned k = 0; k < n; k++) {
        if (p != NULL) {
            tw_put32(&p[(size_t)4 * k], words[k]);
        } else if (!tw_store_slow(c, address + 4 * k, &how, words[k])) {
            return false;
        }
    }
    return true;
}

static void set_registers(struct tw_cpu *c, uint32_t list,
                          const uint32_t words[16])
{
    for (unsigned k = 0; list != 0; k++) {
        c->r[next_register(&list)] = words[k];
    }
}

static void get_registers(const struct tw_cpu *c, uint32_t list,
                          uint32_t words[16])
{
    for (unsigned k = 0; list != 0; k++) {
        words[k] = c->r[next_register(&list)];
    }
}

static TW_RUN(load)
{
    uint32_t words[16] = {0};

    if (!load_words(c, lowest(c, i), i->s, words)) {
        return tw_take_data_abort(c, i);
    }
    write_back(c, i);
    set_registers(c, i->imm & ~(uint32_t)PC, words);
    if ((i->imm & PC) != 0) {
        return tw_jump_bx(c, i, words[i->s - 1]);
    }
    return i + 1;
}

static TW_RUN(store)
{
    uint32_t words[16] = {0};

    get_registers(c, i->imm, words);
    if (!store_words(c, lowest(c, i), i->s, words)) {
        return tw_take_data_abort(c, i);
    }
    write_back(c, i);
    return i + 1;
}

static bool has_no_spsr(const struct tw_cpu *c)
{
    return c->mode == TW_USR || c->mode == TW_SYS;
}

/* LDM with the program counter and ^: also CPSR from SPSR. */
static TW_RUN(load_return)
{
    uint32_t words[16] = {0};

    if (has_no_spsr(c)) {
        return tw_unpredictable(c, i, "exception return in USR or SYS mode");
    }
    if (!load_words(c, lowest(c, i), i->s, words)) {
        return tw_take_data_abort(c, i);
    }
    write_back(c, i);
    set_registers(c, i->imm & ~(uint32_t)PC, words);
    return tw_return(c, i, words[i->s - 1], c->spsr[tw_bank_of(c->mode)]);
}

/* With ^ and without the program counter: registers of USR mode. Accesses are
 * made with the rights of the mode at hand. */
static TW_RUN(load_user)
{
    uint32_t words[16] = {0};
    enum tw_mode mode = c->mode;

    if (has_no_spsr(c)) {
        return tw_unpredictable(c, i, "LDM ^ in USR or SYS mode");
    }
    if (!load_words(c, lowest(c, i), i->s, words)) {
        return tw_take_data_abort(c, i);
    }
    tw_mode_set(c, TW_SYS);
    set_registers(c, i->imm, words);
    tw_mode_set(c, mode);
    return i + 1;
}

static TW_RUN(store_user)
{
    uint32_t words[16] = {0};
    enum tw_mode mode = c->mode;
    uint32_t address = lowest(c, i);

    if (has_no_spsr(c)) {
        return tw_unpredictable(c, i, "STM ^ in USR or SYS mode");
    }
    tw_mode_set(c, TW_SYS);
    get_registers(c, i->imm, words);
    tw_mode_set(c, mode);
    if (!store_words(c, address, i->s, words)) {
        return tw_take_data_abort(c, i);
    }
    return i + 1;
}

static tw_run operation(const struct tw_insn *i)
{
    bool loads = tw_bit(i->word, LOAD_BIT);

    if (!tw_bit(i->word, USER_BIT)) {
        return loads ? load : store;
    }
    if (loads && (i->imm & PC) != 0) {
        return load_return;
    }
    return loads ? load_user : store_user;
}

void tw_decode_multiple(struct tw_insn *i)
{
    bool up = tw_bit(i->word, U_BIT);
    bool before = tw_bit(i->word, 24);
    bool w = tw_bit(i->word, W_BIT);
    bool listed = false;

    i->imm = i->word & 0xffff;
    i->s = (uint8_t)__builtin_popcount(i->imm);
    i->m = (uint8_t)(up ? (before ? 1 : 0) : (before ? 0 : 1) - i->s);
    i->run = operation(i);
    listed = tw_bit(i->imm, i->n);
    if (i->n == 15) {
        tw_decode_bad(i, TW_BAD_PC);
    } else if (i->s == 0) {
        tw_decode_bad(i, TW_BAD_LIST);
    } else if (w && (i->run == load_user || i->run == store_user)) {
        tw_decode_bad(i, TW_BAD_FIELD);
    } else if (w && listed &&
               (tw_bit(i->word, LOAD_BIT) ||
                (i->imm & ((1U << i->n) - 1)) != 0)) {
        /* A store of the base is defined when it is the first. */
        tw_decode_bad(i, TW_BAD_BASE);
    }
}
