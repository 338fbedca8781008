/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/job.h"

#include <inttypes.h>

#include "common/stop.h"
#include "judge/judge.h"
#include "judge/proof.h"
#include "verify/device_part.h"
#include "verify/known.h"

static int read_fail(struct aw_ctx *ctx, const char *path, aw_err err,
                     const struct aw_diag *why)
{
    return aw_report(
        ctx,
        &(struct aw_finding){
            .err = err,
            .on = AW_ON_DEVICE,
            .exit = err == AW_ERR_CANCELLED ? aw_stop_exit() : AW_EXIT_STORAGE,
            .subject = path,
            .diag = why,
            .remedy = err == AW_ERR_CANCELLED ? NULL
                                              : "check cable and medium, then "
                                                "try again",
        });
}

/* A boot partition holds nothing but zeros on these devices. */
static int check_boot_partition(struct aw_ctx *ctx, const struct job *job,
                                struct job_boot *p)
{
    struct device_audit *audit = aw_pool_alloc(&ctx->pool, 1, sizeof(*audit));
    struct aw_diag why = {.err = AW_OK};
    uint64_t first = 0;

    p->content = "not checked";
    if (p->medium.read == NULL) {
        return AW_EXIT_OK;
    }
    audit->ctx = ctx;
    audit->medium = &p->medium;
    audit->sample = job->args->sample;
    audit->step = aw_pool_alloc(&ctx->pool, DEVICE_STEP, 1);
    aw_err err = device_first_data(audit, 0, p->medium.size, &first, &why);

    if (err != AW_OK) {
        return read_fail(ctx, p->subject, err, &why);
    }
    if (first == p->medium.size) {
        p->content = device_content_name(
            device_samples(audit, 0, first) ? DEVICE_SAMPLED : DEVICE_ZERO);
        return AW_EXIT_OK;
    }
    p->content = "unknown";
    return aw_report(
        ctx, &(struct aw_finding){
                 .err = AW_ERR_CONTENT,
                 .on = AW_ON_DEVICE,
                 .exit = AW_EXIT_UNKNOWN,
                 .subject = p->subject,
                 .expected = "zeros: these devices do not use boot partitions",
                 .got = aw_pool_printf(&ctx->pool,
                                       "other bytes from 0x%" PRIx64, first),
             });
}

static void show_part(struct aw_ctx *ctx, const struct job *job, size_t i)
{
    struct aw_out *out = &ctx->out;
    const struct device_part *part = &job->audit.part[i];

    aw_out_begin(out, NULL);
    aw_out_text(out, "record", part->config->name);
    aw_out_bool(out, "verified", part->verified);
    if (part->slot != NULL) {
        aw_out_text(out, "place", part->slot->name);
        aw_out_u64(out, "bytes", part->size);
    }
    if (!part->verified) {
        aw_out_text(out, "stopped_at", part->stopped_at);
        aw_out_end(out);
        return;
    }
    if (part->hab_size > 0) {
        aw_out_u64(out, "hab_signature_bytes", part->hab_size);
    }
    judge_show(ctx, &part->verdict, &part->rom);
    history_show(ctx, &job->history[i]);
    rebuilds_show(ctx, &job->rebuilds[i]);
    aw_out_end(out);
}

static void show_area(struct aw_ctx *ctx, const struct device_area *area)
{
    struct aw_out *out = &ctx->out;
    bool found =
        area->content == DEVICE_RESIDUE || area->content == DEVICE_UNKNOWN;

    /* People read what is there, programs also what is not. */
    if ((area->content == DEVICE_ZERO || area->content == DEVICE_SAMPLED) &&
        !aw_out_is_json(out)) {
        return;
    }
    aw_out_begin(out, NULL);
    aw_out_text(out, "area", area->name);
    aw_out_text(out, "content", device_content_name(area->content));
    aw_out_u64(out, "offset", area->offset);
    aw_out_u64(out, "bytes", area->size);
    if (found) {
        aw_out_u64(out, "first", area->first);
    }
    if (area->note != NULL) {
        aw_out_text(out, "note", area->note);
    }
    aw_out_end(out);
}

static void put_all(struct aw_ctx *ctx, const struct job *job)
{
    struct aw_out *out = &ctx->out;
    const struct device_audit *audit = &job->audit;

    aw_policy_put(ctx, &job->trust->use);
    aw_out_begin_list(out, "releases");
    for (size_t i = 0; i < audit->n_parts; i++) {
        show_part(ctx, job, i);
    }
    aw_out_end_list(out);
    aw_out_begin_list(out, "areas");
    for (size_t i = 0; i < audit->n_areas; i++) {
        show_area(ctx, &audit->area[i]);
    }
    aw_out_end_list(out);
    for (size_t i = 0; i < 2; i++) {
        aw_out_text(out, job->boot[i].name, job->boot[i].content);
    }
}

static void warn_of_residue(struct aw_ctx *ctx, const struct job *job)
{
    const struct device_audit *audit = &job->audit;

    for (size_t i = 0; i < audit->n_areas; i++) {
        const struct device_area *a = &audit->area[i];

        if (a->content == DEVICE_RESIDUE && !audit->strict_residue) {
            aw_warn(ctx, "%s: %s, from offset 0x%" PRIx64, a->name,
                    a->note != NULL ? a->note
                                    : "bytes left by an update, or unknown "
                                      "ones",
                    a->first);
        }
    }
}

