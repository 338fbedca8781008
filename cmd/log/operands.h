/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_OPERANDS_H
#define LOG_OPERANDS_H

#include "aw/ftlog/merkle.h"
#include "common/cmd.h"

/* Operands of the form "[SOURCE] X...": the last `n` are not optional. */
struct log_operands {
    const char *source; /* NULL: not given */
    const char **item;  /* n of them */
};

/** @return AW_EXIT_OK, or the exit code of wrong usage */
AW_MUST_CHECK int log_operands_split(struct aw_ctx *ctx, size_t n,
                                     struct log_operands *operands);

/** Writes "proof", a list of base64 hashes, to the result. */
void log_show_proof(struct aw_ctx *ctx, const struct aw_proof *proof);

#endif
