/* SPDX-License-Identifier: Apache-2.0 */
/* Entry bundles. First byte: number of entries, and 0 for 256. */
#include "aw/ftlog/tile.h"
#include "fuzz.h"

static uint8_t buf[1 << 20];

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

/* Writing an entry needs its length and its bytes, and not one less. */
static void room_counts(aw_bytes entry)
{
    struct aw_wr w = aw_wr_init(buf, entry.n + 1);

    trap_unless(aw_entries_put(entry, &w) == AW_ERR_SPACE);
    trap_unless(w.failed && w.n == 0);
    w = aw_wr_init(buf, entry.n + 2);
    trap_unless(aw_entries_put(entry, &w) == AW_OK && !w.failed);
    trap_unless(w.n == entry.n + 2);
}

/* What is no bundle has no hashes either, and nothing is written. */
static void refused(aw_bytes file, unsigned n, aw_err want)
{
    static const aw_hash zero;
    static aw_bytes entries[AW_TILE_WIDTH];
    aw_hash leaves[AW_TILE_WIDTH] = {zero};

    trap_unless(aw_entries_split(file, n, entries, NULL) == want);
    trap_unless(aw_entries_hash(file, n, leaves, NULL) == want);
    trap_unless(aw_hash_equal(&leaves[0], &zero));
}

/* Widths that no tile has, and a file that is a byte shorter or longer. */
static void neighbours(aw_bytes file, unsigned n)
{
    aw_bytes shorter = {NULL, 0};

    refused(file, 0, AW_ERR_FORMAT);
    refused(file, AW_TILE_WIDTH + 1, AW_ERR_FORMAT);
    trap_unless(aw_slice(file, 0, file.n - 1, &shorter));
    refused(shorter, n, AW_ERR_SHORT);
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    aw_wr_put(&w, file);
    aw_wr_u8(&w, 0);
    refused(aw_wr_done(&w), n, AW_ERR_FORMAT);
}

static void entry_too_long(void)
{
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    trap_unless(aw_entries_put((aw_bytes){buf, AW_ENTRY_MAX + 1}, &w) ==
                AW_ERR_RANGE);
    trap_unless(w.n == 0);
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

    if (file.n >= sizeof(buf)) {
        return 0;
    }
    entry_too_long();
    aw_err err = aw_entries_split(file, n, entries, NULL);

    if (err != AW_OK) {
        refused(file, n, err);
        return 0;
    }
    step_through(file, entries, n);
    neighbours(file, n);
    trap_unless(aw_entries_hash(file, n, leaves, NULL) == AW_OK);
    for (unsigned i = 0; i < n; i++) {
        room_counts(entries[i]);
        aw_merkle_leaf(entries[i], &leaf);
        trap_unless(aw_hash_equal(&leaf, &leaves[i]));
    }
    return 0;
}
