/* SPDX-License-Identifier: Apache-2.0 */
/* The checks, and those of caches and single instructions. */
#include "fw.h"

int main(void);

static uint32_t code[64] __attribute__((aligned(64)));

/* New code: to memory, and out of the instruction cache. */
static void publish(void)
{
    for (uint32_t k = 0; k < sizeof(code); k += 64) {
        MCR(0, 7, 11, 1, (uint32_t)(uintptr_t)code + k);
    }
    DSB();
    MCR(0, 7, 5, 0, 0);
    MCR(0, 7, 5, 6, 0);
    DSB();
    ISB();
}

static uint32_t call(void)
{
    union {
        uint32_t *data;
        uint32_t (*function)(void);
    } entry = {.data = code};

    return entry.function();
}

static void check_code(void)
{
    code[0] = 0xe3a00001; /* mov r0, #1 */
    code[1] = 0xe12fff1e; /* bx lr */
    publish();
    uint32_t first = call();

    code[0] = 0xe3a00002;
    publish();
    check("code rewritten", first == 1 && call() == 2);
    line();
    for (uint32_t k = 0; k < 62; k++) {
        code[k] = 0xe2800001; /* add r0, r0, #1 */
    }
    code[0] = 0xe3a00000;
    code[62] = 0xe12fff1e;
    publish();
    check("longer code", call() == 61);
    line();
}

void check_caches(void)
{
    uint32_t a = 0x80010000U;

    trap_clear();
    MCR(0, 7, 10, 1, a);
    MCR(0, 7, 14, 1, a);
    MCR(0, 7, 11, 1, a);
    MCR(0, 7, 10, 2, 0);
    MCR(0, 7, 14, 2, 0);
    MCR(0, 7, 14, 2, 2);
    MCR(0, 7, 5, 1, a);
    MCR(0, 7, 5, 6, 0);
    MCR(0, 8, 7, 0, 0);
    MCR(0, 8, 7, 1, a);
    MCR(0, 8, 7, 2, 0);
    MCR(0, 8, 5, 0, 0);
    MCR(0, 8, 6, 0, 0);
    MCR(0, 7, 10, 4, 0);
    MCR(0, 7, 10, 5, 0);
    MCR(0, 7, 5, 4, 0);
    check("maintenance", trapped(0));
    line();
    check_code();
}

static void check_exclusive(void)
{
    uint32_t word = 5;
    uint32_t value = 0;
    uint32_t failed = 9;
    uint32_t cleared = 9;

    __asm__ volatile("ldrex %0, [%3]\n"
                     "add %0, %0, #1\n"
                     "strex %1, %0, [%3]\n"
                     "ldrex %0, [%3]\n"
                     "clrex\n"
                     "strex %2, %0, [%3]"
                     : "=&r"(value), "=&r"(failed), "=&r"(cleared)
                     : "r"(&word)
                     : "memory");
    check("LDREX, STREX", word == 6 && failed == 0);
    line();
    check("CLREX", cleared == 1);
    line();
}

static void check_counters(void)
{
    uint32_t low = 0;
    uint32_t high = 0;
    uint32_t later = 0;

    MCR(0, 14, 0, 0, 8000000);
    check("CNTFRQ", MRC(0, 14, 0, 0) == 8000000);
    line();
    __asm__ volatile("mrrc p15, 0, %0, %1, c14" : "=r"(low), "=r"(high));
    for (volatile uint32_t k = 0; k < 20000; k++) {
    }
    __asm__ volatile("mrrc p15, 0, %0, %1, c14" : "=r"(later), "=r"(high));
    check("CNTPCT counts", later != low);
    line();
    MCR(0, 9, 12, 0, 5);
    MCR(0, 9, 12, 1, 0x80000000U);
    low = MRC(0, 9, 13, 0);
    for (volatile uint32_t k = 0; k < 20000; k++) {
    }
    check("PMCCNTR counts", MRC(0, 9, 13, 0) != low);
    line();
}

void check_instructions(void)
{
    uint32_t value = 0;

    check_exclusive();
    __asm__ volatile("udiv %0, %1, %2" : "=r"(value) : "r"(100), "r"(7));
    check("UDIV", value == 14);
    line();
    __asm__ volatile("udiv %0, %1, %2" : "=r"(value) : "r"(100), "r"(0));
    check("UDIV by zero", value == 0);
    line();
    __asm__ volatile("sdiv %0, %1, %2"
                     : "=r"(value)
                     : "r"(0x80000000), "r"(-1));
    check("SDIV overflow", value == 0x80000000);
    line();
    trap_clear();
    __asm__ volatile("sev\nwfe\nyield\nnop" ::: "memory");
    check("hints", trapped(0));
    line();
    check_counters();
    MCR(0, 1, 0, 2, 0x00f00000);
    ISB();
    check("CPACR", true);
    show("CPACR", MRC(0, 1, 0, 2) & 0x00f00000);
    line();
    MCR(0, 1, 0, 2, 0);
    ISB();
    MCR(0, 1, 0, 1, MRC(0, 1, 0, 1) | 0x40);
    check("ACTLR", true);
    show("ACTLR", MRC(0, 1, 0, 1) & 0x40);
    line();
}

int main(void)
{
    print_start();
    print("processor test image\n");
    MCR(0, 1, 0, 1, MRC(0, 1, 0, 1) | 0x40); /* SMP, before caches */
    check_identity();
    check_modes();
    check_banks();
    check_returns();
    check_mmu();
    check_mmu_more();
    check_alignment();
    check_aborts();
    check_translate();
    check_interrupts();
    check_worlds();
    check_world_interrupts();
    check_caches();
    check_instructions();
    print(failures() == 0 ? "all checks passed\n" : "checks failed\n");
    return 0;
}
