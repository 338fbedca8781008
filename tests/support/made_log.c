/* SPDX-License-Identifier: Apache-2.0 */
#include "made_log.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "aw/sha256.h"
#include "gentree.h"
#include "support.h"

static uint8_t work[AW_SEQUENCE_WORK_TILES];
static struct aw_log log_at;
static struct aw_append append;
static struct aw_sequence sequence;

const enum aw_layout made_layouts[MADE_LAYOUTS] = {AW_LAYOUT_SERVERLESS,
                                                   AW_LAYOUT_TILES};

static void put_tree(struct memfs *fs, const struct aw_tree *tree)
{
    uint8_t file[AW_TREE_STATE_MAX];
    struct aw_wr w = aw_wr_init(file, sizeof(file));

    aw_tree_state_write(tree, &w);
    memfs_set(fs, AW_LOG_TREE_STATE, aw_wr_done(&w));
}

void made_init(struct made_log *b, enum aw_layout layout)
{
    struct aw_tree empty = {.size = 0};

    memset(b, 0, sizeof(*b));
    b->layout = layout;
    aw_merkle_empty(&empty.root);
    put_tree(&b->fs, &empty);
}

aw_err made_tree(struct made_log *b, struct aw_tree *tree)
{
    uint8_t *p = malloc(AW_TREE_LOAD_WORK);

    ck_assert_ptr_nonnull(p);
    struct aw_wr w = aw_wr_init(p, AW_TREE_LOAD_WORK);
    struct aw_store store = memfs_store(&b->fs);
    aw_err err = aw_tree_state_load(&store, &w, tree, NULL);

    free(p);
    return err;
}

aw_err made_open(struct made_log *b, struct aw_diag *diag)
{
    struct aw_store store = memfs_store(&b->fs);
    struct aw_files files = memfs_files(&b->fs);
    struct aw_wr w = aw_wr_init(work, sizeof(work));
    struct aw_tree tree;
    aw_err err = made_tree(b, &tree);

    if (err != AW_OK) {
        return err;
    }
    struct aw_checkpoint at = {.size = tree.size, .root = tree.root};

    err = aw_log_open(&store, b->layout, &at, &log_at, diag);
    return err == AW_OK ? aw_sequence_open(&log_at, &files, &w, &sequence, diag)
                        : err;
}

aw_err made_add(struct made_log *b, struct aw_new_entry *e, size_t n,
                struct aw_diag *diag)
{
    size_t slots = 2;

    while (slots < 2 * n) {
        slots *= 2;
    }
    uint32_t *slot = calloc(slots, sizeof(*slot));

    ck_assert_ptr_nonnull(slot);
    aw_err err = made_open(b, diag);

    if (err == AW_OK) {
        err = aw_sequence_add(&sequence, e, n, slot, slots, diag);
    }
    free(slot);
    return err;
}

aw_err made_add_range(struct made_log *b, size_t from, size_t to)
{
    size_t n = to - from;
    struct aw_new_entry *e = calloc(n + 1, sizeof(*e));
    char(*text)[16] = calloc(n + 1, sizeof(*text));

    ck_assert(e != NULL && text != NULL);
    for (size_t i = 0; i < n; i++) {
        e[i].data = gen_entry(from + i, text[i], sizeof(text[i]));
    }
    aw_err err = made_add(b, e, n, NULL);

    for (size_t i = 0; i < n && err == AW_OK; i++) {
        if (e[i].index != from + i) {
            ck_abort_msg("entry %zu got index %zu", from + i,
                         (size_t)e[i].index);
        }
    }
    free(e);
    free(text);
    return err;
}

aw_err made_integrate(struct made_log *b, struct aw_tree *tree,
                      struct aw_diag *diag)
{
    struct aw_files files = memfs_files(&b->fs);
    aw_err err = made_open(b, diag);

    if (err == AW_OK) {
        err = aw_append_begin(&log_at, &files, &append, diag);
    }
    while (err == AW_OK && append.size < sequence.next) {
        err = aw_sequence_feed(&sequence, &append, diag);
    }
    if (err == AW_OK) {
        err = aw_append_finish(&append, tree, diag);
    }
    return err == AW_OK ? aw_sequence_commit(&sequence, tree, diag) : err;
}

aw_err made_sign(struct made_log *b)
{
    uint8_t text[256];
    uint8_t note[1024];
    struct aw_wr t = aw_wr_init(text, sizeof(text));
    struct aw_wr n = aw_wr_init(note, sizeof(note));
    struct aw_files files = memfs_files(&b->fs);
    struct aw_tree tree;
    aw_err err = made_tree(b, &tree);

    if (err != AW_OK) {
        return err;
    }
    struct aw_checkpoint c = {
        .origin = b->origin, .size = tree.size, .root = tree.root};

    aw_checkpoint_write(&c, &t);
    aw_wr_put(&n, aw_wr_done(&t));
    aw_wr_u8(&n, '\n');
    ck_assert_int_eq(aw_note_sign(aw_wr_done(&t), &b->key, 0, &n), AW_OK);
    err = files.put(files.ctx, AW_LOG_CHECKPOINT, aw_wr_done(&n), NULL);
    return err == AW_OK ? files.sync(files.ctx, NULL) : err;
}

void made_key(struct made_log *b)
{
    uint8_t seed[32];

    aw_sha256(aw_text("awlog"), seed);
    b->origin = aw_text("example.com/gen");
    ck_assert_int_eq(
        aw_skey_init(b->origin, AW_KEY_ED25519, seed, &b->key, NULL), AW_OK);
}

uint64_t made_next(void)
{
    return sequence.next;
}
