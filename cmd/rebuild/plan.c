/* SPDX-License-Identifier: Apache-2.0 */
#include "rebuild/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/buf.h"
#include "log/scan.h"
#include "rebuild/rebuild.h"

struct plan_args {
    struct log_view_args view;
    const char *output;
};

static const struct aw_opt plan_opts[] = {
    {.name = "output",
     .alias = "o",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct plan_args, output),
     .arg = "FILE",
     .help = "Write the plan to a new file in place of standard output."},
    LOG_VIEW_OPTS(offsetof(struct plan_args, view)),
    AW_TRUST_KEY_OPTS(offsetof(struct plan_args, view) +
                      offsetof(struct log_view_args, trust)),
    AW_TRUST_ROM_OPTS(offsetof(struct plan_args, view) +
                      offsetof(struct log_view_args, trust)),
};

struct planning {
    struct aw_buf jobs;
    uint64_t n;
    uint64_t left_out;
};

static void take_entry(void *ctx, const struct log_entry *entry)
{
    struct planning *p = ctx;
    struct aw_sink sink = aw_buf_sink(&p->jobs);
    aw_hash leaf;

    if (entry->err != AW_OK) {
        p->left_out++;
        return;
    }
    struct aw_rb_plan_job job = {
        .index = entry->index,
        .component = entry->manifest->component,
        .version = entry->manifest->tag_name,
        .commit = entry->manifest->commit,
    };

    aw_merkle_leaf(entry->leaf, &leaf);
    memcpy(job.leaf, leaf.b, AW_SHA256_SIZE);
    memcpy(job.expected, entry->manifest->firmware_sha256, AW_SHA256_SIZE);
    aw_rb_plan_job_write(&job, &sink);
    p->n++;
}

static int put_plan(struct log_view *view, const struct plan_args *args,
                    aw_bytes text, const struct planning *p)
{
    struct aw_ctx *ctx = view->ctx;
    struct aw_host_diag why = {.network = false};
    uint8_t digest[AW_SHA256_SIZE];

    if (args->output == NULL && !aw_out_is_json(&ctx->out)) {
        aw_out_raw(&ctx->out, text);
        return AW_EXIT_OK;
    }
    aw_err err = args->output == NULL ? AW_OK
                                      : aw_file_write(args->output, text, 0644,
                                                      AW_FILE_NEW, &why);

    if (err != AW_OK) {
        return aw_report(ctx, &(struct aw_finding){.err = err,
                                                   .on = AW_ON_LOCAL,
                                                   .subject = args->output,
                                                   .host = &why});
    }
    aw_sha256(text, digest);
    log_view_show(view);
    aw_out_u64(&ctx->out, "jobs", p->n);
    aw_out_u64(&ctx->out, "left_out", p->left_out);
    aw_out_hex(&ctx->out, "plan", (aw_bytes){digest, sizeof(digest)});
    if (args->output != NULL) {
        aw_out_text(&ctx->out, "output", args->output);
    }
    return AW_EXIT_OK;
}

static int make_plan(struct log_view *view, const struct plan_args *args)
{
    const struct aw_policy *policy = &view->trust->use.policy;
    struct planning p = {.n = 0};
    struct aw_buf text = {.n = 0};
    struct aw_sink sink = aw_buf_sink(&text);
    struct aw_rb_plan plan = {
        .origin = policy->origin,
        .size = view->tree.size,
    };
    int code = log_scan(view, take_entry, &p);

    if (code == AW_EXIT_OK && p.n > AW_RB_PLAN_JOBS) {
        code = aw_report(view->ctx,
                         &(struct aw_finding){.err = AW_ERR_SPACE,
                                              .on = AW_ON_INPUT,
                                              .subject = view->name,
                                              .expected = "100000 releases at "
                                                          "most"});
    }
    if (code == AW_EXIT_OK) {
        memcpy(plan.root, view->tree.root.b, AW_SHA256_SIZE);
        memcpy(plan.policy, view->trust->use.sha256, AW_SHA256_SIZE);
        plan.n = p.n;
        aw_rb_plan_write(&plan, &sink);
        aw_buf_put(&text, aw_buf_bytes(&p.jobs));
        code = put_plan(view, args, aw_buf_bytes(&text), &p);
    }
    aw_buf_wipe(&text);
    aw_buf_wipe(&p.jobs);
    return code;
}

