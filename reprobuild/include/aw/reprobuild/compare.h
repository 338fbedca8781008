/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_REPROBUILD_COMPARE_H
#define AW_REPROBUILD_COMPARE_H

#include "aw/bytes.h"

/* How two images differ. */
struct aw_rb_difference {
    bool same;
    uint64_t first;  /* offset of the first byte that differs; the length of
                        the shorter one when it is the other's beginning */
    uint64_t bytes;  /* bytes that differ, as far as both reach */
    uint64_t ranges; /* runs of them */
};

void aw_rb_compare(aw_bytes a, aw_bytes b, struct aw_rb_difference *difference);

#endif
