/* SPDX-License-Identifier: Apache-2.0 */
#include "common/usb.h"

#include <ctype.h>
#include <string.h>

#include "aw/hostio/usb_twin.h"
#include "common/stop.h"

static int connect_twin(struct aw_ctx *ctx, const char *dir,
                        struct aw_usb_link *link)
{
    struct aw_host_diag host = {.text = ""};
    aw_err err = aw_usb_twin_open(dir, aw_cancelled, &link->twin, &host);

    if (err == AW_OK) {
        link->usb = aw_usb_twin_seam(link->twin);
        return AW_EXIT_OK;
    }
    return aw_report(
        ctx,
        &(struct aw_finding){
            .err = err,
            .on = AW_ON_DEVICE,
            .what = "the twin cannot be reached",
            .subject = link->name,
            .expected = "a folder in which a twin runs",
            .host = &host,
            .remedy = err != AW_ERR_NOT_FOUND
                          ? NULL
                          : aw_pool_printf(&ctx->pool,
                                           "start it: aw twin start %s "
                                           "--detach; a new one is made by "
                                           "aw twin create",
                                           dir),
        });
}

/* Cuts ":2" off the folder. */
static const char *plug_of(struct aw_ctx *ctx, const char *dir,
                           struct aw_usb_link *link)
{
    size_t n = strlen(dir);

    link->path = "1-1";
    if (n > 2 &&
        (strcmp(dir + n - 2, ":1") == 0 || strcmp(dir + n - 2, ":2") == 0)) {
        link->path = dir[n - 1] == '2' ? "1-2" : "1-1";
        n -= 2;
    }
    link->dir = aw_pool_bytes(&ctx->pool, (aw_bytes){(const uint8_t *)dir, n});
    return link->dir;
}

static int connect_host(struct aw_ctx *ctx, struct aw_usb_link *link)
{
    const struct aw_usb_host_how how = {.root = link->root,
                                        .stopped = aw_cancelled};
    struct aw_host_diag host = {.text = ""};
    aw_err err = aw_usb_host_open(&how, &link->host, &host);

    if (err == AW_OK) {
        link->usb = aw_usb_host_seam(link->host);
        return AW_EXIT_OK;
    }
    return aw_report(ctx, &(struct aw_finding){
                              .err = err,
                              .on = AW_ON_LOCAL,
                              .what = "this machine's USB cannot be used",
                              .host = &host,
                              .remedy = "aw doctor looks for the reason",
                          });
}

/* "1-1.4": bus, then ports. */
static bool is_path(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    const char *p = text + digits;
    bool dash = true;

    if (digits == 0 || *p != '-' || strlen(text) >= AW_USB_PATH) {
        return false;
    }
    while (*p == (dash ? '-' : '.')) {
        digits = strspn(p + 1, "0123456789");
        if (digits == 0) {
            return false;
        }
        dash = false;
        p += 1 + digits;
    }
    return *p == '\0';
}

/* 16 hex digits, made upper case. */
static const char *serial_of(struct aw_ctx *ctx, const char *text)
{
    char *serial = aw_pool_text(&ctx->pool, text);

    if (strlen(text) != AW_UNIT_SERIAL - 1 ||
        strspn(text, "0123456789abcdefABCDEF") != AW_UNIT_SERIAL - 1) {
        return NULL;
    }
    for (char *p = serial; *p != '\0'; p++) {
        *p = (char)toupper((unsigned char)*p);
    }
    return serial;
}

/* What stands after "key=", or NULL. */
static const char *value_of(const char *text, const char *key)
{
    size_t n = strlen(key);

    return strncmp(text, key, n) == 0 && text[n] == '=' && text[n + 1] != '\0'
               ? text + n + 1
               : NULL;
}

int aw_usb_connect(struct aw_ctx *ctx, const struct aw_usb_args *args,
                   struct aw_usb_link *link)
{
    return aw_usb_connect_at(ctx, args, NULL, link);
}

