/* SPDX-License-Identifier: Apache-2.0 */
#include "common/serving.h"
#include "release/release.h"

struct serve_args {
    const char *log;
    const char *artefacts;
    struct aw_serving_args serving;
};

static const struct aw_opt serve_opts[] = {
    {.name = "log",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct serve_args, log),
     .arg = "DIR",
     .help = "Folder of a log, served below /log/."},
    {.name = "artefacts",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct serve_args, artefacts),
     .arg = "DIR",
     .help = "Folder of artefacts, served below /artefacts/."},
    AW_SERVING_OPTS(offsetof(struct serve_args, serving),
                    "readers need none, since they prove all that they get."),
};

enum { FOLDERS = 2 };

static int run_serve(struct aw_ctx *ctx, const void *values)
{
    const struct serve_args *args = values;
    struct aw_served served[FOLDERS];
    struct aw_serve_options options = {.served = served};
    struct aw_server *server = NULL;

    if (args->log != NULL) {
        served[options.n++] = (struct aw_served){"log", args->log};
    }
    if (args->artefacts != NULL) {
        served[options.n++] = (struct aw_served){"artefacts", args->artefacts};
    }
    if (options.n == 0) {
        return aw_usage(ctx, "give --log, --artefacts or both");
    }
    int code = aw_serving_check(ctx, &args->serving);

    if (code == AW_EXIT_OK) {
        code = aw_serving_start(ctx, &args->serving, &options, &server);
    }
    for (size_t i = 0; i < options.n && code == AW_EXIT_OK; i++) {
        const char *name = served[i].name;

        aw_serving_announce(ctx, &args->serving, server, name,
                            aw_pool_printf(&ctx->pool, "%s/", name));
    }
    if (code == AW_EXIT_OK) {
        code = aw_serving_wait(ctx);
    }
    aw_serve_stop(server);
    return code;
}

const struct aw_cmd aw_cmd_release_serve = {
    .name = "serve",
    .summary = "serve a log and its artefacts over HTTP",
    .prose = "Serves the files of a log and of its artefacts, for tests and "
             "for small teams: read only, on this machine only unless told "
             "otherwise, until it is stopped by Ctrl-C or SIGTERM.",
    .opts = serve_opts,
    .n_opts = sizeof(serve_opts) / sizeof(serve_opts[0]),
    .size = sizeof(struct serve_args),
    .run = run_serve,
};
