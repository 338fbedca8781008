/* SPDX-License-Identifier: Apache-2.0 */
/* unicorn-image FILE: as twin-image, with libunicorn for a processor. It calls
 * hooks in place of exceptions: entering them is done here, and where its
 * interface does not tell the status of a fault, the tables are walked here,
 * too. Devices, bus and clock are the twin's. */
#include <stdio.h>
#include <stdlib.h>

#include <unicorn/unicorn.h>

#include "aw/hostio/alloc.h"
#include "image_board.h"
#include "unicorn_walk.h"

enum {
    SLICE = 64,
    SECONDS_MAX = 20,
    MON = 0x16,
    PSR_I = 0x80,
    PSR_F = 0x40,
    PSR_A = 0x100,
    NONE = -1,
    EXTERNAL = -2, /* events that are not numbers of interrupt hooks */
    INVALID = -3
};

#define PSR_CLEARED 0x0600fe3fU /* IT, E, T, mode */
#define NOWHERE     0xfffffff0U

enum {
    NUMBER_SVC = 2,
    NUMBER_PREFETCH,
    NUMBER_ABORT,
    NUMBER_BKPT = 7,
    NUMBER_SMC = 13
};

struct engine {
    struct image_board board;
    uc_engine *uc;
    bool irq;
    bool fiq;
    int event;
    uint64_t ran;    /* instructions of this slice */
    uint32_t access; /* address of the last load or store */
    bool write;      /* it was a store */
};

static void check(uc_err err, const char *what)
{
    if (err != UC_ERR_OK) {
        (void)fprintf(stderr, "unicorn: %s: %s\n", what, uc_strerror(err));
        exit(1);
    }
}

static uint32_t get(struct engine *e, int id)
{
    uint32_t value = 0;

    check(uc_reg_read(e->uc, id, &value), "register");
    return value;
}

static void set(struct engine *e, int id, uint32_t value)
{
    check(uc_reg_write(e->uc, id, &value), "register");
}

/* CP15, opc1 0; of registers that each world has, that of the secure one. */
static uint32_t cp_get(struct engine *e, const uint32_t where[3], bool secure)
{
    uc_arm_cp_reg reg = {.cp = 15,
                         .sec = secure,
                         .crn = where[0],
                         .crm = where[1],
                         .opc2 = where[2]};

    check(uc_reg_read(e->uc, UC_ARM_REG_CP_REG, &reg), "CP15");
    return (uint32_t)reg.val;
}

static void cp_set(struct engine *e, const uint32_t where[3], bool secure,
                   uint32_t value)
{
    uc_arm_cp_reg reg = {.cp = 15,
                         .sec = secure,
                         .crn = where[0],
                         .crm = where[1],
                         .opc2 = where[2],
                         .val = value};

    check(uc_reg_write(e->uc, UC_ARM_REG_CP_REG, &reg), "CP15");
}

static const uint32_t scr_at[3] = {1, 1, 0};
static const uint32_t mvbar_at[3] = {12, 0, 1};
static const uint32_t vbar_at[3] = {12, 0, 0};
static const uint32_t dfsr_at[3] = {5, 0, 0};
static const uint32_t ifsr_at[3] = {5, 0, 1};
static const uint32_t dfar_at[3] = {6, 0, 0};
static const uint32_t ifar_at[3] = {6, 0, 2};

static uint32_t scr(struct engine *e)
{
    return cp_get(e, scr_at, false);
}

static bool in_monitor(struct engine *e)
{
    return (get(e, UC_ARM_REG_CPSR) & 0x1f) == MON;
}

/* World in which accesses are made. */
static bool nonsecure(struct engine *e)
{
    return (scr(e) & 1) != 0 && !in_monitor(e);
}

/* The engine lets nobody go from the other world to MON, so it is left for a
 * moment. */
static void set_mode(struct engine *e, uint32_t psr)
{
    uint32_t old = scr(e);

    if ((psr & 0x1f) == MON && (old & 1) != 0) {
        cp_set(e, scr_at, false, old & ~1U);
        set(e, UC_ARM_REG_CPSR, psr);
        cp_set(e, scr_at, false, old);
    }
    set(e, UC_ARM_REG_CPSR, psr);
}

