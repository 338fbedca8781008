/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aw/ftlog/tlogproof.h"
#include "aw/hostio/file.h"
#include "aw/text.h"
#include "common/input.h"
#include "log/log.h"
#include "log/operands.h"
#include "log/view.h"

struct prove_args {
    struct log_view_args view;
    const char *index;
    const char *leaf;
    const char *from;
    const char *output;
};

static const struct aw_opt prove_opts[] = {
    {.name = "index",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct prove_args, index),
     .arg = "N",
     .help = "Prove that the log has its entry N."},
    {.name = "leaf",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct prove_args, leaf),
     .arg = "FILE",
     .help = "Prove that the log has this entry. Without --index the log's "
             "index of leaf hashes says where; the tiled layout has none."},
    {.name = "from",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct prove_args, from),
     .arg = "SIZE",
     .help = "Prove that the tree of SIZE leaves is a beginning of the tree "
             "that is signed now."},
    {.name = "output",
     .alias = "o out",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct prove_args, output),
     .arg = "FILE",
     .help = "Write the inclusion proof to a new file "
             "(c2sp.org/tlog-proof@v1)."},
    LOG_VIEW_OPTS(offsetof(struct prove_args, view)),
};

static int number(struct aw_ctx *ctx, const char *option, const char *value,
                  uint64_t *v)
{
    if (value != NULL && aw_dec_parse(aw_text(value), v) != AW_OK) {
        return aw_usage(ctx, "%s: %s is no number", option, value);
    }
    return AW_EXIT_OK;
}

/* Exit code for a proof that cannot be made: an entry or a size that the log
 * does not have is no fault of the log. */
static int prove_fail(struct log_view *view, aw_err err,
                      const struct aw_host_diag *why)
{
    unsigned long long size = view->tree.size;
    struct aw_finding finding = {
        .err = err,
        .on = AW_ON_LOG,
        .exit = AW_EXIT_NOT_LOGGED,
        .subject = view->name,
        .diag = &why->diag,
    };

    if (err == AW_ERR_RANGE) {
        finding.expected =
            aw_pool_printf(log_view_pool(view),
                           "an index below, or a size from 1 to, %llu", size);
        finding.remedy = "ask for what the checkpoint covers";
    } else if (err == AW_ERR_DIGEST) {
        finding.expected = "the entry that was given, at this index";
        finding.got = "the log has another entry there";
        finding.remedy = "check index and file";
    } else if (err == AW_ERR_NOT_FOUND &&
               strncmp(view->log->path.text, "leaves/", 7) == 0) {
        finding.expected = "the entry that was given, in the log's index of "
                           "leaf hashes";
        finding.got =
            aw_pool_printf(log_view_pool(view),
                           "no such entry in the tree of size %llu", size);
        finding.remedy = "check that the file is the entry byte for byte; if "
                         "it is, it is not logged";
    } else {
        return log_view_read_fail(view, err, why);
    }
    return aw_report(view->ctx, &finding);
}

static int no_index(struct log_view *view)
{
    return aw_report(
        view->ctx,
        &(struct aw_finding){
            .err = AW_ERR_PRECONDITION,
            .on = AW_ON_INPUT,
            .subject = view->name,
            .expected = "the entry's index: the tiled layout has no index of "
                        "leaf hashes",
            .remedy = "give --index too",
        });
}

static int put_proof_file(struct log_view *view, const char *path,
                          const struct aw_tlog_proof *proof)
{
    struct aw_ctx *ctx = view->ctx;
    struct aw_host_diag why = {0};
    struct aw_wr w = aw_wr_init(aw_pool_alloc(&ctx->pool, AW_TLOG_PROOF_MAX, 1),
                                AW_TLOG_PROOF_MAX);

    aw_tlog_proof_write(proof, &w);
    if (path == NULL) {
        if (aw_out_is_json(&ctx->out)) {
            aw_out_bytes(&ctx->out, "tlog_proof", aw_wr_done(&w));
        }
        aw_out_raw(&ctx->out, aw_wr_done(&w));
        return AW_EXIT_OK;
    }
    aw_err err = aw_file_write(path, aw_wr_done(&w), 0644, AW_FILE_NEW, &why);

    if (err != AW_OK) {
        return aw_report(ctx, &(struct aw_finding){
                                  .err = err,
                                  .on = AW_ON_INPUT,
                                  .what = "the proof could not be written",
                                  .subject = path,
                                  .expected = "a new file",
                                  .host = &why,
                              });
    }
    aw_out_text(&ctx->out, "output", path);
    return AW_EXIT_OK;
}

