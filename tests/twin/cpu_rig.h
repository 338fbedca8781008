/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CPU_RIG_H
#define CPU_RIG_H

#include "cpu/processor.h"
#include "machine.h"

/* One machine for a test, and short words for its processor. */
extern struct machine cpu_rig;

/* Fixture. */
void cpu_rig_open(void);
void cpu_rig_close(void);

#define CODE(words)                            \
    machine_code(&cpu_rig, MACHINE_RAM, words, \
                 sizeof(words) / sizeof((words)[0]))
#define REG(n)      tw_cpu_get(cpu_rig.cpu, n)
#define CPU_VECTORS 0x80008000U
#define CP(name)    (cpu_rig.cpu->cp[TW_CP_##name][0])
#define CP_NS(name) (cpu_rig.cpu->cp[TW_CP_##name][1])

#endif