/* Takes an exception: mode, vector, masks that it sets beside I. */
static void enter(struct engine *e, uint32_t mode, uint32_t vector,
                  uint32_t masks, uint32_t lr)
{
    uint32_t psr = get(e, UC_ARM_REG_CPSR);

    if (in_monitor(e)) {
        cp_set(e, scr_at, false, scr(e) & ~1U);
    }
    set_mode(e, (psr & ~PSR_CLEARED) | mode | PSR_I | masks |
                    (mode == MON ? PSR_A | PSR_F : 0));
    set(e, UC_ARM_REG_SPSR, psr);
    set(e, UC_ARM_REG_LR, lr);
    set(e, UC_ARM_REG_PC,
        (mode == MON ? cp_get(e, mvbar_at, false)
                     : cp_get(e, vbar_at, !nonsecure(e))) +
            vector);
}

static void on_interrupt(uc_engine *uc, uint32_t number, void *ctx)
{
    struct engine *e = ctx;

    e->event = (int)number;
    check(uc_emu_stop(uc), "stop");
}

static bool on_invalid(uc_engine *uc, void *ctx)
{
    struct engine *e = ctx;

    e->event = INVALID;
    check(uc_emu_stop(uc), "stop");
    return true;
}

static void on_access(uc_engine *uc, uc_mem_type type, uint64_t address,
                      int size, int64_t value, void *ctx)
{
    struct engine *e = ctx;

    (void)uc;
    (void)size;
    (void)value;
    e->access = (uint32_t)address;
    e->write = type == UC_MEM_WRITE;
}

/* The map is that of physical memory, and asked before the tables are. */
static bool on_fetch(uc_engine *uc, uc_mem_type type, uint64_t address,
                     int size, int64_t value, void *ctx)
{
    (void)uc;
    (void)type;
    (void)address;
    (void)size;
    (void)value;
    (void)ctx;
    return true;
}

static void on_code(uc_engine *uc, uint64_t address, uint32_t size, void *ctx)
{
    struct engine *e = ctx;

    (void)uc;
    (void)address;
    (void)size;
    e->ran++;
}

static struct tw_access access_of(struct engine *e, uint32_t address,
                                  unsigned size)
{
    return (struct tw_access){
        .address = address,
        .size = (uint8_t)size,
        .secure = !nonsecure(e),
        .privileged = (get(e, UC_ARM_REG_CPSR) & 0x1f) != 0x10,
        .master = TW_CPU,
    };
}

/* An external abort: the instruction is the one at PC, and did nothing. */
static void refuse(struct engine *e)
{
    e->event = EXTERNAL;
    check(uc_emu_stop(e->uc), "stop");
}

/* Regions of devices; ctx of each says where it begins. */
struct hole {
    struct engine *engine;
    uint32_t base;
};

static uint64_t on_read(uc_engine *uc, uint64_t offset, unsigned size,
                        void *ctx)
{
    const struct hole *hole = ctx;
    struct engine *e = hole->engine;
    struct tw_access how = access_of(e, hole->base + (uint32_t)offset, size);
    uint32_t value = 0;

    (void)uc;
    if (!tw_bus_read(&e->board.m.bus, &how, &value)) {
        refuse(e);
    }
    return value;
}

static void on_write(uc_engine *uc, uint64_t offset, unsigned size,
                     uint64_t value, void *ctx)
{
    const struct hole *hole = ctx;
    struct engine *e = hole->engine;
    struct tw_access how = access_of(e, hole->base + (uint32_t)offset, size);

    (void)uc;
    how.write = true;
    if (!tw_bus_write(&e->board.m.bus, &how, (uint32_t)value)) {
        refuse(e);
    }
}

/* A function pointer in the form in which hooks are handed over. */
union hook {
    void (*interrupt)(uc_engine *, uint32_t, void *);
    bool (*invalid)(uc_engine *, void *);
    void (*access)(uc_engine *, uc_mem_type, uint64_t, int, int64_t, void *);
    bool (*fetch)(uc_engine *, uc_mem_type, uint64_t, int, int64_t, void *);
    void (*code)(uc_engine *, uint64_t, uint32_t, void *);
    void *p;
};

