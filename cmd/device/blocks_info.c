/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ext_csd.h"
#include "device/blocks.h"

static const struct aw_opt opts[] = {BLOCKS_OPTS(0)};

static int put_units(struct aw_ctx *ctx, struct blocks_session *s)
{
    aw_out_begin_list(&ctx->out, "units");
    for (uint8_t lun = 0; lun < s->storage.units; lun++) {
        struct aw_storage_unit unit;
        struct aw_diag diag = {.err = AW_OK};
        aw_err err = aw_storage_unit(&s->storage, lun, &unit, &diag);

        if (err == AW_ERR_NOT_FOUND) {
            continue;
        }
        if (err != AW_OK) {
            aw_out_end_list(&ctx->out);
            return blocks_report(ctx, s, err, &diag, "asking for its units");
        }
        aw_out_begin(&ctx->out, NULL);
        aw_out_count(&ctx->out, "lun", lun);
        blocks_put_unit(ctx, &unit);
        aw_out_end(&ctx->out);
    }
    aw_out_end_list(&ctx->out);
    return AW_EXIT_OK;
}

/* Where the boot ROM boots from: bits 5 to 3 of PARTITION_CONFIG. */
static const char *boot_of(const uint8_t *ext_csd)
{
    unsigned enabled =
        (ext_csd[AW_EXT_CSD_PARTITION_CONFIG] & AW_PARTITION_BOOT_ENABLE) >> 3;

    switch (enabled) {
    case 0:
        return "not enabled";
    case 1:
        return "boot0";
    case 2:
        return "boot1";
    case 7:
        return "user";
    default:
        return "reserved";
    }
}

static void put_info(struct aw_ctx *ctx, const struct aw_storage_info *info)
{
    const uint8_t *u = info->unit;

    aw_out_text(&ctx->out, "serial",
                aw_pool_printf(&ctx->pool, "%02X%02X%02X%02X%02X%02X%02X%02X",
                               u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7]));
    aw_out_begin(&ctx->out, "emmc");
    aw_out_hex(&ctx->out, "cid", (aw_bytes){info->cid, sizeof(info->cid)});
    aw_out_text(&ctx->out, "boot_partition", boot_of(info->ext_csd));
    aw_out_count(&ctx->out, "boot_write_protection",
                 info->ext_csd[AW_EXT_CSD_BOOT_WP_STATUS]);
    if (aw_out_is_json(&ctx->out)) {
        aw_out_hex(&ctx->out, "ext_csd",
                   (aw_bytes){info->ext_csd, sizeof(info->ext_csd)});
    }
    aw_out_end(&ctx->out);
}

static int show(struct aw_ctx *ctx, struct blocks_session *s)
{
    struct aw_storage_info info;
    struct aw_diag diag = {.err = AW_OK};

    aw_out_begin(&ctx->out, "recovery");
    aw_out_bool(&ctx->out, "ours", s->unit.ours);
    if (s->unit.ours) {
        aw_out_text(&ctx->out, "version", s->unit.version);
        aw_out_text(&ctx->out, "commit", s->unit.commit);
        aw_out_bool(&ctx->out, "read_only", s->unit.read_only_image);
    }
    aw_out_end(&ctx->out);
    int code = put_units(ctx, s);

    if (code != AW_EXIT_OK || !s->unit.ours) {
        return code;
    }
    aw_err err = aw_storage_info(&s->storage, &s->unit, &info, &diag);

    if (err != AW_OK) {
        return blocks_report(ctx, s, err, &diag, "asking what it is");
    }
    put_info(ctx, &info);
    return AW_EXIT_OK;
}

static int run(struct aw_ctx *ctx, const void *values)
{
    struct blocks_session *s = aw_pool_alloc(&ctx->pool, 1, sizeof(*s));
    int code = blocks_connect(ctx, values, s);

    if (code == AW_EXIT_OK) {
        code = show(ctx, s);
        blocks_disconnect(s);
    }
    return code;
}

const struct aw_cmd blocks_cmd_info = {
    .name = "info",
    .summary = "show a recovery, its units and the eMMC",
    .prose = "Shows which recovery runs, what it makes of a disk, and, if it "
             "is ours, the serial of the board and the identity of its eMMC. "
             "All of this is what the recovery says.",
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .size = sizeof(struct blocks_args),
    .run = run,
};