static int run_plan(struct aw_ctx *ctx, const void *values)
{
    const struct plan_args *args = values;
    struct log_view view = {0};
    int code = log_view_ready(ctx, &args->view, NULL, &view);

    if (code == AW_EXIT_OK) {
        code = make_plan(&view, args);
    }
    log_view_close(&view);
    return code;
}

const struct aw_cmd aw_cmd_rebuild_plan = {
    .name = "plan",
    .summary = "list the releases of a log as jobs",
    .prose = "Writes a plan: every release of the log as a numbered job, for "
             "aw verify-build run on any number of machines. The same log and "
             "policy give the same plan.",
    .opts = plan_opts,
    .n_opts = sizeof(plan_opts) / sizeof(plan_opts[0]),
    .size = sizeof(struct plan_args),
    .run = run_plan,
};

/* --- Reading -------------------------------------------------------------- */

static void read_jobs(struct aw_ctx *ctx, struct rebuild_plan *plan)
{
    struct aw_rd r = aw_rd_init(plan->plan.jobs);

    plan->job =
        aw_pool_alloc(&ctx->pool, (size_t)plan->plan.n + 1, sizeof(*plan->job));
    /* The parser has read them all already. */
    for (uint64_t i = 0; i < plan->plan.n; i++) {
        if (aw_rb_plan_job_next(&r, &plan->job[i]) != AW_OK) {
            break;
        }
    }
}

int rebuild_plan_read(struct aw_ctx *ctx, const char *path,
                      struct rebuild_plan *plan)
{
    struct aw_diag diag = {.where = NULL};
    uint8_t digest[AW_SHA256_SIZE];
    aw_bytes text = {NULL, 0};
    int code = aw_input_read(ctx, path, AW_RB_PLAN_MAX, &text);

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_err err = aw_rb_plan_parse(text, &plan->plan, &diag);

    if (err != AW_OK) {
        return aw_report(ctx, &(struct aw_finding){
                                  .err = err,
                                  .on = AW_ON_INPUT,
                                  .subject = aw_input_name(path),
                                  .expected = "a plan of aw verify-build plan",
                                  .diag = &diag,
                              });
    }
    read_jobs(ctx, plan);
    aw_sha256(text, digest);
    aw_artefact_name(digest, &plan->name);
    return AW_EXIT_OK;
}

/* No result comes of it, so the exit code is none of those that schedulers
 * take for one: docs/monitor.md. */
int rebuild_plan_refuse(struct aw_ctx *ctx, const char *what,
                        const char *subject)
{
    return aw_report(ctx, &(struct aw_finding){
                              .err = AW_ERR_DIGEST,
                              .on = AW_ON_LOG,
                              .exit = AW_EXIT_REFUSED,
                              .what = what,
                              .subject = subject,
                              .remedy = "make a new plan",
                          });
}

int rebuild_plan_check(struct aw_ctx *ctx, const struct rebuild_plan *plan,
                       struct log_view *view)
{
    const struct aw_policy_use *use = &view->trust->use;
    struct aw_tree held = {.size = plan->plan.size};
    struct aw_proof proof = {0};
    struct aw_host_diag why = {.network = false};

    memcpy(held.root.b, plan->plan.root, AW_SHA256_SIZE);
    if (memcmp(plan->plan.policy, use->sha256, AW_SHA256_SIZE) != 0) {
        return rebuild_plan_refuse(ctx, "the plan is not of this policy",
                                   "the plan");
    }
    aw_err err = aw_bytes_equal(plan->plan.origin, use->policy.origin)
                     ? aw_log_follow(view->log, &held, &proof, &why.diag)
                     : AW_ERR_FORK;

