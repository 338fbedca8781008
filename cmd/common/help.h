/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_HELP_H
#define COMMON_HELP_H

#include "common/cmd.h"

/** Writes the help of a command or group to standard output. */
void aw_help_print(struct aw_ctx *ctx, const struct aw_cmd *cmd,
                   const char *path);
/** The same, or with --json a document of the tables behind it. */
void aw_help_show(struct aw_ctx *ctx, const struct aw_cmd *cmd,
                  const char *path);
/** One line, "aw note verify [options] FILE"; memory from the pool. */
const char *aw_help_usage(struct aw_ctx *ctx, const struct aw_cmd *cmd,
                          const char *path);
/** "--vkey=KEY", "--json"; memory from the pool. */
const char *aw_help_spelling(struct aw_ctx *ctx, const struct aw_opt *opt);

/** Subcommand by name, `_` equals `-`; NULL when there is none. */
const struct aw_cmd *aw_cmd_find(const struct aw_cmd *group, const char *name);
/** The longest beginning of words that names a command.
 *  @param used  set to the number of words in it */
const struct aw_cmd *aw_cmd_walk(const struct aw_cmd *root, size_t n,
                                 const char *const *words, size_t *used);
/** Words joined by blanks; memory from the pool. */
const char *aw_cmd_path(struct aw_pool *pool, size_t n,
                        const char *const *words);

/** Called for a command or group that is not hidden.
 *  @param path  "" for the program, "note verify" */
typedef void aw_cmd_fn(void *arg, const struct aw_cmd *cmd, const char *path);
/** Visits a command and all below it, each group before its commands. */
void aw_cmd_visit(struct aw_pool *pool, const struct aw_cmd *cmd,
                  const char *path, aw_cmd_fn *fn, void *arg);

/** First sentence of a text, without its full stop; memory from the pool. */
const char *aw_first_sentence(struct aw_pool *pool, const char *text);

extern const struct aw_cmd aw_cmd_help;
extern const struct aw_cmd aw_cmd_completion;

#endif
