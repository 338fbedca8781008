/* SPDX-License-Identifier: Apache-2.0 */
#include "merkle_rig.h"

#include "aw/text.h"
#include "gentree.h"
#include "support.h"

bool mk_hash_field(aw_bytes hex, aw_hash *h)
{
    struct aw_wr w = aw_wr_init(h->b, sizeof(h->b));

    return aw_hex_decode(hex, &w) == AW_OK && w.n == sizeof(h->b);
}

bool mk_proof_field(aw_bytes list, struct aw_proof *proof)
{
    struct aw_rd r = aw_rd_init(list);

    proof->n = 0;
    if (aw_bytes_is(list, "-")) {
        return true;
    }
    while (proof->n < AW_PROOF_MAX) {
        struct aw_rd probe = r;
        aw_bytes item = aw_rd_until(&probe, ',');
        bool last = probe.failed;

        if (last) {
            item = aw_rd_rest(&r);
        }
        if (!mk_hash_field(item, &proof->h[proof->n])) {
            return false;
        }
        proof->n++;
        if (last) {
            return true;
        }
        r = probe;
    }
    return false;
}

uint64_t mk_number_field(aw_bytes text)
{
    uint64_t v = 0;

    ck_assert_int_eq(aw_dec_parse(text, &v), AW_OK);
    return v;
}

aw_err mk_get_node(void *ctx, unsigned level, uint64_t index, aw_hash *node,
                   struct aw_diag *diag)
{
    const uint64_t *size = ctx;

    (void)diag;
    ck_assert_uint_lt(level, 10);
    ck_assert_uint_le((index + 1) << level, *size);
    *node = *gen_node(level, index);
    return AW_OK;
}

aw_hash mk_plain_root(size_t lo, size_t hi)
{
    aw_hash out;
    size_t k = 1;

    if (lo == hi) {
        aw_merkle_empty(&out);
        return out;
    }
    if (hi - lo == 1) {
        return *gen_node(0, lo);
    }
    while (2 * k < hi - lo) {
        k *= 2;
    }
    aw_hash left = mk_plain_root(lo, lo + k);
    aw_hash right = mk_plain_root(lo + k, hi);

    aw_merkle_node(&left, &right, &out);
    return out;
}

void mk_fill_alike(aw_hash *alike)
{
    aw_merkle_leaf(aw_text("x"), &alike[0]);
    for (size_t i = 1; i < 64; i++) {
        aw_merkle_node(&alike[i - 1], &alike[i - 1], &alike[i]);
    }
}
