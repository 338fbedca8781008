/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aw/hostio/file.h"
#include "common/stop.h"
#include "ctl/ctl.h"
#include "ctl/gunzip.h"

enum { LOG_MAX = 2 << 20, FILE_MODE = 0644 };

struct args {
    struct aw_usb_args usb;
    const char *output;
};

static const struct aw_opt opts[] = {
    AW_USB_OPTS(offsetof(struct args, usb)),
    {.name = "output",
     .alias = "o",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, output),
     .arg = "FILE",
     .help = "Write the log to a new file."},
};

/* All pieces of the stream. */
static aw_err fetch(struct aw_control *c, uint8_t command, struct aw_wr *w,
                    struct aw_diag *diag)
{
    struct aw_ctl_log piece = {.more = true};
    bool goes_on = false;

    while (piece.more) {
        if (aw_cancelled()) {
            return aw_fail(diag, AW_ERR_CANCELLED, "control: log", w->n);
        }
        aw_err err = aw_control_log(c, command, goes_on, &piece, diag);

        if (err != AW_OK) {
            return err;
        }
        aw_wr_put(w, (aw_bytes){piece.payload, piece.n});
        if (w->failed) {
            return aw_fail(diag, AW_ERR_FORMAT, "control: size of the log",
                           AW_CONTROL_LOG_MAX);
        }
        goes_on = true;
    }
    return AW_OK;
}

static int put_log(struct aw_ctx *ctx, const struct args *a, aw_bytes log)
{
    struct aw_host_diag host = {.text = ""};

    aw_out_count(&ctx->out, "bytes", log.n);
    if (a->output == NULL) {
        if (aw_out_is_json(&ctx->out)) {
            aw_out_bytes(&ctx->out, "text", log);
        } else {
            aw_out_raw(&ctx->out, log);
        }
        return AW_EXIT_OK;
    }
    aw_err err = aw_file_write(a->output, log, FILE_MODE, AW_FILE_NEW, &host);

    if (err != AW_OK) {
        return aw_report(ctx, &(struct aw_finding){.err = err,
                                                   .on = AW_ON_LOCAL,
                                                   .subject = a->output,
                                                   .host = &host});
    }
    aw_out_text(&ctx->out, "output", a->output);
    return AW_EXIT_OK;
}

static int read_log(struct aw_ctx *ctx, const struct args *a, uint8_t command,
                    struct ctl_session *s)
{
    struct aw_diag diag = {.err = AW_OK};
    struct aw_wr w = aw_wr_init(
        aw_pool_alloc(&ctx->pool, AW_CONTROL_LOG_MAX, 1), AW_CONTROL_LOG_MAX);
    uint8_t *log = aw_pool_alloc(&ctx->pool, LOG_MAX, 1);
    size_t n = 0;
    aw_err err = fetch(&s->control, command, &w, &diag);

    if (err == AW_OK && w.n > 0 &&
        !ctl_gunzip(aw_wr_done(&w), log, LOG_MAX, &n)) {
        err = aw_fail(&diag, AW_ERR_FORMAT, "control: gzip stream of the log",
                      w.n);
    }
    return err == AW_OK ? put_log(ctx, a, (aw_bytes){log, n})
                        : ctl_report(ctx, s, err, &diag, "reading its log");
}

static int run(struct aw_ctx *ctx, const struct args *a, uint8_t command)
{
    struct ctl_session *s = aw_pool_alloc(&ctx->pool, 1, sizeof(*s));
    int code = ctl_connect(ctx, &a->usb, s);

    if (code == AW_EXIT_OK) {
        code = read_log(ctx, a, command, s);
        ctl_disconnect(s);
    }
    return code;
}

static int run_console(struct aw_ctx *ctx, const void *values)
{
    return run(ctx, values, AW_CTL_CONSOLE_LOGS);
}

static int run_crash(struct aw_ctx *ctx, const void *values)
{
    return run(ctx, values, AW_CTL_CRASH_LOGS);
}

const struct aw_cmd ctl_cmd_console = {
    .name = "console",
    .summary = "show what trusted OS and applet have printed",
    .prose = "Shows the newest MiB of what the trusted OS and its applet have "
             "printed since power came.",
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .size = sizeof(struct args),
    .run = run_console,
};

const struct aw_cmd ctl_cmd_crash_log = {
    .name = "crash-log",
    .summary = "show the log of the last end of the applet",
    .prose = "Shows the console as it was when the applet ended last, from "
             "the eMMC; nothing when it never did.",
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .size = sizeof(struct args),
    .run = run_crash,
};