/* What a pass leaves open. */
static void warn(struct aw_ctx *ctx, const struct job *job)
{
    const struct device_audit *audit = &job->audit;

    warn_of_residue(ctx, job);
    if (audit->sample) {
        aw_warn(ctx, "of what has to be zeros only the ends were read: "
                     "--sample");
    }
    if (job->medium.size < device_map_end()) {
        aw_warn(ctx, "the image is not whole: what it lacks was not judged");
    }
    if (job->boot[0].medium.read == NULL || job->boot[1].medium.read == NULL) {
        aw_warn(ctx, "the boot partitions of the eMMC were not all checked%s",
                job->args->image == NULL ? "" : ": give --boot0 and --boot1");
    }
    if (job->trust->use.policy.hab_target.n == 0) {
        aw_warn(ctx, "any HAB target was accepted: give --hab-target");
    }
    judge_warn_rom(ctx, &job->trust->use.policy, audit->skip_hab);
    if (!job->online) {
        aw_warn(ctx, "the log was not asked: old images cannot be named, and "
                     "nothing is known of newer releases");
    } else {
        known_compare(ctx, audit);
    }
}

static int check_rebuilds(struct aw_ctx *ctx, struct job *job, size_t i,
                          const struct history *history)
{
    const struct device_part *part = &job->audit.part[i];
    const struct rebuilds_ask ask = {&job->trust->use.policy,
                                     job->args->check.rebuilders,
                                     job->args->check.rebuilds};

    return rebuilds_check(ctx, &ask, history->subject, &part->verdict,
                          part->bundle.index, &job->rebuilds[i]);
}

/* Every verified release against the log's past. */
static int look_back(struct aw_ctx *ctx, struct job *job)
{
    struct history list[DEVICE_PARTS];
    size_t at[DEVICE_PARTS] = {0};
    size_t n = 0;
    struct history_ask ask = {
        .trust = job->trust,
        .accept_new_baseline = job->args->check.accept_new_baseline,
        .log = job->online ? &job->log : NULL,
    };

    for (size_t i = 0; i < job->audit.n_parts; i++) {
        const struct device_part *part = &job->audit.part[i];

        if (part->verified) {
            at[n] = i;
            list[n++] = (struct history){
                .subject = aw_pool_printf(&ctx->pool, "%s, %s", job->name,
                                          part->config->name),
                .tree = {part->verdict.checkpoint.size,
                         part->verdict.checkpoint.root},
                .note = part->bundle.checkpoint,
            };
        }
    }
    int code = history_check(ctx, &ask, list, n);

    for (size_t i = 0; i < n; i++) {
        job->history[at[i]] = list[i];
        code = aw_exit_join(code, check_rebuilds(ctx, job, at[i], &list[i]));
    }
    return code;
}

static int write_proofs(struct aw_ctx *ctx, const struct job *job)
{
    const char *dir = job->args->check.proof_dir;
    int code = AW_EXIT_OK;

    for (size_t i = 0;
         dir != NULL && i < job->audit.n_parts && code == AW_EXIT_OK; i++) {
        const struct device_part *part = &job->audit.part[i];
        const struct aw_manifest *m = &part->verdict.manifest;

        if (part->verified) {
            code = proof_write(
                ctx, dir,
                &(struct proof_files){
                    .component = m->component,
                    .version = aw_pool_bytes(&ctx->pool, m->tag_name),
                    .index = part->bundle.index,
                    .manifest = part->bundle.manifest,
                    .checkpoint = part->bundle.checkpoint,
                    .proof = &part->bundle.proof,
                });
        }
    }
    return code;
}

int job_ask_log(struct aw_ctx *ctx, struct job *job)
{
    if (ctx->global.offline || job->trust->log_url == NULL) {
        return AW_EXIT_OK;
    }
    int code = log_view_trusted(
        ctx, job->trust, job->args->check.accept_new_baseline, &job->log);

    if (code == AW_EXIT_OK) {
        code = known_load(ctx, &job->log, &job->audit);
    }
    job->online = code == AW_EXIT_OK;
    return code;
}

static aw_err run_audit(struct aw_ctx *ctx, struct job *job,
                        struct aw_diag *diag)
{
    struct device_audit *audit = &job->audit;

    audit->ctx = ctx;
    audit->medium = &job->medium;
    audit->name = job->name;
    audit->policy = &job->trust->use.policy;
    audit->strict_residue = job->args->strict_residue;
    audit->skip_hab = job->args->check.skip_hab;
    audit->sample = job->args->sample;
    audit->progress = aw_progress_begin(
        ctx, &(struct aw_step){.name = job->step, .unit = "bytes"});
    aw_err err = device_audit_run(audit, diag);

    aw_progress_end(audit->progress, err == AW_OK);
    return err;
}

int job_judge(struct aw_ctx *ctx, struct job *job)
{
    struct aw_diag diag = {.err = AW_OK};
    int code = AW_EXIT_OK;
    aw_err err = run_audit(ctx, job, &diag);

    if (err != AW_OK) {
        return read_fail(ctx, job->name, err, &diag);
    }
    for (size_t i = 0; i < 2; i++) {
        code =
            aw_exit_join(code, check_boot_partition(ctx, job, &job->boot[i]));
    }
    code = aw_exit_join(code, look_back(ctx, job));
    code = aw_exit_join(code, write_proofs(ctx, job));
    job->judged = true;
    return code;
}

void job_show(struct aw_ctx *ctx, struct job *job)
{
    if (job->judged) {
        put_all(ctx, job);
        warn(ctx, job);
    }
}

void job_close(struct job *job)
{
    log_view_close(&job->log);
}
