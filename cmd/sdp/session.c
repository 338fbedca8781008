/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aw/hab/fuse.h"
#include "sdp/sdp.h"

enum { TRANSFER_MS = 5000 };

static const uint16_t products[] = {AW_SDP_PRODUCT_UL, AW_SDP_PRODUCT_ULL};

bool sdp_number(const char *text, uint32_t *value)
{
    char *end = NULL;
    unsigned long long v = 0;

    if (text[0] < '0' || text[0] > '9' || strlen(text) > 12) {
        return false;
    }
    /* No octal numbers: a leading zero is only that of 0x. */
    v = strtoull(text, &end,
                 text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? 16
                                                                      : 10);
    if (*end != '\0' || v > UINT32_MAX) {
        return false;
    }
    *value = (uint32_t)v;
    return true;
}

uint8_t sdp_width(unsigned choice)
{
    static const uint8_t widths[] = {8, 16, 32};

    return widths[choice];
}

aw_err sdp_fuse(struct sdp_session *s, unsigned bank, unsigned word,
                uint32_t *value, struct aw_diag *diag)
{
    uint8_t bytes[4];
    aw_err err = aw_sdp_read(&s->sdp, aw_fuse_shadow(bank, word),
                             8 * sizeof(bytes), bytes, sizeof(bytes), diag);

    if (err == AW_OK) {
        struct aw_rd r = aw_rd_init((aw_bytes){bytes, sizeof(bytes)});

        *value = aw_rd_le32(&r);
    }
    return err;
}

/* The unique id, if this ROM lets it be read. */
aw_err sdp_unit(struct sdp_session *s, char serial[AW_UNIT_SERIAL],
                struct aw_diag *diag)
{
    uint32_t half[2] = {0};
    uint8_t unit[sizeof(half)];
    struct aw_wr w = aw_wr_init(unit, sizeof(unit));

    for (unsigned i = 0; i < 2; i++) {
        aw_err err = sdp_fuse(s, 0, 1 + i, &half[i], diag);

        if (err != AW_OK) {
            return err;
        }
        aw_wr_le32(&w, half[i]);
    }
    for (size_t i = 0; i < sizeof(unit); i++) {
        (void)snprintf(serial + 2 * i, 3, "%02X", unit[i]);
    }
    return AW_OK;
}

/* A board in serial download shows its unique id only when asked. */
static int check_unit(struct aw_ctx *ctx, struct sdp_session *s)
{
    struct aw_diag diag = {.err = AW_OK};
    struct aw_unit unit = {.path = ""};
    char serial[AW_UNIT_SERIAL] = "";

    if (s->link.serial == NULL) {
        return AW_EXIT_OK;
    }
    memcpy(unit.serial, s->link.serial, sizeof(unit.serial));
    aw_err err = sdp_unit(s, serial, &diag);

    if (err == AW_ERR_REFUSED) {
        return aw_report(
            ctx, &(struct aw_finding){
                     .err = AW_ERR_AMBIGUOUS,
                     .on = AW_ON_DEVICE,
                     .what = "this part does not let its unique id be read",
                     .subject = aw_usb_label(&ctx->pool, &s->id),
                     .expected = s->link.serial,
                     .got = "it cannot be told whether this is the board",
                     .remedy = "choose it by --device=port=PATH",
                 });
    }
    return err == AW_OK
               ? aw_unit_see(ctx, &unit, &s->id, serial)
               : sdp_report(ctx, s, err, &diag, "reading the unique id");
}

int sdp_open_at(struct aw_ctx *ctx, struct sdp_session *s)
{
    struct aw_diag diag = {.err = AW_OK};
    const char *what = "opening the device";
    int code = aw_usb_open(ctx, &s->link, &s->id, &s->device);

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_err err = aw_sdp_open(&s->sdp, &s->device, TRANSFER_MS, &diag);

    if (err == AW_OK) {
        what = "asking for its status";
        err = aw_sdp_status(&s->sdp, &diag);
    }
    code = err == AW_OK ? check_unit(ctx, s)
                        : sdp_report(ctx, s, err, &diag, what);
    if (code != AW_EXIT_OK) {
        s->device.close(s->device.ctx);
    }
    return code;
}

