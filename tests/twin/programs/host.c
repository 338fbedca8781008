/* SPDX-License-Identifier: Apache-2.0 */
/* The programs on this machine. */
#include <inttypes.h>
#include <stdio.h>

#include "programs.h"

int main(void)
{
    for (uint32_t i = 0; i < program_count; i++) {
        (void)printf("program %08" PRIx32 " %08" PRIx32 "\n",
                     programs[i].number, programs[i].run());
    }
    (void)puts("all programs done");
    return 0;
}
