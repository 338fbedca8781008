/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_REPROBUILD_SHARD_H
#define AW_REPROBUILD_SHARD_H

#include "aw/release.h"
#include "aw/sha256.h"
#include "aw/sink.h"

/* A plan: the releases of a log as numbered jobs, for any scheduler. Format
 * page: docs/formats/rebuild-plan.md. Its SHA-256 names it. */
enum {
    AW_RB_PLAN_MAX = 64 * 1024 * 1024, /* bytes of text */
    AW_RB_PLAN_JOBS = 100000
};

/* Spans are borrowed. */
struct aw_rb_plan {
    aw_bytes origin;
    uint64_t size; /* of the log's tree */
    uint8_t root[AW_SHA256_SIZE];
    uint8_t policy[AW_SHA256_SIZE]; /* see aw_policy_hash */
    aw_bytes jobs;                  /* the rows; for aw_rb_plan_job_next */
    uint64_t n;
};

struct aw_rb_plan_job {
    uint64_t index; /* in the log; ascending in a plan */
    uint8_t leaf[AW_SHA256_SIZE];
    enum aw_component component;
    aw_bytes version;
    aw_bytes commit;
    uint8_t expected[AW_SHA256_SIZE];
};

/** Writes all before the rows; plan->jobs has no part in it. */
void aw_rb_plan_write(const struct aw_rb_plan *plan,
                      const struct aw_sink *sink);
void aw_rb_plan_job_write(const struct aw_rb_plan_job *job,
                          const struct aw_sink *sink);

/**
 * Reads a plan, all rows included.
 *
 * @param plan  untouched on failure
 * @param diag  may be NULL; `at` is the line
 *
 * @return AW_OK; AW_ERR_UNSUPPORTED for another version; AW_ERR_FORMAT;
 *         AW_ERR_SPACE above the limits; AW_ERR_DUPLICATE if indices do not
 *         ascend.
 */
AW_MUST_CHECK aw_err aw_rb_plan_parse(aw_bytes text, struct aw_rb_plan *plan,
                                      struct aw_diag *diag);

/** Reads the next row. @param r  cursor over plan->jobs
 *  @return AW_OK; AW_ERR_NOT_FOUND at the end; AW_ERR_FORMAT */
AW_MUST_CHECK aw_err aw_rb_plan_job_next(struct aw_rd *r,
                                         struct aw_rb_plan_job *job);

#endif