static int prove_inclusion(struct log_view *view, const struct prove_args *args)
{
    struct aw_ctx *ctx = view->ctx;
    struct aw_tlog_proof proof = {.checkpoint = view->note};
    struct aw_host_diag why = {0};
    aw_bytes data = {0};
    aw_hash leaf;
    aw_err err = AW_OK;
    int code = number(ctx, "--index", args->index, &proof.index);

    if (code == AW_EXIT_OK && args->leaf != NULL) {
        code = aw_input_read(ctx, args->leaf, AW_ENTRY_MAX, &data);
        aw_merkle_leaf(data, &leaf);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    if (args->index == NULL && view->log->layout == AW_LAYOUT_TILES) {
        return no_index(view);
    }
    if (args->index == NULL) {
        err = aw_log_find(view->log, &leaf, &proof.index, &proof.proof,
                          &why.diag);
    } else {
        err = aw_log_prove_inclusion(view->log, proof.index,
                                     args->leaf == NULL ? NULL : &leaf,
                                     &proof.proof, &why.diag);
    }
    if (err != AW_OK) {
        return prove_fail(view, err, &why);
    }
    if (aw_out_is_json(&ctx->out) || args->output != NULL) {
        log_view_show(view);
        aw_out_u64(&ctx->out, "index", proof.index);
        log_show_proof(ctx, &proof.proof);
    }
    return put_proof_file(view, args->output, &proof);
}

static int prove_consistency(struct log_view *view,
                             const struct prove_args *args)
{
    struct aw_ctx *ctx = view->ctx;
    struct aw_host_diag why = {0};
    struct aw_proof proof = {0};
    struct aw_tree from = {0};
    int code = number(ctx, "--from", args->from, &from.size);

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_err err = aw_log_root_at(view->log, from.size, &from.root, &why.diag);

    if (err == AW_OK) {
        err = aw_log_prove_consistency(view->log, &from, &proof, &why.diag);
    }
    if (err != AW_OK) {
        return prove_fail(view, err, &why);
    }
    log_view_show(view);
    aw_out_begin(&ctx->out, "from");
    aw_out_u64(&ctx->out, "size", from.size);
    aw_out_base64(&ctx->out, "root",
                  (aw_bytes){from.root.b, sizeof(from.root.b)});
    aw_out_end(&ctx->out);
    log_show_proof(ctx, &proof);
    return AW_EXIT_OK;
}

static int run_prove(struct aw_ctx *ctx, const void *values)
{
    const struct prove_args *args = values;
    struct log_view view = {0};
    bool inclusion = args->index != NULL || args->leaf != NULL;

    if (inclusion == (args->from != NULL)) {
        return aw_usage(ctx, "give --index or --leaf for an inclusion proof, "
                             "or --from for a consistency proof");
    }
    if (args->from != NULL && args->output != NULL) {
        return aw_usage(ctx,
                        "--output is for inclusion proofs: there is no file "
                        "format for consistency proofs");
    }
    int code = log_view_ready(
        ctx, &args->view, ctx->operands.n > 0 ? ctx->operands.item[0] : NULL,
        &view);

    if (code == AW_EXIT_OK) {
        code = inclusion ? prove_inclusion(&view, args)
                         : prove_consistency(&view, args);
    }
    log_view_close(&view);
    return code;
}

const struct aw_cmd aw_cmd_log_prove = {
    .name = "prove",
    .summary = "make an inclusion or consistency proof",
    .prose = "An inclusion proof comes as a tlog-proof file, which holds the "
             "signed checkpoint too and can be checked offline with aw log "
             "check. Every proof is checked before it is printed.",
    .operands = "[SOURCE]",
    .max_operands = 1,
    .opts = prove_opts,
    .n_opts = sizeof(prove_opts) / sizeof(prove_opts[0]),
    .size = sizeof(struct prove_args),
    .run = run_prove,
};
