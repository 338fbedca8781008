/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What libFuzzer calls; a finding is a sanitizer's report or a trap. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void trap_unless(bool ok)
{
    if (!ok) {
        __builtin_trap();
    }
}

#endif
