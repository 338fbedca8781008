/* SPDX-License-Identifier: Apache-2.0 */
#include "hab/hab.h"
#include "sdp/sdp.h"

static const struct aw_opt opts[] = {AW_USB_OPTS(0)};

static int put_unit(struct aw_ctx *ctx, struct sdp_session *s)
{
    struct aw_diag diag = {.err = AW_OK};
    char serial[AW_UNIT_SERIAL];
    aw_err err = sdp_unit(s, serial, &diag);

    if (err == AW_OK) {
        aw_out_text(&ctx->out, "serial", serial);
    } else if (err == AW_ERR_REFUSED) {
        aw_warn(ctx, "this part does not let its unique id be read");
    } else {
        return sdp_report(ctx, s, err, &diag, "reading the unique id");
    }
    return AW_EXIT_OK;
}

static int run(struct aw_ctx *ctx, const void *values)
{
    struct sdp_session *s = aw_pool_alloc(&ctx->pool, 1, sizeof(*s));
    int code = sdp_connect(ctx, values, s);

    if (code != AW_EXIT_OK) {
        return code;
    }
    struct aw_hab_event event = aw_sdp_event(&s->sdp);
    aw_bytes word = {s->sdp.word, AW_SDP_WORD};

    sdp_put(ctx, s);
    if (aw_sdp_word(s->sdp.word) == AW_SDP_NO_FAILURE) {
        aw_out_text(&ctx->out, "hab", "no failure");
    } else {
        aw_out_text(&ctx->out, "hab", "failure");
        hab_put_event(ctx, "event", &event, word);
    }
    code = put_unit(ctx, s);
    sdp_disconnect(s);
    return code;
}

const struct aw_cmd sdp_cmd_status = {
    .name = "status",
    .summary = "show state and identity of a board in serial download",
    .prose = "Shows whether the part is open or closed, what HAB says of the "
             "last attempt to boot, and the serial (unique id) where the part "
             "lets it be read.",
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .size = sizeof(struct aw_usb_args),
    .run = run,
};
