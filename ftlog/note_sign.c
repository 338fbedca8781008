/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ed25519.h"
#include "aw/ftlog/checkpoint.h"
#include "aw/text.h"
#include "note_priv.h"

void aw_note_sig_write(aw_bytes name, uint32_t id, aw_bytes signature,
                       struct aw_wr *w)
{
    uint8_t buf[4 + NOTE_SIG_MAX];
    struct aw_wr bytes = aw_wr_init(buf, sizeof(buf));

    aw_wr_be32(&bytes, id);
    aw_wr_put(&bytes, signature);
    if (bytes.failed) {
        w->failed = true;
        return;
    }
    aw_wr_text(w, "\xe2\x80\x94 ");
    aw_wr_put(w, name);
    aw_wr_u8(w, ' ');
    aw_wr_base64(w, aw_wr_done(&bytes));
    aw_wr_u8(w, '\n');
}

static aw_err check_text(aw_bytes text, struct aw_diag *diag)
{
    if (text.n > AW_NOTE_MAX) {
        return aw_fail(diag, AW_ERR_SPACE, "note: length", text.n);
    }
    if (text.n == 0 || text.p[text.n - 1] != '\n') {
        return aw_fail(diag, AW_ERR_FORMAT, "note: end of text", text.n);
    }
    return note_check_bytes(text, diag);
}

/* Has the message signed and looks whether the signature is good. */
static aw_err sign_checked(aw_bytes message, const struct aw_note_signer *by,
                           struct aw_wr *out, struct aw_diag *diag)
{
    uint8_t sig[AW_ED25519_SIG];
    aw_err err = by->signer.sign(by->signer.ctx, message, sig, diag);

    if (err != AW_OK) {
        return err;
    }
    if (aw_ed25519_verify(by->key.public_key, message, sig) != AW_OK) {
        return aw_fail(diag, AW_ERR_SIG, "note: signature just made", 0);
    }
    aw_wr_put(out, (aw_bytes){sig, sizeof(sig)});
    return AW_OK;
}

/* time be64 || signature over the cosigned text. */
static aw_err cosign(aw_bytes text, const struct aw_note_signer *by,
                     uint64_t time, struct aw_wr *out, struct aw_diag *diag)
{
    uint8_t buf[NOTE_COSIGNED_HEAD + AW_NOTE_COSIGNED_MAX];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_checkpoint checkpoint;

    if (text.n > AW_NOTE_COSIGNED_MAX) {
        return aw_fail(diag, AW_ERR_SPACE, "note: length", text.n);
    }
    if (time > INT64_MAX) {
        return aw_fail(diag, AW_ERR_RANGE, "note: time", time);
    }
    if (aw_checkpoint_parse(text, &checkpoint, diag) != AW_OK) {
        return AW_ERR_FORMAT;
    }
    note_cosigned_text(time, text, &w);
    aw_wr_be64(out, time);
    return sign_checked(aw_wr_done(&w), by, out, diag);
}

aw_err aw_note_sign_by(aw_bytes text, const struct aw_note_signer *by,
                       uint64_t time, struct aw_wr *w, struct aw_diag *diag)
{
    uint8_t buf[8 + AW_ED25519_SIG];
    struct aw_wr bytes = aw_wr_init(buf, sizeof(buf));
    aw_err err = check_text(text, diag);

    if (err != AW_OK) {
        return err;
    }
    switch (by->key.type) {
    case AW_KEY_ED25519:
        err = sign_checked(text, by, &bytes, diag);
        break;
    case AW_KEY_COSIG_V1:
        err = cosign(text, by, time, &bytes, diag);
        break;
    default:
        err = aw_fail(diag, AW_ERR_KEY, "note: type of key", by->key.type);
        break;
    }
    if (err != AW_OK) {
        return err;
    }
    aw_note_sig_write(by->key.name, by->key.id, aw_wr_done(&bytes), w);
    return w->failed ? AW_ERR_SPACE : AW_OK;
}

static aw_err sign_with_seed(void *ctx, aw_bytes message,
                             uint8_t sig[AW_ED25519_SIG], struct aw_diag *diag)
{
    (void)diag;
    aw_ed25519_sign(ctx, message, sig);
    return AW_OK;
}

aw_err aw_note_sign(aw_bytes text, const struct aw_skey *key, uint64_t time,
                    struct aw_wr *w)
{
    struct aw_skey own = *key;
    struct aw_note_signer by = {.signer = {own.seed, sign_with_seed}};

    aw_skey_public(key, &by.key);
    aw_err err = aw_note_sign_by(text, &by, time, w, NULL);

    aw_skey_wipe(&own);
    return err;
}

/* True when the number-th line is the one that verified for its key. */
static bool line_verified(const struct aw_note *note, size_t n_keys,
                          size_t number)
{
    for (size_t i = 0; i < n_keys && i < AW_NOTE_MAX_KEYS; i++) {
        if (note->verified[i] == number) {
            return true;
        }
    }
    return false;
}

void aw_note_write(const struct aw_note *note, const struct aw_vkey *keys,
                   size_t n_keys, const struct aw_vkey *leave_out,
                   struct aw_wr *w)
{
    struct aw_rd r = aw_rd_init(note->sigs);
    struct aw_note_sig sig;
    size_t number = 0;

    aw_wr_put(w, note->text);
    aw_wr_u8(w, '\n');
    while (aw_note_sig_next(&r, &sig) == AW_OK) {
        number++;
        if (line_verified(note, n_keys, number) &&
            (leave_out == NULL || !aw_note_sig_is_of(&sig, leave_out))) {
            aw_wr_put(w, sig.line);
        }
    }
    r = aw_rd_init(note->sigs);
    while (aw_note_sig_next_unverified(note, keys, n_keys, &r, &sig) == AW_OK) {
        if (leave_out == NULL || !aw_note_sig_is_of(&sig, leave_out)) {
            aw_wr_put(w, sig.line);
        }
    }
}

aw_err aw_note_countersign_by(const struct aw_note *note,
                              const struct aw_vkey *keys, size_t n_keys,
                              const struct aw_note_signer *by, uint64_t time,
                              struct aw_wr *w)
{
    uint8_t buf[4 * (AW_KEY_NAME_MAX + NOTE_SIG_MAX)];
    struct aw_wr line = aw_wr_init(buf, sizeof(buf));
    aw_err err = aw_note_sign_by(note->text, by, time, &line, NULL);

    if (err != AW_OK) {
        return err;
    }
    aw_note_write(note, keys, n_keys, &by->key, w);
    aw_wr_put(w, aw_wr_done(&line));
    return w->failed ? AW_ERR_SPACE : AW_OK;
}

aw_err aw_note_countersign(const struct aw_note *note,
                           const struct aw_vkey *keys, size_t n_keys,
                           const struct aw_skey *key, uint64_t time,
                           struct aw_wr *w)
{
    struct aw_skey own = *key;
    struct aw_note_signer by = {.signer = {own.seed, sign_with_seed}};

    aw_skey_public(key, &by.key);
    aw_err err = aw_note_countersign_by(note, keys, n_keys, &by, time, w);

    aw_skey_wipe(&own);
    return err;
}
