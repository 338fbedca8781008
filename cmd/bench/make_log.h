/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_MAKE_LOG_H
#define BENCH_MAKE_LOG_H

#include "aw/ftlog/merkle.h"
#include "aw/ftlog/tile.h"
#include "aw/hostio/diag.h"

/* Bytes of the smallest entry: its index and a number made from it. */
enum { BENCH_ENTRY_MIN = 16 };

/* A log for measurements: tiled layout, entries of one size with contents
 * that follow from their index. Not durable, not for real logs. */
struct bench_log {
    const char *dir; /* exists */
    uint64_t leaves;
    size_t entry_size; /* bytes, BENCH_ENTRY_MIN to AW_ENTRY_MAX */
    void (*progress)(void *ctx, uint64_t leaves); /* more done; may be NULL */
    void *progress_ctx;
};

/** Origin of such a log, and its key. Both halves are public on purpose: it
 *  signs measurements only. */
#define BENCH_ORIGIN "example.com/bench"
extern const char bench_vkey[];
extern const char bench_skey[];

/** Content of an entry: follows from its index alone. */
void bench_fill_entry(uint64_t index, uint8_t *p, size_t n);

/**
 * Writes entries, tiles and the signed checkpoint.
 *
 * @param root  of the tree
 * @return AW_OK; AW_ERR_RESOURCE, AW_ERR_IO; AW_ERR_CANCELLED.
 */
AW_MUST_CHECK aw_err bench_make_log(const struct bench_log *log, aw_hash *root,
                                    struct aw_host_diag *why);

#endif
