/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aw/hostio/usb_sys.h"
#include "device/device.h"

struct list_args {
    struct aw_usb_args usb;
    bool all;
    const char *root;
};

static const struct aw_opt opts[] = {
    AW_USB_DEVICE_OPT(offsetof(struct list_args, usb)),
    {.name = "all",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct list_args, all),
     .help = "Show other USB devices, too."},
    {.name = "root",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct list_args, root),
     .arg = "DIR",
     .hidden = true,
     .help = "Folder in place of / for what is read below /sys and /dev."},
};

/* What the kernel says of a device of this machine. */
static void put_kernel(struct aw_ctx *ctx, const char *root,
                       const struct aw_usb_id *id)
{
    char name[AW_USB_SYS_NAME];
    char driver[AW_USB_SYS_NAME];
    bool access = aw_usb_sys_access(root, id->path);

    if (aw_usb_sys_interface(root, id->path, 0, name) &&
        aw_usb_sys_driver(root, name, driver)) {
        aw_out_text(&ctx->out, "driver", driver);
    }
    aw_out_bool(&ctx->out, "access", access);
    if (!access && aw_usb_mode(id) != AW_USB_MODE_OTHER) {
        aw_warn(ctx, "no right to use port=%s: aw doctor shows what is missing",
                id->path);
    }
}

static void put(struct aw_ctx *ctx, const struct aw_usb_link *link,
                const struct aw_usb_id *id)
{
    struct aw_out *out = &ctx->out;
    const char *name = link->twin != NULL
                           ? link->name
                           : aw_pool_printf(&ctx->pool, "port=%s", id->path);

    aw_out_begin(out, NULL);
    aw_out_text(out, "name", name);
    aw_out_text(out, "path", id->path);
    aw_out_text(
        out, "id",
        aw_pool_printf(&ctx->pool, "%04x:%04x", id->vendor, id->product));
    aw_out_text(out, "mode", aw_usb_mode_name(aw_usb_mode(id)));
    aw_out_text(out, "speed", aw_usb_speed_name(id->speed));
    aw_out_text(out, "maker", id->maker);
    aw_out_text(out, "model", id->model);
    if (id->serial[0] != '\0') {
        aw_out_text(out, "serial", id->serial);
    }
    if (link->host != NULL) {
        put_kernel(ctx, link->root, id);
    }
    aw_out_end(out);
}

static bool is_shown(const struct list_args *args,
                     const struct aw_usb_link *link, const struct aw_usb_id *id)
{
    bool ours =
        id->vendor == AW_USB_VENDOR_UNIT && id->product == AW_USB_PRODUCT_UNIT;

    if ((link->path != NULL && strcmp(link->path, id->path) != 0) ||
        (link->serial != NULL && strcmp(link->serial, id->serial) != 0)) {
        return false;
    }
    return args->all || ours || aw_usb_mode(id) != AW_USB_MODE_OTHER;
}

/* In a twin no time passes while nobody waits: it gets some to come up. */
static aw_err look(const struct aw_usb_link *link, struct aw_usb_id *list,
                   size_t *n, struct aw_diag *diag)
{
    enum { COME_UP_MS = 2000 };
    const struct aw_usb *usb = &link->usb;
    uint32_t changes = 0;
    aw_err err = usb->list(usb->ctx, list, AW_USB_DEVICES, n, &changes, diag);

    if (err != AW_OK || *n > 0 || link->twin == NULL) {
        return err;
    }
    err = usb->wait(usb->ctx, changes, COME_UP_MS, diag);
    if (err == AW_ERR_TIMEOUT) {
        return AW_OK;
    }
    return err == AW_OK
               ? usb->list(usb->ctx, list, AW_USB_DEVICES, n, &changes, diag)
               : err;
}

static int show(struct aw_ctx *ctx, const struct list_args *args,
                const struct aw_usb_link *link)
{
    struct aw_usb_id *list =
        aw_pool_alloc(&ctx->pool, AW_USB_DEVICES, sizeof(*list));
    struct aw_diag diag = {.err = AW_OK};
    size_t shown = 0;
    size_t n = 0;
    aw_err err = look(link, list, &n, &diag);
    struct aw_finding finding = {.err = err,
                                 .on = AW_ON_DEVICE,
                                 .what = "devices cannot be listed",
                                 .subject = link->name,
                                 .diag = &diag};

    if (err != AW_OK) {
        aw_usb_explain(&ctx->pool, link, &finding);
        return aw_report(ctx, &finding);
    }
    aw_out_begin_list(&ctx->out, "devices");
    for (size_t i = 0; i < n && i < AW_USB_DEVICES; i++) {
        if (is_shown(args, link, &list[i])) {
            put(ctx, link, &list[i]);
            shown++;
        }
    }
    aw_out_end_list(&ctx->out);
    if (n > AW_USB_DEVICES) {
        aw_warn(ctx, "only the first %d of %zu devices were looked at",
                (int)AW_USB_DEVICES, n);
    }
    if (shown > 0 || link->host == NULL || args->usb.device == NULL) {
        return AW_EXIT_OK;
    }
    return aw_report(ctx, &(struct aw_finding){
                              .err = AW_ERR_NOT_FOUND,
                              .on = AW_ON_DEVICE,
                              .what = "no such device",
                              .subject = args->usb.device,
                              .remedy = "aw device list --all shows what is "
                                        "plugged in; a board in serial "
                                        "download shows no serial",
                          });
}

static int run(struct aw_ctx *ctx, const void *values)
{
    const struct list_args *args = values;
    struct aw_usb_link link;
    int code = aw_usb_connect_at(ctx, &args->usb, args->root, &link);

    if (code == AW_EXIT_OK) {
        code = show(ctx, args, &link);
        aw_usb_disconnect(&link);
    }
    return code;
}

const struct aw_cmd device_cmd_list = {
    .name = "list",
    .summary = "boards on this machine's USB, or in a twin's plug",
    .prose = "Shows where boards are plugged in, what they are at present "
             "(serial download, recovery, control), their serial and speed, "
             "the kernel driver that has them, and whether this user may use "
             "them. Nothing is opened.",
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .size = sizeof(struct list_args),
    .run = run,
};
