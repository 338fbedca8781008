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

/* The log as far as it goes. */
static int show_log(struct aw_ctx *ctx, const char *path)
{
    const char *file = aw_pool_printf(&ctx->pool, "%s/console.log", path);
    struct aw_host_diag host = {.network = false};
    uint8_t piece[65536];
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    ssize_t n = 0;

    if (fd < 0) {
        aw_err err = aw_host_fail_errno(&host, "twin: console", errno, file);

        return twin_report(ctx, err, path, &host);
    }
    bool json = aw_out_is_json(&ctx->out);

    if (json) {
        aw_out_begin_list(&ctx->out, "pieces");
    }
    while ((n = read(fd, piece, sizeof(piece))) > 0) {
        aw_out_raw(&ctx->out, (aw_bytes){piece, (size_t)n});
        if (json) {
            aw_out_base64(&ctx->out, NULL, (aw_bytes){piece, (size_t)n});
        }
    }
    if (json) {
        aw_out_end_list(&ctx->out);
    }
    (void)close(fd);
    return AW_EXIT_OK;
}

/* One line of the stream. @return false at its end */
static bool show_line(struct aw_ctx *ctx, aw_bytes line)
{
    uint8_t tree[65536];
    uint8_t bytes[1024];
    struct aw_wr work = aw_wr_init(tree, sizeof(tree));
    struct aw_wr w = aw_wr_init(bytes, sizeof(bytes));
    aw_json root = {NULL};
    aw_bytes text = {NULL, 0};

    if (aw_json_parse(line, AW_TWIN_REPLY_MAX, &work, &root, NULL) == AW_OK &&
        aw_json_get_text(aw_json_member(root, "console"), &text) == AW_OK &&
        aw_base64_decode(text, &w) == AW_OK) {
        aw_out_raw(&ctx->out, aw_wr_done(&w));
        return aw_out_flush(&ctx->out);
    }
    return true;
}

static int follow(struct aw_ctx *ctx, const char *path)
{
    enum { LOOK_MS = 500 };
    struct aw_host_diag host = {.network = false};
    struct twin_ask ask;
    int code = twin_ask_begin(&ask, ctx, path, "follow");
    aw_err err = AW_OK;

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_json_bool(&ask.out, "console", true);
    code = twin_ask_send(&ask);
    if (code == AW_EXIT_OK) {
        code = show_log(ctx, path);
    }
    while (code == AW_EXIT_OK && !aw_cancelled()) {
        aw_bytes line = {NULL, 0};

        err = aw_twin_receive(&ask.link, &line, LOOK_MS, &host);
        if (err == AW_ERR_TIMEOUT) {
            continue;
        }
        if (err != AW_OK || !show_line(ctx, line)) {
            break;
        }
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
