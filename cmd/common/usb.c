/* SPDX-License-Identifier: Apache-2.0 */
#include "common/usb.h"

#include <string.h>

#include "aw/hostio/usb_twin.h"
#include "common/stop.h"

static const char twin_prefix[] = "twin=";

static int connect_twin(struct aw_ctx *ctx, const char *dir,
                        struct aw_usb_link *link)
{
    struct aw_host_diag host = {.text = ""};
    aw_err err = aw_usb_twin_open(dir, aw_cancelled, &link->twin, &host);

    if (err == AW_OK) {
        link->usb = aw_usb_twin_seam(link->twin);
        return AW_EXIT_OK;
    }
    return aw_report(ctx, &(struct aw_finding){
                              .err = err,
                              .on = AW_ON_DEVICE,
                              .what = "the twin cannot be reached",
                              .subject = link->name,
                              .expected = "a folder in which a twin runs",
                              .host = &host,
                              .remedy = err == AW_ERR_NOT_FOUND
                                            ? "start it: aw twin start DIR"
                                            : NULL,
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
    return aw_pool_bytes(&ctx->pool, (aw_bytes){(const uint8_t *)dir, n});
}

int aw_usb_connect(struct aw_ctx *ctx, const struct aw_usb_args *args,
                   struct aw_usb_link *link)
{
    size_t n = sizeof(twin_prefix) - 1;

    *link = (struct aw_usb_link){.name = args->device};
    if (strncmp(args->device, twin_prefix, n) != 0 || args->device[n] == '\0') {
        return aw_usage(ctx, "--device is not twin=DIR: %s", args->device);
    }
    return connect_twin(ctx, plug_of(ctx, args->device + n, link), link);
}

void aw_usb_disconnect(struct aw_usb_link *link)
{
    if (link->twin != NULL) {
        aw_usb_twin_close(link->twin);
        link->twin = NULL;
    }
}

int aw_usb_find(struct aw_ctx *ctx, const struct aw_usb_link *link,
                const struct aw_usb_want *want, const char *kind,
                uint64_t wait_ms, struct aw_usb_id *id)
{
    struct aw_usb_id *list =
        aw_pool_alloc(&ctx->pool, AW_USB_DEVICES, sizeof(*list));
    struct aw_usb_want here = *want;
    struct aw_diag diag = {.err = AW_OK};

    here.path = link->path;
    aw_err err = aw_usb_arrival(
        &link->usb, &here,
        wait_ms < UINT32_MAX ? (uint32_t)wait_ms : UINT32_MAX, list, id, &diag);

    if (err == AW_OK) {
        return AW_EXIT_OK;
    }
    return aw_report(
        ctx, &(struct aw_finding){
                 .err = err,
                 .on = AW_ON_DEVICE,
                 .what = aw_pool_printf(&ctx->pool, "no %s", kind),
                 .subject = link->name,
                 .expected = aw_pool_printf(&ctx->pool, "a %s within %.1f s",
                                            kind, (double)wait_ms / 1e3),
                 .got = err == AW_ERR_TIMEOUT ? "none came" : NULL,
                 .diag = &diag,
                 .remedy = err == AW_ERR_TIMEOUT
                               ? "look at power, cable and boot switch; a twin "
                                 "shows them with aw twin status"
                               : NULL,
             });
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
