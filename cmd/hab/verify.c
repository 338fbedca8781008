/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hab/lint.h"
#include "common/input.h"
#include "hab/hab.h"
#include "judge/rom.h"

struct args {
    const char *hash;
    const char *csf;
    bool sdp;
    const char *dcd;
    const char *dcd_address;
    uint64_t revoked;
    bool open;
};

static const struct aw_opt opts[] = {
    {.name = "srk-hash",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, hash),
     .arg = "HASH",
     .help = "Hash in the part's fuses: 64 hex digits, or a file of 32 bytes.",
     .required = true},
    {.name = "csf",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, csf),
     .arg = "FILE",
     .help = "The signature, where IMAGE does not hold it."},
    {.name = "sdp",
     .alias = "s",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct args, sdp),
     .help = "Judge the image as sent by serial download, not as found on a "
             "medium."},
    {.name = "dcd",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, dcd),
     .arg = "FILE",
     .help = "With --sdp, the DCD that the host sends, where it is not the "
             "image's own. An empty file: none is sent."},
    {.name = "dcd-address",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, dcd_address),
     .arg = "ADDRESS",
     .fallback = "0x00910000",
     .help = "With --sdp, where the host sends the DCD."},
    {.name = "srk-revoke",
     .type = AW_OPT_U64,
     .at = offsetof(struct args, revoked),
     .arg = "BITS",
     .fallback = "0",
     .help = "Fuse word 5/7 of the part: 1 revokes SRK 1, 2 SRK 2, 4 SRK 3; "
             "add them up."},
    {.name = "open",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct args, open),
     .help = "Judge as an open part: it boots whatever the signature is, and "
             "logs what is wrong."},
};

struct job {
    const struct args *args;
    const char *path;
    aw_bytes file; /* as read */
    struct aw_rom_input in;
    struct aw_rom_fuses fuses;
    struct aw_rom rom;
    bool other_form; /* the signature fits the other way of booting */
};

static int check_args(struct aw_ctx *ctx, const struct args *args)
{
    if (!args->sdp &&
        (args->dcd != NULL || aw_opts_given(&ctx->opts, "dcd-address"))) {
        return aw_usage(ctx, "--dcd and --dcd-address need --sdp");
    }
    if (args->revoked > 7) {
        return aw_usage(ctx, "--srk-revoke is 0 to 7: the fourth key cannot be "
                             "revoked");
    }
    return AW_EXIT_OK;
}

