/* SPDX-License-Identifier: Apache-2.0 */
/* What proofs the upstream implementation takes, and what it refuses. */
#include <stdio.h>

#include "compat.h"
#include "merkle_rig.h"
#include "suites.h"
#include "support.h"

/* The last four fields of each kind: two hashes, proof, name. */
struct probe {
    uint64_t number[3];
    aw_hash hash[2];
    struct aw_proof proof;
};

static aw_err run_inclusion(const struct probe *p)
{
    return aw_merkle_check_inclusion(p->number[0], p->number[1], &p->hash[1],
                                     &p->proof, &p->hash[0], NULL);
}

static aw_err run_consistency(const struct probe *p)
{
    struct aw_tree from = {p->number[0], p->hash[0]};
    struct aw_tree to = {p->number[1], p->hash[1]};

    return aw_merkle_check_consistency(&from, &to, &p->proof, NULL);
}

static aw_err run_subtree_inclusion(const struct probe *p)
{
    struct aw_subtree s = {p->number[1], p->number[2], p->hash[0]};

    return aw_merkle_check_subtree_inclusion(p->number[0], &p->hash[1], &s,
                                             &p->proof, NULL);
}

static aw_err run_subtree_consistency(const struct probe *p)
{
    struct aw_subtree s = {p->number[0], p->number[1], p->hash[0]};
    struct aw_tree tree = {p->number[2], p->hash[1]};

    return aw_merkle_check_subtree_consistency(&s, &tree, &p->proof, NULL);
}

static const struct {
    const char *file;
    size_t numbers;
    size_t rows;
    aw_err (*run)(const struct probe *p);
} kinds[] = {
    {"inclusion", 2, 98, run_inclusion},
    {"consistency", 2, 98, run_consistency},
    {"subtreeinclusion", 3, 204, run_subtree_inclusion},
    {"subtreeconsistency", 3, 118, run_subtree_consistency},
};

static bool probe_passes(size_t kind, const aw_bytes *f)
{
    size_t at = kinds[kind].numbers;
    struct probe p;

    for (size_t i = 0; i < at; i++) {
        p.number[i] = mk_number_field(f[1 + i]);
    }
    return mk_hash_field(f[1 + at], &p.hash[0]) &&
           mk_hash_field(f[2 + at], &p.hash[1]) &&
           mk_proof_field(f[3 + at], &p.proof) && kinds[kind].run(&p) == AW_OK;
}

static void run_probes(size_t kind, struct compat *compat)
{
    char path[128];
    aw_bytes f[9];
    size_t rows = 0;

    (void)snprintf(path, sizeof(path), "transparency/merkle/%s.tsv",
                   kinds[kind].file);
    struct aw_rd r = aw_rd_init(vec_file(path));

    for (size_t n = vec_tsv(&r, f, COUNT(f)); n > 0;
         n = vec_tsv(&r, f, COUNT(f))) {
        ck_assert_uint_eq(n, kinds[kind].numbers + 5);
        compat_decided(compat, f[n - 1],
                       probe_passes(kind, f) == aw_bytes_is(f[0], "ok"));
        rows++;
    }
    ck_assert_uint_eq(rows, kinds[kind].rows);
}

START_TEST(upstream_probes)
{
    struct compat compat;

    compat_load(&compat, "Merkle");
    for (size_t kind = 0; kind < COUNT(kinds); kind++) {
        run_probes(kind, &compat);
    }
    compat_done(&compat);
}
END_TEST

Suite *suite_merkle_probe(void)
{
    Suite *s = suite_create("merkle_probe");
    TCase *tc = tcase_create("all");

    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, upstream_probes);
    suite_add_tcase(s, tc);
    return s;
}
