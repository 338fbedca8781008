/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_READS_H
#define LOG_READS_H

#include "aw/store.h"

/* How many files of a log were read, by kind. */
struct log_read_counts {
    uint64_t tiles;   /* of hashes */
    uint64_t entries; /* entries, or bundles of them */
    uint64_t indices; /* of leaf hashes, serverless layout */
    uint64_t others;  /* checkpoint, tree state */
    uint64_t probes;  /* asked for only to learn whether they are there */
};

/* A store that counts. */
struct log_reads {
    struct log_read_counts n;
    struct aw_store inner; /* private */
};

/**
 * Puts a counter before a store.
 *
 * @param reads  must outlive the store that is returned, and stay in place
 * @param inner  copied
 */
struct aw_store log_reads_count(struct log_reads *reads,
                                const struct aw_store *inner);

#endif
