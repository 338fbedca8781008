/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_SIGNER_H
#define COMMON_SIGNER_H

#include "aw/ftlog/note.h"
#include "common/input.h"

/*
 * The key that --key names, ready to sign notes: in a file, in a PKCS #11
 * token, or in an ssh-agent. All three sign the same bytes with the same key.
 *
 * The name of a note's key is not in a token or agent as such. --key-name
 * gives it, or a policy that knows the key; without, it is the label of the
 * key in the token, or the comment of the key in the agent.
 */

/* Rows of --key and --key-name have the same help everywhere. */
#define AW_KEY_ARG "FILE|ADDRESS"
#define AW_KEY_HELP                                                            \
    "Signer key: a file that nobody else may be able to read, or the address " \
    "of a key, pkcs11:... or ssh-agent:SHA256:..., see Keys in aw-note(1)."
#define AW_KEY_NAME_OPT(offset)                                             \
    {                                                                       \
        .name = "key-name", .type = AW_OPT_TEXT, .at = (offset),            \
        .arg = "NAME",                                                      \
        .help = "Name of the key that --key finds in a token or agent; by " \
                "default its label or comment there.",                      \
    }

/* A signer key in use. Zeroed is none. End with aw_signer_close. */
struct aw_signer_use {
    struct aw_note_signer by;        /* its name lives as long as the run */
    struct aw_signer_source *source; /* private */
};

/**
 * Opens a signer key.
 *
 * @param value  of --key
 * @param name   of --key-name; may be NULL
 * @param use    empty on failure
 *
 * @return AW_EXIT_OK, or the exit code of what was reported
 */
AW_MUST_CHECK int aw_signer_open(struct aw_ctx *ctx, const char *value,
                                 const char *name, struct aw_signer_use *use);

/**
 * As aw_signer_open, where the keys that may come are known: a key in a token
 * or agent that is one of them has its name.
 */
AW_MUST_CHECK int aw_signer_open_known(struct aw_ctx *ctx, const char *value,
                                       const struct aw_keys *known,
                                       struct aw_signer_use *use);

/** Wipes the secret, logs out of the token. A zeroed use is allowed. */
void aw_signer_close(struct aw_signer_use *use);

/** The value of --key for messages: without a PIN that is in it. */
const char *aw_signer_shown(struct aw_ctx *ctx, const char *value);

/** The address of a key, not a file. */
bool aw_signer_is_address(const char *value);

/** The same witness's key for cosignatures. */
void aw_signer_as_cosigner(struct aw_signer_use *use);

/** True when an error of signing is the key's, not because of the text. */
bool aw_signer_failed(const struct aw_signer_use *use, aw_err err);

/**
 * Reports that a text could not be signed.
 *
 * @param err   of aw_note_sign_by or aw_note_countersign_by
 * @param what  for messages: "the checkpoint"
 * @param diag  as those filled it
 *
 * @return exit code
 */
int aw_signer_report(struct aw_ctx *ctx, const struct aw_signer_use *use,
                     aw_err err, const char *what, const struct aw_diag *diag);

/**
 * Signs a text and writes the whole note.
 *
 * @param what  for messages: "the checkpoint"
 */
AW_MUST_CHECK int aw_signer_note(struct aw_ctx *ctx,
                                 const struct aw_signer_use *use, aw_bytes text,
                                 const char *what, struct aw_wr *note);

#endif