static int take_input(struct aw_ctx *ctx, struct job *job)
{
    const struct args *args = job->args;
    int code = aw_input_digest(ctx, args->hash, job->fuses.srk_hash);

    job->fuses.srk_revoke = (uint8_t)args->revoked;
    job->fuses.closed = !args->open;
    if (code == AW_EXIT_OK) {
        code = hab_u32(ctx, "--dcd-address", args->dcd_address,
                       &job->in.dcd_address);
    }
    if (code == AW_EXIT_OK) {
        code = aw_input_read(ctx, job->path, HAB_IMAGE_MAX, &job->file);
    }
    if (code == AW_EXIT_OK && args->csf != NULL) {
        code = aw_input_read(ctx, args->csf, AW_CSF_AREA, &job->in.csf);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    job->in.file = job->file;
    if (args->sdp) {
        rom_as_sent(ctx, job->file, &job->in);
    }
    /* What the operator gives counts, also when it is nothing. */
    return args->dcd == NULL
               ? AW_EXIT_OK
               : aw_input_read(ctx, args->dcd, AW_DCD_MAX, &job->in.dcd);
}

/* Would it boot the other way? */
static bool fits_other_form(struct aw_ctx *ctx, const struct job *job)
{
    struct aw_rom_input in = {.file = job->file,
                              .csf = job->in.csf,
                              .dcd_address = job->in.dcd_address};
    struct aw_rom_fuses fuses = job->fuses;
    struct aw_rom *rom = aw_pool_alloc(&ctx->pool, 1, sizeof(*rom));

    if (!job->args->sdp) {
        rom_as_sent(ctx, job->file, &in);
    }
    fuses.closed = true;
    aw_hab_rom_verify(&in, &fuses, rom);
    return aw_rom_boots(rom);
}

static void put_events(struct aw_ctx *ctx, const struct job *job)
{
    struct aw_hab_record rec;
    size_t at = 0;

    aw_out_begin_list(&ctx->out, "events");
    while (aw_hab_log_next(aw_rom_events(&job->rom), &at, &rec, NULL) ==
           AW_OK) {
        struct aw_hab_event e;

        if (aw_hab_event_parse(rec.bytes, &e, NULL) == AW_OK) {
            hab_put_event(ctx, NULL, &e, rec.bytes);
        }
    }
    aw_out_end_list(&ctx->out);
}

static void put_danger(void *user, const struct aw_hab_lint *lint)
{
    struct aw_ctx *ctx = user;
    struct aw_out *out = &ctx->out;

    aw_out_begin(out, NULL);
    aw_out_text(out, "code", aw_hab_lint_name(lint->kind));
    aw_out_text(out, "what", lint->what);
    aw_out_text(out, "text", aw_hab_lint_text(lint->kind));
    if (lint->address != 0) {
        hab_put_address(ctx, "address", lint->address);
        hab_put_address(ctx, "length", lint->length);
    }
    aw_out_text(out, "remedy", aw_hab_lint_remedy(lint->kind));
    aw_out_end(out);
    aw_warn(ctx, "%s: %s", lint->what, aw_hab_lint_text(lint->kind));
}

static void put_dangers(struct aw_ctx *ctx, const struct job *job)
{
    const struct aw_hab_lint_sink sink = {ctx, put_danger};

    aw_out_begin_list(&ctx->out, "dangers");
    aw_hab_lint(&job->in, &job->rom, &sink);
    if (job->other_form) {
        const struct aw_hab_lint form = {AW_LINT_WRONG_FORM, "signature", 0, 0};

        put_danger(ctx, &form);
    }
    aw_out_end_list(&ctx->out);
}

static void put_result(struct aw_ctx *ctx, const struct job *job)
{
    struct aw_out *out = &ctx->out;
    const struct aw_rom *rom = &job->rom;

    aw_out_text(out, "image", aw_input_name(job->path));
    aw_out_text(out, "form", job->args->sdp ? "sdp" : "medium");
    aw_out_text(out, "part", job->args->open ? "open" : "closed");
    aw_out_bool(out, "boots", aw_rom_boots(rom));
    aw_out_bool(out, "authenticated",
                rom->csf_verified && rom->log.events == 0);
    if (aw_rom_boots(rom)) {
        hab_put_address(ctx, "entry", rom->ivt.entry);
    }
    if (rom->csf_verified) {
        aw_out_count(out, "srk", (size_t)rom->srk_index + 1);
        aw_out_bool(out, "fast", rom->fast);
    }
    aw_out_begin_list(out, "signed");
    for (size_t i = 0; i < rom->n_blocks; i++) {
        aw_out_begin(out, NULL);
        hab_put_address(ctx, "address", rom->block[i].start);
        hab_put_address(ctx, "length", rom->block[i].length);
        aw_out_end(out);
    }
    aw_out_end_list(out);
    put_events(ctx, job);
    put_dangers(ctx, job);
}

static int report_refused(struct aw_ctx *ctx, const struct job *job)
{
    return rom_refuse(
        ctx, &job->rom,
        &(struct aw_finding){
            .what = job->args->open ? "the boot ROM cannot start this image"
                                    : "a closed part refuses this image",
            .subject = aw_input_name(job->path),
            .remedy =
                job->other_form ? aw_hab_lint_remedy(AW_LINT_WRONG_FORM) : NULL,
        });
}

static int run(struct aw_ctx *ctx, const void *values)
{
    struct job *job = aw_pool_alloc(&ctx->pool, 1, sizeof(*job));
    int code = check_args(ctx, values);

    if (code != AW_EXIT_OK) {
        return code;
    }
    job->args = values;
    job->path = ctx->operands.item[0];
    code = take_input(ctx, job);
    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_hab_rom_verify(&job->in, &job->fuses, &job->rom);
    if (job->rom.log.events > 0) {
        job->other_form = fits_other_form(ctx, job);
    }
    put_result(ctx, job);
    return aw_rom_boots(&job->rom) ? AW_EXIT_OK : report_refused(ctx, job);
}

const struct aw_cmd aw_cmd_hab_verify = {
    .name = "verify",
    .summary = "tell whether the boot ROM starts an image, and why not",
    .prose = "Judges an image as the boot ROM of a closed part does: register "
             "writes, table of keys, certificates, signatures, what they "
             "cover. Prints the events that the part would log, each with "
             "cause and remedy, and warns of what is dangerous though it "
             "boots.\n\nIMAGE is the image with its signature behind it, or "
             "the image alone with --csf.",
    .operands = "IMAGE",
    .min_operands = 1,
    .max_operands = 1,
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .size = sizeof(struct args),
    .run = run,
};
