/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/usb.h"

static int another(struct aw_ctx *ctx, const struct aw_unit *unit,
                   const struct aw_usb_id *id, const char *serial)
{
    struct aw_pool *pool = &ctx->pool;

    return aw_report(
        ctx,
        &(struct aw_finding){
            .err = AW_ERR_AMBIGUOUS,
            .on = AW_ON_DEVICE,
            .what = "this is another board",
            .subject = aw_usb_label(pool, id),
            .expected = aw_pool_printf(
                pool, "the board at port %s%s%s", unit->path,
                unit->serial[0] == '\0' ? "" : ", unique id ", unit->serial),
            .got = aw_pool_printf(pool, "port %s%s%s", id->path,
                                  serial[0] == '\0' ? ", unique id not known"
                                                    : ", unique id ",
                                  serial),
            .remedy = "plug in the board that this began with, at the same "
                      "port",
        });
}

int aw_unit_see(struct aw_ctx *ctx, struct aw_unit *unit,
                const struct aw_usb_id *id, const char *serial)
{
    const char *shown = serial == NULL ? "" : serial;
    bool both = shown[0] != '\0' && unit->serial[0] != '\0';
    bool first = unit->path[0] == '\0';
    bool same_chip = both && strcasecmp(shown, unit->serial) == 0;

    if ((both && !same_chip) || strlen(shown) >= AW_UNIT_SERIAL ||
        (!first && !same_chip && strcmp(unit->path, id->path) != 0)) {
        return another(ctx, unit, id, shown);
    }
    if (first) {
        memcpy(unit->path, id->path, sizeof(unit->path));
    }
    if (unit->serial[0] == '\0') {
        (void)snprintf(unit->serial, sizeof(unit->serial), "%s", shown);
    }
    return AW_EXIT_OK;
}

static bool is_unit(const struct aw_usb_id *id)
{
    return id->vendor == AW_USB_VENDOR_UNIT &&
           id->product == AW_USB_PRODUCT_UNIT;
}

enum aw_usb_mode aw_usb_mode(const struct aw_usb_id *id)
{
    if (id->vendor == AW_USB_VENDOR_ROM &&
        (id->product == 0x007d || id->product == 0x0080)) {
        return AW_USB_MODE_DOWNLOAD;
    }
    if (!is_unit(id)) {
        return AW_USB_MODE_OTHER;
    }
    if (strcmp(id->model, "Storage Media") == 0) {
        return AW_USB_MODE_RECOVERY;
    }
    return strcmp(id->model, "Armory Witness") == 0 ? AW_USB_MODE_CONTROL
                                                    : AW_USB_MODE_OTHER;
}

bool aw_usb_may_be_recovery(const struct aw_usb_id *id)
{
    return is_unit(id) && aw_usb_mode(id) != AW_USB_MODE_CONTROL;
}

bool aw_usb_may_be_control(const struct aw_usb_id *id)
{
    return is_unit(id) && aw_usb_mode(id) != AW_USB_MODE_RECOVERY;
}

const char *aw_usb_mode_name(enum aw_usb_mode mode)
{
    switch (mode) {
    case AW_USB_MODE_DOWNLOAD:
        return "serial download";
    case AW_USB_MODE_RECOVERY:
        return "recovery";
    case AW_USB_MODE_CONTROL:
        return "control";
    case AW_USB_MODE_OTHER:
        break;
    }
    return "other";
}
