/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/text.h"
#include "log/log.h"
#include "log/operands.h"
#include "log/view.h"

struct get_args {
    struct log_view_args view;
};

static const struct aw_opt get_opts[] = {
    LOG_VIEW_OPTS(offsetof(struct get_args, view)),
};

static int show_entry(struct log_view *view, uint64_t index)
{
    struct aw_ctx *ctx = view->ctx;
    size_t cap = view->log->layout == AW_LAYOUT_TILES ? (size_t)AW_ENTRIES_MAX
                                                      : (size_t)AW_ENTRY_MAX;
    struct aw_wr buf = aw_wr_init(aw_pool_alloc(&ctx->pool, cap, 1), cap);
    struct aw_proof proof = {0};
    struct aw_host_diag why = {0};
    aw_bytes entry = {0};
    aw_hash leaf;
    aw_err err = aw_log_get(view->log, index, &buf, &entry, &proof, &why.diag);

    if (err == AW_ERR_RANGE && index >= view->tree.size) {
        return aw_report(
            ctx,
            &(struct aw_finding){
                .err = AW_ERR_NOT_FOUND,
                .on = AW_ON_LOG,
                .exit = AW_EXIT_NOT_LOGGED,
                .subject = aw_pool_printf(&ctx->pool, "entry %llu",
                                          (unsigned long long)index),
                .expected = aw_pool_printf(&ctx->pool, "an index below %llu",
                                           (unsigned long long)view->tree.size),
                .remedy = "ask for an entry that the checkpoint covers",
            });
    }
    if (err != AW_OK) {
        return log_view_read_fail(view, err, &why);
    }
    aw_merkle_leaf(entry, &leaf);
    if (!aw_out_is_json(&ctx->out)) {
        aw_out_raw(&ctx->out, entry);
        return AW_EXIT_OK;
    }
    log_view_show(view);
    aw_out_u64(&ctx->out, "index", index);
    aw_out_base64(&ctx->out, "leaf_hash", (aw_bytes){leaf.b, sizeof(leaf.b)});
    aw_out_base64(&ctx->out, "entry", entry);
    log_show_proof(ctx, &proof);
    return AW_EXIT_OK;
}

static int run_get(struct aw_ctx *ctx, const void *values)
{
    const struct get_args *args = values;
    struct log_view view = {0};
    struct log_operands operands;
    uint64_t index = 0;
    int code = log_operands_split(ctx, 1, &operands);

    if (code == AW_EXIT_OK &&
        aw_dec_parse(aw_text(operands.item[0]), &index) != AW_OK) {
        code = aw_usage(ctx, "%s is no index", operands.item[0]);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    code = log_view_ready(ctx, &args->view, operands.source, &view);
    if (code == AW_EXIT_OK) {
        code = show_entry(&view, index);
    }
    log_view_close(&view);
    return code;
}

const struct aw_cmd aw_cmd_log_get = {
    .name = "get",
    .summary = "fetch an entry and prove it",
    .prose = "Prints the bytes of one entry, after its inclusion in the "
             "checkpoint's tree has been checked. With --json the proof is "
             "there too.",
    .operands = "[SOURCE] INDEX",
    .min_operands = 1,
    .max_operands = 2,
    .opts = get_opts,
    .n_opts = sizeof(get_opts) / sizeof(get_opts[0]),
    .size = sizeof(struct get_args),
    .run = run_get,
};
