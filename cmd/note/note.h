/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOTE_NOTE_H
#define NOTE_NOTE_H

#include "common/cmd.h"

/* aw note verify | sign | key generate | key show | key check */
extern const struct aw_cmd aw_cmd_note;

extern const struct aw_cmd aw_cmd_note_verify;
extern const struct aw_cmd aw_cmd_note_sign;
extern const struct aw_cmd aw_cmd_note_key;

#endif
