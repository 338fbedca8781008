/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_FTLOG_NOTE_H
#define AW_FTLOG_NOTE_H

#include "aw/bytes.h"
#include "aw/ftlog/key.h"
#include "aw/signer.h"

/*
 * Signed notes (C2SP signed-note; Go x/mod sumdb/note). A note is a text that
 * ends in a line feed, an empty line, and one or more signature lines:
 *
 *   em dash, space, key name, space, base64(key id be32 || signature), LF
 *
 * The signature covers the text only, up to and with its last line feed.
 * Bytes are untrusted everywhere. See docs/formats/note.md.
 */
enum {
    AW_NOTE_MAX = 1 << 20,  /* bytes of a whole note */
    AW_NOTE_MAX_SIGS = 100, /* signature lines */
    AW_NOTE_MAX_KEYS = 128, /* keys given to aw_note_open */
    /* Bytes of a text under a cosignature: upstream's witnesses take no
     * larger request. */
    AW_NOTE_COSIGNED_MAX = 16 * 1024
};

/* One signature line, borrowed from the note. */
struct aw_note_sig {
    aw_bytes line; /* whole line with its line feed */
    aw_bytes name; /* of the key */
    aw_bytes base64;
    uint32_t id; /* of the key */
};

/* An opened or split note. Spans are borrowed from the message. */
struct aw_note {
    aw_bytes text; /* signed text, last line feed included */
    aw_bytes sigs; /* all signature lines */
    size_t n_sigs;
    size_t n_verified;    /* distinct keys that verified */
    size_t n_unsupported; /* distinct ML-DSA-44 keys with a line */
    /* Per key of the list given to open: 0, or 1 + number of the line. A key
     * stands in at most one of the two arrays. */
    uint8_t verified[AW_NOTE_MAX_KEYS];
    uint8_t unsupported[AW_NOTE_MAX_KEYS];
    /* Per verified key of type 4 or 5: seconds since 1970, else 0. */
    uint64_t time[AW_NOTE_MAX_KEYS];
};

/**
 * Takes a note apart and checks its form, but no signature.
 *
 * @param message  whole note; untrusted
 * @param note     spans borrowed from message, nothing marked as verified;
 *                 untouched on failure
 * @param diag     may be NULL; offset in message
 *
 * @return AW_OK; AW_ERR_SPACE above AW_NOTE_MAX; AW_ERR_FORMAT if the message
 *         is not strict UTF-8, has control characters, no empty line, no
 *         signature line, a malformed line, or more than AW_NOTE_MAX_SIGS.
 */
AW_MUST_CHECK aw_err aw_note_split(aw_bytes message, struct aw_note *note,
                                   struct aw_diag *diag);

/**
 * Opens a note with the keys that the caller trusts. A line of an unknown key
 * does no harm; a bad line of a known key rejects the whole note; further
 * lines of a key that has verified are not looked at. Success means that at
 * least one key verified: callers that need several count `verified`.
 *
 * @param message  whole note; untrusted
 * @param keys     n_keys keys, at most AW_NOTE_MAX_KEYS
 * @param note     spans borrowed from message; untouched on failure
 * @param diag     may be NULL; offset in message
 *
 * @return AW_OK; AW_ERR_SPACE and AW_ERR_FORMAT as aw_note_split, and
 *         AW_ERR_SPACE for too many keys; AW_ERR_AMBIGUOUS if a line's name
 *         and id fit two keys; AW_ERR_SIG if a line of a known key does not
 *         verify; AW_ERR_NO_SIG if no line is of a known key that can be
 *         verified.
 */
AW_MUST_CHECK aw_err aw_note_open(aw_bytes message, const struct aw_vkey *keys,
                                  size_t n_keys, struct aw_note *note,
                                  struct aw_diag *diag);

/**
 * Reads the next signature line.
 *
 * @param r    cursor over note->sigs; moves behind the line
 * @param sig  borrowed from the cursor's bytes; untouched on failure
 *
 * @return AW_OK; AW_ERR_NOT_FOUND at the end; AW_ERR_FORMAT for a malformed
 *         line (never in lines of a note that was split or opened).
 */
