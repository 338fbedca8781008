/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/checkpoint.h"

#include "aw/sha256.h"
#include "aw/text.h"

static aw_err check_extensions(aw_bytes lines, size_t at, struct aw_diag *diag)
{
    struct aw_rd r = aw_rd_init(lines);

    while (aw_rd_left(&r) > 0) {
        size_t from = r.at;
        aw_bytes line = aw_rd_line(&r);

        if (r.failed || line.n == 0) {
            return aw_fail(diag, AW_ERR_FORMAT, "checkpoint: extension line",
                           at + from);
        }
    }
    return AW_OK;
}

aw_err aw_checkpoint_parse(aw_bytes text, struct aw_checkpoint *checkpoint,
                           struct aw_diag *diag)
{
    struct aw_checkpoint out;
    struct aw_rd r = aw_rd_init(text);

    out.origin = aw_rd_line(&r);
    size_t size_at = r.at;
    aw_bytes size = aw_rd_line(&r);
    size_t root_at = r.at;
    aw_bytes root = aw_rd_line(&r);
    size_t extensions_at = r.at;

    if (r.failed) {
        return aw_fail(diag, AW_ERR_FORMAT, "checkpoint: three lines", r.at);
    }
    if (out.origin.n == 0) {
        return aw_fail(diag, AW_ERR_FORMAT, "checkpoint: origin", 0);
    }
    if (aw_dec_parse(size, &out.size) != AW_OK) {
        return aw_fail(diag, AW_ERR_FORMAT, "checkpoint: size", size_at);
    }
    if (aw_base64_decode_exact(root, out.root.b, AW_HASH_SIZE) != AW_OK) {
        return aw_fail(diag, AW_ERR_FORMAT, "checkpoint: root", root_at);
    }
    aw_hash empty;

    aw_merkle_empty(&empty);
    if (out.size == 0 && !aw_hash_equal(&out.root, &empty)) {
        return aw_fail(diag, AW_ERR_FORMAT, "checkpoint: root of no leaves",
                       root_at);
    }
    out.extensions = aw_rd_rest(&r);
    aw_err err = check_extensions(out.extensions, extensions_at, diag);

    if (err == AW_OK) {
        *checkpoint = out;
    }
    return err;
}

void aw_checkpoint_write(const struct aw_checkpoint *checkpoint,
                         struct aw_wr *w)
{
    aw_wr_put(w, checkpoint->origin);
    aw_wr_u8(w, '\n');
    aw_wr_dec(w, checkpoint->size);
    aw_wr_u8(w, '\n');
    aw_wr_base64(w, (aw_bytes){checkpoint->root.b, AW_HASH_SIZE});
    aw_wr_u8(w, '\n');
    aw_wr_put(w, checkpoint->extensions);
}

aw_err aw_checkpoint_open(aw_bytes message, aw_bytes origin,
                          const struct aw_vkey *keys, size_t n_keys,
                          struct aw_checkpoint *checkpoint,
                          struct aw_diag *diag)
{
    struct aw_note note;
    struct aw_checkpoint out;

    if (message.n > AW_CHECKPOINT_MAX) {
        return aw_fail(diag, AW_ERR_SPACE, "checkpoint: length", message.n);
    }
    aw_err err = aw_note_open(message, keys, n_keys, &note, diag);

    if (err != AW_OK) {
        return err;
    }
    /* n_keys is at least 1: without keys no note opens. */
    if (note.verified[0] == 0) {
        return aw_fail(diag, AW_ERR_NO_SIG, "checkpoint: log signature",
                       note.text.n);
    }
    err = aw_checkpoint_parse(note.text, &out, diag);
    if (err != AW_OK) {
        return err;
    }
    if (!aw_bytes_equal(out.origin, origin)) {
        return aw_fail(diag, AW_ERR_ORIGIN, "checkpoint: origin", 0);
    }
    *checkpoint = out;
    return AW_OK;
}

void aw_log_id(aw_bytes origin, uint8_t digest[AW_SHA256_SIZE])
{
    struct aw_sha256 h;

    aw_sha256_init(&h);
    aw_sha256_update(&h, aw_text("o:"));
    aw_sha256_update(&h, origin);
    aw_sha256_final(&h, digest);
}
