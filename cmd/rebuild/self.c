/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aw/ftlog/merkle.h"
#include "rebuild/engine.h"
#include "rebuild/rebuild.h"

/*
 * aw verify-build self: is the program that runs one that was logged, and what
 * its source gives? Releases of it are in a log of their own.
 */
struct self_args {
    struct rebuild_args rebuild;
    struct aw_list keys;
    const char *program;
    bool no_build;
};

enum { PROGRAM_MAX = 256 * 1024 * 1024 };

static const struct aw_opt self_opts[] = {
    {.name = "tool-key",
     .type = AW_OPT_LIST,
     .at = offsetof(struct self_args, keys),
     .arg = "KEY",
     .required = true,
     .help = "Verifier key that a release of the program must be signed with. "
             "Each of several must have signed."},
    {.name = "program",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct self_args, program),
     .arg = "FILE",
     .fallback = "/proc/self/exe",
     .help = "Look at this program in place of the one that runs."},
    {.name = "no-build",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct self_args, no_build),
     .help = "Only look whether it was logged."},
    LOG_VIEW_OPTS(offsetof(struct self_args, rebuild) +
                  offsetof(struct rebuild_args, view)),
    REBUILD_BUILD_OPTS(offsetof(struct self_args, rebuild)),
};

/* What the log has. */
struct search {
    struct aw_ctx *ctx;
    struct aw_keys keys;
    uint8_t sha256[AW_SHA256_SIZE]; /* of the program */
    struct aw_wr work;
    uint64_t releases;
    bool found;
    uint64_t index;
    aw_hash leaf;
    struct aw_rb_tool tool; /* memory of the run */
};

/* True when the leaf is a release of this program by all keys. */
static bool is_it(struct search *s, aw_bytes leaf)
{
    struct aw_note note;
    struct aw_rb_tool tool;

    s->work.n = 0;
    if (aw_note_open(leaf, s->keys.key, s->keys.n, &note, NULL) != AW_OK ||
        note.n_verified != s->keys.n ||
        aw_rb_tool_parse(note.text, &s->work, &tool, NULL) != AW_OK) {
        return false;
    }
    s->releases++;
    if (memcmp(tool.sha256, s->sha256, AW_SHA256_SIZE) != 0) {
        return false;
    }
    s->tool = tool;
    s->tool.version = aw_text(aw_pool_bytes(&s->ctx->pool, tool.version));
    s->tool.commit = aw_text(aw_pool_bytes(&s->ctx->pool, tool.commit));
    aw_merkle_leaf(leaf, &s->leaf);
    return true;
}

/* The newest release first. */
static int look(struct search *s, struct log_view *view)
{
    struct aw_wr buf = rebuild_leaf_buf(s->ctx);
    int code = AW_EXIT_OK;

    for (uint64_t i = view->tree.size; i > 0 && !s->found; i--) {
        aw_bytes leaf = {NULL, 0};

        code = rebuild_get_leaf(view, i - 1, &buf, &leaf);
        if (code != AW_EXIT_OK) {
            return code;
        }
        s->found = is_it(s, leaf);
        s->index = i - 1;
    }
    return AW_EXIT_OK;
}

static int report_unknown(const struct search *s, const char *program)
{
    bool none = s->releases == 0;

    return aw_report(
        s->ctx,
        &(struct aw_finding){
            .err = AW_ERR_NOT_FOUND,
            .on = AW_ON_LOG,
            .exit = AW_EXIT_NOT_LOGGED,
            .what = none ? "no release of this program is logged"
                         : "this program is none of those that are logged",
            .subject = program,
            .expected = none ? "a release signed with the given keys"
                             : "the digest of a logged release",
            .remedy = none ? "look at --tool-key, and at the log"
                           : "get the program from where its releases are",
        });
}

static int rebuild(struct rebuild_engine *e, const struct search *s,
                   aw_bytes program)
{
    struct rebuild_done done = {.is_release = false};
    struct aw_rb_result *r = &done.result;
    struct aw_rb_job job;
    struct aw_out *out = &e->ctx->out;

    memcpy(r->leaf, s->leaf.b, AW_SHA256_SIZE);
    memcpy(r->expected, s->sha256, AW_SHA256_SIZE);
    aw_rb_tool_job(&s->tool, &job);
    int code = rebuild_job(e, &job, program, &done);

    if (code != AW_EXIT_OK) {
        return code;
    }
    if (r->has_built) {
        aw_out_hex(out, "built", (aw_bytes){r->built, AW_SHA256_SIZE});
    }
    aw_out_u64(out, "passes", r->passes);
    aw_out_bytes(out, "varied", r->varied);
    rebuild_show(e->ctx, &done);
    return r->verdict == AW_RB_REPRODUCED
               ? AW_EXIT_OK
               : rebuild_report(e->ctx, "the program", &done);
}

static int check(struct rebuild_engine *e, const struct self_args *args,
                 aw_bytes program)
{
    struct aw_ctx *ctx = e->ctx;
    struct aw_out *out = &ctx->out;
    struct log_view view = {0};
    struct search s = {.ctx = ctx};
    int code = aw_input_keys(ctx, "--tool-key", &args->keys, false, &s.keys);

    aw_sha256(program, s.sha256);
    s.work = aw_wr_init(aw_pool_alloc(&ctx->pool, AW_RB_TOOL_WORK, 1),
                        AW_RB_TOOL_WORK);
    if (code == AW_EXIT_OK) {
        code = log_view_look(ctx, &args->rebuild.view, e->trust, NULL, &view);
    }
    if (code == AW_EXIT_OK) {
        log_view_show(&view);
        code = look(&s, &view);
    }
    log_view_close(&view);
    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_out_hex(out, "sha256", (aw_bytes){s.sha256, AW_SHA256_SIZE});
    aw_out_bool(out, "logged", s.found);
    if (!s.found) {
        return report_unknown(&s, args->program);
    }
    aw_out_u64(out, "index", s.index);
    aw_out_bytes(out, "version", s.tool.version);
    aw_out_bytes(out, "commit", s.tool.commit);
    return args->no_build ? AW_EXIT_OK : rebuild(e, &s, program);
}

static int run_self(struct aw_ctx *ctx, const void *values)
{
    const struct self_args *args = values;
    struct rebuild_engine *e = aw_pool_alloc(&ctx->pool, 1, sizeof(*e));
    struct aw_host_diag why = {.network = false};
    struct aw_blob program = {.p = NULL};
    aw_err err = aw_file_read(args->program, PROGRAM_MAX, &program, &why);

    if (err != AW_OK) {
        return aw_report(ctx, &(struct aw_finding){
                                  .err = err,
                                  .on = AW_ON_LOCAL,
                                  .subject = args->program,
                                  .host = &why,
                              });
    }
    int code = rebuild_engine_open(ctx, &args->rebuild, e);

    if (code == AW_EXIT_OK) {
        code = check(e, args, aw_blob_bytes(&program));
    }
    rebuild_engine_close(e);
    aw_blob_free(&program);
    return code;
}

const struct aw_cmd aw_cmd_rebuild_self = {
    .name = "self",
    .summary = "is this program a logged one, and what its source gives?",
    .prose = "Looks for the program that runs in a log of its releases, then "
             "builds it from the commit that the release names and compares. "
             "Its compiler and libraries are those of this machine.",
    .opts = self_opts,
    .n_opts = sizeof(self_opts) / sizeof(self_opts[0]),
    .size = sizeof(struct self_args),
    .run = run_self,
};
