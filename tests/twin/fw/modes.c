/* SPDX-License-Identifier: Apache-2.0 */
/* Modes, their registers, exceptions without the MMU. */
#include "fw.h"

void check_identity(void)
{
    uint32_t cpsr = 0;

    __asm__ volatile("mrs %0, cpsr" : "=r"(cpsr));
    check("start in SVC, masked", (cpsr & 0xff) == 0xd3);
    show("MIDR", MRC(0, 0, 0, 0));
    show("CTR", MRC(0, 0, 0, 1));
    show("MPIDR", MRC(0, 0, 0, 5));
    show("SCR", MRC(0, 1, 1, 0));
    show("SCTLR", MRC(0, 1, 0, 0));
    line();
    check("features", true);
    show("PFR0", MRC(0, 0, 1, 0));
    show("PFR1", MRC(0, 0, 1, 1));
    show("DFR0", MRC(0, 0, 1, 2));
    show("MMFR0", MRC(0, 0, 1, 4));
    show("MMFR2", MRC(0, 0, 1, 6));
    show("MMFR3", MRC(0, 0, 1, 7));
    show("ISAR0", MRC(0, 0, 2, 0));
    show("ISAR1", MRC(0, 0, 2, 1));
    show("ISAR2", MRC(0, 0, 2, 2));
    show("ISAR3", MRC(0, 0, 2, 3));
    show("ISAR4", MRC(0, 0, 2, 4));
    show("CLIDR", MRC(1, 0, 0, 1));
    line();
}

static uint32_t user_svc(uint32_t a)
{
    __asm__ volatile("svc #0x31" ::: "memory");
    return a + 1;
}

static uint32_t user_cp15(uint32_t a)
{
    __asm__ volatile("mrc p15, 0, %0, c1, c0, 0" : "+r"(a));
    return a;
}

static uint32_t user_smc(uint32_t a)
{
    __asm__ volatile("smc #3" ::: "memory");
    return a;
}

/* None of this may change the mode or the masks. */
static uint32_t user_status(uint32_t a)
{
    uint32_t psr = 0;

    __asm__ volatile("cpsie aif\n"
                     "msr cpsr_fsxc, %1\n"
                     "mrs %0, cpsr"
                     : "=r"(psr)
                     : "r"(a)
                     : "cc");
    return psr;
}

static uint32_t user_thread(uint32_t a)
{
    uint32_t read = 0;

    MCR(0, 13, 0, 2, a);
    read = MRC(0, 13, 0, 2) + MRC(0, 13, 0, 3);
    return read;
}

static void check_calls(void)
{
    trap_clear();
    __asm__ volatile("svc #0x11" ::: "memory", "lr");
    check("svc from SVC", trapped(TRAP_SVC) && last.imm == 0x11);
    show("psr", last.psr & 0x1ff);
    show("cpsr", last.cpsr & 0x1ff);
    line();
    trap_clear();
    uint32_t got = call_user(user_svc, 5);

    check("svc from USR", trapped(TRAP_SVC) && got == 6);
    show("psr", last.psr & 0x1f);
    line();
    trap_clear();
    (void)call_user(user_cp15, 0);
    check("CP15 in USR is undefined", trapped(TRAP_UND));
    show("cpsr", last.cpsr & 0x1ff);
    line();
    trap_clear();
    (void)call_user(user_smc, 0);
    check("SMC in USR is undefined", trapped(TRAP_UND));
    line();
    got = call_user(user_status, 0xf00f0013);
    check("USR keeps mode and masks", (got & 0x1df) == 0x1d0);
    show("psr", got);
    line();
    MCR(0, 13, 0, 3, 0x100);
    got = call_user(user_thread, 0x22);
    check("thread registers in USR", got == 0x122);
    line();
}

