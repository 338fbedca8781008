/* SPDX-License-Identifier: Apache-2.0 */
/* Their side: sequences on libunicorn. It does not enter exceptions but calls
 * hooks, with the program counter at or behind the instruction. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <unicorn/unicorn.h>

#include "aw/hostio/alloc.h"
#include "fuzz.h"

/* Addresses beyond memory must be mapped, too: it checks virtual addresses
 * against the physical map before it translates. */
#define FILL_BASE 0x82000000U
#define FILL_SIZE 0x1e000000U

struct fuzz_unicorn {
    uc_engine *uc;
    uint8_t *fill;
    uint32_t access; /* address of the last load or store */
    struct fuzz_outcome *out;
};

static void check(uc_err err, const char *what)
{
    if (err != UC_ERR_OK) {
        (void)fprintf(stderr, "unicorn: %s: %s\n", what, uc_strerror(err));
        exit(1);
    }
}

static uint32_t pc_of(uc_engine *uc)
{
    uint32_t pc = 0;

    check(uc_reg_read(uc, UC_ARM_REG_PC, &pc), "pc");
    return pc;
}

static void on_interrupt(uc_engine *uc, uint32_t number, void *ctx)
{
    static const struct {
        enum fuzz_event event;
        uint32_t behind;
    } kinds[] = {
        [2] = {FUZZ_SVC, 4},   [3] = {FUZZ_PREFETCH, 0},
        [4] = {FUZZ_ABORT, 0}, [7] = {FUZZ_PREFETCH, 0},
        [13] = {FUZZ_SMC, 4},
    };
    struct fuzz_unicorn *u = ctx;

    u->out->event = FUZZ_LOST;
    if (number < sizeof(kinds) / sizeof(kinds[0]) &&
        kinds[number].event != FUZZ_END) {
        u->out->event = kinds[number].event;
        u->out->at = pc_of(uc) - kinds[number].behind;
        u->out->address = u->access;
    }
    check(uc_emu_stop(uc), "stop");
}

static bool on_invalid(uc_engine *uc, void *ctx)
{
    struct fuzz_unicorn *u = ctx;

    u->out->event = FUZZ_UNDEFINED;
    u->out->at = pc_of(uc);
    check(uc_emu_stop(uc), "stop");
    return true;
}

static void on_access(uc_engine *uc, uc_mem_type type, uint64_t address,
                      int size, int64_t value, void *ctx)
{
    struct fuzz_unicorn *u = ctx;

    (void)uc;
    (void)type;
    (void)size;
    (void)value;
    u->access = (uint32_t)address;
}

/* A function pointer in the form in which hooks are handed over. */
union hook {
    void (*interrupt)(uc_engine *, uint32_t, void *);
    bool (*invalid)(uc_engine *, void *);
    void (*access)(uc_engine *, uc_mem_type, uint64_t, int, int64_t, void *);
    void *p;
};

static void add_hook(struct fuzz_unicorn *u, int type, union hook hook)
{
    uc_hook handle = 0;

    check(uc_hook_add(u->uc, &handle, type, hook.p, u, 1, 0), "hook");
}

/* It starts in the non-secure world. */
static void enter_secure(struct fuzz_unicorn *u)
{
    uc_arm_cp_reg scr = {.cp = 15, .crn = 1, .crm = 1};
    uint32_t cpsr = 0x1d3;

    check(uc_reg_write(u->uc, UC_ARM_REG_CP_REG, &scr), "SCR");
    check(uc_reg_write(u->uc, UC_ARM_REG_CPSR, &cpsr), "CPSR");
}

static uint64_t read_nothing(uc_engine *uc, uint64_t offset, unsigned size,
                             void *ctx)
{
    (void)uc;
    (void)offset;
    (void)size;
    (void)ctx;
    return 0;
}

static void write_nothing(uc_engine *uc, uint64_t offset, unsigned size,
                          uint64_t value, void *ctx)
{
    (void)uc;
    (void)offset;
    (void)size;
    (void)value;
    (void)ctx;
}

static void fill_rest(struct fuzz_unicorn *u, uint32_t base, uint32_t size)
{
    check(
        uc_mmio_map(u->uc, base, size, read_nothing, NULL, write_nothing, NULL),
        "rest");
}

