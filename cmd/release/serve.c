/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <time.h>

#include "aw/hostio/file.h"
#include "aw/hostio/serve.h"
#include "common/stop.h"
#include "common/term.h"
#include "release/release.h"

struct serve_args {
    const char *log;
    const char *artefacts;
    const char *listen;
    uint64_t port;
    const char *port_file;
    bool allow_remote;
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
    {.name = "listen",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct serve_args, listen),
     .arg = "ADDRESS",
     .fallback = "127.0.0.1",
     .help = "Numeric address to listen on."},
    {.name = "port",
     .type = AW_OPT_U64,
     .at = offsetof(struct serve_args, port),
     .arg = "N",
     .help = "Port to listen on; any that is free by default."},
    {.name = "port-file",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct serve_args, port_file),
     .arg = "FILE",
     .help = "Write the number of the port to a file when the server is "
             "ready."},
    {.name = "allow-remote",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct serve_args, allow_remote),
     .help = "Let other machines in: needed for an address that is not this "
             "machine's own. There is no encryption; readers need none, since "
             "they prove all that they get."},
};

enum { FOLDERS = 2, PORT_MAX = 65535 };

struct serving {
    struct aw_ctx *ctx;
    const struct serve_args *args;
    size_t n;
    struct aw_served served[FOLDERS];
    struct aw_server *server;
};

static int check_args(struct serving *s)
{
    const struct serve_args *args = s->args;

    if (args->log != NULL) {
        s->served[s->n++] = (struct aw_served){"log", args->log};
    }
    if (args->artefacts != NULL) {
        s->served[s->n++] = (struct aw_served){"artefacts", args->artefacts};
    }
    if (s->n == 0) {
        return aw_usage(s->ctx, "give --log, --artefacts or both");
    }
    if (args->port > PORT_MAX) {
        return aw_usage(s->ctx, "--port is 0 to %d, and 0 any that is free",
                        (int)PORT_MAX);
    }
    if (!aw_serve_is_address(args->listen)) {
        return aw_usage(s->ctx,
                        "--listen=%s is no numeric address, such as 127.0.0.1 "
                        "or ::1; the port goes to --port",
                        args->listen);
    }
    if (!aw_serve_is_loopback(args->listen) && !args->allow_remote) {
        return aw_usage(s->ctx,
                        "--listen=%s: others could reach it; say "
                        "--allow-remote if that is meant",
                        args->listen);
    }
    return AW_EXIT_OK;
}

/* In the server's thread. */
static void seen(void *ctx, const char *method, const char *path,
                 unsigned status)
{
    (void)ctx;
    aw_say(1, "%s %s %u", method, path, status);
}

static int start(struct serving *s)
{
    const struct aw_serve_options options = {
        .address = s->args->listen,
        .port = (unsigned)s->args->port,
        .served = s->served,
        .n = s->n,
        .seen = seen,
    };
    struct aw_host_diag why = {.network = false};
    aw_err err = aw_serve_start(&options, &s->server, &why);

    if (err == AW_OK) {
        return AW_EXIT_OK;
    }
    return aw_report(s->ctx, &(struct aw_finding){
                                 .err = err,
                                 .on = AW_ON_INPUT,
                                 .exit = err == AW_ERR_IO ? AW_EXIT_REFUSED : 0,
                                 .what = "the server cannot start",
                                 .subject = s->args->listen,
                                 .host = &why,
                             });
}

static int write_port(struct serving *s)
{
    enum { MODE = 0666 }; /* less the umask */
    const char *path = s->args->port_file;
    struct aw_host_diag why = {.network = false};

    if (path == NULL) {
        return AW_EXIT_OK;
    }
    const char *text =
        aw_pool_printf(&s->ctx->pool, "%u\n", aw_serve_port(s->server));
    aw_err err =
        aw_file_write(path, aw_text(text), MODE, AW_FILE_REPLACE, &why);

    return err == AW_OK ? AW_EXIT_OK
                        : aw_report(s->ctx, &(struct aw_finding){
                                                .err = err,
                                                .on = AW_ON_INPUT,
                                                .subject = path,
                                                .host = &why,
                                            });
}

/* Addresses are known before the end, so text shows them at once; who reads
 * the document finds them in the events. */
static void announce(struct serving *s)
{
    bool v6 = strchr(s->args->listen, ':') != NULL;

    for (size_t i = 0; i < s->n; i++) {
        const char *url =
            aw_pool_printf(&s->ctx->pool, "http://%s%s%s:%u/%s/", v6 ? "[" : "",
                           s->args->listen, v6 ? "]" : "",
                           aw_serve_port(s->server), s->served[i].name);

        aw_out_text(&s->ctx->out, s->served[i].name, url);
        aw_events_put(&s->ctx->events, &(struct aw_event){.step = "serve",
                                                          .state = "progress",
                                                          .detail = url});
    }
    (void)aw_out_flush(&s->ctx->out);
    aw_say(0, "serving until stopped, by Ctrl-C or SIGTERM");
}

static void wait_for_end(void)
{
    const struct timespec pause = {.tv_nsec = 50 * 1000000L};

    while (!aw_cancelled()) {
        (void)nanosleep(&pause, NULL);
    }
}

static int run_serve(struct aw_ctx *ctx, const void *values)
{
    struct serving s = {.ctx = ctx, .args = values};
    int code = check_args(&s);

    if (code == AW_EXIT_OK) {
        code = start(&s);
    }
    if (code == AW_EXIT_OK) {
        code = write_port(&s);
    }
    if (code == AW_EXIT_OK) {
        announce(&s);
        wait_for_end();
        /* To be stopped is how it is meant to end. */
        code = aw_stop_exit() == AW_EXIT_DECLINED ? AW_EXIT_OK : aw_stop_exit();
    }
    aw_serve_stop(s.server);
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
