/* SPDX-License-Identifier: Apache-2.0 */
/* Saving and loading the processor. */
#include "cpu/code.h"
#include "cpu/translate.h"

/* Changes with the list of fields below. */
#define FORMAT 0x43505531U /* "CPU1" */

static void save_words(struct tw_saver *to, const uint32_t *words, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        tw_save_u32(to, words[k]);
    }
}

static void load_words(struct tw_loader *from, uint32_t *words, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        words[k] = tw_load_u32(from);
    }
}

static void save_flag(struct tw_saver *to, bool flag)
{
    tw_save_u8(to, flag ? 1 : 0);
}

static bool load_flag(struct tw_loader *from)
{
    uint8_t value = tw_load_u8(from);

    from->failed |= value > 1;
    return value == 1;
}

static void save_diagnosis(struct tw_saver *to, const struct tw_diagnosis *d)
{
    tw_save_u32(to, d->pc);
    tw_save_u32(to, d->instruction);
    tw_save_u32(to, d->cpsr);
    save_flag(to, d->secure);
    tw_save_bytes(to, d->text, sizeof(d->text));
}

static void load_diagnosis(struct tw_loader *from, struct tw_diagnosis *d)
{
    d->pc = tw_load_u32(from);
    d->instruction = tw_load_u32(from);
    d->cpsr = tw_load_u32(from);
    d->secure = load_flag(from);
    (void)tw_load_bytes(from, d->text, sizeof(d->text));
    d->text[sizeof(d->text) - 1] = '\0';
}

void tw_cpu_save(void *cpu, struct tw_saver *to)
{
    struct tw_cpu *c = cpu;

    tw_tlb_flush(c);
    tw_code_drop_all(c);
    tw_save_u32(to, FORMAT);
    tw_save_u32(to, tw_cpsr(c));
    save_words(to, c->r, 15);
    tw_save_u32(to, c->next);
    save_words(to, &c->banked_r[0][0], sizeof(c->banked_r) / 4);
    save_words(to, &c->banked_high[0][0], sizeof(c->banked_high) / 4);
    save_words(to, c->spsr, TW_BANKS);
    save_words(to, &c->cp[0][0], sizeof(c->cp) / 4);
    save_flag(to, c->monitor.armed);
    tw_save_u8(to, c->monitor.size);
    tw_save_u32(to, c->monitor.address);
    tw_save_u64(to, c->slept);
    tw_save_u64(to, c->cycles);
    tw_save_u64(to, c->cycles_since);
    save_flag(to, c->waiting);
    save_flag(to, c->irq);
    save_flag(to, c->fiq);
    save_flag(to, c->stop == TW_STOP_DIAGNOSIS);
    save_diagnosis(to, &c->diagnosis);
    tw_timers_save(c, to);
}

static void load_state(struct tw_cpu *c, struct tw_loader *from)
{
    uint32_t psr = tw_load_u32(from);

    load_words(from, c->r, 15);
    c->next = tw_load_u32(from);
    load_words(from, &c->banked_r[0][0], sizeof(c->banked_r) / 4);
    load_words(from, &c->banked_high[0][0], sizeof(c->banked_high) / 4);
    load_words(from, c->spsr, TW_BANKS);
    load_words(from, &c->cp[0][0], sizeof(c->cp) / 4);
    c->monitor.armed = load_flag(from);
    c->monitor.size = tw_load_u8(from);
    c->monitor.address = tw_load_u32(from);
    c->slept = tw_load_u64(from);
    c->cycles = tw_load_u64(from);
    c->cycles_since = tw_load_u64(from);
    c->waiting = load_flag(from);
    c->irq = load_flag(from);
    c->fiq = load_flag(from);
    c->stop = load_flag(from) ? TW_STOP_DIAGNOSIS : TW_STOP_SLICE;
    load_diagnosis(from, &c->diagnosis);
    tw_timers_load(c, from);

    /* The mode last: it is not a change of banks, and its legality depends on
     * the world. */
    if (!tw_mode_allowed(c, psr & TW_PSR_MODE) || c->slept > c->clock->now) {
        from->failed = true;
        return;
    }
    c->mode = (enum tw_mode)(psr & TW_PSR_MODE);
    (void)tw_cpsr_write(c, psr, UINT32_MAX);
}

bool tw_cpu_load(void *cpu, struct tw_loader *from)
{
    struct tw_cpu *c = cpu;

    tw_cpu_reset(c, 0);
    if (tw_load_u32(from) != FORMAT) {
        from->failed = true;
    } else {
        load_state(c, from);
    }
    if (from->failed) {
        tw_cpu_reset(c, 0);
        return false;
    }
    return true;
}
