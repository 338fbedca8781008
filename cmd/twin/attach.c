/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/twin/attach.h"

#include <string.h>

#include "aw/hostio/file.h"
#include "aw/text.h"
#include "common/stop.h"
#include "common/term.h"
#include "twin/twin.h"

enum { PORT_MAX = 65535 };

struct attach_args {
    uint64_t port;
    const char *port_file;
    bool kernel;
    const char *vhci;
    uint64_t plug;
};

static const struct aw_opt attach_opts[] = {
    {.name = "port",
     .type = AW_OPT_U64,
     .at = offsetof(struct attach_args, port),
     .arg = "N",
     .fallback = "3240",
     .help = "TCP port on 127.0.0.1; 0: any that is free."},
    {.name = "port-file",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct attach_args, port_file),
     .arg = "FILE",
     .help = "Write the number of the port to a file when it is served."},
    {.name = "kernel",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct attach_args, kernel),
     .help = "Plug the twin into this machine's kernel instead: needs root "
             "and the module vhci_hcd."},
    {.name = "plug",
     .type = AW_OPT_U64,
     .at = offsetof(struct attach_args, plug),
     .arg = "N",
     .fallback = "1",
     .help = "With --kernel, 1: the plug; 2: the receptacle of the gamma "
             "board."},
    {.name = "vhci",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct attach_args, vhci),
     .arg = "DIR",
     .fallback = AW_TWIN_VHCI,
     .help = "With --kernel, folder of the virtual host controller."},
};

struct attaching {
    struct aw_ctx *ctx;
    const struct attach_args *args;
    size_t came;
    int code; /* of a port file that could not be written */
};

static void write_port(struct attaching *a, unsigned port)
{
    enum { MODE = 0666 }; /* less the umask */
    const char *path = a->args->port_file;
    struct aw_host_diag why = {.network = false};
    const char *text = aw_pool_printf(&a->ctx->pool, "%u\n", port);

    if (path == NULL) {
        return;
    }
    aw_err err =
        aw_file_write(path, aw_text(text), MODE, AW_FILE_REPLACE, &why);

    if (err != AW_OK) {
        a->code = aw_report(a->ctx, &(struct aw_finding){.err = err,
                                                         .on = AW_ON_LOCAL,
                                                         .subject = path,
                                                         .host = &why});
    }
}

static void note(struct attaching *a, const char *text)
{
    aw_events_put(&a->ctx->events, &(struct aw_event){.step = "attach",
                                                      .state = "progress",
                                                      .detail = text});
    aw_say(0, "%s", text);
}

static void tell(void *ctx, enum aw_twin_attached what, unsigned number)
{
    struct attaching *a = ctx;
    struct aw_pool *pool = &a->ctx->pool;
    bool kernel = a->args->kernel;

    switch (what) {
    case AW_TWIN_LISTENS:
        aw_out_text(&a->ctx->out, "address",
                    aw_pool_printf(pool, "127.0.0.1:%u", number));
        (void)aw_out_flush(&a->ctx->out);
        write_port(a, number);
        note(a, "serving until stopped, by Ctrl-C or SIGTERM");
        break;
    case AW_TWIN_CAME:
        a->came++;
        note(a, aw_pool_printf(pool,
                               kernel ? "plugged in, port %u"
                                      : "a client connected: %u now",
                               number));
        break;
    case AW_TWIN_WENT:
        note(a, aw_pool_printf(pool,
                               kernel ? "unplugged, port %u"
                                      : "a client left: %u now",
                               number));
        break;
    }
}

/* In lockstep a kernel would wait for a twin that waits for it. */
static int check_mode(struct aw_ctx *ctx, const char *path)
{
    struct twin_ask ask;
    int code = twin_ask_once(ctx, path, "status", NULL, NULL, &ask);

    if (code != AW_EXIT_OK) {
        return code;
    }
    if (strcmp(twin_text(ctx, ask.reply, "mode"), "lockstep") != 0) {
        return AW_EXIT_OK;
    }
    return aw_report(ctx, &(struct aw_finding){
                              .err = AW_ERR_PRECONDITION,
                              .on = AW_ON_LOCAL,
                              .exit = AW_EXIT_REFUSED,
                              .what = "in lockstep time passes only by request",
                              .subject = path,
                              .remedy = "start it with --mode=auto or paced"});
}

static int failed(struct aw_ctx *ctx, const struct attach_args *args,
                  aw_err err, const struct aw_host_diag *host)
{
    struct aw_finding finding = {.err = err,
                                 .on = AW_ON_LOCAL,
                                 .what = "the twin cannot be attached",
                                 .subject = ctx->operands.item[0],
                                 .host = host};

    if (err == AW_ERR_EXISTS) {
        finding.exit = AW_EXIT_REFUSED;
        finding.remedy = "choose another --port";
    } else if (err == AW_ERR_PRECONDITION || err == AW_ERR_NOT_FOUND) {
        finding.exit = AW_EXIT_REFUSED;
        finding.remedy = args->kernel ? "without --kernel it is served over TCP"
                                      : "see aw twin list and aw twin start";
    }
    return aw_report(ctx, &finding);
}

static int run_attach(struct aw_ctx *ctx, const void *values)
{
    const struct attach_args *args = values;
    const char *path = ctx->operands.item[0];
    struct attaching a = {.ctx = ctx, .args = args};
    const struct aw_twin_attach how = {
        .path = path, .stopped = aw_cancelled, .tell = tell, .ctx = &a};
    struct aw_host_diag host = {.network = false};

    if (args->port > PORT_MAX || args->plug < 1 || args->plug > 2) {
        return aw_usage(ctx, "--port is at most %d, --plug is 1 or 2",
                        (int)PORT_MAX);
    }
    int code = check_mode(ctx, path);

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_out_text(&ctx->out, "twin", path);
    if (args->kernel) {
        aw_out_text(&ctx->out, "controller", args->vhci);
        (void)aw_out_flush(&ctx->out);
    }
    aw_err err = args->kernel
                     ? aw_twin_attach_kernel(&how, args->vhci,
                                             (unsigned)args->plug, &host)
                     : aw_twin_attach_tcp(&how, (uint16_t)args->port, &host);

    if (err != AW_OK) {
        return failed(ctx, args, err, &host);
    }
    aw_out_count(&ctx->out, "attached", a.came);
    aw_out_text(&ctx->out, "ended", aw_cancelled() ? "stopped" : "twin");
    /* To be stopped is how it is meant to end. */
    code = aw_stop_exit() == AW_EXIT_DECLINED ? AW_EXIT_OK : aw_stop_exit();
    return a.code != AW_EXIT_OK ? a.code : code;
}

const struct aw_cmd twin_cmd_attach = {
    .name = "attach",
    .summary = "a twin's USB for other programs, by USB/IP",
    .prose = "Offers what is in the plugs of the twin in DIR to programs that "
             "know nothing of twins, until stopped or until the twin ends: "
             "over TCP, for usbip on this machine or in a virtual machine on "
             "it, or with --kernel as devices of this machine. A board that "
             "leaves its plug is unplugged there. What comes next is plugged "
             "in by itself with --kernel; over TCP it has to be attached "
             "again.",
    .operands = "DIR",
    .min_operands = 1,
    .max_operands = 1,
    .opts = attach_opts,
    .n_opts = sizeof(attach_opts) / sizeof(attach_opts[0]),
    .size = sizeof(struct attach_args),
    .run = run_attach,
};