int sdp_open(struct aw_ctx *ctx, uint64_t wait_ms, struct sdp_session *session)
{
    const struct aw_usb_want want = {
        .vendor = AW_SDP_VENDOR,
        .product = products,
        .n_product = sizeof(products) / sizeof(products[0]),
    };

    session->link.to = AW_USB_MODE_DOWNLOAD;
    int code = aw_usb_find(ctx, &session->link, &want,
                           "board in serial download", wait_ms, &session->id);

    return code == AW_EXIT_OK ? sdp_open_at(ctx, session) : code;
}

void sdp_close(struct sdp_session *session)
{
    session->device.close(session->device.ctx);
}

int sdp_connect(struct aw_ctx *ctx, const struct aw_usb_args *args,
                struct sdp_session *session)
{
    memset(session, 0, sizeof(*session));
    int code = aw_usb_connect(ctx, args, &session->link);

    if (code != AW_EXIT_OK) {
        return code;
    }
    code = sdp_open(ctx, args->wait_ms, session);
    if (code != AW_EXIT_OK) {
        aw_usb_disconnect(&session->link);
    }
    return code;
}

void sdp_disconnect(struct sdp_session *session)
{
    sdp_close(session);
    aw_usb_disconnect(&session->link);
}

void sdp_put(struct aw_ctx *ctx, const struct sdp_session *session)
{
    aw_usb_put(ctx, &session->link, &session->id);
    aw_out_text(&ctx->out, "state", session->sdp.closed ? "closed" : "open");
}

/* The ROM said why. */
static int report_refusal(struct aw_ctx *ctx, const struct sdp_session *s,
                          const char *what)
{
    struct aw_hab_event event = aw_sdp_event(&s->sdp);
    const struct aw_hab_advice *advice = aw_hab_event_advice(&event);
    const struct aw_hab_code *reason = aw_hab_reason_row(event.reason);
    /* A closed part runs one DCD a start; a cable that came loose in between
     * is no reason to give up the board. */
    bool again = s->sdp.closed && event.reason == AW_HAB_INV_CALL;

    return aw_report(
        ctx,
        &(struct aw_finding){
            .err = AW_ERR_REFUSED,
            .on = AW_ON_DEVICE,
            .exit = again ? AW_EXIT_STORAGE : 0,
            .what = aw_pool_printf(&ctx->pool, "the boot ROM refuses: %s",
                                   reason->text),
            .subject = s->link.name,
            .expected = aw_pool_printf(&ctx->pool, "success of %s", what),
            .got = aw_pool_printf(
                &ctx->pool, "%02x %02x %02x %02x: %s %s, while %s; %s",
                s->sdp.word[0], s->sdp.word[1], s->sdp.word[2], s->sdp.word[3],
                aw_hab_status_row(event.status)->text, reason->name,
                aw_hab_context_row(event.context)->text, advice->cause),
            .remedy = again ? "power the board off and on, and try again: a "
                              "closed part takes one download a start"
                            : advice->remedy,
        });
}

int sdp_report(struct aw_ctx *ctx, const struct sdp_session *session,
               aw_err err, const struct aw_diag *diag, const char *what)
{
    if (err == AW_ERR_REFUSED) {
        return report_refusal(ctx, session, what);
    }
    struct aw_finding finding = {
        .err = err,
        .on = AW_ON_DEVICE,
        .exit = err == AW_ERR_FORMAT ? AW_EXIT_STORAGE : 0,
        .what = aw_pool_printf(&ctx->pool, "%s failed", what),
        .subject = session->link.name,
        .diag = diag,
        .remedy =
            err == AW_ERR_GONE || err == AW_ERR_TIMEOUT || err == AW_ERR_FORMAT
                ? "power the board off and on, and try again"
                : NULL,
    };

    aw_usb_explain(&ctx->pool, &session->link, &finding);
    return aw_report(ctx, &finding);
}
