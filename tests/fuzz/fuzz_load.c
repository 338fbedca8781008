/* SPDX-License-Identifier: Apache-2.0 */
/* Programs for the device: what is accepted lies in its window, apart from
 * each other, and begins in code that cannot be written. */
#include "fuzz.h"
#include "fw/load.h"

static const struct load_window window = {0x80000000, 0x10000};

static void check_segment(const struct load_plan *plan, size_t i)
{
    const struct aw_elf_segment *s = &plan->segment[i];
    uint64_t end = (uint64_t)s->address + s->size;

    trap_unless(s->size > 0 && s->bytes.n <= s->size);
    trap_unless(s->address >= window.start &&
                end <= (uint64_t)window.start + window.size);
    trap_unless((s->flags & AW_ELF_WRITE) == 0 ||
                (s->flags & AW_ELF_EXECUTE) == 0);
    for (size_t k = 0; k < i; k++) {
        const struct aw_elf_segment *o = &plan->segment[k];

        trap_unless(end <= o->address ||
                    (uint64_t)o->address + o->size <= s->address);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct load_plan plan;
    bool entered = false;

    if (load_check((aw_bytes){data, size}, &window, &plan, NULL) != AW_OK) {
        return 0;
    }
    trap_unless(plan.n > 0 && plan.n <= AW_ELF_SEGMENTS_MAX);
    for (size_t i = 0; i < plan.n; i++) {
        const struct aw_elf_segment *s = &plan.segment[i];

        check_segment(&plan, i);
        entered = entered || ((s->flags & AW_ELF_EXECUTE) != 0 &&
                              plan.entry >= s->address &&
                              plan.entry < s->address + s->bytes.n);
    }
    trap_unless(entered);
    return 0;
}