    if (err == AW_ERR_FORK || err == AW_ERR_ROLLBACK || err == AW_ERR_PROOF) {
        return rebuild_plan_refuse(ctx, "the plan is not of this log",
                                   "the plan");
    }
    return err == AW_OK ? AW_EXIT_OK : log_view_read_fail(view, err, &why);
}

bool rebuild_plan_fits(const struct rebuild_plan *plan, uint64_t job,
                       const struct aw_rb_result *result)
{
    const struct aw_rb_plan_job *j = &plan->job[job];

    return result->has_index && result->index == j->index &&
           aw_bytes_equal(result->origin, plan->plan.origin) &&
           memcmp(result->leaf, j->leaf, AW_SHA256_SIZE) == 0 &&
           result->component == j->component &&
           aw_bytes_equal(result->version, j->version) &&
           aw_bytes_equal(result->commit, j->commit) &&
           memcmp(result->expected, j->expected, AW_SHA256_SIZE) == 0;
}

/* A file of somebody else's folder: a pipe there would never end. */
static aw_err read_result(const char *path, size_t max, struct aw_blob *data)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    aw_err err = fd >= 0           ? AW_OK
                 : errno == ENOENT ? AW_ERR_NOT_FOUND
                                   : AW_ERR_IO;

    if (err == AW_OK && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))) {
        err = AW_ERR_IO;
    }
    if (err == AW_OK) {
        err = aw_file_read_fd(fd, path, max, data, NULL);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return err;
}

/* The statement beside a note must say the same; it may be missing. */
static aw_err check_dsse(struct aw_ctx *ctx, const char *stem,
                         const struct aw_vkey *key, struct rebuild_found *found)
{
    struct aw_blob text = {.p = NULL};
    aw_err err = read_result(aw_pool_printf(&ctx->pool, "%s.dsse.json", stem),
                             4UL * AW_RB_RESULT_MAX, &text);

    if (err == AW_ERR_NOT_FOUND) {
        return AW_OK;
    }
    if (err == AW_OK) {
        err = aw_rb_dsse_check(aw_blob_bytes(&text), &found->result, key,
                               &found->diag);
    }
    aw_blob_free(&text);
    return err;
}

static aw_err open_note(struct aw_ctx *ctx, const char *stem,
                        const struct aw_keys *keys, struct rebuild_found *found)
{
    struct aw_blob data = {.p = NULL};
    struct aw_note note;
    aw_err err = read_result(found->path, AW_RB_RESULT_MAX, &data);

    found->is_there = err != AW_ERR_NOT_FOUND;
    if (err != AW_OK) {
        return err;
    }
    uint8_t *kept = aw_pool_alloc(&ctx->pool, data.n + 1, 1);
    aw_bytes message = {kept, data.n};

    if (data.n > 0) {
        memcpy(kept, data.p, data.n);
    }
    found->note = message;
    aw_blob_free(&data);
    err = aw_note_open(message, keys->key, keys->n, &note, &found->diag);
    if (err == AW_OK) {
        err = aw_rb_result_parse(note.text, &found->result, &found->diag);
    }
    for (size_t i = keys->n; err == AW_OK && i > 0; i--) {
        found->key = note.verified[i - 1] != 0 ? i - 1 : found->key;
    }
    return err == AW_OK ? check_dsse(ctx, stem, &keys->key[found->key], found)
                        : err;
}

void rebuild_plan_find(struct aw_ctx *ctx, const struct rebuild_plan *plan,
                       uint64_t job, const char *folder,
                       const struct aw_keys *keys, struct rebuild_found *found)
{
    const char *stem = aw_pool_printf(&ctx->pool, "%s/%s/%llu", folder,
                                      plan->name.text, (unsigned long long)job);

    memset(found, 0, sizeof(*found));
    found->path = aw_pool_printf(&ctx->pool, "%s.result", stem);
    found->err = open_note(ctx, stem, keys, found);
    if (found->err == AW_OK && !rebuild_plan_fits(plan, job, &found->result)) {
        found->err = aw_fail(&found->diag, AW_ERR_POLICY,
                             "rebuild result: of another job", job);
    }
}
