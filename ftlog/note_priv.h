/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOTE_PRIV_H
#define NOTE_PRIV_H

#include "aw/ftlog/note.h"

/* Longest signature of a type that we verify, key id not counted. */
enum { NOTE_SIG_MAX = 256 };

/**
 * Verifies one signature by the rules of the key's type.
 *
 * @param text  signed text of the note
 * @param sig   bytes behind the key id; untrusted
 * @param time  set to seconds since 1970 for types 4 and 5, else to 0;
 *              untouched on failure
 *
 * @return AW_OK; AW_ERR_SIG; AW_ERR_UNSUPPORTED for ML-DSA-44.
 */
AW_MUST_CHECK aw_err note_verify(const struct aw_vkey *key, aw_bytes text,
                                 aw_bytes sig, uint64_t *time);

/** Writes the text that a cosignature/v1 covers. */
void note_cosigned_text(uint64_t time, aw_bytes text, struct aw_wr *w);

/** AW_OK or AW_ERR_FORMAT: the characters that a note may hold. */
AW_MUST_CHECK aw_err note_check_bytes(aw_bytes message, struct aw_diag *diag);

/* Room for what note_cosigned_text puts before the text. */
enum { NOTE_COSIGNED_HEAD = 64 };

#endif
