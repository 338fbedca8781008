/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/witness.h"

#include "aw/text.h"

aw_err aw_witness_request(uint64_t old, const struct aw_proof *proof,
                          aw_bytes note, struct aw_wr *w, struct aw_diag *diag)
{
    size_t start = w->n;

    if (proof->n > AW_WITNESS_PROOF_MAX) {
        return aw_fail(diag, AW_ERR_RANGE, "witness: proof", proof->n);
    }
    aw_wr_text(w, "old ");
    aw_wr_dec(w, old);
    aw_wr_u8(w, '\n');
    for (size_t i = 0; i < proof->n; i++) {
        aw_wr_base64(w, (aw_bytes){proof->h[i].b, sizeof(proof->h[i].b)});
        aw_wr_u8(w, '\n');
    }
    aw_wr_u8(w, '\n');
    aw_wr_put(w, note);
    if (w->failed || w->n - start > AW_WITNESS_REQUEST_MAX) {
        return aw_fail(diag, AW_ERR_SPACE, "witness: request", note.n);
    }
    return AW_OK;
}

aw_err aw_witness_conflict(aw_bytes body, uint64_t *size, struct aw_diag *diag)
{
    struct aw_rd r = aw_rd_init(body);
    aw_bytes line = aw_rd_line(&r);

    if (r.failed || aw_rd_left(&r) > 0) {
        return aw_fail(diag, AW_ERR_FORMAT, "witness: size", body.n);
    }
    aw_err err = aw_dec_parse(line, size);

    return err == AW_OK ? AW_OK : aw_fail(diag, err, "witness: size", 0);
}

static size_t witness_keys(const struct aw_policy *policy,
                           struct aw_vkey key[AW_POLICY_WITNESSES])
{
    for (size_t i = 0; i < policy->n_witnesses; i++) {
        key[i] = policy->witness[i].key;
    }
    return policy->n_witnesses;
}

static aw_err take_verified(const struct aw_note *note, aw_bytes answer,
                            size_t n, struct aw_cosignatures *to,
                            struct aw_diag *diag)
{
    struct aw_cosignatures got = *to;

    for (size_t i = 0; i < n; i++) {
        if (note->verified[i] == 0) {
            continue;
        }
        if (note->time[i] == 0) {
            return aw_fail(diag, AW_ERR_RANGE, "witness: time", i);
        }
        /* Whoever replays an older one must not undo the newer. */
        if (got.line[i].n > 0 && got.time[i] >= note->time[i]) {
            continue;
        }
        got.line[i] = aw_note_line(answer, note->verified[i]);
        got.time[i] = note->time[i];
    }
    *to = got;
    return AW_OK;
}

aw_err aw_witness_take(aw_bytes answer, aw_bytes text,
                       const struct aw_policy *policy, struct aw_wr *work,
                       struct aw_cosignatures *to, struct aw_diag *diag)
{
    struct aw_vkey key[AW_POLICY_WITNESSES];
    struct aw_note note;
    size_t n = witness_keys(policy, key);

    if (answer.n > AW_WITNESS_ANSWER_MAX) {
        return aw_fail(diag, AW_ERR_SPACE, "witness: answer", answer.n);
    }
    work->n = 0;
    work->failed = false;
    aw_wr_put(work, text);
    aw_wr_u8(work, '\n');
    aw_wr_put(work, answer);
    if (work->failed) {
        return aw_fail(diag, AW_ERR_SPACE, "witness: answer", answer.n);
    }
    /* What looks like an empty line would end the text later. */
    for (size_t i = 0; i < answer.n; i++) {
        if (answer.p[i] == '\n' && (i == 0 || answer.p[i - 1] == '\n')) {
            return aw_fail(diag, AW_ERR_FORMAT, "witness: answer", i);
        }
    }
    aw_err err = aw_note_open(aw_wr_done(work), key, n, &note, diag);

    return err == AW_OK ? take_verified(&note, answer, n, to, diag) : err;
}

void aw_witness_write(aw_bytes note, const struct aw_cosignatures *from,
                      struct aw_wr *w)
{
    aw_wr_put(w, note);
    for (size_t i = 0; i < AW_POLICY_WITNESSES; i++) {
        aw_wr_put(w, from->line[i]);
    }
}
