/* SPDX-License-Identifier: Apache-2.0 */
#include "rebuild/rebuild.h"
#include "rebuild/site.h"

struct status_args {
    struct aw_trust_args trust;
    uint64_t max_age_ms;
};

static const struct aw_opt status_opts[] = {
    AW_TRUST_LOG_OPTS(offsetof(struct status_args, trust)),
    {.name = "max-age",
     .type = AW_OPT_DURATION,
     .at = offsetof(struct status_args, max_age_ms),
     .arg = "DURATION",
     .fallback = "1h",
     .help = "The monitor stands still when it gave no sign of life for so "
             "long: neither a look at the log nor a rebuild."},
};

static void put_time(struct aw_out *out, const char *key, int64_t time)
{
    if (time > 0) {
        aw_out_time(out, key, (uint64_t)time);
    }
}

static void show(struct aw_ctx *ctx, const struct aw_web_site *site)
{
    struct aw_out *out = &ctx->out;
    const struct aw_rebuilds_pulse *p = &site->pulse;

    aw_out_bytes(out, "origin", site->origin);
    aw_out_begin(out, "verdicts");
    for (unsigned i = 0; i < AW_WEB_STATES; i++) {
        aw_out_u64(out, aw_web_state_name(i), aw_web_site_sum(site, i));
    }
    aw_out_end(out);
    aw_out_u64(out, "unacknowledged", site->open);
    if (!site->has_pulse) {
        return;
    }
    aw_out_begin(out, "monitor");
    put_time(out, "started", p->started);
    put_time(out, "time", p->time);
    put_time(out, "look_time", p->look_time);
    aw_out_u64(out, "size", p->size);
    aw_out_u64(out, "exit", p->exit > 0 ? (uint64_t)p->exit : 0);
    aw_out_bool(out, "ended", p->ended);
    aw_out_end(out);
}

/* What keeps the monitor from following the log. */
static const char *why_stale(const struct aw_web_site *site)
{
    if (!site->has_pulse) {
        return "no monitor has run with this state";
    }
    if (site->pulse.ended) {
        return "it was stopped";
    }
    return site->pulse.exit != 0 ? "its last look at the log failed"
                                 : "its last sign of life is too long ago";
}

static int judge(struct aw_ctx *ctx, const struct aw_web_site *site)
{
    if (!aw_web_site_stale(site)) {
        return AW_EXIT_OK;
    }
    return aw_report(ctx, &(struct aw_finding){
                              .err = AW_ERR_PRECONDITION,
                              .on = AW_ON_LOCAL,
                              .exit = AW_EXIT_REFUSED,
                              .what = "the monitor stands still",
                              .subject = "aw verify-build continuous",
                              .expected = "a monitor that follows the log",
                              .got = why_stale(site),
                              .remedy = "start it, or read what it reported",
                          });
}

static int run_status(struct aw_ctx *ctx, const void *values)
{
    const struct status_args *args = values;
    struct aw_trust *trust = NULL;
    struct aw_host_diag why = {.network = false};
    struct rebuild_site *site = aw_pool_alloc(&ctx->pool, 1, sizeof(*site));
    int code = aw_trust_load_log(ctx, &args->trust, &trust);

    if (code == AW_EXIT_OK) {
        code = rebuild_site_open(ctx, trust, NULL, site);
    }
    if (code == AW_EXIT_OK) {
        aw_err err = rebuild_site_refresh(site, &why);

        code = err == AW_OK
                   ? AW_EXIT_OK
                   : aw_report(ctx, &(struct aw_finding){
                                        .err = err,
                                        .on = AW_ON_LOCAL,
                                        .subject = site->view.state_dir,
                                        .host = &why,
                                    });
    }
    if (code == AW_EXIT_OK) {
        site->site.stale_s = (int64_t)(args->max_age_ms / 1000);
        show(ctx, &site->site);
        code = judge(ctx, &site->site);
    }
    rebuild_site_close(site);
    return code;
}

const struct aw_cmd aw_cmd_rebuild_status = {
    .name = "status",
    .summary = "whether a monitor follows the log, and what it counts",
    .prose = "Tells from the state directory how a monitor (aw verify-build "
             "continuous) is. Ends with 30 when it stands still, for those who "
             "watch it; findings do not count here.",
    .opts = status_opts,
    .n_opts = sizeof(status_opts) / sizeof(status_opts[0]),
    .size = sizeof(struct status_args),
    .run = run_status,
};
