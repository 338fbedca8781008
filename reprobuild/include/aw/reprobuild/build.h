/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_REPROBUILD_BUILD_H
#define AW_REPROBUILD_BUILD_H

#include "aw/reprobuild/compare.h"
#include "aw/reprobuild/explain.h"
#include "aw/reprobuild/recipe.h"
#include "aw/reprobuild/result.h"
#include "aw/reprobuild/sandbox.h"
#include "aw/reprobuild/source.h"
#include "aw/reprobuild/toolchain.h"

/* The whole way from a job to a verdict: fetch, build sealed, build again with
 * other surroundings, compare, explain. */
struct aw_rb_setup {
    const char *cache;      /* folder; mirrors, packages and work are below */
    const char *repository; /* of the job's component; NULL: the recipe's */
    const char *tamago;     /* folder with TamaGo toolchains by version */
    const struct aw_store *modules; /* server for modules of Go, or NULL */
    struct aw_rb_inputs inputs;
    struct aw_rb_limits limits;
    struct aw_rb_source_limits source_limits;
    bool one_pass; /* without variation; the result says so */
    bool offline;
    bool cleanup; /* drop the mirror after the build */
    bool (*stopped)(void);
};

/* A pass of a build. */
struct aw_rb_pass {
    bool ran;
    struct aw_rb_ran out;
    bool has_digest;
    uint8_t digest[AW_SHA256_SIZE]; /* of the image */
};

enum { AW_RB_PASSES = 2 };

/* What came of a job; end with aw_rb_outcome_free. */
struct aw_rb_outcome {
    enum aw_rb_verdict verdict;
    char reason[AW_RB_REASON_MAX + 1]; /* "-" for none */
    struct aw_rb_pass pass[AW_RB_PASSES];
    char varied[64]; /* "-" with one pass */
    bool between;    /* the passes differ from each other */
    bool has_difference;
    struct aw_rb_difference difference; /* from the logged image, or between */
    struct aw_rb_place place;
};

void aw_rb_outcome_free(struct aw_rb_outcome *outcome);

/**
 * Rebuilds.
 *
 * @param job      from aw_rb_job_init
 * @param logged   the image in the log, for the explanation; may be empty
 * @param outcome  untouched on failure
 *
 * @return AW_OK with any verdict; AW_ERR_PRECONDITION without sandbox or git;
 *         AW_ERR_CANCELLED; AW_ERR_RESOURCE and AW_ERR_IO of our own folders.
 */
AW_MUST_CHECK aw_err aw_rb_build(const struct aw_rb_setup *setup,
                                 const struct aw_rb_job *job, aw_bytes logged,
                                 struct aw_rb_outcome *outcome,
                                 struct aw_host_diag *host);

/**
 * Keeps what a rebuild leaves behind: logs and images, compressed and cut, and
 * the explanation, in a new folder.
 *
 * @param max  bytes of one file before compression
 * @return AW_OK; as aw_folder_write
 */
AW_MUST_CHECK aw_err aw_rb_evidence(const struct aw_rb_outcome *outcome,
                                    const char *folder, size_t max,
                                    struct aw_host_diag *host);

/**
 * Reads the end of a log that aw_rb_evidence kept.
 *
 * @param path  untrusted in content
 * @param max   bytes; a longer log begins with a whole line
 * @param text  the caller frees it; untouched on failure
 * @param cut   true: it is longer
 *
 * @return as aw_file_read; AW_ERR_FORMAT if it is no gzip file; AW_ERR_SPACE
 *         if it unpacks to more than a log may have.
 */
AW_MUST_CHECK aw_err aw_rb_evidence_log(const char *path, size_t max,
                                        struct aw_blob *text, bool *cut,
                                        struct aw_host_diag *host);

#endif
