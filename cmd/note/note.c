/* SPDX-License-Identifier: Apache-2.0 */
#include "note/note.h"

static const struct aw_cmd *const commands[] = {
    &aw_cmd_note_verify,
    &aw_cmd_note_sign,
    &aw_cmd_note_key,
    NULL,
};

const struct aw_cmd aw_cmd_note = {
    .name = "note",
    .summary = "verify and sign notes, make and check their keys",
    .prose = "A signed note is a text with one or more signature lines below "
             "it. Manifests, checkpoints and attestations of the Armored "
             "Witness are notes.",
    .sub = commands,
};
