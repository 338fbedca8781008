/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "board/board.h"
#include "device/blocks.h"
#include "sdp/sdp.h"

const char *blocks_unit_name(enum aw_storage_kind kind)
{
    switch (kind) {
    case AW_STORAGE_USER:
        return "user";
    case AW_STORAGE_BOOT0:
        return "boot0";
    case AW_STORAGE_BOOT1:
        return "boot1";
    case AW_STORAGE_SD:
        return "sd";
    case AW_STORAGE_UNKNOWN:
        break;
    }
    return "unknown";
}

int blocks_report(struct aw_ctx *ctx, const struct blocks_session *s,
                  aw_err err, const struct aw_diag *diag, const char *what)
{
    const struct aw_sense *sense = &s->storage.sense;
    bool refused = err == AW_ERR_REFUSED;
    bool medium = refused && (sense->key == 3 || sense->key == 4);
    const char *why = refused ? board_sense(&ctx->pool, sense) : NULL;

    return aw_report(
        ctx, &(struct aw_finding){
                 .err = err,
                 .on = AW_ON_DEVICE,
                 .exit = err == AW_ERR_FORMAT || medium ? AW_EXIT_STORAGE : 0,
                 .what = aw_pool_printf(&ctx->pool, "%s failed", what),
                 .subject = s->link.name,
                 .got = why,
                 .diag = diag,
                 .remedy = err == AW_ERR_GONE || err == AW_ERR_TIMEOUT ||
                                   err == AW_ERR_FORMAT
                               ? "send the recovery again, and try again"
                               : NULL,
             });
}

/* The unit of that kind. Another recovery than ours does not say which one a
 * unit is: its only one is the user area. */
static aw_err find_unit(struct blocks_session *s, enum aw_storage_kind kind,
                        struct aw_diag *diag)
{
    for (uint8_t lun = 0; lun < s->storage.units; lun++) {
        struct aw_storage_unit unit;
        aw_err err = aw_storage_unit(&s->storage, lun, &unit, diag);

        if (err == AW_ERR_NOT_FOUND) {
            continue;
        }
        if (err != AW_OK) {
            return err;
        }
        if (unit.kind == kind ||
            (!unit.ours && s->storage.units == 1 && kind == AW_STORAGE_USER)) {
            s->unit = unit;
            return AW_OK;
        }
    }
    return aw_fail(diag, AW_ERR_NOT_FOUND, "storage: unit", (uint64_t)kind);
}

static int no_unit(struct aw_ctx *ctx, const struct blocks_session *s,
                   enum aw_storage_kind kind)
{
    return aw_report(ctx, &(struct aw_finding){
                              .err = AW_ERR_PRECONDITION,
                              .on = AW_ON_DEVICE,
                              .what = "the device has no such unit",
                              .subject = s->link.name,
                              .expected = blocks_unit_name(kind),
                              .got = aw_pool_printf(&ctx->pool, "%u units",
                                                    (unsigned)s->storage.units),
                          });
}

static int open_device(struct aw_ctx *ctx, struct blocks_session *s,
                       enum aw_storage_kind kind)
{
    struct aw_diag diag = {.err = AW_OK};
    const char *what = "opening the disk";
    int code = aw_usb_open(ctx, &s->link, &s->id, &s->device);

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_err err =
        aw_storage_open(&s->storage, &s->device, BOARD_TRANSFER_MS, &diag);
    if (err == AW_OK) {
        what = "asking for its units";
        err = find_unit(s, kind, &diag);
    }
    if (err == AW_OK) {
        return AW_EXIT_OK;
    }
    s->device.close(s->device.ctx);
    return err == AW_ERR_NOT_FOUND ? no_unit(ctx, s, kind)
                                   : blocks_report(ctx, s, err, &diag, what);
}

void blocks_put_unit(struct aw_ctx *ctx, const struct aw_storage_unit *unit)
{
    aw_out_text(&ctx->out, "name", blocks_unit_name(unit->kind));
    aw_out_u64(&ctx->out, "blocks", unit->blocks);
    aw_out_bool(&ctx->out, "read_only", unit->read_only);
}

int blocks_connect(struct aw_ctx *ctx, const struct blocks_args *args,
                   struct blocks_session *s)
{
    const struct aw_usb_want want = {.fits = aw_usb_may_be_recovery};

    memset(s, 0, sizeof(*s));
    int code = aw_usb_connect(ctx, &args->usb, &s->link);

    if (code != AW_EXIT_OK) {
        return code;
    }
    s->link.to = AW_USB_MODE_RECOVERY;
    code = aw_usb_find(ctx, &s->link, &want, "board with a recovery",
                       args->usb.wait_ms, &s->id);
    if (code == AW_EXIT_OK) {
        code = open_device(ctx, s, (enum aw_storage_kind)args->unit);
    }
    if (code != AW_EXIT_OK) {
        aw_usb_disconnect(&s->link);
        return code;
    }
    aw_usb_put(ctx, &s->link, &s->id);
    aw_out_begin(&ctx->out, "unit");
    blocks_put_unit(ctx, &s->unit);
    aw_out_end(&ctx->out);
    return AW_EXIT_OK;
}

void blocks_disconnect(struct blocks_session *s)
{
    s->device.close(s->device.ctx);
    aw_usb_disconnect(&s->link);
}

int blocks_range(struct aw_ctx *ctx, uint64_t *first, uint64_t *count)
{
    uint32_t number = 0;

    if (!sdp_number(ctx->operands.item[0], &number)) {
        return aw_usage(ctx, "not a block: %s", ctx->operands.item[0]);
    }
    *first = number;
    if (count == NULL) {
        return AW_EXIT_OK;
    }
    if (!sdp_number(ctx->operands.item[1], &number) || number == 0) {
        return aw_usage(ctx, "not a number of blocks: %s",
                        ctx->operands.item[1]);
    }
    *count = number;
    return AW_EXIT_OK;
}

int blocks_check(struct aw_ctx *ctx, const struct blocks_session *s,
                 uint64_t first, uint64_t count)
{
    uint64_t blocks = s->unit.blocks;

    if (first <= blocks && count <= blocks - first) {
        return AW_EXIT_OK;
    }
    return aw_report(
        ctx, &(struct aw_finding){
                 .err = AW_ERR_RANGE,
                 .on = AW_ON_DEVICE,
                 .exit = AW_EXIT_REFUSED,
                 .what = "the blocks do not lie on the unit",
                 .subject = s->link.name,
                 .expected = aw_pool_printf(&ctx->pool, "at most %llu blocks",
                                            (unsigned long long)blocks),
                 .got = aw_pool_printf(&ctx->pool, "%llu from block 0x%llx",
                                       (unsigned long long)count,
                                       (unsigned long long)first),
             });
}

void blocks_put_range(struct aw_ctx *ctx, uint64_t first, uint64_t count)
{
    aw_out_text(
        &ctx->out, "first",
        aw_pool_printf(&ctx->pool, "0x%llx", (unsigned long long)first));
    aw_out_u64(&ctx->out, "blocks", count);
}
