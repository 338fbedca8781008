/* SPDX-License-Identifier: Apache-2.0 */
/* What happens in an exception: it is noted, and the program goes on behind the
 * instruction that caused it. */
#include "fw.h"

volatile struct trap last;

extern const char user_done[];
uint64_t trap(uint32_t id, uint32_t address, uint32_t psr, uint32_t cpsr);

enum { SVC_DONE = 0xee, SVC_DOUBLE = 0x22 };

void trap_clear(void)
{
    last.id = 0;
    last.imm = 0;
}

bool trapped(uint32_t id)
{
    return last.id == id;
}

static uint64_t go(uint32_t address, uint32_t psr)
{
    return address | (uint64_t)psr << 32;
}

static void note(uint32_t id, uint32_t address, uint32_t psr, uint32_t cpsr)
{
    last.id = id;
    last.count++;
    last.address = address;
    last.psr = psr;
    last.cpsr = cpsr;
    last.dfsr = MRC(0, 5, 0, 0);
    last.dfar = MRC(0, 6, 0, 0);
    last.ifsr = MRC(0, 5, 0, 1);
    last.ifar = MRC(0, 6, 0, 2);
}

uint64_t trap(uint32_t id, uint32_t address, uint32_t psr, uint32_t cpsr)
{
    uint32_t kind = id & 7;

    if (kind == TRAP_SVC && id < TRAP_MON) {
        uint32_t imm = REG(address) & 0xff;

        if (imm == SVC_DONE) {
            return go((uint32_t)(uintptr_t)user_done,
                      (psr & ~0x1fU) | MODE_SVC);
        }
        last.imm = imm;
    }
    note(id, address, psr, cpsr);
    switch (kind) {
    case TRAP_PREFETCH:
        return go(resume == 0 ? address + 4 : resume, psr);
    case TRAP_IRQ:
        last.irqs++;
        gic_acknowledge();
        return go(address, psr);
    case TRAP_FIQ:
        last.fiqs++;
        gic_acknowledge();
        return go(address, psr);
    default:
        return go(address + 4, psr);
    }
}
