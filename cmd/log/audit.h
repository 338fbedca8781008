/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_AUDIT_H
#define LOG_AUDIT_H

#include "aw/ftlog/layout.h"
#include "aw/ftlog/merkle.h"
#include "aw/hostio/store.h"
#include "common/cmd.h"
#include "common/progress.h"

/*
 * The whole-log audit: every hash of a log is computed again and compared.
 *
 * Unit of work is a level-1 tile, 65,536 leaves. Units are done in parallel,
 * one store each worker, and merged in order, so memory does not depend on the
 * size of the log.
 */
enum {
    AUDIT_UNIT_TILES = 256,
    AUDIT_UNIT_LEAVES = AUDIT_UNIT_TILES * AW_TILE_WIDTH,
    AUDIT_JOBS_MAX = 64,
    /* Room for the saved state of a run that goes on later. */
    AUDIT_RESUME_MAX = 96 * 1024
};

/* What is audited, and how. Shared by all workers, constant during a run. */
struct audit_plan {
    const char *source; /* for aw_store_open */
    const char *name;   /* of the source, for people */
    const struct aw_store_options *store_options;
    enum aw_layout layout;
    struct aw_tree tree; /* of the verified checkpoint */
    bool from_tiles;     /* leaf hashes are taken from the tiles; leaves of a
                          * local log are compared where they are there */
    bool remote;         /* what does not fit is the log's fault: exit 12 */
    bool check_index;    /* serverless: leaves/ must give each index */
    unsigned jobs;       /* 1 to AUDIT_JOBS_MAX */
    struct aw_ctx *ctx;  /* for findings */
    struct aw_progress *progress; /* counts leaves; may be NULL */
    /* Called in order of units with what a later run needs. May be NULL. */
    void (*save)(void *save_ctx, aw_bytes resume);
    void *save_ctx;
    aw_bytes resume; /* of an earlier run; empty: from the start */
};

/* Leaves whose files are missing, as runs in ascending order. */
struct audit_gap {
    uint64_t first;
    uint64_t last;
};

enum { AUDIT_GAPS = 128 };

struct audit_gaps {
    uint64_t leaves; /* in total */
    size_t n;        /* runs kept */
    bool more;       /* there were more runs */
    struct audit_gap run[AUDIT_GAPS];
};

/** True when the audit has found so much that it ends with
 *  AW_ERR_CANCELLED: what a hostile log can make us keep is limited. */
bool audit_enough(struct aw_ctx *ctx);

/** Adds leaves behind those already there. */
void audit_gaps_add(struct audit_gaps *gaps, uint64_t first, uint64_t last);
/** Adds those of a part that lies behind. */
void audit_gaps_join(struct audit_gaps *gaps, const struct audit_gaps *more);

struct audit_result {
    aw_hash root; /* computed; equal to the checkpoint's when all is well */
    uint64_t leaves;
    uint64_t tiles;
    uint64_t resumed_from;      /* leaves that an earlier run had done */
    struct audit_gaps missing;  /* only with from_tiles */
    struct aw_host_diag why;    /* of the failure that ended the run */
    char path[AW_LOG_PATH_MAX]; /* file at which it ended, or "" */
};

/** How many jobs suit this machine. */
unsigned audit_jobs(void);

/**
 * Audits the tree. What does not fit is a finding that names the file.
 *
 * @return AW_OK when the whole tree was read, whatever the findings;
 *         AW_ERR_NOT_FOUND when a file is missing; AW_ERR_CANCELLED when the
 *         user or audit_enough says so; the errors of the store.
 */
AW_MUST_CHECK aw_err audit_run(const struct audit_plan *plan,
                               struct audit_result *result);

#endif
