/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <string.h>

#include "common/policy.h"
#include "rebuild/engine.h"
#include "rebuild/plan.h"
#include "rebuild/rebuild.h"

struct merge_args {
    const char *plan;
    const char *policy;
    struct aw_list keys;
    const char *publish;
};

static const struct aw_opt merge_opts[] = {
    {.name = "plan",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct merge_args, plan),
     .arg = "FILE",
     .required = true,
     .help = "Plan of aw verify-build plan."},
    {.name = "policy",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct merge_args, policy),
     .arg = "NAME|FILE",
     .help = "Policy that names the rebuilders."},
    {.name = "vkey",
     .type = AW_OPT_LIST,
     .at = offsetof(struct merge_args, keys),
     .arg = "KEY",
     .help = "Verifier key of a rebuilder, beside those of the policy."},
    {.name = "publish",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct merge_args, publish),
     .arg = "DIR",
     .help = "Put each result that counts below this folder, where aw verify "
             "--require-rebuilders looks for it."},
};

struct merging {
    struct aw_ctx *ctx;
    const char *publish; /* folder, or NULL */
    struct rebuild_plan plan;
    struct aw_keys keys;
    bool *signer;                /* a bit a key */
    struct rebuild_found *found; /* of a job, one a folder */
    uint64_t results;
    uint64_t duplicates;
    uint64_t reproduced;
    uint64_t not_reproduced;
    uint64_t missing;
    uint64_t refused;
    uint64_t contradictory;
    uint64_t gap_first; /* of a run of missing jobs under way */
    bool gap;
};

static int read_keys(struct merging *m, const struct merge_args *args)
{
    const struct aw_policy_use *use = NULL;
    int code = aw_input_keys(m->ctx, "--vkey", &args->keys, false, &m->keys);

    if (code == AW_EXIT_OK && args->policy != NULL) {
        code = aw_policy_read(m->ctx, args->policy, &use);
    }
    size_t more = use == NULL ? 0 : use->policy.n_rebuilders;
    struct aw_vkey *all =
        aw_pool_alloc(&m->ctx->pool, m->keys.n + more + 1, sizeof(*all));

    if (m->keys.n > 0) {
        memcpy(all, m->keys.key, m->keys.n * sizeof(*all));
    }
    m->keys.key = all;
    for (size_t i = 0; i < more && code == AW_EXIT_OK; i++) {
        if (!aw_keys_have(&m->keys, &use->policy.rebuilder[i])) {
            all[m->keys.n++] = use->policy.rebuilder[i];
        }
    }
    if (code == AW_EXIT_OK &&
        (m->keys.n == 0 || m->keys.n > AW_NOTE_MAX_KEYS)) {
        code = aw_usage(m->ctx,
                        "give keys of rebuilders: --vkey, or a policy "
                        "with lines \"rebuilder\"; %d at most",
                        (int)AW_NOTE_MAX_KEYS);
    }
    m->signer = aw_pool_alloc(&m->ctx->pool, m->keys.n + 1, sizeof(*m->signer));
    return code;
}

static void refuse(struct merging *m, const struct rebuild_found *f)
{
    m->refused++;
    (void)aw_report(m->ctx, &(struct aw_finding){
                                .err = f->err,
                                .on = AW_ON_STATEMENT,
                                .exit = AW_EXIT_MISMATCH,
                                .what = "a result does not count",
                                .subject = f->path,
                                .expected = "a result of this job, signed by "
                                            "a rebuilder",
                                .diag = &f->diag,
                                .remedy = "find out who wrote it",
                            });
}

static void contradict(struct merging *m, const struct rebuild_found *a,
                       const struct rebuild_found *b)
{
    m->contradictory++;
    (void)aw_report(m->ctx,
                    &(struct aw_finding){
                        .err = AW_ERR_POLICY,
                        .on = AW_ON_STATEMENT,
                        .exit = AW_EXIT_MISMATCH,
                        .what = "two results contradict each other",
                        .subject = aw_pool_printf(&m->ctx->pool, "%s, %s",
                                                  a->path, b->path),
                        .expected = aw_rb_verdict_name(a->result.verdict),
                        .got = aw_rb_verdict_name(b->result.verdict),
                        .remedy = "rebuild it on a third machine",
                    });
}

static void take(struct merging *m, uint64_t job, const struct rebuild_found *f)
{
    struct rebuild_done done = {.is_release = true, .by_statement = true};

    if (f->result.verdict == AW_RB_REPRODUCED) {
        m->reproduced++;
        return;
    }
    m->not_reproduced++;
    done.result = f->result;
    aw_rb_reason(aw_pool_bytes(&m->ctx->pool, f->result.reason), done.reason);
    (void)rebuild_report(m->ctx,
                         aw_pool_printf(&m->ctx->pool, "job %llu, entry %llu",
                                        (unsigned long long)job,
                                        (unsigned long long)f->result.index),
                         &done);
}

/* Puts a result where aw verify looks for it. */
static int publish(struct merging *m, const struct rebuild_found *f)
{
    struct aw_artefact_name leaf;
    struct aw_host_diag why = {.network = false};

    if (m->publish == NULL) {
        return AW_EXIT_OK;
    }
    aw_artefact_name(f->result.leaf, &leaf);
    const char *folder =
        aw_pool_printf(&m->ctx->pool, "%s/%s", m->publish, leaf.text);
    const char *path = aw_pool_printf(&m->ctx->pool, "%s/%08lx.result", folder,
                                      (unsigned long)m->keys.key[f->key].id);
    aw_err err = aw_dir_make(folder, 0755, &why);

    if (err == AW_OK) {
        err = aw_file_write(path, f->note, 0644, AW_FILE_REPLACE, &why);
    }
    return err == AW_OK ? AW_EXIT_OK
                        : aw_report(m->ctx, &(struct aw_finding){
                                                .err = err,
                                                .on = AW_ON_LOCAL,
                                                .subject = path,
                                                .host = &why,
                                            });
}

