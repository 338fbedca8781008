/* SPDX-License-Identifier: Apache-2.0 */
#include "sdp/sdp.h"

struct args {
    struct aw_usb_args usb;
    unsigned width;
};

static const struct aw_opt opts[] = {
    AW_USB_OPTS(offsetof(struct args, usb)),
    SDP_WIDTH_OPT(struct args, width),
};

static int write_and_show(struct aw_ctx *ctx, const struct args *args,
                          uint32_t address, uint32_t value)
{
    struct sdp_session *s = aw_pool_alloc(&ctx->pool, 1, sizeof(*s));
    struct aw_diag diag = {.err = AW_OK};
    int code = sdp_connect(ctx, &args->usb, s);

    if (code != AW_EXIT_OK) {
        return code;
    }
    sdp_put(ctx, s);
    aw_err err =
        aw_sdp_write(&s->sdp, address, sdp_width(args->width), value, &diag);

    if (err == AW_OK) {
        aw_out_text(&ctx->out, "address",
                    aw_pool_printf(&ctx->pool, "0x%08x", (unsigned)address));
        aw_out_text(&ctx->out, "value",
                    aw_pool_printf(&ctx->pool, "0x%x", (unsigned)value));
    } else {
        code = sdp_report(ctx, s, err, &diag,
                          aw_pool_printf(&ctx->pool, "writing 0x%x to 0x%08x",
                                         (unsigned)value, (unsigned)address));
    }
    sdp_disconnect(s);
    return code;
}

static int run(struct aw_ctx *ctx, const void *values)
{
    const struct args *args = values;
    uint32_t width = sdp_width(args->width);
    uint32_t address = 0;
    uint32_t value = 0;

    if (!sdp_number(ctx->operands.item[0], &address) ||
        address % (width / 8) != 0) {
        return aw_usage(ctx, "not an address for %u bits: %s", (unsigned)width,
                        ctx->operands.item[0]);
    }
    if (!sdp_number(ctx->operands.item[1], &value) ||
        (width < 32 && value >> width != 0)) {
        return aw_usage(ctx, "not a value of %u bits: %s", (unsigned)width,
                        ctx->operands.item[1]);
    }
    return write_and_show(ctx, args, address, value);
}

const struct aw_cmd sdp_cmd_write = {
    .name = "write",
    .summary = "write a register",
    .prose = "Writes VALUE to ADDRESS. Numbers are decimal, or hex behind 0x. "
             "Closed parts let only clocks, pads, DDR controller and memory "
             "be written.",
    .operands = "ADDRESS VALUE",
    .min_operands = 2,
    .max_operands = 2,
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .size = sizeof(struct args),
    .run = run,
};