static void check_undefined(void)
{
    uint32_t address = 0;

    trap_clear();
    __asm__ volatile("adr %0, 1f\n1: .inst 0xe7f000f0" : "=r"(address));
    check("UDF", trapped(TRAP_UND) && last.address == address);
    show("psr", last.psr & 0x1ff);
    show("cpsr", last.cpsr & 0x1ff);
    line();
    trap_clear();
    __asm__ volatile("cmp r0, r0\n.inst 0x17f000f0" ::: "cc");
    check("UDF, condition false", trapped(0));
    line();
    trap_clear();
    __asm__ volatile(".inst 0xeef01a10" ::: "r1"); /* vmrs r1, fpsid */
    check("VFP is undefined without CPACR", trapped(TRAP_UND));
    line();
    trap_clear();
    __asm__ volatile(".inst 0xe1400070"); /* hvc #0 */
    check("HVC is undefined", trapped(TRAP_UND));
    line();
    trap_clear();
    __asm__ volatile(".inst 0xee000210"); /* coprocessor 2 */
    check("coprocessor 2 is undefined", trapped(TRAP_UND));
    line();
    faults_clear();
    resume = 0;
    __asm__ volatile("adr %0, 1f\n1: bkpt #7" : "=r"(address));
    check("BKPT is a prefetch abort",
          trapped(TRAP_PREFETCH) && last.address == address);
    show("ifsr", last.ifsr);
    line();
}

void check_modes(void)
{
    check_calls();
    check_undefined();
}

/* r13 and r14 of a mode, put and taken back through another visit. All in
 * registers that modes share. */
#define BANK(name, mode)                                           \
    do {                                                           \
        register uint32_t sp_ __asm__("r0") = 0x1000U + (mode);    \
        register uint32_t lr_ __asm__("r1") = 0x2000U + (mode);    \
        __asm__ volatile("mrs r3, cpsr\n"                          \
                         "cps %2\n"                                \
                         "mov r4, sp\n"                            \
                         "mov r5, lr\n"                            \
                         "mov sp, r0\n"                            \
                         "mov lr, r1\n"                            \
                         "msr cpsr_c, r3\n"                        \
                         "mov r0, #0\n"                            \
                         "cps %2\n"                                \
                         "mov r0, sp\n"                            \
                         "mov r1, lr\n"                            \
                         "mov sp, r4\n"                            \
                         "mov lr, r5\n"                            \
                         "msr cpsr_c, r3"                          \
                         : "+r"(sp_), "+r"(lr_)                    \
                         : "I"(mode)                               \
                         : "r3", "r4", "r5");                      \
        check("registers of " name,                                \
              sp_ == 0x1000U + (mode) && lr_ == 0x2000U + (mode)); \
        line();                                                    \
    } while (0)

static void check_fiq_bank(void)
{
    uint32_t there = 0;
    uint32_t here = 0;

    __asm__ volatile("mrs r3, cpsr\n"
                     "mov r8, #0x11\n"
                     "mov r12, #0x22\n"
                     "cps #0x11\n"
                     "mov r8, #0x33\n"
                     "mov r12, #0x44\n"
                     "add r2, r8, r12\n"
                     "msr cpsr_c, r3\n"
                     "mov %0, r2\n"
                     "add %1, r8, r12"
                     : "=&r"(there), "=&r"(here)
                     :
                     : "r2", "r3", "r8", "r12");
    check("r8 to r12 of FIQ", there == 0x77 && here == 0x33);
    line();
}

/* LDM and STM with ^ from FIQ mode, where r8 to r14 are all others. */
static void check_user_bank(void)
{
    static uint32_t in[7] = {1, 2, 3, 4, 5, 6, 7};
    static uint32_t out[7];
    uint32_t sum = 0;

    __asm__ volatile("push {r8-r11}\n"
                     "mrs r3, cpsr\n"
                     "mov r4, %0\n"
                     "mov r5, %1\n"
                     "cps #0x1f\n"
                     "mov r6, sp\n"
                     "mov r7, lr\n"
                     "cps #0x11\n"
                     "ldm r4, {r8-r14}^\n"
                     "nop\n"
                     "stm r5, {r8-r14}^\n"
                     "nop\n"
                     "cps #0x1f\n"
                     "mov sp, r6\n"
                     "mov lr, r7\n"
                     "msr cpsr_c, r3\n"
                     "pop {r8-r11}"
                     :
                     : "r"(in), "r"(out)
                     : "r3", "r4", "r5", "r6", "r7", "r12", "memory");
    for (unsigned k = 0; k < 7; k++) {
        sum += out[k] << (4 * k);
    }
    check("LDM and STM of user registers", sum == 0x7654321);
    line();
}

