/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_COMPLETION_H
#define COMMON_COMPLETION_H

#include "common/cmd.h"

/* Completion scripts, generated from the tables. All print to standard
 * output. */
void aw_complete_bash(struct aw_ctx *ctx);
void aw_complete_zsh(struct aw_ctx *ctx);
void aw_complete_fish(struct aw_ctx *ctx);

/* What the value of an option is completed with. */
enum aw_complete_kind {
    AW_COMPLETE_NONE, /* nothing is known */
    AW_COMPLETE_FILE,
    AW_COMPLETE_CHOICE /* the words of `arg` */
};

enum aw_complete_kind aw_complete_kind(const struct aw_opt *opt);

/** Text with each of the characters `special` behind a backslash; memory from
 *  the pool. */
const char *aw_complete_escape(struct aw_pool *pool, const char *text,
                               const char *special);

/** Text for between single quotes of a shell; memory from the pool. */
const char *aw_complete_quote(struct aw_pool *pool, const char *text);

#endif
