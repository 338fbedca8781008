/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RELEASE_NOTES_H
#define RELEASE_NOTES_H

#include "aw/ftlog/changes.h"
#include "log/view.h"

/* Release notes: two releases of a log, and what changed between them. */

/* Size of an artefact in bytes, when it was read. */
struct notes_size {
    bool known;
    uint64_t bytes;
};

struct notes_release {
    uint64_t index;
    aw_bytes leaf; /* whole signed manifest */
    aw_hash hash;
    struct aw_manifest manifest;
    struct notes_size firmware;
    struct notes_size hab_signature;
};

struct notes {
    struct aw_ctx *ctx;
    struct log_view view;
    bool has_from; /* false: the first release of its component */
    struct notes_release from;
    struct notes_release to;
    struct aw_changes changes;
};

/** Writes the notes as Markdown, fit to be the text of a signed note. */
void notes_markdown(const struct notes *n, const struct aw_sink *to);

/** Puts the same as members of the result. */
void notes_put(struct notes *n);

#endif
