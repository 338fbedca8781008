/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>

#include "aw/text.h"
#include "common/term.h"
#include "rebuild/engine.h"
#include "rebuild/rebuild.h"

struct single_args {
    struct rebuild_args rebuild;
    const char *output;
    const char *dsse;
};

static const struct aw_opt single_opts[] = {
    {.name = "output",
     .alias = "o",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct single_args, output),
     .arg = "FILE",
     .help = "Write the result to a new file, a signed note with --key."},
    {.name = "dsse",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct single_args, dsse),
     .arg = "FILE",
     .help = "Write the result to a new file as a signed in-toto statement, "
             "too; needs --key."},
    REBUILD_OPTS(offsetof(struct single_args, rebuild)),
};

static int put_file(struct aw_ctx *ctx, const char *path, aw_bytes data)
{
    struct aw_host_diag why = {.network = false};

    if (path == NULL) {
        return AW_EXIT_OK;
    }
    aw_err err = aw_file_write(path, data, 0644, AW_FILE_NEW, &why);

    return err == AW_OK ? AW_EXIT_OK
                        : aw_report(ctx, &(struct aw_finding){
                                             .err = err,
                                             .on = AW_ON_LOCAL,
                                             .subject = path,
                                             .host = &why,
                                         });
}

/* Before minutes of building: a file of that name is not written over. */
static int check_new(struct aw_ctx *ctx, const char *path)
{
    struct stat st;

    if (path == NULL || lstat(path, &st) != 0) {
        return AW_EXIT_OK;
    }
    return aw_report(ctx, &(struct aw_finding){
                              .err = AW_ERR_EXISTS,
                              .on = AW_ON_LOCAL,
                              .subject = path,
                          });
}

static int rebuild(struct rebuild_engine *e, const struct single_args *args,
                   aw_bytes leaf, uint64_t index)
{
    struct aw_ctx *ctx = e->ctx;
    struct rebuild_done done;
    const char *subject = index == UINT64_MAX
                              ? "the manifest"
                              : aw_pool_printf(&ctx->pool, "entry %llu",
                                               (unsigned long long)index);

    aw_say(0, "rebuilding the release of %s, this may take minutes", subject);
    int code = rebuild_leaf(e, leaf, index, &done);

    if (code != AW_EXIT_OK) {
        return code;
    }
    if (index != UINT64_MAX) {
        aw_out_u64(&ctx->out, "index", index);
    }
    rebuild_show(ctx, &done);
    if (done.is_release) {
        code = put_file(ctx, args->output, done.note);
    }
    if (code == AW_EXIT_OK && done.dsse.n > 0) {
        code = put_file(ctx, args->dsse, done.dsse);
    }
    if (code != AW_EXIT_OK || done.result.verdict == AW_RB_REPRODUCED) {
        return code;
    }
    return rebuild_report(ctx, subject, &done);
}

static int rebuild_logged(struct rebuild_engine *e,
                          const struct single_args *args, uint64_t index)
{
    struct log_view view = {0};
    struct aw_wr buf = rebuild_leaf_buf(e->ctx);
    aw_bytes leaf = {NULL, 0};
    int code =
        log_view_look(e->ctx, &args->rebuild.view, e->trust, NULL, &view);

    if (code == AW_EXIT_OK) {
        code = rebuild_get_leaf(&view, index, &buf, &leaf);
    }
    if (code == AW_EXIT_OK) {
        log_view_show(&view);
        code = rebuild(e, args, leaf, index);
    }
    log_view_close(&view);
    return code;
}

static int run_single(struct aw_ctx *ctx, const void *values)
{
    const struct single_args *args = values;
    struct rebuild_engine *e = aw_pool_alloc(&ctx->pool, 1, sizeof(*e));
    const char *what = ctx->operands.n == 0 ? "-" : ctx->operands.item[0];
    uint64_t index = 0;
    aw_bytes leaf = {NULL, 0};

    if (args->dsse != NULL && args->rebuild.key == NULL) {
        return aw_usage(ctx, "--dsse needs --key");
    }
    int code = check_new(ctx, args->output);

    if (code == AW_EXIT_OK) {
        code = check_new(ctx, args->dsse);
    }
    if (code == AW_EXIT_OK) {
        code = rebuild_engine_open(ctx, &args->rebuild, e);
    }
    if (code == AW_EXIT_OK && aw_dec_parse(aw_text(what), &index) == AW_OK) {
        code = rebuild_logged(e, args, index);
    } else if (code == AW_EXIT_OK) {
        code = aw_input_read(ctx, what, AW_MANIFEST_MAX, &leaf);
        if (code == AW_EXIT_OK) {
            code = rebuild(e, args, leaf, UINT64_MAX);
        }
    }
    rebuild_engine_close(e);
    return code;
}

const struct aw_cmd aw_cmd_rebuild_single = {
    .name = "single",
    .summary = "rebuild one release and compare",
    .prose = "Builds a release from its source and compares the bytes. The "
             "signed manifest comes from standard input or FILE; INDEX is an "
             "entry of the log.",
    .operands = "[INDEX|FILE]",
    .max_operands = 1,
    .opts = single_opts,
    .n_opts = sizeof(single_opts) / sizeof(single_opts[0]),
    .size = sizeof(struct single_args),
    .run = run_single,
};
