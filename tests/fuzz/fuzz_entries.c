/* SPDX-License-Identifier: Apache-2.0 */
/* Entry bundles. First byte: number of entries, and 0 for 256. */
#include "aw/ftlog/tile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t buf[1 << 20];

static void trap_unless(bool ok)
{
    if (!ok) {
        __builtin_trap();
    }
}

/* One entry after the other gives what the whole bundle gives. */
static void step_through(aw_bytes file, const aw_bytes *entries, unsigned n)
{
    struct aw_rd r = aw_rd_init(file);
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    aw_bytes entry = {NULL, 0};

    for (unsigned i = 0; i < n; i++) {
        trap_unless(aw_entries_next(&r, &entry) == AW_OK);
        trap_unless(aw_bytes_equal(entry, entries[i]));
        trap_unless(aw_entries_put(entry, &w) == AW_OK);
    }
    trap_unless(aw_entries_next(&r, &entry) == AW_ERR_SHORT);
    trap_unless(aw_bytes_equal(aw_wr_done(&w), file));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct aw_rd r = aw_rd_init((aw_bytes){data, size});
    aw_bytes entries[AW_TILE_WIDTH];
    aw_hash leaves[AW_TILE_WIDTH];
    aw_hash leaf;
    unsigned n = aw_rd_u8(&r);

    n = n == 0 ? AW_TILE_WIDTH : n;
    aw_bytes file = aw_rd_rest(&r);

    if (file.n > sizeof(buf) ||
        aw_entries_split(file, n, entries, NULL) != AW_OK) {
        return 0;
    }
    step_through(file, entries, n);
    trap_unless(aw_entries_hash(file, n, leaves, NULL) == AW_OK);
    for (unsigned i = 0; i < n; i++) {
        aw_merkle_leaf(entries[i], &leaf);
        trap_unless(aw_hash_equal(&leaf, &leaves[i]));
    }
    return 0;
}