AW_MUST_CHECK aw_err aw_note_sig_next(struct aw_rd *r, struct aw_note_sig *sig);

/**
 * As aw_note_sig_next, but passes over the lines of keys that can be verified,
 * and over lines that came before: the unverified ones are left.
 *
 * @param note  opened with, or split and compared with, the n_keys keys
 * @param r     cursor over note->sigs
 */
AW_MUST_CHECK aw_err aw_note_sig_next_unverified(const struct aw_note *note,
                                                 const struct aw_vkey *keys,
                                                 size_t n_keys, struct aw_rd *r,
                                                 struct aw_note_sig *sig);

/** Line number `n`, from 1, of the signature lines of a note that was opened:
 *  what `verified` names. Borrowed from sigs. */
aw_bytes aw_note_line(aw_bytes sigs, size_t n);

/** True when the line has the name and the id of the key. */
bool aw_note_sig_is_of(const struct aw_note_sig *sig,
                       const struct aw_vkey *key);

/** Writes a signature line of given bytes, as of a key in a token. */
void aw_note_sig_write(aw_bytes name, uint32_t id, aw_bytes signature,
                       struct aw_wr *w);

/**
 * Signs a text and writes the signature line, not the text: a new note is the
 * text, a line feed, and what this writes.
 *
 * @param text  must end in a line feed and be fit for a note; for a key of
 *              AW_KEY_COSIG_V1 a checkpoint
 * @param time  seconds since 1970, at most 2^63-1, for AW_KEY_COSIG_V1; not
 *              looked at for other keys
 *
 * @return AW_OK; AW_ERR_FORMAT if the text is no text of a note or, for a
 *         cosignature, no checkpoint; AW_ERR_RANGE for a time above 2^63-1;
 *         AW_ERR_KEY for another type of key; AW_ERR_SPACE if the line does
 *         not fit or the text exceeds AW_NOTE_COSIGNED_MAX or AW_NOTE_MAX.
 */
AW_MUST_CHECK aw_err aw_note_sign(aw_bytes text, const struct aw_skey *key,
                                  uint64_t time, struct aw_wr *w);

/* A key that signs notes, wherever its secret half is. */
struct aw_note_signer {
    struct aw_vkey key; /* AW_KEY_ED25519 or AW_KEY_COSIG_V1 */
    struct aw_signer signer;
};

/**
 * As aw_note_sign, with a key whose secret half may be out of our reach. The
 * signature is verified before it is written.
 *
 * @param diag  may be NULL
 *
 * @return as aw_note_sign; AW_ERR_SIG when what the signer made does not
 *         verify: it has another key; errors of the signer.
 */
AW_MUST_CHECK aw_err aw_note_sign_by(aw_bytes text,
                                     const struct aw_note_signer *by,
                                     uint64_t time, struct aw_wr *w,
                                     struct aw_diag *diag);

/**
 * Writes a note's text, the empty line and its signature lines in upstream's
 * order: verified ones, then the others, each once; none of `leave_out`.
 *
 * @param note       opened with the n_keys keys, or split with none
 * @param leave_out  may be NULL; the key that is about to sign again
 */
void aw_note_write(const struct aw_note *note, const struct aw_vkey *keys,
                   size_t n_keys, const struct aw_vkey *leave_out,
                   struct aw_wr *w);

/**
 * Writes a note with one more signature, last; a line that the key has on
 * the note already is replaced. Errors as aw_note_sign.
 *
 * @param note  opened with the n_keys keys, or split with none
 */
AW_MUST_CHECK aw_err aw_note_countersign(const struct aw_note *note,
                                         const struct aw_vkey *keys,
                                         size_t n_keys,
                                         const struct aw_skey *key,
                                         uint64_t time, struct aw_wr *w);

/**
 * As aw_note_countersign, with a key whose secret half may be out of our
 * reach. Errors as aw_note_sign_by.
 */
AW_MUST_CHECK aw_err aw_note_countersign_by(const struct aw_note *note,
                                            const struct aw_vkey *keys,
                                            size_t n_keys,
                                            const struct aw_note_signer *by,
                                            uint64_t time, struct aw_wr *w);

#endif