static void check_spsr(void)
{
    uint32_t got = 0;
    uint32_t sp = 0;
    uint32_t psr = 0;

    __asm__ volatile("mrs r3, spsr\n"
                     "msr spsr_cxsf, %1\n"
                     "msr spsr_f, %2\n"
                     "mrs %0, spsr\n"
                     "msr spsr_cxsf, r3"
                     : "=&r"(got)
                     : "r"(0x600001d0), "r"(0x90000000)
                     : "r3");
    check("SPSR by bytes", got == 0x900001d0);
    line();
    __asm__ volatile("mrs r3, sp_usr\n"
                     "msr sp_usr, %2\n"
                     "mrs %0, sp_usr\n"
                     "msr sp_usr, r3\n"
                     "mrs r3, spsr_irq\n"
                     "msr spsr_irq, %3\n"
                     "mrs %1, spsr_irq\n"
                     "msr spsr_irq, r3"
                     : "=&r"(sp), "=&r"(psr)
                     : "r"(0x5550), "r"(0x1d2)
                     : "r3");
    check("banked MRS and MSR", sp == 0x5550 && psr == 0x1d2);
    line();
}

void check_banks(void)
{
    BANK("FIQ", MODE_FIQ);
    BANK("IRQ", MODE_IRQ);
    BANK("ABT", MODE_ABT);
    BANK("UND", MODE_UND);
    BANK("SYS", MODE_SYS);
    BANK("MON", MODE_MON);
    check_fiq_bank();
    check_user_bank();
    check_spsr();
}

/* Three ways back from an exception, made up here: each sets the flags of a
 * saved status and stays in SVC mode. */
static uint32_t by_subs(uint32_t psr)
{
    uint32_t got = 0;

    __asm__ volatile("push {lr}\n"
                     "msr spsr_cxsf, %1\n"
                     "adr lr, 1f + 8\n"
                     "subs pc, lr, #8\n"
                     "1: mrs %0, cpsr\n"
                     "pop {lr}"
                     : "=r"(got)
                     : "r"(psr)
                     : "cc", "memory");
    return got;
}

static uint32_t by_ldm(uint32_t psr)
{
    uint32_t got = 0;

    __asm__ volatile("msr spsr_cxsf, %1\n"
                     "adr r3, 1f\n"
                     "push {r3}\n"
                     "ldm sp!, {pc}^\n"
                     "1: mrs %0, cpsr"
                     : "=r"(got)
                     : "r"(psr)
                     : "r3", "cc", "memory");
    return got;
}

static uint32_t by_rfe(uint32_t psr)
{
    uint32_t got = 0;

    __asm__ volatile("push {lr}\n"
                     "msr spsr_cxsf, %1\n"
                     "adr lr, 1f\n"
                     "srsdb sp!, #0x13\n"
                     "rfeia sp!\n"
                     "1: mrs %0, cpsr\n"
                     "pop {lr}"
                     : "=r"(got)
                     : "r"(psr)
                     : "cc", "memory");
    return got;
}

static uint32_t by_eret(uint32_t psr)
{
    uint32_t got = 0;

    __asm__ volatile("push {lr}\n"
                     "msr spsr_cxsf, %1\n"
                     "adr lr, 1f\n"
                     ".inst 0xe160006e\n"
                     "1: mrs %0, cpsr\n"
                     "pop {lr}"
                     : "=r"(got)
                     : "r"(psr)
                     : "cc", "memory");
    return got;
}

void check_returns(void)
{
    check("SUBS PC", by_subs(0xa00001d3) == 0xa00001d3);
    line();
    check("LDM with PC and ^", by_ldm(0x500001d3) == 0x500001d3);
    line();
    check("SRS and RFE", by_rfe(0xf00001d3) == 0xf00001d3);
    line();
    check("ERET", by_eret(0x100001d3) == 0x100001d3);
    line();
}
