/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "aw/text.h"
#include "common/stop.h"
#include "twin/twin.h"

struct console_args {
    bool follow;
    const char *type;
};

static const struct aw_opt console_opts[] = {
    {.name = "follow",
     .alias = "f",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct console_args, follow),
     .help = "Go on with what is printed from now on, until stopped."},
    {.name = "type",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct console_args, type),
     .arg = "TEXT",
     .help = "Type TEXT and a line feed on the console, and show nothing."},
};

static int open_log(struct aw_ctx *ctx, const char *path, int *fd)
{
    const char *file = aw_pool_printf(&ctx->pool, "%s/console.log", path);
    struct aw_host_diag host = {.network = false};

    *fd = open(file, O_RDONLY | O_CLOEXEC);
    if (*fd >= 0) {
        return AW_EXIT_OK;
    }
    aw_err err = aw_host_fail_errno(&host, "twin: console", errno, file);

    return twin_report(ctx, err, path, &host);
}

/* For people: the carriage return before a line feed, of every line that
 * firmware prints, is none to show. @param cr  one was read, and is kept back */
static size_t tidy(const uint8_t *from, size_t n, bool *cr, uint8_t *to)
{
    size_t put = 0;

    for (size_t i = 0; i < n; i++) {
        if (*cr && from[i] != '\n') {
            to[put++] = '\r';
        }
        *cr = from[i] == '\r';
        if (!*cr) {
            to[put++] = from[i];
        }
    }
    return put;
}

/* The log from where it was read last, as far as it goes. */
static void show_more(struct aw_ctx *ctx, int fd, bool *cr)
{
    enum { PIECE = 65536 };
    bool json = aw_out_is_json(&ctx->out);
    bool people = !json && isatty(STDOUT_FILENO) == 1;
    uint8_t piece[PIECE];
    uint8_t shown[PIECE + 1];
    ssize_t n = 0;

    while ((n = read(fd, piece, sizeof(piece))) > 0) {
        if (people) {
            size_t put = tidy(piece, (size_t)n, cr, shown);

            aw_out_raw(&ctx->out, (aw_bytes){shown, put});
        } else {
            aw_out_raw(&ctx->out, (aw_bytes){piece, (size_t)n});
        }
        if (json) {
            aw_out_base64(&ctx->out, NULL, (aw_bytes){piece, (size_t)n});
        }
    }
}

static int show_log(struct aw_ctx *ctx, const char *path)
{
    bool json = aw_out_is_json(&ctx->out);
    bool cr = false;
    int fd = -1;
    int code = open_log(ctx, path, &fd);

    if (code != AW_EXIT_OK) {
        return code;
    }
    if (json) {
        aw_out_begin_list(&ctx->out, "pieces");
    }
    show_more(ctx, fd, &cr);
    if (json) {
        aw_out_end_list(&ctx->out);
    }
    (void)close(fd);
    return AW_EXIT_OK;
}

/* Until it is stopped or the twin ends. What is shown is the file, however
 * fast it grows; the connection is there to tell when the twin ends. */
static void show_on(struct aw_ctx *ctx, struct twin_ask *ask, int fd)
{
    enum { LOOK_MS = 50 };
    struct aw_host_diag host = {.network = false};
    aw_err err = AW_OK;
    bool cr = false;

    do {
        aw_bytes line = {NULL, 0};

        show_more(ctx, fd, &cr);
        if (!aw_out_flush(&ctx->out)) {
            return;
        }
        err = aw_twin_receive(&ask->link, &line, LOOK_MS, &host);
    } while ((err == AW_OK || err == AW_ERR_TIMEOUT) && !aw_cancelled());
    show_more(ctx, fd, &cr);
}

static int follow(struct aw_ctx *ctx, const char *path)
{
    struct twin_ask ask;
    int fd = -1;
    int code = twin_ask_begin(&ask, ctx, path, "leds");

    if (code != AW_EXIT_OK) {
        return code;
    }
    code = twin_ask_send(&ask);
    if (code == AW_EXIT_OK) {
        code = open_log(ctx, path, &fd);
    }
    if (code == AW_EXIT_OK) {
        show_on(ctx, &ask, fd);
        (void)close(fd);
    }
    twin_ask_end(&ask);
    return code;
}

static int type(struct aw_ctx *ctx, const char *path, const char *text)
{
    struct twin_ask ask;
    const char *line = aw_pool_printf(&ctx->pool, "%s\n", text);
    int code = twin_ask_begin(&ask, ctx, path, "type");

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_json_base64(&ask.out, "base64", aw_text(line));
    code = twin_ask_send(&ask);
    twin_ask_end(&ask);
    if (code == AW_EXIT_OK) {
        aw_out_count(&ctx->out, "typed",
                     (size_t)twin_number(ask.reply, "typed"));
    }
    return code;
}

static int run_console(struct aw_ctx *ctx, const void *values)
{
    const struct console_args *args = values;
    const char *path = ctx->operands.item[0];

    if (args->type != NULL && args->follow) {
        return aw_usage(ctx, "--type and --follow exclude each other");
    }
    if (args->follow && aw_out_is_json(&ctx->out)) {
        return aw_usage(ctx, "--follow has no end that a document could have");
    }
    if (args->type != NULL) {
        return type(ctx, path, args->type);
    }
    return args->follow ? follow(ctx, path) : show_log(ctx, path);
}

const struct aw_cmd twin_cmd_console = {
    .name = "console",
    .summary = "what a twin printed on its serial console",
    .prose = "Shows console.log of the twin in DIR: everything that came out "
             "of UART2 since it was made.",
    .operands = "DIR",
    .min_operands = 1,
    .max_operands = 1,
    .opts = console_opts,
    .n_opts = sizeof(console_opts) / sizeof(console_opts[0]),
    .size = sizeof(struct console_args),
    .run = run_console,
};
