/* SPDX-License-Identifier: Apache-2.0 */
/* Monitor, the other world, interrupts. */
#include "fw.h"

enum { ISR_I = 0x80, SCR_NS = 1, SCR_IRQ = 2, SCR_FIQ = 4, SCR_SCD = 0x80 };

/* Spins until a count has changed; false when it does not. */
static bool wait_for(const volatile uint32_t *count, uint32_t old)
{
    for (uint32_t k = 0; k < 40000000; k++) {
        if (*count != old) {
            return true;
        }
    }
    return false;
}

static void scr_write(uint32_t value)
{
    MCR(0, 1, 1, 0, value);
    ISB();
}

void check_interrupts(void)
{
    uint32_t old = last.irqs;

    gic_start();
    gpt_start(500);
    __asm__ volatile("cpsie i" ::: "memory");
    bool came = wait_for(&last.irqs, old);

    __asm__ volatile("cpsid i" ::: "memory");
    check("IRQ while it spins", came && trapped(TRAP_IRQ));
    show("psr", last.psr & 0x1ff);
    show("cpsr", last.cpsr & 0x1ff);
    line();
    old = last.irqs;
    gpt_start(500);
    __asm__ volatile("cpsie i\nwfi\nnop\ncpsid i" ::: "memory");
    check("IRQ ends WFI", last.irqs == old + 1);
    line();
    gpt_start(500);
    __asm__ volatile("wfi" ::: "memory");
    check("masked IRQ ends WFI", last.irqs == old + 1);
    line();
    check("ISR shows it", (MRC(0, 12, 1, 0) & ISR_I) != 0);
    line();
    __asm__ volatile("cpsie i\nnop\nnop\ncpsid i" ::: "memory");
    check("unmasked, it is taken", last.irqs == old + 2);
    line();
    check("ISR is clear", (MRC(0, 12, 1, 0) & ISR_I) == 0);
    line();
}

static struct {
    uint32_t vbar;
    uint32_t svc;
    uint32_t scr;
    uint32_t nsacr;
    uint32_t abort;
    uint32_t dfsr;
    uint32_t dfar;
    uint32_t sctlr;
    uint32_t ttbr0;
    uint32_t cpsr;
} there;

static void other_world(void)
{
    uint32_t psr = 0;

    __asm__ volatile("mrs %0, cpsr" : "=r"(psr));
    there.cpsr = psr;
    MCR(0, 12, 0, 0, (uint32_t)(uintptr_t)nonsecure_vectors);
    ISB();
    there.vbar = MRC(0, 12, 0, 0);
    trap_clear();
    __asm__ volatile("svc #0x44" ::: "memory", "lr");
    there.svc = last.id;
    trap_clear();
    (void)MRC(0, 1, 1, 0);
    there.scr = last.id;
    trap_clear();
    MCR(0, 1, 1, 2, 0);
    there.nsacr = last.id;
    mmu_on(table_nonsecure);
    trap_clear();
    (void)REG(VA_MISSING + 0x44);
    there.abort = last.id;
    there.dfsr = dfsr();
    there.dfar = dfar();
    there.sctlr = MRC(0, 1, 0, 0);
    there.ttbr0 = MRC(0, 2, 0, 0);
    mmu_off();
}

static void check_smc(void)
{
    trap_clear();
    __asm__ volatile("smc #3" ::: "memory");
    check("SMC", trapped(TRAP_MON + TRAP_SVC));
    show("psr", last.psr & 0x1ff);
    show("cpsr", last.cpsr & 0x1ff);
    line();
    trap_clear();
    scr_write(MRC(0, 1, 1, 0) | SCR_SCD);
    __asm__ volatile("smc #3" ::: "memory");
    scr_write(MRC(0, 1, 1, 0) & ~(uint32_t)SCR_SCD);
    check("SCR.SCD is for the other world", trapped(TRAP_MON + TRAP_SVC));
    line();
}

