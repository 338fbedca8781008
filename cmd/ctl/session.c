/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <unistd.h>

#include "common/stop.h"
#include "ctl/ctl.h"

enum { ANSWER_MS = 3000, LEAVE_MS = 10000 };

/* Whoever stops the run has a transfer broken off, which looks as if the device
 * were gone. */
static aw_err why_it_ended(aw_err err)
{
    return err != AW_ERR_REFUSED && aw_cancelled() ? AW_ERR_CANCELLED : err;
}

int ctl_report(struct aw_ctx *ctx, const struct ctl_session *s, aw_err err,
               const struct aw_diag *diag, const char *what)
{
    aw_err ended = why_it_ended(err);
    bool refused = ended == AW_ERR_REFUSED;
    const char *why = !refused ? NULL
                      : s->control.fault != 0
                          ? aw_control_fault_text(s->control.fault)
                          : s->control.reason;
    struct aw_finding finding = {
        .err = ended,
        .on = AW_ON_DEVICE,
        .exit = ended == AW_ERR_FORMAT ? AW_EXIT_STORAGE : 0,
        .what = aw_pool_printf(&ctx->pool, "%s failed", what),
        .subject = s->link.name,
        .got = why,
        .diag = ended == err ? diag : NULL,
        .remedy = ended == AW_ERR_GONE || ended == AW_ERR_TIMEOUT ||
                          ended == AW_ERR_FORMAT
                      ? "power the board off and on, and try again"
                  : refused ? "the board is as it was: see why it refused, and "
                              "aw ctl status"
                            : NULL,
    };

    aw_usb_explain(&ctx->pool, &s->link, &finding);
    return aw_report(ctx, &finding);
}

int ctl_only_ours(struct aw_ctx *ctx, const struct ctl_session *s,
                  const char *what)
{
    return aw_report(
        ctx, &(struct aw_finding){
                 .err = AW_ERR_UNSUPPORTED,
                 .on = AW_ON_DEVICE,
                 .exit = AW_EXIT_REFUSED,
                 .what = aw_pool_printf(
                     &ctx->pool, "this trusted OS does not offer %s", what),
                 .subject = s->link.name,
                 .expected = "the trusted OS of this project",
                 .got = aw_pool_printf(&ctx->pool, "version %s, runtime %s",
                                       s->status.version, s->status.runtime),
                 .remedy = "for the Go project's firmware use its own tools",
             });
}

int ctl_look(struct aw_ctx *ctx, struct ctl_session *s)
{
    struct aw_diag diag = {.err = AW_OK};
    aw_err err = aw_control_information(&s->control, &s->information, &diag);

    s->ours = err == AW_OK;
    return err == AW_OK || err == AW_ERR_UNSUPPORTED
               ? AW_EXIT_OK
               : ctl_report(ctx, s, err, &diag, "asking what it is");
}

/* The board says its serial in two places, and is the one that was asked
 * for. */
static int check_unit(struct aw_ctx *ctx, const struct ctl_session *s)
{
    struct aw_unit unit = {.path = ""};

    memcpy(unit.serial, s->serial, sizeof(unit.serial));
    int code = aw_unit_see(ctx, &unit, &s->id, s->id.serial);

    if (code == AW_EXIT_OK && s->link.serial != NULL) {
        memcpy(unit.serial, s->link.serial, sizeof(unit.serial));
    }
    return code == AW_EXIT_OK
               ? aw_unit_see(ctx, &unit, &s->id, s->status.serial)
               : code;
}

int ctl_ask_status(struct aw_ctx *ctx, struct ctl_session *s)
{
    struct aw_diag diag = {.err = AW_OK};
    aw_err err = aw_control_status(&s->control, &s->status, &diag);

    return err == AW_OK
               ? check_unit(ctx, s)
               : ctl_report(ctx, s, err, &diag, "asking for its status");
}

static int ask(struct aw_ctx *ctx, struct ctl_session *s)
{
    int code = ctl_ask_status(ctx, s);

    if (code == AW_EXIT_OK) {
        memcpy(s->serial, s->status.serial, sizeof(s->serial));
        s->serial[sizeof(s->serial) - 1] = '\0';
        code = ctl_look(ctx, s);
    }
    return code;
}

