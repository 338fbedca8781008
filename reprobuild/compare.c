/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/reprobuild/compare.h"

void aw_rb_compare(aw_bytes a, aw_bytes b, struct aw_rb_difference *difference)
{
    struct aw_rb_difference d = {.same = a.n == b.n};
    size_t n = a.n < b.n ? a.n : b.n;
    bool in = false;

    d.first = n;
    for (size_t i = 0; i < n; i++) {
        bool other = a.p[i] != b.p[i];

        if (other && d.bytes == 0) {
            d.first = i;
        }
        d.bytes += other ? 1 : 0;
        d.ranges += other && !in ? 1 : 0;
        in = other;
    }
    d.same = d.same && d.bytes == 0;
    *difference = d;
}
