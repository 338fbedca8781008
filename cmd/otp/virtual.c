/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aw/text.h"
#include "otp/otp.h"

struct create_args {
    struct otp_source source;
    const char *serial;
};

static const struct aw_opt create_opts[] = {
    {.name = "from",
     .alias = "otp",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct create_args, source.otp),
     .arg = "PATH",
     .help = "Start with the fuses of an NVMEM device, a dump of one, or other "
             "virtual fuses; words that cannot be read are 0. Without it with "
             "those of a part as delivered."},
    OTP_DEVICE_OPTS(create_args),
    {.name = "serial",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct create_args, serial),
     .arg = "HEX",
     .help = "Serial of the new device, 16 hex digits, not all 0; needed "
             "without --from and --device."},
    OTP_MAP_OPTS(create_args),
};

static int save_new(struct aw_ctx *ctx, const struct aw_vfuse_file *file)
{
    struct aw_host_diag host = {.network = false};
    aw_err err = aw_vfuse_save(file, true, &host);

    if (err == AW_OK) {
        return AW_EXIT_OK;
    }
    return aw_report(ctx, &(struct aw_finding){
                              .err = err,
                              .on = AW_ON_INPUT,
                              .what = "the virtual fuses could not be written",
                              .subject = file->path,
                              .expected = "a new file",
                              .host = &host,
                          });
}

/* The unique id of a serial: two little-endian words. */
static int read_serial(struct aw_ctx *ctx, const char *serial, uint64_t *id)
{
    uint8_t bytes[AW_PLAN_UNIT_SIZE] = {0};
    struct aw_wr w = aw_wr_init(bytes, sizeof(bytes));

    if (serial == NULL || strlen(serial) != 2 * sizeof(bytes) ||
        aw_hex_decode(aw_text(serial), &w) != AW_OK) {
        return aw_usage(ctx, "--serial takes 16 hex digits");
    }
    struct aw_rd r = aw_rd_init((aw_bytes){bytes, sizeof(bytes)});

    *id = aw_rd_le64(&r);
    return AW_EXIT_OK;
}

static int create_from(struct aw_ctx *ctx, const struct create_args *args,
                       struct aw_vfuse *v)
{
    struct otp_fuses from;
    int code = otp_open(ctx, &args->source, false, &from);

    if (code != AW_EXIT_OK) {
        return code;
    }
    otp_put_device(ctx, &from);
    code = otp_copy(ctx, &from, v);
    otp_close(&from);
    return code;
}

static int create_new(struct aw_ctx *ctx, const struct create_args *args,
                      struct aw_vfuse *v)
{
    struct aw_fusemap *map = NULL;
    uint64_t id = 0;
    int code = otp_load_map(ctx, &args->source, &map);

    if (code == AW_EXIT_OK) {
        code = read_serial(ctx, args->serial, &id);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    const char *part = aw_pool_bytes(&ctx->pool, map->part);

    if (id == 0 || aw_vfuse_init(v, part, id) != AW_OK) {
        return aw_usage(ctx, "there is no device %s of part %s", args->serial,
                        part);
    }
    return AW_EXIT_OK;
}

static int run_create(struct aw_ctx *ctx, const void *values)
{
    const struct create_args *args = values;
    struct aw_vfuse_file file = {.path = ctx->operands.item[0]};

    /* A device that the configuration names is for those who want one. */
    bool device = args->source.usb.device != NULL &&
                  (args->serial == NULL || aw_opts_given(&ctx->opts, "device"));
    bool from = args->source.otp != NULL || device;

    if (from == (args->serial != NULL)) {
        return aw_usage(ctx, "give either --serial, or --from or --device");
    }
    if (strcmp(file.path, "-") == 0) {
        return aw_usage(ctx, "virtual fuses are a file that is changed in "
                             "place, not -; a file of that name is ./-");
    }
    int code =
        from ? create_from(ctx, args, &file.v) : create_new(ctx, args, &file.v);

    if (code == AW_EXIT_OK) {
        code = save_new(ctx, &file);
    }
    if (code == AW_EXIT_OK) {
        aw_out_text(&ctx->out, "file", file.path);
        aw_out_text(&ctx->out, "part", file.v.part);
    }
    return code;
}

struct boot_args {
    unsigned hab;
    unsigned recovery;
    bool unlock;
};

static const struct aw_opt boot_opts[] = {
    {.name = "hab",
     .type = AW_OPT_CHOICE,
     .at = offsetof(struct boot_args, hab),
     .arg = OTP_HAB_CHOICES,
     .fallback = "clean",
     .help = "What HAB logs when the device's image starts."},
    {.name = "recovery",
     .type = AW_OPT_CHOICE,
     .at = offsetof(struct boot_args, recovery),
     .arg = OTP_HAB_CHOICES,
     .fallback = "clean",
     .help = "What HAB logs when recovery starts by serial download."},
    {.name = "unlock-srk-revoke",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct boot_args, unlock),
     .help = "The image was signed with aw hab sign --unlock-srk-revoke: until "
             "the next boot SRK_REVOKE can be blown on a closed device, too."},
};

static int run_boot(struct aw_ctx *ctx, const void *values)
{
    const struct boot_args *args = values;
    struct aw_host_diag host = {.network = false};
    struct aw_vfuse_file file;
    const char *path = ctx->operands.item[0];
    aw_err err = aw_vfuse_load(path, &file, &host);

    if (err == AW_OK) {
        aw_vfuse_boot(&file.v);
        file.v.image = (enum aw_otp_hab)args->hab;
        file.v.recovery = (enum aw_otp_hab)args->recovery;
        file.v.revoke_unlocked = args->unlock;
        err = aw_vfuse_save(&file, false, &host);
    }
    if (err == AW_OK) {
        aw_out_text(&ctx->out, "file", path);
        aw_out_u64(&ctx->out, "boots", file.v.boots);
        return AW_EXIT_OK;
    }
    return aw_report(ctx,
                     &(struct aw_finding){
                         .err = err,
                         .on = AW_ON_INPUT,
                         .exit = err == AW_ERR_DIGEST ? AW_EXIT_REFUSED : 0,
                         .what = "the virtual fuses cannot be used",
                         .subject = path,
                         .host = &host,
                     });
}

static const struct aw_cmd create = {
    .name = "create",
    .summary = "make a file of virtual fuses",
    .prose = "Makes a FILE that plays the fuses of a device: for trying plans, "
             "and for a software board. It is blown, locked and read like "
             "fuses, and kept in one piece through every write.",
    .operands = "FILE",
    .min_operands = 1,
    .max_operands = 1,
    .opts = create_opts,
    .n_opts = sizeof(create_opts) / sizeof(create_opts[0]),
    .size = sizeof(struct create_args),
    .run = run_create,
};

static const struct aw_cmd boot = {
    .name = "boot",
    .summary = "power virtual fuses off and on",
    .prose = "Loads the shadow registers of FILE from its fuses, as a device "
             "does at power-up, and notes what HAB logged when the signed "
             "image and recovery started: what --hab and --recovery say. No "
             "image is looked at; aw hab verify does that.",
    .operands = "FILE",
    .min_operands = 1,
    .max_operands = 1,
    .opts = boot_opts,
    .n_opts = sizeof(boot_opts) / sizeof(boot_opts[0]),
    .size = sizeof(struct boot_args),
    .run = run_boot,
};

static const struct aw_cmd *const commands[] = {&create, &boot, NULL};

const struct aw_cmd otp_cmd_virtual = {
    .name = "virtual",
    .summary = "files that play the fuses of a device",
    .sub = commands,
};
