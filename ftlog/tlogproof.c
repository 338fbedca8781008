/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/tlogproof.h"

#include "aw/text.h"

static const char header[] = "c2sp.org/tlog-proof@v1";
static const char extra_word[] = "extra ";
static const char index_word[] = "index ";

/* What follows `word`; false when the line does not begin with it. */
static bool after_word(aw_bytes line, const char *word, aw_bytes *rest)
{
    size_t n = aw_text(word).n;

    return aw_bytes_starts(line, word) && aw_slice(line, n, line.n - n, rest);
}

/* Canonical base64 of any length, decoded part by part and thrown away. */
static bool base64_valid(aw_bytes text)
{
    uint8_t scratch[48];
    struct aw_rd r = aw_rd_init(text);

    while (aw_rd_left(&r) > 0) {
        struct aw_wr w = aw_wr_init(scratch, sizeof(scratch));
        size_t n = aw_base64_length(sizeof(scratch));
        aw_bytes part = aw_rd_take(&r, aw_rd_left(&r) < n ? aw_rd_left(&r) : n);

        if (aw_base64_decode(part, &w) != AW_OK ||
            /* Padding ends the text. */
            (aw_rd_left(&r) > 0 && w.n < sizeof(scratch))) {
            return false;
        }
    }
    return true;
}

static aw_err line_fail(const struct aw_rd *r, size_t start, const char *where,
                        struct aw_diag *diag)
{
    return aw_fail(diag, r->failed ? AW_ERR_SHORT : AW_ERR_FORMAT, where,
                   start);
}

/* First lines, up to and with the index. */
static aw_err parse_head(struct aw_rd *r, struct aw_tlog_proof *p,
                         struct aw_diag *diag)
{
    aw_bytes line = aw_rd_line(r);
    size_t start = 0;
    aw_bytes number = {NULL, 0};

    if (!aw_bytes_is(line, header)) {
        return line_fail(r, start, "tlog-proof: first line", diag);
    }
    start = r->at;
    line = aw_rd_line(r);
    p->has_extra = after_word(line, extra_word, &p->extra);
    if (p->has_extra) {
        if (!base64_valid(p->extra)) {
            return line_fail(r, start, "tlog-proof: extra data", diag);
        }
        start = r->at;
        line = aw_rd_line(r);
    }
    if (!after_word(line, index_word, &number) ||
        aw_dec_parse(number, &p->index) != AW_OK) {
        return line_fail(r, start, "tlog-proof: index", diag);
    }
    return AW_OK;
}

/* Hash lines, up to and with the empty line. */
static aw_err parse_hashes(struct aw_rd *r, struct aw_proof *proof,
                           struct aw_diag *diag)
{
    for (;;) {
        size_t start = r->at;
        aw_bytes line = aw_rd_line(r);

        if (!r->failed && line.n == 0) {
            return AW_OK;
        }
        if (r->failed || proof->n == AW_PROOF_MAX ||
            aw_base64_decode_exact(line, proof->h[proof->n].b, AW_HASH_SIZE) !=
                AW_OK) {
            return line_fail(r, start, "tlog-proof: hash", diag);
        }
        proof->n++;
    }
}

aw_err aw_tlog_proof_parse(aw_bytes file, struct aw_tlog_proof *proof,
                           struct aw_diag *diag)
{
    struct aw_rd r = aw_rd_init(file);
    struct aw_tlog_proof p = {.has_extra = false};

    if (file.n > AW_TLOG_PROOF_MAX) {
        return aw_fail(diag, AW_ERR_SPACE, "tlog-proof: length", file.n);
    }
    aw_err err = parse_head(&r, &p, diag);

    if (err == AW_OK) {
        err = parse_hashes(&r, &p.proof, diag);
    }
    if (err != AW_OK) {
        return err;
    }
    if (aw_rd_left(&r) == 0) {
        return aw_fail(diag, AW_ERR_SHORT, "tlog-proof: checkpoint", file.n);
    }
    p.checkpoint = aw_rd_rest(&r);
    *proof = p;
    return AW_OK;
}

void aw_tlog_proof_write(const struct aw_tlog_proof *proof, struct aw_wr *w)
{
    aw_wr_text(w, header);
    aw_wr_text(w, "\n");
    if (proof->has_extra) {
        aw_wr_text(w, extra_word);
        aw_wr_put(w, proof->extra);
        aw_wr_text(w, "\n");
    }
    aw_wr_text(w, index_word);
    aw_wr_dec(w, proof->index);
    aw_wr_text(w, "\n");
    for (size_t i = 0; i < proof->proof.n; i++) {
        aw_wr_base64(w, (aw_bytes){proof->proof.h[i].b, AW_HASH_SIZE});
        aw_wr_text(w, "\n");
    }
    aw_wr_text(w, "\n");
    aw_wr_put(w, proof->checkpoint);
}

aw_err aw_tlog_proof_verify(const struct aw_tlog_proof *proof,
                            const aw_hash *leaf, aw_bytes origin,
                            const struct aw_vkey *key,
                            struct aw_checkpoint *checkpoint,
                            struct aw_diag *diag)
{
    struct aw_checkpoint c;
    aw_err err =
        aw_checkpoint_open(proof->checkpoint, origin, key, 1, &c, diag);

    if (err != AW_OK) {
        return err;
    }
    err = aw_merkle_check_inclusion(proof->index, c.size, leaf, &proof->proof,
                                    &c.root, diag);
    if (err == AW_OK) {
        *checkpoint = c;
    }
    return err;
}
