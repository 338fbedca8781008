/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/sequence.h"
#include "aw/json.h"
#include "aw/json_write.h"
#include "aw/text.h"

static aw_err parse_root(aw_json root, struct aw_tree *tree)
{
    aw_bytes text = {NULL, 0};
    aw_hash empty;
    aw_err err = aw_json_get_text(aw_json_member(root, "root"), &text);

    if (err == AW_OK) {
        err = aw_base64_decode_exact(text, tree->root.b, sizeof(tree->root.b));
    }
    if (err == AW_OK && tree->size == 0) {
        aw_merkle_empty(&empty);
        err = aw_hash_equal(&empty, &tree->root) ? AW_OK : AW_ERR_FORMAT;
    }
    return err;
}

aw_err aw_tree_state_parse(aw_bytes file, struct aw_wr *work,
                           struct aw_tree *tree, struct aw_diag *diag)
{
    aw_json root;
    struct aw_tree parsed;
    struct aw_wr w = *work;
    aw_err err = aw_json_parse(file, AW_TREE_STATE_MAX, &w, &root, diag);

    if (err != AW_OK) {
        return err;
    }
    err = aw_json_kind(root) == AW_JSON_OBJECT
              ? aw_json_get_u64(aw_json_member(root, "size"), &parsed.size)
              : AW_ERR_TYPE;
    if (err != AW_OK) {
        return aw_fail(diag, err, "tree state: size", 0);
    }
    err = parse_root(root, &parsed);
    if (err != AW_OK) {
        return aw_fail(diag, err, "tree state: root", 0);
    }
    *tree = parsed;
    return AW_OK;
}

void aw_tree_state_write(const struct aw_tree *tree, struct aw_wr *w)
{
    aw_wr_text(w, "{\"size\":");
    aw_wr_dec(w, tree->size);
    aw_wr_text(w, ",\"root\":\"");
    aw_wr_base64(w, (aw_bytes){tree->root.b, sizeof(tree->root.b)});
    aw_wr_text(w, "\"}");
}

static aw_err load_state(const struct aw_store *store, struct aw_wr *work,
                         struct aw_tree *tree, struct aw_diag *diag)
{
    uint8_t file[AW_TREE_STATE_MAX];
    struct aw_wr buf = aw_wr_init(file, sizeof(file));
    aw_err err = store->get(store->ctx, AW_LOG_TREE_STATE, &buf, diag);

    if (err != AW_OK) {
        return err;
    }
    return aw_tree_state_parse(aw_wr_done(&buf), work, tree, diag);
}

static aw_err load_checkpoint(const struct aw_store *store, struct aw_wr *work,
                              struct aw_tree *tree, struct aw_diag *diag)
{
    struct aw_wr buf = *work;
    struct aw_note note;
    struct aw_checkpoint checkpoint;
    aw_err err = store->get(store->ctx, AW_LOG_CHECKPOINT, &buf, diag);

    if (err == AW_OK) {
        struct aw_rd r = aw_rd_at(aw_wr_done(&buf), work->n);

        err = aw_note_split(aw_rd_rest(&r), &note, diag);
    }
    if (err == AW_OK) {
        err = aw_checkpoint_parse(note.text, &checkpoint, diag);
    }
    if (err == AW_OK) {
        tree->size = checkpoint.size;
        tree->root = checkpoint.root;
    }
    return err;
}

aw_err aw_tree_state_load(const struct aw_store *store, struct aw_wr *work,
                          struct aw_tree *tree, struct aw_diag *diag)
{
    struct aw_tree state = {.size = 0};
    struct aw_tree shown = {.size = 0};
    aw_err err = load_state(store, work, &state, diag);
    bool none = err == AW_ERR_NOT_FOUND;

    if (err != AW_OK && !none) {
        return err;
    }
    err = load_checkpoint(store, work, &shown, diag);
    if (err == AW_ERR_NOT_FOUND && !none) {
        *tree = state; /* made, but not signed yet */
        return AW_OK;
    }
    if (err != AW_OK) {
        return err;
    }
    *tree = none || shown.size > state.size ? shown : state;
    return AW_OK;
}
