/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MANIFEST_MANIFEST_H
#define MANIFEST_MANIFEST_H

#include "aw/ftlog/manifest.h"
#include "aw/ftlog/note.h"
#include "common/cmd.h"

/* aw manifest create | sign | show | verify */
extern const struct aw_cmd aw_cmd_manifest;

extern const struct aw_cmd aw_cmd_manifest_create;
extern const struct aw_cmd aw_cmd_manifest_sign;
extern const struct aw_cmd aw_cmd_manifest_show;
extern const struct aw_cmd aw_cmd_manifest_verify;

/* A manifest file taken apart. Lives as long as the run. */
struct manifest_file {
    const char *path;
    aw_bytes data;       /* whole file */
    bool is_signed;      /* a note; else the bare JSON text */
    struct aw_note note; /* split only, nothing in it is verified */
    struct aw_manifest manifest;
};

/** Memory for the texts of a manifest. */
struct aw_wr manifest_work(struct aw_ctx *ctx);

/** Puts what a manifest says, its signers as the note names them and the hash
 *  that it has as a leaf of a log. */
void manifest_put(struct aw_ctx *ctx, const struct manifest_file *file);

/** Refuses a text that nobody can sign, since its lines end in CR LF.
 *  @return AW_ERR_FORMAT, or AW_OK */
AW_MUST_CHECK aw_err manifest_check_lines(aw_bytes text, struct aw_diag *diag);

/** Reports that a file holds no manifest. @return exit code */
int manifest_report(struct aw_ctx *ctx, const char *path, aw_bytes data,
                    aw_err err, enum aw_subject on, const struct aw_diag *diag);

/**
 * Puts what a command has made: a note or a bare text to a new file, or to
 * standard output when it is NULL or "-". With --json also as "manifest".
 *
 * @param key  that signed it; NULL for a bare text
 */
AW_MUST_CHECK int manifest_put_result(struct aw_ctx *ctx, const char *output,
                                      aw_bytes data, const struct aw_vkey *key);

#endif
