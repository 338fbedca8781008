/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/note.h"

#include "aw/text.h"
#include "note_priv.h"

/* Em dash and space, the start of a signature line. */
static const uint8_t line_start[4] = {0xe2, 0x80, 0x94, ' '};

enum { ID_SIZE = 4, SIG_LEAST = ID_SIZE + 1 };

aw_err note_check_bytes(aw_bytes message, struct aw_diag *diag)
{
    struct aw_rd r = aw_rd_init(message);

    while (aw_rd_left(&r) > 0) {
        size_t at = r.at;
        uint32_t cp = aw_utf8_next(&r);

        if (r.failed) {
            return aw_fail(diag, AW_ERR_FORMAT, "note: UTF-8", at);
        }
        if (cp < 0x20 && cp != '\n') {
            return aw_fail(diag, AW_ERR_FORMAT, "note: control character", at);
        }
    }
    return AW_OK;
}

/* Offset behind the last two line feeds in a row; 0 when there are none. */
static size_t behind_last_blank(aw_bytes message)
{
    for (size_t at = message.n; at >= 2; at--) {
        if (message.p[at - 1] == '\n' && message.p[at - 2] == '\n') {
            return at;
        }
    }
    return 0;
}

/* Steps 1 to 3: bytes, text and signature part. */
static aw_err split_frame(aw_bytes message, struct aw_note *note,
                          struct aw_diag *diag)
{
    if (message.n > AW_NOTE_MAX) {
        return aw_fail(diag, AW_ERR_SPACE, "note: length", message.n);
    }
    aw_err err = note_check_bytes(message, diag);

    if (err != AW_OK) {
        return err;
    }
    size_t at = behind_last_blank(message);

    if (at == 0) {
        return aw_fail(diag, AW_ERR_FORMAT, "note: no empty line", message.n);
    }
    if (at == message.n || message.p[message.n - 1] != '\n') {
        return aw_fail(diag, AW_ERR_FORMAT, "note: end", message.n);
    }
    struct aw_rd r = aw_rd_init(message);

    note->text = aw_rd_take(&r, at - 1);
    (void)aw_rd_take(&r, 1);
    note->sigs = aw_rd_rest(&r);
    return AW_OK;
}

/* Checks base64 text of any length without keeping the bytes, but for the
 * first ones. Gives the number of bytes, or 0 when the text is malformed. */
static size_t base64_head(aw_bytes text, uint8_t head[ID_SIZE])
{
    enum { BYTES = 192, CHARS = BYTES / 3 * 4 };

    uint8_t buf[BYTES];
    struct aw_rd r = aw_rd_init(text);
    size_t total = 0;

    while (aw_rd_left(&r) > 0) {
        struct aw_wr w = aw_wr_init(buf, sizeof(buf));
        size_t left = aw_rd_left(&r);
        aw_bytes part = aw_rd_take(&r, left < CHARS ? left : CHARS);

        if (aw_base64_decode(part, &w) != AW_OK ||
            (w.n != BYTES && aw_rd_left(&r) > 0)) {
            return 0; /* padding in the middle is malformed, too */
        }
        for (size_t i = 0; total == 0 && i < ID_SIZE && i < w.n; i++) {
            head[i] = buf[i];
        }
        total += w.n;
    }
    return total;
}

aw_err aw_note_sig_next(struct aw_rd *r, struct aw_note_sig *sig)
{
    struct aw_note_sig out;
    uint8_t id[ID_SIZE] = {0};

    if (aw_rd_left(r) == 0) {
        return AW_ERR_NOT_FOUND;
    }
    size_t from = r->at;
    struct aw_rd line = aw_rd_init(aw_rd_line(r));

    if (r->failed || !aw_slice(r->b, from, line.b.n + 1, &out.line)) {
        return AW_ERR_FORMAT;
    }
    aw_bytes start = aw_rd_take(&line, sizeof(line_start));

    if (!aw_bytes_equal(start, (aw_bytes){line_start, sizeof(line_start)})) {
        return AW_ERR_FORMAT;
    }
    out.name = aw_rd_until(&line, ' ');
    out.base64 = aw_rd_rest(&line);
    if (line.failed || !aw_key_name_valid(out.name) ||
        base64_head(out.base64, id) < SIG_LEAST) {
        return AW_ERR_FORMAT;
    }
    struct aw_rd number = aw_rd_init((aw_bytes){id, sizeof(id)});

    out.id = aw_rd_be32(&number);
    *sig = out;
    return AW_OK;
}

bool aw_note_sig_is_of(const struct aw_note_sig *sig, const struct aw_vkey *key)
{
    return sig->id == key->id && aw_bytes_equal(sig->name, key->name);
}

/* Verifies a line of a known key with a type that we can verify. */
static aw_err verify_line(const struct aw_note_sig *sig, aw_bytes text,
                          const struct aw_vkey *key, uint64_t *time)
{
    uint8_t buf[ID_SIZE + NOTE_SIG_MAX];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    if (aw_base64_decode(sig->base64, &w) != AW_OK) {
        return AW_ERR_SIG; /* longer than any signature of these types */
    }
    struct aw_rd r = aw_rd_init(aw_wr_done(&w));

    (void)aw_rd_be32(&r); /* the id, which has been compared */
    return note_verify(key, text, aw_rd_rest(&r), time);
}

