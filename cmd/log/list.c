/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/latest.h"
#include "log/log.h"
#include "log/scan.h"

struct list_args {
    struct log_view_args view;
    bool latest;
};

static const struct aw_opt list_opts[] = {
    LOG_VIEW_OPTS(offsetof(struct list_args, view)),
    AW_TRUST_KEY_OPTS(offsetof(struct list_args, view.trust)),
    {.name = "latest",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct list_args, latest),
     .help = "Show the newest release of each component only."},
};

struct listing {
    struct log_view *view;
    bool latest_only;
    struct aw_latest latest;
    uint64_t valid;
    uint64_t refused;
};

static void show_release(struct listing *l, uint64_t index,
                         const struct aw_manifest *m)
{
    struct aw_out *out = &l->view->ctx->out;

    aw_out_begin(out, NULL);
    aw_out_u64(out, "index", index);
    aw_out_text(out, "verdict", "valid");
    aw_out_text(out, "component", aw_component_name(m->component));
    aw_out_bytes(out, "version", m->tag_name);
    aw_out_bytes(out, "commit", m->commit);
    if (m->has_hab) {
        aw_out_bytes(out, "hab_target", m->hab_target);
    }
    aw_out_hex(out, "firmware_sha256",
               (aw_bytes){m->firmware_sha256, sizeof(m->firmware_sha256)});
    aw_out_end(out);
}

static void show_refused(struct listing *l, uint64_t index, aw_err err,
                         const struct aw_diag *diag)
{
    struct aw_out *out = &l->view->ctx->out;

    aw_out_begin(out, NULL);
    aw_out_u64(out, "index", index);
    aw_out_text(out, "verdict", "refused");
    aw_out_text(out, "code", aw_err_name(err));
    aw_out_text(out, "reason", aw_err_text(err));
    if (diag->where != NULL) {
        aw_out_text(out, "where", diag->where);
    }
    aw_out_end(out);
}

static void take_entry(void *ctx, const struct log_entry *entry)
{
    struct listing *l = ctx;
    aw_err err = entry->err;
    struct aw_diag diag = entry->diag;

    if (err == AW_OK) {
        err = aw_latest_add(&l->latest, entry->index, entry->manifest,
                            l->view->trust->use.policy.hab_target, &diag);
    }
    if (err == AW_OK) {
        l->valid++;
    } else {
        l->refused++;
    }
    if (l->latest_only) {
        return;
    }
    if (err == AW_OK) {
        show_release(l, entry->index, entry->manifest);
    } else {
        show_refused(l, entry->index, err, &diag);
    }
}

static void show_latest(struct listing *l)
{
    struct aw_out *out = &l->view->ctx->out;

    aw_out_begin_list(out, "latest");
    for (size_t c = 0; c < AW_COMPONENTS; c++) {
        const struct aw_latest_entry *e = &l->latest.of[c];

        if (!e->found) {
            continue;
        }
        aw_out_begin(out, NULL);
        aw_out_text(out, "component", aw_component_name((enum aw_component)c));
        aw_out_bytes(out, "version", (aw_bytes){e->version, e->version_n});
        aw_out_u64(out, "index", e->index);
        aw_out_hex(out, "firmware_sha256",
                   (aw_bytes){e->firmware_sha256, sizeof(e->firmware_sha256)});
        if (e->has_hab) {
            aw_out_hex(
                out, "hab_signature_sha256",
                (aw_bytes){e->hab_sig_sha256, sizeof(e->hab_sig_sha256)});
        }
        aw_out_end(out);
    }
    aw_out_end_list(out);
    aw_out_u64(out, "valid", l->valid);
    aw_out_u64(out, "refused", l->refused);
}

static void warn_without_keys(struct log_view *view)
{
    size_t n = 0;

    for (size_t c = 0; c < AW_COMPONENTS; c++) {
        n += view->trust->use.policy.signers[c].n;
    }
    if (n == 0) {
        aw_warn(view->ctx, "no keys of release signers were given, so no "
                           "release can be valid: name a --policy that has "
                           "them, or the keys (see --help)");
    }
}

static int list(struct log_view *view, bool latest_only)
{
    struct listing *l = aw_pool_alloc(&view->ctx->pool, 1, sizeof(*l));

    l->view = view;
    l->latest_only = latest_only;
    warn_without_keys(view);
    log_view_show(view);
    if (!latest_only) {
        aw_out_begin_list(&view->ctx->out, "releases");
    }
    int code = log_scan(view, take_entry, l);

    if (!latest_only) {
        aw_out_end_list(&view->ctx->out);
    }
    if (code == AW_EXIT_OK) {
        show_latest(l);
    }
    return code;
}

static int run_list(struct aw_ctx *ctx, const void *values)
{
    const struct list_args *args = values;
    struct log_view view = {0};
    int code = log_view_ready(
        ctx, &args->view, ctx->operands.n > 0 ? ctx->operands.item[0] : NULL,
        &view);

    if (code == AW_EXIT_OK) {
        code = list(&view, args->latest);
    }
    log_view_close(&view);
    return code;
}

const struct aw_cmd aw_cmd_log_list = {
    .name = "list",
    .summary = "list the releases in a log",
    .prose = "Reads and proves every entry and says which are releases: "
             "signed by every key that the policy names for the component and "
             "by no other component's. The newest of each component is the "
             "highest version, at equal versions the later entry; with a HAB "
             "target only bootloader and recovery of that target count.",
    .operands = "[SOURCE]",
    .max_operands = 1,
    .opts = list_opts,
    .n_opts = sizeof(list_opts) / sizeof(list_opts[0]),
    .size = sizeof(struct list_args),
    .run = run_list,
};
