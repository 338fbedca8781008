/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/text.h"
#include "hab/hab.h"
#include "sdp/sdp.h"

/* Shadow registers of the unique id: bank 0, words 1 and 2. */
enum { UID_LOW = 0x021bc410, UID_HIGH = 0x021bc420, WORD_BITS = 32 };

static const struct aw_opt opts[] = {AW_USB_OPTS(0)};

/* The unique id, if this ROM lets it be read. */
static aw_err read_unit(struct sdp_session *s, uint8_t unit[8],
                        struct aw_diag *diag)
{
    aw_err err = aw_sdp_read(&s->sdp, UID_LOW, WORD_BITS, unit, 4, diag);

    return err == AW_OK
               ? aw_sdp_read(&s->sdp, UID_HIGH, WORD_BITS, unit + 4, 4, diag)
               : err;
}

static int put_unit(struct aw_ctx *ctx, struct sdp_session *s)
{
    struct aw_diag diag = {.err = AW_OK};
    uint8_t unit[8];
    aw_err err = read_unit(s, unit, &diag);

    if (err == AW_OK) {
        aw_out_text(&ctx->out, "serial",
                    aw_pool_printf(&ctx->pool,
                                   "%02X%02X%02X%02X%02X%02X%02X%02X", unit[0],
                                   unit[1], unit[2], unit[3], unit[4], unit[5],
                                   unit[6], unit[7]));
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