/* Number of the first key from `from` on that the line is of, or n_keys. */
static size_t find_key(const struct aw_note_sig *sig,
                       const struct aw_vkey *keys, size_t n_keys, size_t from)
{
    while (from < n_keys && !aw_note_sig_is_of(sig, &keys[from])) {
        from++;
    }
    return from;
}

/* Steps 7 to 9 for a well-formed line, the note's n_sigs-th. */
static aw_err judge_line(const struct aw_note_sig *sig,
                         const struct aw_vkey *keys, size_t n_keys,
                         struct aw_note *note)
{
    size_t k = find_key(sig, keys, n_keys, 0);

    if (k == n_keys) {
        return AW_OK;
    }
    if (find_key(sig, keys, n_keys, k + 1) != n_keys) {
        return AW_ERR_AMBIGUOUS;
    }
    if (note->verified[k] != 0) {
        return AW_OK;
    }
    if (keys[k].type == AW_KEY_MLDSA44) {
        if (note->unsupported[k] == 0) {
            note->unsupported[k] = (uint8_t)note->n_sigs;
            note->n_unsupported++;
        }
        return AW_OK;
    }
    aw_err err = verify_line(sig, note->text, &keys[k], &note->time[k]);

    if (err == AW_OK) {
        note->verified[k] = (uint8_t)note->n_sigs;
        note->n_verified++;
    }
    return err;
}

static const char *line_problem(aw_err err)
{
    switch (err) {
    case AW_ERR_AMBIGUOUS:
        return "note: two keys fit a line";
    case AW_ERR_SIG:
        return "note: signature of a known key";
    default:
        return "note: signature line";
    }
}

/* Steps 1 to 9; without keys it splits only. */
static aw_err read_note(aw_bytes message, const struct aw_vkey *keys,
                        size_t n_keys, struct aw_note *note,
                        struct aw_diag *diag)
{
    aw_err err = split_frame(message, note, diag);

    if (err != AW_OK) {
        return err;
    }
    struct aw_rd r = aw_rd_init(note->sigs);

    while (aw_rd_left(&r) > 0) {
        size_t at = note->text.n + 1 + r.at;
        struct aw_note_sig sig;

        err = aw_note_sig_next(&r, &sig);
        if (err == AW_OK && ++note->n_sigs > AW_NOTE_MAX_SIGS) {
            return aw_fail(diag, AW_ERR_FORMAT, "note: too many lines", at);
        }
        if (err == AW_OK) {
            err = judge_line(&sig, keys, n_keys, note);
        }
        if (err != AW_OK) {
            return aw_fail(diag, err, line_problem(err), at);
        }
    }
    return AW_OK;
}

aw_err aw_note_split(aw_bytes message, struct aw_note *note,
                     struct aw_diag *diag)
{
    struct aw_note out = {0};
    aw_err err = read_note(message, NULL, 0, &out, diag);

    if (err == AW_OK) {
        *note = out;
    }
    return err;
}

aw_err aw_note_open(aw_bytes message, const struct aw_vkey *keys, size_t n_keys,
                    struct aw_note *note, struct aw_diag *diag)
{
    struct aw_note out = {0};

    if (n_keys > AW_NOTE_MAX_KEYS) {
        return aw_fail(diag, AW_ERR_SPACE, "note: number of keys", n_keys);
    }
    aw_err err = read_note(message, keys, n_keys, &out, diag);

    if (err != AW_OK) {
        return err;
    }
    if (out.n_verified == 0) {
        return aw_fail(diag, AW_ERR_NO_SIG, "note: no known key signed",
                       out.text.n);
    }
    *note = out;
    return AW_OK;
}

/* True when the same line stands among those in front of offset `before`. */
static bool repeated(const struct aw_note *note, const struct aw_note_sig *sig,
                     size_t before)
{
    struct aw_rd r = aw_rd_init(note->sigs);
    aw_bytes want = {sig->line.p, sig->line.n - 1};

    while (r.at < before && !r.failed) {
        if (aw_bytes_equal(aw_rd_line(&r), want)) {
            return true;
        }
    }
    return false;
}

/* True when the line's key is one that open verifies or rejects. */
static bool judged(const struct aw_note_sig *sig, const struct aw_vkey *keys,
                   size_t n_keys)
{
    for (size_t i = 0; i < n_keys; i++) {
        if (keys[i].type != AW_KEY_MLDSA44 &&
            aw_note_sig_is_of(sig, &keys[i])) {
            return true;
        }
    }
    return false;
}

aw_err aw_note_sig_next_unverified(const struct aw_note *note,
                                   const struct aw_vkey *keys, size_t n_keys,
                                   struct aw_rd *r, struct aw_note_sig *sig)
{
    for (;;) {
        struct aw_note_sig out;
        size_t at = r->at;
        aw_err err = aw_note_sig_next(r, &out);

        if (err != AW_OK) {
            return err;
        }
        if (!judged(&out, keys, n_keys) && !repeated(note, &out, at)) {
            *sig = out;
            return AW_OK;
        }
    }
}

aw_bytes aw_note_line(aw_bytes sigs, size_t n)
{
    struct aw_rd r = aw_rd_init(sigs);
    aw_bytes line = {NULL, 0};

    for (size_t i = 0; i < n; i++) {
        struct aw_rd whole = r;

        (void)aw_rd_line(&r);
        line = aw_rd_take(&whole, r.at - whole.at);
    }
    return line;
}
