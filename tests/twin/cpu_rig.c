/* SPDX-License-Identifier: Apache-2.0 */
#include "cpu_rig.h"

struct machine cpu_rig;

void cpu_rig_open(void)
{
    machine_open(&cpu_rig);
}

void cpu_rig_close(void)
{
    machine_close(&cpu_rig);
}
