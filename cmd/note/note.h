/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOTE_NOTE_H
#define NOTE_NOTE_H

#include "aw/ftlog/note.h"
#include "common/cmd.h"

/* aw note verify | sign | key generate | key show | key check */
extern const struct aw_cmd aw_cmd_note;

extern const struct aw_cmd aw_cmd_note_verify;
extern const struct aw_cmd aw_cmd_note_sign;
extern const struct aw_cmd aw_cmd_note_key;

/** Writes "signers", the keys that the signature lines name. Nothing of it is
 *  verified. */
void note_put_signers(struct aw_ctx *ctx, const struct aw_note *note);

#endif
