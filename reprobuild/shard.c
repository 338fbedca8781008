/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/reprobuild/shard.h"

#include "aw/text.h"

enum { ROW_MAX = 1024 }; /* bytes of the parts that are not text */

static const char first_line[] = "aw-rebuild-plan 1";

/* A line is short: whoever writes one has checked its parts. */
static void put(const struct aw_sink *sink, const struct aw_wr *w)
{
    AW_BUG_ON(w->failed);
    aw_sink_put(sink, aw_wr_done(w));
}

void aw_rb_plan_write(const struct aw_rb_plan *plan, const struct aw_sink *sink)
{
    uint8_t buf[ROW_MAX];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    aw_sink_text(sink, first_line);
    aw_sink_text(sink, "\norigin ");
    aw_sink_put(sink, plan->origin);
    aw_wr_text(&w, "\nsize ");
    aw_wr_dec(&w, plan->size);
    aw_wr_text(&w, "\nroot ");
    aw_wr_hex(&w, (aw_bytes){plan->root, AW_SHA256_SIZE});
    aw_wr_text(&w, "\npolicy ");
    aw_wr_hex(&w, (aw_bytes){plan->policy, AW_SHA256_SIZE});
    aw_wr_text(&w, "\njobs ");
    aw_wr_dec(&w, plan->n);
    aw_wr_u8(&w, '\n');
    put(sink, &w);
}

void aw_rb_plan_job_write(const struct aw_rb_plan_job *job,
                          const struct aw_sink *sink)
{
    uint8_t buf[ROW_MAX];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    aw_wr_text(&w, "job ");
    aw_wr_dec(&w, job->index);
    aw_wr_u8(&w, ' ');
    aw_wr_hex(&w, (aw_bytes){job->leaf, AW_SHA256_SIZE});
    aw_wr_u8(&w, ' ');
    aw_wr_text(&w, aw_component_name(job->component));
    aw_wr_u8(&w, ' ');
    put(sink, &w);
    aw_sink_put(sink, job->version);
    aw_sink_text(sink, " ");
    aw_sink_put(sink, job->commit);
    w.n = 0;
    aw_wr_u8(&w, ' ');
    aw_wr_hex(&w, (aw_bytes){job->expected, AW_SHA256_SIZE});
    aw_wr_u8(&w, '\n');
    put(sink, &w);
}

static bool get_digest(aw_bytes text, uint8_t digest[AW_SHA256_SIZE])
{
    struct aw_wr w = aw_wr_init(digest, AW_SHA256_SIZE);

    return aw_hex_decode(text, &w) == AW_OK && w.n == AW_SHA256_SIZE;
}

aw_err aw_rb_plan_job_next(struct aw_rd *r, struct aw_rb_plan_job *job)
{
    struct aw_rb_plan_job j = {.index = 0};

    if (aw_rd_left(r) == 0) {
        return AW_ERR_NOT_FOUND;
    }
    struct aw_rd line = aw_rd_init(aw_rd_line(r));
    bool ok =
        aw_bytes_is(aw_rd_until(&line, ' '), "job") &&
        aw_dec_parse(aw_rd_until(&line, ' '), &j.index) == AW_OK &&
        get_digest(aw_rd_until(&line, ' '), j.leaf) &&
        aw_component_parse(aw_rd_until(&line, ' '), &j.component) == AW_OK;

    j.version = aw_rd_until(&line, ' ');
    j.commit = aw_rd_until(&line, ' ');
    ok = ok && j.version.n > 0 && j.commit.n > 0 && !line.failed &&
         get_digest(aw_rd_rest(&line), j.expected) && !r->failed;
    if (!ok) {
        return AW_ERR_FORMAT;
    }
    *job = j;
    return AW_OK;
}

static aw_bytes value(struct aw_rd *r, const char *key)
{
    struct aw_rd line = aw_rd_init(aw_rd_line(r));

    if (!aw_bytes_is(aw_rd_until(&line, ' '), key) || line.failed) {
        r->failed = true;
    }
    return aw_rd_rest(&line);
}

static aw_err check_jobs(const struct aw_rb_plan *plan, struct aw_diag *diag)
{
    struct aw_rd r = aw_rd_init(plan->jobs);
    uint64_t least = 0;
    enum { BEFORE = 6 };

    for (uint64_t i = 0; i < plan->n; i++) {
        struct aw_rb_plan_job job = {.index = 0};

        if (aw_rb_plan_job_next(&r, &job) != AW_OK || job.index >= plan->size) {
            return aw_fail(diag, AW_ERR_FORMAT, "plan: line", i + BEFORE + 1);
        }
        if (job.index < least) {
            return aw_fail(diag, AW_ERR_DUPLICATE, "plan: line",
                           i + BEFORE + 1);
        }
        least = job.index + 1;
    }
    return aw_rd_left(&r) == 0 ? AW_OK
                               : aw_fail(diag, AW_ERR_FORMAT, "plan: line",
                                         plan->n + BEFORE + 1);
}

aw_err aw_rb_plan_parse(aw_bytes text, struct aw_rb_plan *plan,
                        struct aw_diag *diag)
{
    struct aw_rb_plan p = {.size = 0};
    struct aw_rd r = aw_rd_init(text);

    if (text.n > AW_RB_PLAN_MAX) {
        return aw_fail(diag, AW_ERR_SPACE, "plan: size", text.n);
    }
    aw_bytes first = aw_rd_line(&r);

    if (aw_bytes_starts(first, "aw-rebuild-plan ") &&
        !aw_bytes_is(first, first_line)) {
        return aw_fail(diag, AW_ERR_UNSUPPORTED, "plan: version", 1);
    }
    p.origin = value(&r, "origin");
    bool ok = aw_bytes_is(first, first_line) && p.origin.n > 0 &&
              aw_dec_parse(value(&r, "size"), &p.size) == AW_OK &&
              get_digest(value(&r, "root"), p.root) &&
              get_digest(value(&r, "policy"), p.policy) &&
              aw_dec_parse(value(&r, "jobs"), &p.n) == AW_OK && !r.failed;

    if (!ok) {
        return aw_fail(diag, AW_ERR_FORMAT, "plan: header", 1);
    }
    if (p.n > AW_RB_PLAN_JOBS) {
        return aw_fail(diag, AW_ERR_SPACE, "plan: jobs", p.n);
    }
    p.jobs = aw_rd_rest(&r);
    aw_err err = check_jobs(&p, diag);

    if (err == AW_OK) {
        *plan = p;
    }
    return err;
}
