/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "otp/otp.h"

struct read_args {
    struct otp_source source;
    bool all;
};

static const struct aw_opt read_opts[] = {
    OTP_FUSES_OPT(read_args),
    OTP_DEVICE_OPTS(read_args),
    OTP_MAP_OPTS(read_args),
    {.name = "all",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct read_args, all),
     .help = "Without NAMEs: fuses that are 0 as well."},
};

static const char *const how_names[] = {[OTP_READ] = "read",
                                        [OTP_READ_LOCKED] = "read-locked",
                                        [OTP_OUT_OF_REACH] = "out-of-reach"};

static void put_fuse(struct aw_ctx *ctx, const struct aw_fuse *fuse,
                     const char *value, enum otp_read how)
{
    struct aw_out *out = &ctx->out;

    aw_out_line(out, "%-34s %s", aw_pool_bytes(&ctx->pool, fuse->name),
                how == OTP_READ ? value : how_names[how]);
    if (!aw_out_is_json(out)) {
        return;
    }
    aw_out_begin(out, NULL);
    aw_out_bytes(out, "name", fuse->name);
    aw_out_count(out, "bank", fuse->bank);
    aw_out_count(out, "word", fuse->word);
    aw_out_count(out, "offset", fuse->offset);
    aw_out_count(out, "length", fuse->len);
    aw_out_text(out, "state", how_names[how]);
    if (how == OTP_READ) {
        aw_out_text(out, "value", value);
    }
    aw_out_end(out);
}

/* A fuse that was asked for by name must be readable. */
static int report_unread(struct aw_ctx *ctx, const struct otp_fuses *fuses,
                         const struct aw_fuse *fuse, enum otp_read how)
{
    bool usb = fuses->device != NULL;

    return aw_report(
        ctx, &(struct aw_finding){
                 .err = AW_ERR_PRECONDITION,
                 .on = AW_ON_DEVICE,
                 .what = "the fuse cannot be read",
                 .subject = aw_pool_bytes(&ctx->pool, fuse->name),
                 .expected = "a word that can be read",
                 .got = how == OTP_READ_LOCKED
                            ? "0xbadabada: the word is read-locked"
                            : aw_pool_printf(&ctx->pool, "%s %s", fuses->path,
                                             usb ? "does not show it"
                                                 : "ends before it"),
                 .remedy = how == OTP_READ_LOCKED
                               ? "nothing can read this fuse any more"
                           : usb ? "a trusted OS shows some of the words; an "
                                   "open board shows all in serial download"
                                 : "read it on the device itself",
             });
}

/* Which fuses are shown. */
struct choice {
    bool named;
    bool all;
    size_t hidden; /* left out, though nobody knows what they are */
};

static bool is_shown(const struct otp_fuses *fuses, struct choice *choice,
                     enum otp_read how, bool zero)
{
    if (choice->named || choice->all) {
        return true;
    }
    /* A trusted OS shows few of the words. */
    if (fuses->device != NULL && how == OTP_OUT_OF_REACH) {
        choice->hidden++;
        return false;
    }
    return !zero;
}

static int read_one(struct aw_ctx *ctx, const struct otp_fuses *fuses,
                    const struct aw_fuse *fuse, struct choice *choice)
{
    uint8_t value[AW_FUSE_BYTES_MAX] = {0};
    struct aw_diag diag = {.where = NULL};
    enum otp_read how = OTP_READ;
    aw_err err = otp_read_fuse(fuses, fuse, value, &how, &diag);

    if (err != AW_OK) {
        return otp_report_read(ctx, fuses, err, &diag);
    }
    const char *text = otp_value_text(ctx, fuse, value);
    bool zero = how == OTP_READ && strspn(text, "0") == strlen(text);

    if (is_shown(fuses, choice, how, zero)) {
        put_fuse(ctx, fuse, text, how);
    }
    if (how != OTP_READ && choice->named) {
        return report_unread(ctx, fuses, fuse, how);
    }
    return AW_EXIT_OK;
}

static int read_named(struct aw_ctx *ctx, const struct otp_fuses *fuses)
{
    struct choice choice = {.named = true};
    int code = AW_EXIT_OK;

    for (size_t i = 0; code == AW_EXIT_OK && i < ctx->operands.n; i++) {
        struct aw_fuse fuse;

        code = otp_find(ctx, fuses->map, ctx->operands.item[i], &fuse);
        if (code == AW_EXIT_OK) {
            code = read_one(ctx, fuses, &fuse, &choice);
        }
    }
    return code;
}

static int read_all(struct aw_ctx *ctx, const struct otp_fuses *fuses, bool all)
{
    struct choice choice = {.all = all};
    int code = AW_EXIT_OK;

    for (size_t i = 0; code == AW_EXIT_OK && i < fuses->map->n_fuses; i++) {
        code = read_one(ctx, fuses, &fuses->map->fuses[i], &choice);
    }
    if (choice.hidden > 0) {
        aw_warn(ctx,
                "%zu fuses are in words that this trusted OS does not show; "
                "--all lists them",
                choice.hidden);
    }
    return code;
}

static int run(struct aw_ctx *ctx, const void *values)
{
    const struct read_args *args = values;
    struct otp_fuses fuses;
    int code = otp_open(ctx, &args->source, false, &fuses);

    if (code != AW_EXIT_OK) {
        return code;
    }
    otp_put_device(ctx, &fuses);
    aw_out_bytes(&ctx->out, "part", fuses.map->part);
    if (aw_out_is_json(&ctx->out)) {
        aw_out_begin_list(&ctx->out, "fuses");
    }
    code = ctx->operands.n > 0 ? read_named(ctx, &fuses)
                               : read_all(ctx, &fuses, args->all);
    if (aw_out_is_json(&ctx->out)) {
        aw_out_end_list(&ctx->out);
    }
    otp_close(&fuses);
    return code;
}

const struct aw_cmd otp_cmd_read = {
    .name = "read",
    .summary = "read fuses",
    .prose = "Prints the values of the fuses or registers NAMEd, or of all "
             "fuses that are not 0. Values are big-endian hex with the width "
             "of the fuse.",
    .operands = "[NAME...]",
    .max_operands = SIZE_MAX,
    .opts = read_opts,
    .n_opts = sizeof(read_opts) / sizeof(read_opts[0]),
    .size = sizeof(struct read_args),
    .run = run,
};