void ctl_close(struct ctl_session *s)
{
    s->device.close(s->device.ctx);
}

int ctl_open(struct aw_ctx *ctx, struct ctl_session *s)
{
    uint8_t nonce[AW_CONTROL_NONCE];
    struct aw_diag diag = {.err = AW_OK};
    int code = aw_usb_open(ctx, &s->link, &s->id, &s->device);

    if (code != AW_EXIT_OK) {
        return code;
    }
    /* Another program that asks now has another number. */
    for (size_t i = 0; i < sizeof(nonce); i++) {
        nonce[i] = (uint8_t)((uint64_t)getpid() >> (8 * (i % 4)) ^ i);
    }
    aw_err err =
        aw_control_open(&s->control, &s->device, ANSWER_MS, nonce, &diag);

    code = err == AW_OK ? ask(ctx, s)
                        : ctl_report(ctx, s, err, &diag, "opening the device");
    if (code != AW_EXIT_OK) {
        ctl_close(s);
    }
    return code;
}

int ctl_connect(struct aw_ctx *ctx, const struct aw_usb_args *args,
                struct ctl_session *s)
{
    const struct aw_usb_want want = {.fits = aw_usb_may_be_control};

    memset(s, 0, sizeof(*s));
    int code = aw_usb_connect(ctx, args, &s->link);

    if (code != AW_EXIT_OK) {
        return code;
    }
    s->link.hint = AW_USB_SECOND_PLUG;
    s->link.to = AW_USB_MODE_CONTROL;
    code = aw_usb_find(ctx, &s->link, &want, "board with a trusted OS",
                       args->wait_ms, &s->id);
    if (code == AW_EXIT_OK) {
        code = ctl_open(ctx, s);
    }
    if (code != AW_EXIT_OK) {
        aw_usb_disconnect(&s->link);
        return code;
    }
    aw_usb_put(ctx, &s->link, &s->id);
    return AW_EXIT_OK;
}

int ctl_reconnect(struct aw_ctx *ctx, const struct aw_usb_args *args,
                  struct ctl_session *s)
{
    struct aw_usb_id *list =
        aw_pool_alloc(&ctx->pool, AW_USB_DEVICES, sizeof(*list));
    const struct aw_usb_want want = {.fits = aw_usb_may_be_control};
    struct aw_diag diag = {.err = AW_OK};

    s->device.close(s->device.ctx);
    aw_err err = aw_usb_departure(&s->link.usb, &s->id, LEAVE_MS, list, &diag);
    int code = err == AW_OK
                   ? aw_usb_find(ctx, &s->link, &want, "board that starts anew",
                                 args->wait_ms, &s->id)
                   : ctl_report(ctx, s, err, &diag, "starting anew");

    if (code == AW_EXIT_OK) {
        code = ctl_open(ctx, s);
    }
    if (code != AW_EXIT_OK) {
        aw_usb_disconnect(&s->link);
    }
    return code;
}

int ctl_arm(struct aw_ctx *ctx, struct ctl_session *s)
{
    struct aw_ctl_arm arm = {.serial = ""};
    struct aw_diag diag = {.err = AW_OK};

    memcpy(arm.serial, s->status.serial, sizeof(arm.serial));
    memcpy(arm.srk_hash, s->status.srk_hash, sizeof(arm.srk_hash));
    aw_err err = aw_control_arm(&s->control, &arm, &diag);

    return err == AW_OK ? AW_EXIT_OK
                        : ctl_report(ctx, s, err, &diag, "arming it");
}

void ctl_disconnect(struct ctl_session *s)
{
    ctl_close(s);
    aw_usb_disconnect(&s->link);
}

void ctl_put_config(struct aw_ctx *ctx, const struct aw_ctl_config *config)
{
    aw_out_bool(&ctx->out, "dhcp", config->dhcp);
    aw_out_text(&ctx->out, "ip", config->ip);
    aw_out_text(&ctx->out, "netmask", config->netmask);
    aw_out_text(&ctx->out, "gateway", config->gateway);
    aw_out_text(&ctx->out, "resolver", config->resolver);
    aw_out_text(&ctx->out, "ntp_server", config->ntp_server);
}
