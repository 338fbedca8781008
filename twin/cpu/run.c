/* SPDX-License-Identifier: Apache-2.0 */
/* The loop. What happens between instructions - events, interrupts, breaks,
 * faults on demand - is looked at only at c->limit or when an operation asks
 * for it. */
#include "cpu/access.h"
#include "cpu/code.h"
#include "cpu/inspect.h"

/* Takes a tick, so that a handler which cannot be fetched does not stop time.
 */
static void abort_fetch(struct tw_cpu *c)
{
    tw_take_prefetch_abort(c);
    c->clock->now++;
}

/* The address holds no memory, or memory that a guard keeps. */
static void fetch_elsewhere(struct tw_cpu *c, const struct tw_tlb *e)
{
    const struct tw_access how = {
        .address = e->frame | c->next % TW_PAGE,
        .size = 4,
        .secure = !e->ns,
        .privileged = (e->tag & TW_CONTEXT_USER) == 0,
        .master = TW_CPU,
    };
    uint32_t word = 0;

    if (tw_bus_read(c->bus, &how, &word)) {
        tw_diagnose(c, TW_REPORT_UNPREDICTABLE, c->next, word,
                    "instruction fetch from a device");
        return;
    }
    c->fault.status = TW_FAULT_EXTERNAL;
    abort_fetch(c);
}

/* Looks up the page of c->next; NULL when that failed and c->next is now that
 * of a handler, or the processor has stopped. */
static const struct tw_insn *fetch(struct tw_cpu *c)
{
    uint32_t page = c->next / TW_PAGE * TW_PAGE;
    struct tw_tlb *e = tw_tlb_find(c, c->next, c->context, TW_EXECUTE);

    if (e == NULL) {
        abort_fetch(c);
        return NULL;
    }
    if (e->bytes == NULL) {
        fetch_elsewhere(c, e);
        return NULL;
    }
    c->page = page;
    c->code = tw_code_of(c, e->frame, e->bytes);
    e->code = c->code;
    e->execute = e->tag;
    return &c->code->insn[c->next % TW_PAGE / 4];
}

/* Runs until an operation wants a look around, or the limit. */
static void run_fast(struct tw_cpu *c, const struct tw_insn *i)
{
    struct tw_clock *clock = c->clock;

    do {
        const struct tw_insn *next = i + 1;

        if (i->cond == TW_COND_AL || tw_passes(c, i->cond)) {
            c->r[15] = c->page + i->at + 8;
            next = i->run(c, i);
        }
        i = next;
        clock->now++;
    } while (i != NULL && clock->now < c->limit);
    if (i != NULL) {
        c->next = c->page + i->at;
    }
}

/* Thumb, Jazelle, big-endian data: found at the first instruction. */
static void stop_alien(struct tw_cpu *c)
{
    tw_diagnose(c, TW_REPORT_UNDEFINED, c->next, 0,
                (c->alien & TW_PSR_E) != 0
                    ? "big-endian data is not modelled"
                    : "Thumb and Jazelle state are not modelled");
}

/* Waits for an interrupt; masked ones wake, too. False: nothing will come
 * before the end of the slice. */
static bool wait(struct tw_cpu *c, uint64_t until)
{
    uint64_t now = c->clock->now;

    if (c->irq || c->fiq) {
        c->waiting = false;
        return true;
    }
    if (c->clock->next == UINT64_MAX) {
        c->stop = TW_STOP_IDLE;
        return false;
    }
    uint64_t then = c->clock->next < until ? c->clock->next : until;

    if (then > now) {
        c->slept += then - now;
        c->clock->now = then;
    }
    return then < until;
}

static void catch_up(struct tw_cpu *c)
{
    if (c->clock->next <= c->clock->now) {
        tw_clock_fire(c->clock);
        c->stopping = c->stopping || (c->done != NULL && *c->done);
    }
    if (c->bus_epoch != c->bus->epoch) {
        c->bus_epoch = c->bus->epoch;
        tw_tlb_flush(c);
    }
}

/* Sets the limit of the next stretch; false when the run is over. */
static bool more(struct tw_cpu *c, uint64_t until)
{
    if (c->stop != TW_STOP_SLICE || c->stopping || c->clock->now >= until) {
        return false;
    }
    c->limit = c->clock->next < until ? c->clock->next : until;
    if (c->irq || c->fiq) {
        tw_take_interrupt(c);
    }
    return true;
}

static void run_stretch(struct tw_cpu *c, uint64_t until)
{
    const struct tw_insn *i = NULL;

    if (c->waiting && !wait(c, until)) {
        return;
    }
    catch_up(c);
    if (c->waiting || !more(c, until)) {
        return;
    }
    if (c->alien != 0) {
        stop_alien(c);
        return;
    }
    if (!tw_inspect(c)) {
        return;
    }
    i = fetch(c);
    if (i != NULL) {
        tw_trace(c, i);
        run_fast(c, i);
    }
}

enum tw_stop tw_cpu_run(struct tw_cpu *cpu, uint64_t until)
{
    struct tw_cpu *c = cpu;

    if (c->stop != TW_STOP_DIAGNOSIS) {
        c->stop = TW_STOP_SLICE;
    }
    while (c->stop == TW_STOP_SLICE && !c->stopping && c->clock->now < until) {
        run_stretch(c, until);
    }
    catch_up(c);
    if (c->stopping && c->stop == TW_STOP_SLICE) {
        c->stop = TW_STOP_REQUEST;
    }
    c->stopping = false;
    return c->stop;
}

enum tw_stop tw_cpu_step(struct tw_cpu *cpu)
{
    enum tw_stop stop = tw_cpu_run(cpu, cpu->clock->now + 1);

    return stop == TW_STOP_SLICE ? TW_STOP_STEP : stop;
}