struct fuzz_unicorn *fuzz_unicorn_open(uint8_t *ram)
{
    struct fuzz_unicorn *u = aw_alloc(1, sizeof(*u));

    check(uc_open(UC_ARCH_ARM, UC_MODE_ARM, &u->uc), "open");
    check(uc_ctl_set_cpu_model(u->uc, UC_CPU_ARM_CORTEX_A7), "model");
    u->fill = mmap(NULL, FILL_SIZE, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (u->fill == MAP_FAILED) {
        check(UC_ERR_NOMEM, "fill");
    }
    check(uc_mem_map_ptr(u->uc, FUZZ_RAM, FUZZ_RAM_SIZE, UC_PROT_ALL, ram),
          "memory");
    check(uc_mem_map_ptr(u->uc, FILL_BASE, FILL_SIZE, UC_PROT_ALL, u->fill),
          "fill");
    fill_rest(u, 0, 0x80000000U);
    fill_rest(u, FILL_BASE + FILL_SIZE, 0x60000000U);
    add_hook(u, UC_HOOK_INTR, (union hook){.interrupt = on_interrupt});
    add_hook(u, UC_HOOK_INSN_INVALID, (union hook){.invalid = on_invalid});
    add_hook(u, UC_HOOK_MEM_READ | UC_HOOK_MEM_WRITE,
             (union hook){.access = on_access});
    enter_secure(u);
    return u;
}

void fuzz_unicorn_close(struct fuzz_unicorn *u)
{
    check(uc_close(u->uc), "close");
    (void)munmap(u->fill, FILL_SIZE);
    free(u);
}

void fuzz_unicorn_changed(struct fuzz_unicorn *u, uint32_t address,
                          uint32_t size)
{
    check(uc_ctl_remove_cache(u->uc, address, address + size), "cache");
}

static int register_id(unsigned k)
{
    static const int high[] = {UC_ARM_REG_R13, UC_ARM_REG_R14};

    return k < 13 ? UC_ARM_REG_R0 + (int)k : high[k - 13];
}

static void set_cpsr(struct fuzz_unicorn *u, uint32_t cpsr)
{
    check(uc_reg_write(u->uc, UC_ARM_REG_CPSR, &cpsr), "CPSR");
}

static void put_state(struct fuzz_unicorn *u, const struct fuzz_state *s)
{
    set_cpsr(u, 0x1df);
    for (unsigned k = 0; k < 7; k++) {
        check(uc_reg_write(u->uc, register_id(8 + k), &s->user[k]), "register");
    }
    set_cpsr(u, s->cpsr);
    for (unsigned k = 0; k < 15; k++) {
        check(uc_reg_write(u->uc, register_id(k), &s->r[k]), "register");
    }
}

static void get_state(struct fuzz_unicorn *u, struct fuzz_state *s)
{
    for (unsigned k = 0; k < 15; k++) {
        check(uc_reg_read(u->uc, register_id(k), &s->r[k]), "register");
    }
    check(uc_reg_read(u->uc, UC_ARM_REG_CPSR, &s->cpsr), "CPSR");
    set_cpsr(u, 0x1df);
    for (unsigned k = 0; k < 7; k++) {
        check(uc_reg_read(u->uc, register_id(8 + k), &s->user[k]), "register");
    }
}

void fuzz_unicorn_run(struct fuzz_unicorn *u, const struct fuzz_state *start,
                      uint32_t pc, uint32_t n, struct fuzz_outcome *out)
{
    *out = (struct fuzz_outcome){.event = FUZZ_END};
    u->out = out;
    put_state(u, start);
    uc_err err = uc_emu_start(u->uc, pc, pc + 4 * n, 0, 0);

    if (err != UC_ERR_OK && out->event == FUZZ_END) {
        out->event = FUZZ_LOST;
        (void)fprintf(stderr, "unicorn: %s at 0x%08x\n", uc_strerror(err),
                      (unsigned)pc_of(u->uc));
    } else if (out->event == FUZZ_END && pc_of(u->uc) != pc + 4 * n) {
        out->event = FUZZ_LOST;
    }
    get_state(u, &out->state);
}