void check_worlds(void)
{
    check_smc();
    faults_clear();
    (void)REG(VA_MISSING + 0x88);
    uint32_t status = dfsr();
    uint32_t address = dfar();

    run_nonsecure(other_world);
    check("other world and back", (there.cpsr & 0x1f) == MODE_SVC);
    show("SCR", MRC(0, 1, 1, 0));
    line();
    check("VBAR of each world",
          there.vbar == (uint32_t)(uintptr_t)nonsecure_vectors &&
              MRC(0, 12, 0, 0) == (uint32_t)(uintptr_t)secure_vectors);
    line();
    check("TTBR0 of each world", there.ttbr0 != MRC(0, 2, 0, 0));
    line();
    check("SCTLR of each world", (there.sctlr & 1) == 1);
    line();
    check("SVC of the other world", there.svc == TRAP_NS + TRAP_SVC);
    line();
    check("abort of the other world", there.abort == TRAP_NS + TRAP_DATA);
    show("dfsr", there.dfsr);
    show("dfar", there.dfar);
    line();
    check("DFSR and DFAR of each world", dfsr() == status && dfar() == address);
    line();
    check("SCR is undefined there", there.scr == TRAP_NS + TRAP_UND);
    line();
    check("NSACR cannot be written there", there.nsacr == TRAP_NS + TRAP_UND);
    line();
}

/* An exception in monitor mode goes to the secure world. */
static void check_monitor_abort(void)
{
    uint32_t scr = 0;

    faults_clear();
    __asm__ volatile("cps #0x16\n"
                     "mrc p15, 0, r2, c1, c1, 0\n"
                     "orr r3, r2, #1\n"
                     "mcr p15, 0, r3, c1, c1, 0\n"
                     "isb\n"
                     ".inst 0xe7f000f0\n"
                     "mrc p15, 0, %0, c1, c1, 0\n"
                     "mcr p15, 0, r2, c1, c1, 0\n"
                     "isb\n"
                     "cps #0x13"
                     : "=&r"(scr)
                     :
                     : "r2", "r3", "memory");
    check("exception in MON clears SCR.NS",
          trapped(TRAP_UND) && (scr & SCR_NS) == 0);
    show("psr", last.psr & 0x1f);
    line();
}

void check_world_interrupts(void)
{
    uint32_t old = last.irqs;

    check_monitor_abort();
    scr_write(MRC(0, 1, 1, 0) | SCR_IRQ);
    gpt_start(200);
    __asm__ volatile("cpsie i" ::: "memory");
    bool came = wait_for(&last.irqs, old);

    __asm__ volatile("cpsid i" ::: "memory");
    check("SCR.IRQ: to the monitor", came && trapped(TRAP_MON + TRAP_IRQ));
    show("cpsr", last.cpsr & 0x1ff);
    line();
    scr_write(MRC(0, 1, 1, 0) & ~(uint32_t)SCR_IRQ);
    REG(0x00a02000) = 9; /* group 0 as FIQ */
    old = last.fiqs;
    gpt_start(200);
    __asm__ volatile("cpsie f" ::: "memory");
    came = wait_for(&last.fiqs, old);
    __asm__ volatile("cpsid f" ::: "memory");
    check("FIQ", came && trapped(TRAP_FIQ));
    show("psr", last.psr & 0x1ff);
    show("cpsr", last.cpsr & 0x1ff);
    line();
    scr_write(MRC(0, 1, 1, 0) | SCR_FIQ);
    old = last.fiqs;
    gpt_start(200);
    __asm__ volatile("cpsie f" ::: "memory");
    came = wait_for(&last.fiqs, old);
    __asm__ volatile("cpsid f" ::: "memory");
    check("SCR.FIQ: to the monitor", came && trapped(TRAP_MON + TRAP_FIQ));
    line();
    scr_write(MRC(0, 1, 1, 0) & ~(uint32_t)SCR_FIQ);
    REG(0x00a02000) = 1;
}