static void add_hook(struct engine *e, int type, union hook hook)
{
    uc_hook handle = 0;

    check(uc_hook_add(e->uc, &handle, type, hook.p, e, 1, 0), "hook");
}

static void map_memory(struct engine *e)
{
    static struct hole holes[3] = {
        {.base = 0}, {.base = 0x00920000}, {.base = 0x82000000}};
    static const uint32_t ends[3] = {0x00900000, 0x80000000, 0xfffff000};

    for (size_t i = 0; i < 3; i++) {
        holes[i].engine = e;
        check(uc_mmio_map(e->uc, holes[i].base, ends[i] - holes[i].base,
                          on_read, &holes[i], on_write, &holes[i]),
              "devices");
    }
    check(uc_mem_map_ptr(e->uc, MACHINE_RAM, MACHINE_RAM_SIZE, UC_PROT_ALL,
                         e->board.m.ram),
          "memory");
    check(uc_mem_map_ptr(e->uc, MACHINE_OCRAM, MACHINE_OCRAM_SIZE, UC_PROT_ALL,
                         e->board.m.ocram),
          "memory");
}

static void open_engine(struct engine *e)
{
    check(uc_open(UC_ARCH_ARM, UC_MODE_ARM, &e->uc), "open");
    check(uc_ctl_set_cpu_model(e->uc, UC_CPU_ARM_CORTEX_A7), "model");
    map_memory(e);
    add_hook(e, UC_HOOK_INTR, (union hook){.interrupt = on_interrupt});
    add_hook(e, UC_HOOK_INSN_INVALID, (union hook){.invalid = on_invalid});
    add_hook(e, UC_HOOK_MEM_READ | UC_HOOK_MEM_WRITE,
             (union hook){.access = on_access});
    add_hook(e, UC_HOOK_MEM_FETCH_PROT | UC_HOOK_MEM_FETCH_UNMAPPED,
             (union hook){.fetch = on_fetch});
    add_hook(e, UC_HOOK_CODE, (union hook){.code = on_code});
    /* It starts in the other world. */
    cp_set(e, scr_at, false, 0);
    set(e, UC_ARM_REG_CPSR, 0x1d3);
}

static uint32_t word_at(struct engine *e, uint32_t address)
{
    return address >= MACHINE_RAM && address < MACHINE_RAM + MACHINE_RAM_SIZE
               ? machine_get(&e->board.m, address & ~3U)
               : 0;
}

static void abort_data(struct engine *e, uint32_t pc, uint32_t status)
{
    bool secure = !nonsecure(e);

    cp_set(e, dfsr_at, secure, status | (e->write ? 0x800U : 0));
    cp_set(e, dfar_at, secure, e->access);
    enter(e, 0x17, 0x10, PSR_A, pc + 8);
}

static void abort_prefetch(struct engine *e, uint32_t pc, uint32_t status)
{
    bool secure = !nonsecure(e);

    cp_set(e, ifsr_at, secure, status);
    cp_set(e, ifar_at, secure, pc);
    enter(e, 0x17, 0x0c, PSR_A, pc + 4);
}

static uint32_t reg_for_walk(void *ctx, const uint32_t where[3])
{
    struct engine *e = ctx;

    return cp_get(e, where, !nonsecure(e));
}

static bool read_for_walk(void *ctx, uint32_t address, uint32_t *word)
{
    struct engine *e = ctx;

    if (address < MACHINE_RAM || address >= MACHINE_RAM + MACHINE_RAM_SIZE) {
        return false;
    }
    *word = machine_get(&e->board.m, address);
    return true;
}

static uint32_t status_of(struct engine *e, uint32_t address, uint32_t word,
                          bool execute)
{
    const struct unicorn_walk w = {
        .ctx = e, .get = reg_for_walk, .read = read_for_walk};
    bool user = (get(e, UC_ARM_REG_CPSR) & 0x1f) == 0x10 ||
                (!execute && unicorn_walk_as_user(word));

    return unicorn_walk_status(&w, address, user, execute, e->write);
}

/* Hints that it does not know are no instructions to it. */
static bool is_hint(uint32_t word)
{
    return (word & 0x0fffff00) == 0x0320f000;
}