int aw_usb_connect_at(struct aw_ctx *ctx, const struct aw_usb_args *args,
                      const char *root, struct aw_usb_link *link)
{
    const char *text = args->device == NULL ? "" : args->device;
    const char *port = value_of(text, "port");
    const char *serial = value_of(text, "serial");
    const char *twin = value_of(text, "twin");

    *link = (struct aw_usb_link){.name = args->device,
                                 .root = root == NULL ? "" : root};
    if (twin != NULL) {
        return connect_twin(ctx, plug_of(ctx, twin, link), link);
    }
    if (args->device == NULL) {
        return connect_host(ctx, link);
    }
    if (port != NULL && is_path(port)) {
        link->path = port;
        return connect_host(ctx, link);
    }
    if (serial != NULL) {
        link->serial = serial_of(ctx, serial);
    }
    if (link->serial != NULL) {
        return connect_host(ctx, link);
    }
    return aw_usage(ctx,
                    "--device is not port=PATH, as in port=1-1.4, nor "
                    "serial=ID with 16 hex digits, nor twin=DIR: %s",
                    text);
}

void aw_usb_disconnect(struct aw_usb_link *link)
{
    if (link->twin != NULL) {
        aw_usb_twin_close(link->twin);
        link->twin = NULL;
    }
    if (link->host != NULL) {
        aw_usb_host_close(link->host);
        link->host = NULL;
    }
}

const char *aw_usb_label(struct aw_pool *pool, const struct aw_usb_id *id)
{
    return aw_pool_printf(pool, "port=%s (%04x:%04x%s%s%s%s)", id->path,
                          id->vendor, id->product,
                          id->model[0] == '\0' ? "" : " ", id->model,
                          id->serial[0] == '\0' ? "" : ", serial ", id->serial);
}

void aw_usb_explain(struct aw_pool *pool, const struct aw_usb_link *link,
                    struct aw_finding *finding)
{
    static const char *const remedies[] = {
        [AW_USB_HOST_OTHER] = NULL,
        [AW_USB_HOST_RIGHTS] =
            "install the udev rules 70-armored-witness.rules, then plug the "
            "device in again, or run as root; aw doctor shows what is missing",
        [AW_USB_HOST_BUSY] = "end what uses the device, then try again",
        [AW_USB_HOST_MOUNTED] = "unmount it, then try again",
    };
    enum aw_usb_host_fault fault = AW_USB_HOST_OTHER;

    if (link->host == NULL || finding->err == AW_ERR_CANCELLED) {
        return;
    }
    const char *why = aw_usb_host_why(link->host, &fault);

    if (why[0] != '\0') {
        finding->got = aw_pool_text(pool, why);
    }
    if (remedies[fault] != NULL && finding->err == AW_ERR_PRECONDITION) {
        finding->remedy = remedies[fault];
    }
}

int aw_usb_open(struct aw_ctx *ctx, const struct aw_usb_link *link,
                const struct aw_usb_id *id, struct aw_usb_device *device)
{
    struct aw_diag diag = {.err = AW_OK};
    aw_err err = link->usb.open(link->usb.ctx, id, device, &diag);
    struct aw_finding finding = {
        .err = err,
        .on = AW_ON_DEVICE,
        .what = "the device cannot be opened",
        .subject = link->name,
        .diag = &diag,
    };

    if (err == AW_OK) {
        return AW_EXIT_OK;
    }
    aw_usb_explain(&ctx->pool, link, &finding);
    return aw_report(ctx, &finding);
}

const char *aw_usb_speed_name(uint8_t speed)
{
    switch (speed) {
    case AW_USB_SPEED_LOW:
        return "low";
    case AW_USB_SPEED_FULL:
        return "full";
    case AW_USB_SPEED_HIGH:
        return "high";
    case AW_USB_SPEED_SUPER:
        return "super";
    default:
        return "unknown";
    }
}

void aw_usb_put(struct aw_ctx *ctx, const struct aw_usb_link *link,
                const struct aw_usb_id *id)
{
    struct aw_out *out = &ctx->out;

    aw_out_begin(out, "device");
    aw_out_text(out, "name", link->name);
    aw_out_text(out, "path", id->path);
    aw_out_text(
        out, "id",
        aw_pool_printf(&ctx->pool, "%04x:%04x", id->vendor, id->product));
    aw_out_text(out, "maker", id->maker);
    aw_out_text(out, "model", id->model);
    if (id->serial[0] != '\0') {
        aw_out_text(out, "serial", id->serial);
    }
    aw_out_end(out);
}
