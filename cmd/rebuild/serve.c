/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "common/serving.h"
#include "rebuild/pages.h"
#include "rebuild/rebuild.h"

struct serve_args {
    struct aw_trust_args trust;
    const char *evidence;
    const char *url;
    uint64_t max_age_ms;
    struct aw_serving_args serving;
};

static const struct aw_opt serve_opts[] = {
    AW_TRUST_LOG_OPTS(offsetof(struct serve_args, trust)),
    {.name = "evidence",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct serve_args, evidence),
     .arg = "DIR",
     .help = "Folder of the monitor's --evidence. Default: rebuilds in the "
             "state directory."},
    {.name = "url",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct serve_args, url),
     .arg = "URL",
     .help = "Public address of the page, for the links of the feed."},
    {.name = "max-age",
     .type = AW_OPT_DURATION,
     .at = offsetof(struct serve_args, max_age_ms),
     .arg = "DURATION",
     .fallback = "1h",
     .help = "Say that the monitor stands still when it gave no sign of life "
             "for so long: neither a look at the log nor a rebuild."},
    AW_SERVING_OPTS(offsetof(struct serve_args, serving),
                    "put a server that has it in front."),
};

/* @return NULL for an address that the feed cannot have */
static const char *public_address(struct aw_ctx *ctx, const char *url)
{
    if (url == NULL) {
        return "";
    }
    char *copy = aw_pool_text(&ctx->pool, url);
    size_t n = strlen(copy);

    if (strncmp(copy, "https://", 8) != 0 && strncmp(copy, "http://", 7) != 0) {
        return NULL;
    }
    while (n > 0 && copy[n - 1] == '/') {
        copy[--n] = '\0';
    }
    for (size_t i = 0; i < n; i++) {
        if (copy[i] <= ' ' || copy[i] > '~') {
            return NULL;
        }
    }
    return copy;
}

static int serve(struct aw_ctx *ctx, const struct serve_args *args,
                 struct rebuild_site *site)
{
    struct aw_serve_options options = {.page = rebuild_page, .page_ctx = site};
    struct aw_server *server = NULL;
    int code = aw_serving_start(ctx, &args->serving, &options, &server);

    if (code == AW_EXIT_OK) {
        aw_serving_announce(ctx, &args->serving, server, "url", "");
        code = aw_serving_wait(ctx);
    }
    aw_serve_stop(server);
    return code;
}

static int run_serve(struct aw_ctx *ctx, const void *values)
{
    const struct serve_args *args = values;
    const char *base = public_address(ctx, args->url);
    struct aw_trust *trust = NULL;
    struct rebuild_site *site = aw_pool_alloc(&ctx->pool, 1, sizeof(*site));
    int code = aw_serving_check(ctx, &args->serving);

    if (code == AW_EXIT_OK && base == NULL) {
        code = aw_usage(ctx, "--url=%s is no http:// or https:// address",
                        args->url);
    }
    if (code == AW_EXIT_OK) {
        code = aw_trust_load_log(ctx, &args->trust, &trust);
    }
    if (code == AW_EXIT_OK) {
        code = rebuild_site_open(ctx, trust, args->evidence, site);
    }
    if (code == AW_EXIT_OK) {
        site->site.base = base;
        site->site.stale_s = (int64_t)(args->max_age_ms / 1000);
        code = serve(ctx, args, site);
    }
    rebuild_site_close(site);
    return code;
}

const struct aw_cmd aw_cmd_rebuild_serve = {
    .name = "serve",
    .summary = "show what became of every release, over HTTP",
    .prose = "Shows what a monitor (aw verify-build continuous) found, from "
             "its state directory: web pages, a JSON API, an Atom feed of "
             "findings, metrics and a badge. Read only, on this machine only "
             "unless told otherwise, until it is stopped by Ctrl-C or "
             "SIGTERM.",
    .opts = serve_opts,
    .n_opts = sizeof(serve_opts) / sizeof(serve_opts[0]),
    .size = sizeof(struct serve_args),
    .run = run_serve,
};
