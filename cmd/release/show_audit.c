/* SPDX-License-Identifier: Apache-2.0 */
/* The files of the log itself, audited as aw log audit does: then both name
 * the same file for the same reason. */
#include "common/stop.h"
#include "log/audit.h"
#include "log/audit_strays.h"
#include "release/show.h"

static aw_err run(struct show *s, const struct audit_plan *plan,
                  struct audit_result *result)
{
    struct audit_strays strays;
    aw_err err = audit_run(plan, result);

    if (err == AW_OK) {
        err = audit_strays_run(plan, &strays, result);
    }
    if (err == AW_ERR_CANCELLED && !aw_cancelled()) {
        aw_warn(s->ctx, "so much is wrong that the audit stopped early");
        return AW_OK;
    }
    return err;
}

int show_audit(struct show *s)
{
    struct log_view *view = &s->view;
    struct audit_result *result =
        aw_pool_alloc(&s->ctx->pool, 1, sizeof(*result));
    struct audit_plan plan = {
        .source = view->source,
        .name = view->name,
        .store_options = &view->store_options,
        .tree = view->tree,
        .jobs = audit_jobs(),
        .ctx = s->ctx,
    };

    if (aw_store_is_remote(view->store)) {
        return AW_EXIT_OK; /* what is read of it is proven as it is read */
    }
    int code = log_view_layout(view, &plan.layout);

    if (code != AW_EXIT_OK) {
        return code;
    }
    plan.progress =
        aw_progress_begin(s->ctx, &(struct aw_step){.name = "audit",
                                                    .unit = "leaves",
                                                    .total = view->tree.size});
    aw_err err = run(s, &plan, result);

    aw_progress_end(plan.progress, err == AW_OK && s->ctx->found.exit == 0);
    return err == AW_OK ? s->ctx->found.exit
                        : log_view_fail(view, err, result->path, &result->why);
}
