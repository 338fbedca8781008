/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_SIGNER_H
#define COMMON_SIGNER_H

#include "aw/ftlog/note.h"
#include "common/input.h"

/*
 * The key that --key names, ready to sign notes.
 */

/* Rows of --key have the same help everywhere. */
#define AW_KEY_ARG  "FILE"
#define AW_KEY_HELP "Signer key: a file that nobody else may be able to read."

/* A signer key in use. End with aw_signer_close. */
struct aw_signer_use {
    struct aw_note_signer by; /* its name lives as long as the run */
    struct aw_skey *secret;   /* private */
};

/**
 * Opens a signer key.
 *
 * @param value  of --key
 * @param use    empty on failure
 *
 * @return AW_EXIT_OK, or the exit code of what was reported
 */
AW_MUST_CHECK int aw_signer_open(struct aw_ctx *ctx, const char *value,
                                 struct aw_signer_use *use);

/** Wipes the secret. A zeroed use is allowed. */
void aw_signer_close(struct aw_signer_use *use);

/**
 * Signs a text and writes the whole note.
 *
 * @param what  for messages: "the checkpoint"
 */
AW_MUST_CHECK int aw_signer_note(struct aw_ctx *ctx,
                                 const struct aw_signer_use *use, aw_bytes text,
                                 const char *what, struct aw_wr *note);

#endif
