/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_OFFLINE_H
#define COMMON_OFFLINE_H

#include "aw/ftlog/note.h"
#include "common/cmd.h"

/*
 * Signing where the key is, on another machine: --prepare writes the text,
 * aw note sign signs it there, --attach takes the note and verifies it.
 */

/** Writes a text that is to be signed to a new file. */
AW_MUST_CHECK int aw_offline_prepare(struct aw_ctx *ctx, const char *path,
                                     aw_bytes text);

/* What a note from elsewhere must be. */
struct aw_offline {
    const char *subject; /* where it is from */
    const char *what;    /* for messages, when it is something else */
    const char *remedy;  /* may be NULL */
    aw_bytes text;       /* that was prepared */
    struct aw_vkey key;  /* that must have signed it */
};

/**
 * Verifies that a note holds the key's signature over the very text that was
 * prepared.
 *
 * @param line  set to the signature line, borrowed from note
 *
 * @return AW_EXIT_OK, AW_EXIT_MISMATCH
 */
AW_MUST_CHECK int aw_offline_verify(struct aw_ctx *ctx,
                                    const struct aw_offline *offline,
                                    aw_bytes note, aw_bytes *line);

#endif
