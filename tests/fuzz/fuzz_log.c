/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log reader over a hostile store. Input: layout (u8), size (be64), root,
 * then what the store answers in turn: be16 length and bytes, 0xffff for "not
 * found". What the reader calls proven must verify.
 */
#include "aw/ftlog/log.h"
#include "fuzz.h"

#include <string.h>

static struct aw_log reader;
static uint8_t buf[1 << 17];

static aw_err answer(void *ctx, const char *path, struct aw_wr *out,
                     struct aw_diag *diag)
{
    struct aw_rd *r = ctx;
    uint16_t n = aw_rd_be16(r);

    (void)path;
    if (r->failed || n == UINT16_MAX) {
        return aw_fail(diag, AW_ERR_NOT_FOUND, "fuzz", 0);
    }
    aw_bytes b = aw_rd_take(r, n);

    if (r->failed) {
        return aw_fail(diag, AW_ERR_NET, "fuzz", 0);
    }
    if (b.n > out->cap - out->n) {
        return aw_fail(diag, AW_ERR_SPACE, "fuzz", 0);
    }
    aw_wr_put(out, b);
    return AW_OK;
}

static void ignore_hint(void *ctx, const char *const *paths, size_t n)
{
    (void)ctx;
    for (size_t i = 0; i < n; i++) {
        trap_unless(strlen(paths[i]) < AW_LOG_PATH_MAX);
    }
}

static void inclusion_at(uint64_t index)
{
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_proof proof;
    aw_bytes entry;
    aw_hash leaf;

    if (aw_log_get(&reader, index, &w, &entry, &proof, NULL) != AW_OK) {
        return;
    }
    aw_merkle_leaf(entry, &leaf);
    trap_unless(aw_merkle_check_inclusion(index, reader.tree.size, &leaf,
                                          &proof, &reader.tree.root,
                                          NULL) == AW_OK);
}

static void history_of(uint64_t size)
{
    struct aw_tree held = {.size = size};
    struct aw_proof proof;

    if (aw_log_root_at(&reader, size, &held.root, NULL) == AW_OK) {
        trap_unless(aw_log_follow(&reader, &held, &proof, NULL) == AW_OK ||
                    size == reader.tree.size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct aw_rd r = aw_rd_init((aw_bytes){data, size});
    struct aw_store store = {&r, answer, ignore_hint};
    enum aw_layout layout =
        aw_rd_u8(&r) % 2 == 0 ? AW_LAYOUT_SERVERLESS : AW_LAYOUT_TILES;
    struct aw_checkpoint c = {.size = aw_rd_be64(&r)};
    aw_bytes root = aw_rd_take(&r, AW_HASH_SIZE);
    aw_bytes entries[3];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    uint64_t index = 0;
    struct aw_proof proof;

    if (r.failed) {
        return 0;
    }
    memcpy(c.root.b, root.p, root.n);
    if (aw_log_open(&store, layout, &c, &reader, NULL) != AW_OK ||
        c.size == 0) {
        return 0;
    }
    inclusion_at(0);
    inclusion_at(c.size - 1);
    history_of(c.size / 2);
    if (aw_log_batch(&reader, 0, 3, &w, entries, NULL) == AW_OK) {
        trap_unless(c.size >= 3);
    }
    if (aw_log_find(&reader, &c.root, &index, &proof, NULL) == AW_OK) {
        trap_unless(index < c.size);
    }
    return 0;
}
