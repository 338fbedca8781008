/* SPDX-License-Identifier: Apache-2.0 */
#include "common/serving.h"

#include <string.h>
#include <time.h>

#include "aw/hostio/file.h"
#include "common/stop.h"
#include "common/term.h"

enum { PORT_MAX = 65535 };

int aw_serving_check(struct aw_ctx *ctx, const struct aw_serving_args *args)
{
    if (args->port > PORT_MAX) {
        return aw_usage(ctx, "--port is 0 to %d, and 0 any that is free",
                        (int)PORT_MAX);
    }
    if (!aw_serve_is_address(args->listen)) {
        return aw_usage(ctx,
                        "--listen=%s is no numeric address, such as 127.0.0.1 "
                        "or ::1; the port goes to --port",
                        args->listen);
    }
    if (!aw_serve_is_loopback(args->listen) && !args->allow_remote) {
        return aw_usage(ctx,
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

static int write_port(struct aw_ctx *ctx, const char *path,
                      const struct aw_server *server)
{
    enum { MODE = 0666 }; /* less the umask */
    struct aw_host_diag why = {.network = false};

    if (path == NULL) {
        return AW_EXIT_OK;
    }
    const char *text =
        aw_pool_printf(&ctx->pool, "%u\n", aw_serve_port(server));
    aw_err err =
        aw_file_write(path, aw_text(text), MODE, AW_FILE_REPLACE, &why);

    return err == AW_OK ? AW_EXIT_OK
                        : aw_report(ctx, &(struct aw_finding){
                                             .err = err,
                                             .on = AW_ON_INPUT,
                                             .subject = path,
                                             .host = &why,
                                         });
}

int aw_serving_start(struct aw_ctx *ctx, const struct aw_serving_args *args,
                     struct aw_serve_options *options,
                     struct aw_server **server)
{
    struct aw_host_diag why = {.network = false};

    options->address = args->listen;
    options->port = (unsigned)args->port;
    options->seen = seen;
    aw_err err = aw_serve_start(options, server, &why);

    if (err == AW_OK) {
        return write_port(ctx, args->port_file, *server);
    }
    return aw_report(ctx, &(struct aw_finding){
                              .err = err,
                              .on = AW_ON_INPUT,
                              .exit = err == AW_ERR_IO ? AW_EXIT_REFUSED : 0,
                              .what = "the server cannot start",
                              .subject = args->listen,
                              .host = &why,
                          });
}

void aw_serving_announce(struct aw_ctx *ctx, const struct aw_serving_args *args,
                         const struct aw_server *server, const char *name,
                         const char *path)
{
    bool v6 = strchr(args->listen, ':') != NULL;
    const char *url = aw_pool_printf(&ctx->pool, "http://%s%s%s:%u/%s",
                                     v6 ? "[" : "", args->listen, v6 ? "]" : "",
                                     aw_serve_port(server), path);

    aw_out_text(&ctx->out, name, url);
    aw_events_put(&ctx->events, &(struct aw_event){.step = "serve",
                                                   .state = "progress",
                                                   .detail = url});
}

int aw_serving_wait(struct aw_ctx *ctx)
{
    const struct timespec pause = {.tv_nsec = 50 * 1000000L};

    (void)aw_out_flush(&ctx->out);
    aw_say(0, "serving until stopped, by Ctrl-C or SIGTERM");
    while (!aw_cancelled()) {
        (void)nanosleep(&pause, NULL);
    }
    return aw_stop_exit() == AW_EXIT_DECLINED ? AW_EXIT_OK : aw_stop_exit();
}
