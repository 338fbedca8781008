/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hostio/file.h"
#include "sdp/sdp.h"

enum { LENGTH_MAX = 1 << 24, LINE_BYTES = 16, FILE_MODE = 0644 };

struct args {
    struct aw_usb_args usb;
    unsigned width;
    const char *output;
};

static const struct aw_opt opts[] = {
    AW_USB_OPTS(offsetof(struct args, usb)),
    SDP_WIDTH_OPT(struct args, width),
    {.name = "output",
     .alias = "o",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, output),
     .arg = "FILE",
     .help = "Write the bytes to a new file, and do not show them."},
};

/* Up to 16 bytes as numbers of that many bytes, the lowest byte first. */
static const char *line_of(struct aw_ctx *ctx, aw_bytes bytes, size_t size)
{
    char text[4 * LINE_BYTES];
    struct aw_wr w = aw_wr_init(text, sizeof(text));
    struct aw_rd r = aw_rd_init(bytes);

    while (aw_rd_left(&r) >= size) {
        aw_bytes number = aw_rd_take(&r, size);

        aw_wr_text(&w, " ");
        for (size_t k = size; k > 0; k--) {
            aw_wr_hex_u64(&w, number.p[k - 1], 2);
        }
    }
    return aw_pool_bytes(&ctx->pool, aw_wr_done(&w));
}

static void put_lines(struct aw_ctx *ctx, uint32_t address, aw_bytes data,
                      unsigned width)
{
    struct aw_rd r = aw_rd_init(data);

    while (aw_rd_left(&r) > 0) {
        size_t left = aw_rd_left(&r);
        aw_bytes part =
            aw_rd_take(&r, left < LINE_BYTES ? left : (size_t)LINE_BYTES);

        aw_out_line(&ctx->out, "%08x:%s", (unsigned)(address + r.at - part.n),
                    line_of(ctx, part, width / 8));
    }
}

static int write_file(struct aw_ctx *ctx, const char *path, aw_bytes data)
{
    struct aw_host_diag host = {.text = ""};
    aw_err err = aw_file_write(path, data, FILE_MODE, AW_FILE_NEW, &host);

    if (err == AW_OK) {
        aw_out_text(&ctx->out, "output", path);
        return AW_EXIT_OK;
    }
    return aw_report(ctx, &(struct aw_finding){.err = err,
                                               .on = AW_ON_LOCAL,
                                               .subject = path,
                                               .host = &host});
}

static int show(struct aw_ctx *ctx, const struct args *args, uint32_t address,
                aw_bytes data)
{
    aw_out_text(&ctx->out, "address",
                aw_pool_printf(&ctx->pool, "0x%08x", (unsigned)address));
    aw_out_count(&ctx->out, "length", data.n);
    if (args->output != NULL) {
        return write_file(ctx, args->output, data);
    }
    if (aw_out_is_json(&ctx->out)) {
        aw_out_hex(&ctx->out, "data", data);
    } else {
        put_lines(ctx, address, data, sdp_width(args->width));
    }
    return AW_EXIT_OK;
}

static int read_and_show(struct aw_ctx *ctx, const struct args *args,
                         uint32_t address, uint32_t length)
{
    struct sdp_session *s = aw_pool_alloc(&ctx->pool, 1, sizeof(*s));
    uint8_t *data = aw_pool_alloc(&ctx->pool, length, 1);
    struct aw_diag diag = {.err = AW_OK};
    int code = sdp_connect(ctx, &args->usb, s);

    if (code != AW_EXIT_OK) {
        return code;
    }
    sdp_put(ctx, s);
    aw_err err = aw_sdp_read(&s->sdp, address, sdp_width(args->width), data,
                             length, &diag);

    code = err == AW_OK
               ? show(ctx, args, address, (aw_bytes){data, length})
               : sdp_report(
                     ctx, s, err, &diag,
                     aw_pool_printf(&ctx->pool, "reading %u bytes at 0x%08x",
                                    (unsigned)length, (unsigned)address));
    sdp_disconnect(s);
    return code;
}

static int run(struct aw_ctx *ctx, const void *values)
{
    const struct args *args = values;
    uint32_t width = sdp_width(args->width) / 8U;
    uint32_t length = width;
    uint32_t address = 0;

    if (!sdp_number(ctx->operands.item[0], &address)) {
        return aw_usage(ctx, "not an address: %s", ctx->operands.item[0]);
    }
    if (ctx->operands.n > 1 && !sdp_number(ctx->operands.item[1], &length)) {
        return aw_usage(ctx, "not a length: %s", ctx->operands.item[1]);
    }
    if (length == 0 || length > LENGTH_MAX || length % width != 0) {
        return aw_usage(ctx,
                        "the length has to be a multiple of %u, above 0 "
                        "and at most %d",
                        (unsigned)width, LENGTH_MAX);
    }
    if (address % width != 0 || length - 1 > UINT32_MAX - address) {
        return aw_usage(ctx,
                        "the address has to be a multiple of %u, and its end "
                        "below 4 GiB",
                        (unsigned)width);
    }
    return read_and_show(ctx, args, address, length);
}

const struct aw_cmd sdp_cmd_read = {
    .name = "read",
    .summary = "read memory or registers",
    .prose = "Reads LENGTH bytes from ADDRESS, one access if LENGTH is left "
             "out. Numbers are decimal, or hex behind 0x. Open parts let all "
             "be read; closed ones little, and none with SDP_READ_DISABLE.",
    .operands = "ADDRESS [LENGTH]",
    .min_operands = 1,
    .max_operands = 2,
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .size = sizeof(struct args),
    .run = run,
};
