/* SPDX-License-Identifier: Apache-2.0 */
#include "range.h"

#include <string.h>

#include "aw/text.h"

/* The two numbers of a range; one of them may be missing. */
struct bounds {
    aw_bytes left;
    aw_bytes right;
    uint64_t from;
    uint64_t to;
};

static bool read_bounds(aw_bytes text, struct bounds *b)
{
    static const char unit[] = "bytes=";
    struct aw_rd r = aw_rd_init(text);

    if (!aw_bytes_is(aw_rd_take(&r, strlen(unit)), unit)) {
        return false;
    }
    b->left = aw_rd_until(&r, '-');
    b->right = aw_rd_rest(&r);
    if (r.failed || (b->left.n == 0 && b->right.n == 0)) {
        return false;
    }
    if ((b->left.n > 0 && aw_dec_parse_lax(b->left, &b->from) != AW_OK) ||
        (b->right.n > 0 && aw_dec_parse_lax(b->right, &b->to) != AW_OK)) {
        return false;
    }
    return b->left.n == 0 || b->right.n == 0 || b->from <= b->to;
}

bool range_read(aw_bytes text, uint64_t size, struct range *range)
{
    struct bounds b = {.from = 0};

    if (!read_bounds(text, &b)) {
        *range = (struct range){.n = size};
        return true;
    }
    if (b.left.n == 0) { /* the last `to` bytes */
        b.from = b.to < size ? size - b.to : 0;
    }
    if (b.from >= size) {
        return false;
    }
    if (b.left.n == 0 || b.right.n == 0 || b.to >= size) {
        b.to = size - 1;
    }
    *range =
        (struct range){.partial = true, .from = b.from, .n = b.to - b.from + 1};
    return true;
}
