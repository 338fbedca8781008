/* SPDX-License-Identifier: Apache-2.0 */
/* Range headers: whatever is asked for lies inside the file. */
#include "fuzz.h"
#include "range.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    aw_bytes text = {data, size};
    static const uint64_t sizes[] = {0, 1, 10, UINT64_MAX};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct range r = {.partial = true};

        if (range_read(text, sizes[i], &r) &&
            (r.from > sizes[i] || r.n > sizes[i] - r.from ||
             (r.partial ? r.n == 0 : r.n != sizes[i]))) {
            __builtin_trap();
        }
    }
    return 0;
}