/* A key that says two things of a release has not reproduced it. */
static bool takes_back(const struct merging *m, const struct rebuild_found *f,
                       size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (m->found[i].key == f->key &&
            !aw_rb_result_agree(&m->found[i].result, &f->result)) {
            return f->result.verdict == AW_RB_REPRODUCED;
        }
    }
    return false;
}

static void publish_all(struct merging *m, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!takes_back(m, &m->found[i], n)) {
            (void)publish(m, &m->found[i]);
        }
    }
}

/* All results of a job; false when there is none. */
static bool merge_job(struct merging *m, uint64_t job)
{
    const struct aw_operands *dirs = &m->ctx->operands;
    size_t n = 0;

    for (size_t i = 0; i < dirs->n; i++) {
        struct rebuild_found *f = &m->found[n];

        rebuild_plan_find(m->ctx, &m->plan, job, dirs->item[i], &m->keys, f);
        if (f->is_there && f->err != AW_OK) {
            refuse(m, f);
        }
        if (!f->is_there || f->err != AW_OK) {
            continue;
        }
        n++;
        m->results++;
        m->signer[f->key] = true;
        if (n > 1 && aw_rb_result_agree(&m->found[0].result, &f->result)) {
            m->duplicates++;
        } else if (n > 1) {
            contradict(m, &m->found[0], f);
        }
    }
    publish_all(m, n);
    if (n > 0) {
        take(m, job, &m->found[0]);
    }
    return n > 0;
}

/* Missing jobs as ranges, as run takes them. */
static void end_gap(struct merging *m, uint64_t next)
{
    if (m->gap) {
        aw_out_text(&m->ctx->out, NULL,
                    aw_pool_printf(&m->ctx->pool, "%llu-%llu",
                                   (unsigned long long)m->gap_first,
                                   (unsigned long long)(next - 1)));
    }
    m->gap = false;
}

static void merge_all(struct merging *m)
{
    struct aw_out *out = &m->ctx->out;

    aw_out_text(out, "plan", m->plan.name.text);
    aw_out_u64(out, "jobs", m->plan.plan.n);
    aw_out_begin_list(out, "missing_jobs");
    for (uint64_t job = 0; job < m->plan.plan.n; job++) {
        if (merge_job(m, job)) {
            end_gap(m, job);
            continue;
        }
        m->missing++;
        if (!m->gap) {
            m->gap = true;
            m->gap_first = job;
        }
    }
    end_gap(m, m->plan.plan.n);
    aw_out_end_list(out);
}

static void show(struct merging *m)
{
    struct aw_out *out = &m->ctx->out;

    aw_out_u64(out, "results", m->results);
    aw_out_u64(out, "duplicates", m->duplicates);
    aw_out_u64(out, "reproduced", m->reproduced);
    aw_out_u64(out, "not_reproduced", m->not_reproduced);
    aw_out_u64(out, "missing", m->missing);
    aw_out_u64(out, "refused", m->refused);
    aw_out_u64(out, "contradictory", m->contradictory);
    aw_out_begin_list(out, "signers");
    for (size_t i = 0; i < m->keys.n; i++) {
        if (m->signer[i]) {
            aw_out_text(
                out, NULL,
                aw_key_label(m->ctx, m->keys.key[i].name, m->keys.key[i].id));
        }
    }
    aw_out_end_list(out);
}

static int run_merge(struct aw_ctx *ctx, const void *values)
{
    const struct merge_args *args = values;
    struct merging m = {.ctx = ctx, .publish = args->publish};
    int code = rebuild_plan_read(ctx, args->plan, &m.plan);

    if (code == AW_EXIT_OK) {
        code = read_keys(&m, args);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    m.found = aw_pool_alloc(&ctx->pool, ctx->operands.n + 1, sizeof(*m.found));
    merge_all(&m);
    show(&m);
    if (m.missing > 0) {
        (void)aw_report(
            ctx, &(struct aw_finding){
                     .err = AW_ERR_NOT_FOUND,
                     .on = AW_ON_INPUT,
                     .exit = AW_EXIT_PARTIAL,
                     .what = "results are missing",
                     .subject = aw_input_name(args->plan),
                     .expected = "a result of every job",
                     .got = aw_pool_printf(&ctx->pool, "%llu of %llu missing",
                                           (unsigned long long)m.missing,
                                           (unsigned long long)m.plan.plan.n),
                     .remedy = "do the missing jobs: aw "
                               "verify-build run --range",
                 });
    }
    return AW_EXIT_OK;
}

const struct aw_cmd aw_cmd_rebuild_merge = {
    .name = "merge",
    .summary = "put the results of a plan together",
    .prose = "Reads the results of a plan in one or more folders, from any "
             "number of rebuilders. Results that are not signed by one of "
             "them, that are of another job, or that contradict each other "
             "are failures; missing ones are listed.",
    .operands = "DIR...",
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .opts = merge_opts,
    .n_opts = sizeof(merge_opts) / sizeof(merge_opts[0]),
    .size = sizeof(struct merge_args),
    .run = run_merge,
};