static void take(struct engine *e)
{
    uint32_t pc = get(e, UC_ARM_REG_PC);

    switch (e->event) {
    case NUMBER_SVC:
        enter(e, 0x13, 0x08, 0, pc);
        break;
    case NUMBER_SMC:
        enter(e, MON, 0x08, 0, pc);
        break;
    case NUMBER_PREFETCH:
        e->write = false;
        abort_prefetch(e, pc, status_of(e, pc, 0, true));
        break;
    case NUMBER_BKPT:
        abort_prefetch(e, pc, 2);
        break;
    case NUMBER_ABORT:
        abort_data(e, pc, status_of(e, e->access, word_at(e, pc), false));
        break;
    case EXTERNAL:
        abort_data(e, pc, 8);
        break;
    case INVALID:
        if (!is_hint(word_at(e, pc - 4))) {
            enter(e, 0x1b, 0x04, 0, pc + 4);
        }
        break;
    default:
        (void)fprintf(stderr, "unicorn: event %d at 0x%08x\n", e->event, pc);
        exit(1);
    }
}

static void interrupts(struct engine *e)
{
    uint32_t psr = get(e, UC_ARM_REG_CPSR);
    uint32_t routes = scr(e);
    uint32_t pc = get(e, UC_ARM_REG_PC);

    if (e->fiq && (psr & PSR_F) == 0) {
        enter(e, (routes & 4) != 0 ? MON : 0x11, 0x1c, PSR_A | PSR_F, pc + 4);
    } else if (e->irq && (psr & PSR_I) == 0) {
        enter(e, (routes & 2) != 0 ? MON : 0x12, 0x18, PSR_A, pc + 4);
    }
}

/* True: it waits, and nothing will come. */
static bool waits_for_ever(struct engine *e)
{
    struct tw_clock *clock = &e->board.m.clock;

    while (!e->irq && !e->fiq) {
        if (clock->next == UINT64_MAX) {
            return true;
        }
        clock->now = clock->next;
        tw_clock_fire(clock);
    }
    return false;
}

/* Instructions to the next event; one by one while an interrupt is pending,
 * which may be unmasked at any time. */
static size_t length(const struct engine *e)
{
    const struct tw_clock *clock = &e->board.m.clock;
    uint64_t left = clock->next - clock->now;

    if (e->irq || e->fiq || left == 0) {
        return 1;
    }
    return left < SLICE ? (size_t)left : SLICE;
}

static bool slice(struct engine *e)
{
    struct tw_clock *clock = &e->board.m.clock;
    size_t n = length(e);

    interrupts(e);
    e->event = NONE;
    e->ran = 0;
    uc_err err = uc_emu_start(e->uc, get(e, UC_ARM_REG_PC), NOWHERE, 0, n);

    clock->now += e->ran;
    if (clock->next <= clock->now) {
        tw_clock_fire(clock);
    }
    if (e->event != NONE) {
        take(e);
        return true;
    }
    check(err, "run");
    /* WFI ends the run without a word. */
    bool waits =
        e->ran < n && word_at(e, get(e, UC_ARM_REG_PC) - 4) == 0xe320f003;

    return !waits || !waits_for_ever(e);
}

static void on_irq(void *ctx, uint32_t number, bool level)
{
    struct engine *e = ctx;

    (void)number;
    e->irq = level;
}

static void on_fiq(void *ctx, uint32_t number, bool level)
{
    struct engine *e = ctx;

    (void)number;
    e->fiq = level;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fprintf(stderr, "usage: unicorn-image FILE\n");
        return 2;
    }
    struct engine *e = aw_alloc(1, sizeof(*e));
    uint32_t entry = 0;

    image_board_open(&e->board, (struct tw_line){.set = on_irq, .ctx = e},
                     (struct tw_line){.set = on_fiq, .ctx = e});
    open_engine(e);
    if (!image_board_load(&e->board, argv[1], &entry)) {
        (void)fprintf(stderr, "unicorn-image: no image that fits: %s\n",
                      argv[1]);
        return 2;
    }
    set(e, UC_ARM_REG_PC, entry);
    while (slice(e) &&
           e->board.m.clock.now < (uint64_t)SECONDS_MAX * MACHINE_IPS) {
    }
    check(uc_close(e->uc), "close");
    image_board_close(&e->board);
    free(e);
    return 0;
}
