/* SPDX-License-Identifier: Apache-2.0 */
/* Alignment, and what an abort leaves as it was. */
#include "fw.h"

static void aligned_fault(const char *name)
{
    check(name, trapped(TRAP_DATA));
    show("dfsr", last.dfsr);
    show("dfar", last.dfar);
    line();
    faults_clear();
}

void check_alignment(void)
{
    uint32_t a = VA_TARGET + 1;
    uint32_t value = 0;
    uint32_t second = 0;

    REG(VA_TARGET) = 0x44332211;
    REG(VA_TARGET + 4) = 0x88776655;
    faults_clear();
    __asm__ volatile("ldr %0, [%1]" : "=r"(value) : "r"(a));
    check("unaligned LDR", trapped(0) && value == 0x55443322);
    line();
    __asm__ volatile("ldrh %0, [%1, #2]" : "=r"(value) : "r"(a));
    check("unaligned LDRH", trapped(0) && value == 0x5544);
    line();
    __asm__ volatile("strh %0, [%1]\nldr %0, [%2]"
                     : "+r"(value)
                     : "r"(a), "r"(VA_TARGET)
                     : "memory");
    check("unaligned STRH", trapped(0) && value == 0x44554411);
    line();
    register uint32_t low __asm__("r2") = 0;
    register uint32_t high __asm__("r3") = 0;

    __asm__ volatile("ldrd %0, %1, [%2]" : "=r"(low), "=r"(high) : "r"(a));
    aligned_fault("unaligned LDRD");
    __asm__ volatile("ldm %2, {%0, %1}" : "=r"(low), "=r"(high) : "r"(a));
    aligned_fault("unaligned LDM");
    __asm__ volatile("stm %2, {%0, %1}"
                     :
                     : "r"(low), "r"(high), "r"(a)
                     : "memory");
    aligned_fault("unaligned STM");
    __asm__ volatile("ldrex %0, [%1]" : "=r"(value) : "r"(a));
    aligned_fault("unaligned LDREX");
    MCR(0, 1, 0, 0, MRC(0, 1, 0, 0) | 2);
    ISB();
    __asm__ volatile("ldr %0, [%1]" : "=r"(value) : "r"(a));
    aligned_fault("unaligned LDR, SCTLR.A");
    __asm__ volatile("strh %0, [%1]" : : "r"(value), "r"(a) : "memory");
    aligned_fault("unaligned STRH, SCTLR.A");
    MCR(0, 1, 0, 0, MRC(0, 1, 0, 0) & ~2U);
    ISB();
    (void)second;
}

/* Nothing but memory before the fault may have changed. */
static void check_base(void)
{
    uint32_t base = VA_MISSING;
    uint32_t value = 0x1111;

    faults_clear();
    __asm__ volatile("ldr %0, [%1], #4" : "+r"(value), "+r"(base));
    check("aborted LDR, post-indexed",
          trapped(TRAP_DATA) && base == VA_MISSING && value == 0x1111);
    line();
    faults_clear();
    __asm__ volatile("str %0, [%1, #8]!" : "+r"(value), "+r"(base));
    check("aborted STR, pre-indexed", trapped(TRAP_DATA) && base == VA_MISSING);
    show("dfar", last.dfar);
    line();
}

/* From a page that is there to one that is not. */
static void check_multiple(void)
{
    uint32_t base = VA_PAGES + 0x1ff8;
    uint32_t kept = base;

    REG(base) = 0x5151;
    faults_clear();
    __asm__ volatile("ldm %0!, {r2, r3, r4, r5}"
                     : "+r"(base)
                     :
                     : "r2", "r3", "r4", "r5");
    check("aborted LDM keeps its base", trapped(TRAP_DATA) && base == kept);
    show("dfsr", last.dfsr);
    show("dfar", last.dfar);
    line();
    faults_clear();
    __asm__ volatile("mov r2, #1\nmov r3, #2\nmov r4, #3\n"
                     "stm %0!, {r2, r3, r4}"
                     : "+r"(base)
                     :
                     : "r2", "r3", "r4", "memory");
    check("aborted STM keeps its base", trapped(TRAP_DATA) && base == kept);
    show("dfsr", last.dfsr);
    show("dfar", last.dfar);
    show("stored", REG(kept));
    line();
}

static void check_unprivileged(void)
{
    uint32_t value = 0;
    uint32_t a = VA_PRIVILEGED;

    faults_clear();
    __asm__ volatile("ldrt %0, [%1]" : "+r"(value) : "r"(a));
    check("LDRT", trapped(TRAP_DATA));
    show("dfsr", last.dfsr);
    line();
    faults_clear();
    a = VA_READ_ONLY;
    __asm__ volatile("strbt %0, [%1]" : : "r"(value), "r"(a) : "memory");
    check("STRBT", trapped(TRAP_DATA));
    show("dfsr", last.dfsr);
    line();
    faults_clear();
    __asm__ volatile("ldrht %0, [%1]" : "=&r"(value) : "r"(a));
    check("LDRHT where PL0 may", trapped(0) && value == 0x1234);
    line();
}

void check_aborts(void)
{
    check_base();
    check_multiple();
    check_unprivileged();
}
