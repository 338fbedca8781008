/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "fw/dma.h"
#include "fw/load.h"

void load_run(const struct load_plan *plan)
{
    for (size_t i = 0; i < plan->n; i++) {
        const struct aw_elf_segment *s = &plan->segment[i];
        uint8_t *to = dma_pointer(s->address);

        if (s->bytes.n > 0) {
            memcpy(to, s->bytes.p, s->bytes.n);
        }
        memset(to + s->bytes.n, 0, s->size - s->bytes.n);
    }
}
