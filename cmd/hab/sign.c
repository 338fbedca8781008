/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "aw/hab/sign.h"
#include "common/input.h"
#include "common/signer.h"
#include "hab/hab.h"
#include "judge/rom.h"

#define LAYOUTS "cst3|cst4"
#define ENGINES "sw|any|dcp|caam"

struct args {
    const char *table;
    uint64_t srk;
    const char *csf_cert;
    const char *csf_key;
    const char *img_cert;
    const char *img_key;
    bool fast;
    bool sdp;
    const char *dcd_address;
    uint64_t time;
    unsigned layout;
    unsigned engine;
    bool unlock;
    const char *output;
    const char *joined;
    bool force;
};

static const struct aw_opt opts[] = {
    {.name = "srk-table",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, table),
     .arg = "FILE",
     .help = "The table that was fused, as aw hab srk makes it.",
     .required = true,
     .group = "Keys"},
    {.name = "srk",
     .alias = "x",
     .type = AW_OPT_U64,
     .at = offsetof(struct args, srk),
     .arg = "N",
     .fallback = "1",
     .help = "Key of the table that issued the certificates, 1 to 4.",
     .group = "Keys"},
    {.name = "csf-cert",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, csf_cert),
     .arg = "FILE",
     .help = "Certificate of the CSF key; with --fast that of the SRK.",
     .required = true,
     .group = "Keys"},
    {.name = "csf-key",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, csf_key),
     .arg = "FILE",
     .help = "Its private key: a PEM file that nobody else may be able to "
             "read, or the pkcs11: address of a key in a token.",
     .required = true,
     .group = "Keys"},
    {.name = "img-cert",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, img_cert),
     .arg = "FILE",
     .help = "Certificate of the image key.",
     .group = "Keys"},
    {.name = "img-key",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, img_key),
     .arg = "FILE",
     .help = "Its private key.",
     .group = "Keys"},
    {.name = "fast",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct args, fast),
     .help = "Fast authentication: the SRK itself signs. Needs a table of "
             "certificates that are no CA.",
     .group = "Keys"},
    {.name = "sdp",
     .alias = "s",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct args, sdp),
     .help = "Sign for serial download over USB. Such a signature does not "
             "boot from a medium, and the other way round."},
    {.name = "dcd-address",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, dcd_address),
     .arg = "ADDRESS",
     .fallback = "0x00910000",
     .help = "With --sdp, where the host sends the DCD."},
    {.name = "signing-time",
     .type = AW_OPT_U64,
     .at = offsetof(struct args, time),
     .arg = "SECONDS",
     .help = "Time in the signatures, in seconds since 1970, in place of now: "
             "the same time gives the same bytes."},
    {.name = "layout",
     .type = AW_OPT_CHOICE,
     .at = offsetof(struct args, layout),
     .arg = LAYOUTS,
     .fallback = "cst3",
     .help = "Order of certificates and signatures, as NXP's cst 3 or 4 writes "
             "them; both boot alike."},
    {.name = "engine",
     .type = AW_OPT_CHOICE,
     .at = offsetof(struct args, engine),
     .arg = ENGINES,
     .fallback = "sw",
     .help = "What the ROM hashes with. Hardware engines work on some parts "
             "only."},
    {.name = "unlock-srk-revoke",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct args, unlock),
     .help = "Leave the revocation fuses writable after this image has booted. "
             "For the one release that revokes a key."},
    {.name = "output",
     .alias = "o",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, output),
     .arg = "FILE",
     .help = "Write the signature to a new file."},
    {.name = "joined",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, joined),
     .arg = "FILE",
     .help = "Write image and signature to one new file."},
    {.name = "force",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct args, force),
     .help = "Replace files that exist."},
};

struct job {
    const struct args *args;
    const char *path;
    aw_bytes file; /* the image as it was read */
    struct aw_sign_image image;
    struct aw_csf_plan plan;
    struct aw_srk_table table;
    struct hab_key csf_key;
    struct hab_key img_key;
    struct aw_rom rom;
    aw_bytes csf; /* the result */
};

/* The last second that a certificate's time can say. */
#define TIME_MAX INT64_C(253402300799)

static int check_args(struct aw_ctx *ctx, const struct args *args)
{
    bool img = args->img_cert != NULL && args->img_key != NULL;

    if (args->fast && (args->img_cert != NULL || args->img_key != NULL)) {
        return aw_usage(ctx, "--fast has no image key: leave out --img-cert "
                             "and --img-key");
    }
    if (!args->fast && !img) {
        return aw_usage(ctx, "--img-cert and --img-key are missing; only "
                             "--fast does without them");
    }
    if (!args->sdp && aw_opts_given(&ctx->opts, "dcd-address")) {
        return aw_usage(ctx, "--dcd-address needs --sdp");
    }
    if (args->output == NULL && args->joined == NULL) {
        return aw_usage(ctx, "--output or --joined is missing");
    }
    if (args->time > TIME_MAX) {
        return aw_usage(ctx,
                        "--signing-time is at most %" PRId64 ", the end "
                        "of the year 9999",
                        TIME_MAX);
    }
    return AW_EXIT_OK;
}

static int check_files(struct aw_ctx *ctx, const struct args *args,
                       const char *image)
{
    const struct hab_output outputs[] = {{.path = args->output},
                                         {.path = args->joined}};
    const char *const inputs[] = {image,         args->table,    args->csf_cert,
                                  args->csf_key, args->img_cert, args->img_key};

    return hab_check_outputs(ctx, outputs, sizeof(outputs) / sizeof(outputs[0]),
                             inputs, sizeof(inputs) / sizeof(inputs[0]));
}

static int64_t time_of(struct aw_ctx *ctx, const struct args *args)
{
    return aw_opts_given(&ctx->opts, "signing-time") ? (int64_t)args->time
                                                     : (int64_t)time(NULL);
}

/* For serial download: the DCD apart, and its pointer cleared in a copy, as
 * the host sends them. */
static int prepare_serial(struct aw_ctx *ctx, struct job *job)
{
    enum { DCD_POINTER = 12, POINTER = 4 };
    struct aw_diag diag = {.where = NULL};
    uint8_t *copy = aw_pool_alloc(&ctx->pool, job->file.n + 1, 1);
    int code = hab_u32(ctx, "--dcd-address", job->args->dcd_address,
                       &job->image.dcd_address);

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_err err = aw_ivt_find_dcd(job->file, &job->image.dcd, &diag);

    if (err == AW_ERR_NOT_FOUND) {
        aw_warn(ctx, "%s has no DCD: its memory must be set up already",
                aw_input_name(job->path));
    } else if (err != AW_OK) {
        return hab_refuse(ctx, aw_input_name(job->path), "an i.MX image", err,
                          &diag);
    }
    memcpy(copy, job->file.p, job->file.n);
    memset(copy + DCD_POINTER, 0, POINTER);
    job->image.bytes = (aw_bytes){copy, job->file.n};
    job->image.serial = true;
    return AW_EXIT_OK;
}

static int take_image(struct aw_ctx *ctx, struct job *job)
{
    int code = aw_input_read(ctx, job->path, HAB_IMAGE_MAX, &job->file);

    if (code != AW_EXIT_OK) {
        return code;
    }
    job->image.bytes = job->file;
    return job->args->sdp ? prepare_serial(ctx, job) : AW_EXIT_OK;
}

static int take_identity(struct aw_ctx *ctx, const char *cert, const char *key,
                         struct aw_hab_identity *id, struct hab_key *opened)
{
    int code = hab_cert(ctx, cert, &id->cert);

    if (code == AW_EXIT_OK) {
        code = hab_key_open(ctx, key, opened);
    }
    if (code == AW_EXIT_OK) {
        id->signer = hab_key_signer(opened);
    }
    return code;
}

static int take_keys(struct aw_ctx *ctx, struct job *job)
{
    const struct args *args = job->args;
    struct aw_csf_plan *plan = &job->plan;
    int code = hab_table(ctx, args->table, &job->table);

    if (code != AW_EXIT_OK) {
        return code;
    }
    if (args->srk < 1 || args->srk > job->table.n) {
        return aw_report(
            ctx, &(struct aw_finding){
                     .err = AW_ERR_RANGE,
                     .on = AW_ON_INPUT,
                     .exit = AW_EXIT_REFUSED,
                     .what = "the table has no such key",
                     .subject = args->table,
                     .expected = aw_pool_printf(&ctx->pool, "--srk 1 to %zu",
                                                job->table.n),
                     .got = aw_pool_printf(&ctx->pool, "%" PRIu64, args->srk),
                     .remedy = "name the key that issued the certificates",
                 });
    }
    plan->srk_table = job->table.bytes;
    plan->srk_index = (uint8_t)(args->srk - 1);
    code = take_identity(ctx, args->csf_cert, args->csf_key, &plan->csf,
                         &job->csf_key);
    if (code == AW_EXIT_OK && !args->fast) {
        code = take_identity(ctx, args->img_cert, args->img_key, &plan->img,
                             &job->img_key);
    }
    return code;
}

static void fill_plan(struct aw_ctx *ctx, struct job *job)
{
    static const uint8_t engines[] = {AW_HAB_ENG_SW, AW_HAB_ENG_ANY,
                                      AW_HAB_ENG_DCP, AW_HAB_ENG_CAAM};
    struct aw_csf_plan *plan = &job->plan;

    plan->fast = job->args->fast;
    plan->layout = job->args->layout == 1 ? AW_CSF_CST4 : AW_CSF_CST3;
    plan->version = AW_SIGN_VERSION;
    plan->engine = engines[job->args->engine];
    plan->unlock_srk_revoke = job->args->unlock;
    plan->signing_time = time_of(ctx, job->args);
    if (plan->engine != AW_HAB_ENG_SW) {
        aw_warn(ctx, "a hardware engine is not on every part: the DCP fails "
                     "while the ROM's MMU is on, the CAAM is on the i.MX6UL "
                     "only");
    }
}

/* The ROM would refuse what was made: its first event says why. */
static int report_verdict(struct aw_ctx *ctx, const struct job *job)
{
    struct aw_hab_event e = rom_first_event(&job->rom);

    return aw_report(
        ctx, &(struct aw_finding){
                 .err = AW_ERR_PRECONDITION,
                 .on = AW_ON_INPUT,
                 .exit = AW_EXIT_REFUSED,
                 .what = "the ROM would refuse this image",
                 .subject = aw_input_name(job->path),
                 .expected = "an image that a closed part boots",
                 .got = aw_pool_printf(&ctx->pool, "%s: %s",
                                       aw_hab_reason_row(e.reason)->name,
                                       aw_hab_event_advice(&e)->cause),
                 .remedy = aw_hab_event_advice(&e)->remedy,
             });
}

/* Which key or certificate does not fit. */
static void name_identity(struct aw_ctx *ctx, const struct job *job,
                          const struct aw_diag *diag, struct aw_finding *f)
{
    const struct args *args = job->args;
    bool csf = diag->at == AW_HAB_SLOT_CSF;
    const char *cert = csf || args->fast ? args->csf_cert : args->img_cert;
    const char *key = csf || args->fast ? args->csf_key : args->img_key;
    const char *who = csf || args->fast ? "csf" : "img";

    if (f->err == AW_ERR_KEY) {
        f->subject = aw_signer_shown(ctx, key);
        f->expected = aw_pool_printf(
            &ctx->pool, "the private key of the certificate %s", cert);
        f->got = "another key";
        f->remedy = aw_pool_printf(
            &ctx->pool,
            "give with --%s-key the key that was made with --%s-cert", who,
            who);
        return;
    }
    f->subject = aw_input_name(cert);
    f->expected = aw_pool_printf(
        &ctx->pool, "for --%s-cert a certificate issued by the selected SRK",
        who);
    f->remedy = "select the SRK with --srk, or name its certificates";
}

static int report_sign(struct aw_ctx *ctx, const struct job *job, aw_err err,
                       const struct aw_diag *diag)
{
    struct aw_finding f = {
        .err = err,
        .on = AW_ON_INPUT,
        .exit = err == AW_ERR_RESOURCE ? AW_EXIT_RESOURCE : AW_EXIT_REFUSED,
        .what = "the image cannot be signed so",
        .subject = aw_input_name(job->path),
        .diag = diag,
    };

    if (err == AW_ERR_PRECONDITION) {
        return report_verdict(ctx, job);
    }
    if (err == AW_ERR_IO) {
        bool csf = job->csf_key.host.text[0] != '\0';

        f.host = csf ? &job->csf_key.host : &job->img_key.host;
        f.remedy = "look at the token with its maker's tools";
        return aw_report(ctx, &f);
    }
    if (err == AW_ERR_KEY || err == AW_ERR_SIG) {
        name_identity(ctx, job, diag, &f);
    } else if (err == AW_ERR_NOT_FOUND) {
        f.expected = "a table that holds the whole selected key";
        f.remedy = "sign with a table made without --hashed for that key";
    } else if (err == AW_ERR_POLICY) {
        f.expected = "keys and certificates that the ROM takes";
        f.remedy = "issue certificates as aw hab pki does";
    } else {
        f.remedy = "look at the image with aw hab explain";
    }
    return aw_report(ctx, &f);
}

static int sign(struct aw_ctx *ctx, struct job *job)
{
    enum { CSF_ROOM = AW_IVT_SIZE + 0x100000 };
    struct aw_diag diag = {.where = NULL};
    struct aw_wr w =
        aw_wr_init(aw_pool_alloc(&ctx->pool, CSF_ROOM, 1), CSF_ROOM);
    aw_err err = aw_hab_sign(&job->image, &job->plan, &w, &job->rom, &diag);

    if (err != AW_OK) {
        return report_sign(ctx, job, err, &diag);
    }
    job->csf = aw_wr_done(&w);
    return AW_EXIT_OK;
}

static int write_files(struct aw_ctx *ctx, const struct job *job)
{
    const struct args *args = job->args;
    size_t n = job->file.n + job->csf.n;
    struct aw_wr w = aw_wr_init(aw_pool_alloc(&ctx->pool, n, 1), n);

    /* The image itself, not the copy of serial download. */
    aw_wr_put(&w, job->file);
    aw_wr_put(&w, job->csf);
    const struct hab_output outputs[] = {
        {args->output, job->csf, args->force},
        {args->joined, aw_wr_done(&w), args->force},
    };

    return hab_write(ctx, outputs, sizeof(outputs) / sizeof(outputs[0]));
}

static void put_result(struct aw_ctx *ctx, const struct job *job)
{
    struct aw_out *out = &ctx->out;
    uint8_t digest[AW_SHA256_SIZE];

    aw_sha256(job->csf, digest);
    aw_out_text(out, "image", aw_input_name(job->path));
    aw_out_text(out, "form", job->args->sdp ? "sdp" : "medium");
    aw_out_u64(out, "csf_bytes", job->csf.n);
    aw_out_hex(out, "csf_sha256", (aw_bytes){digest, sizeof(digest)});
    aw_out_hex(out, "srk_hash",
               (aw_bytes){job->rom.fuses.srk_hash, AW_SHA256_SIZE});
    aw_out_count(out, "srk", (size_t)job->rom.srk_index + 1);
    aw_out_time(out, "signing_time", (uint64_t)job->plan.signing_time);
    hab_put_address(ctx, "entry", job->rom.ivt.entry);
    aw_out_begin_list(out, "signed");
    for (size_t i = 0; i < job->rom.n_blocks; i++) {
        aw_out_begin(out, NULL);
        hab_put_address(ctx, "address", job->rom.block[i].start);
        hab_put_address(ctx, "length", job->rom.block[i].length);
        aw_out_end(out);
    }
    aw_out_end_list(out);
}

static int run(struct aw_ctx *ctx, const void *values)
{
    struct job *job = aw_pool_alloc(&ctx->pool, 1, sizeof(*job));
    int code = check_args(ctx, values);

    job->args = values;
    job->path = ctx->operands.item[0];
    if (code == AW_EXIT_OK) {
        code = check_files(ctx, values, job->path);
    }
    if (code == AW_EXIT_OK) {
        code = take_image(ctx, job);
    }
    if (code == AW_EXIT_OK) {
        code = take_keys(ctx, job);
    }
    if (code == AW_EXIT_OK) {
        fill_plan(ctx, job);
        code = sign(ctx, job);
    }
    hab_key_close(&job->csf_key);
    hab_key_close(&job->img_key);
    if (code == AW_EXIT_OK) {
        code = write_files(ctx, job);
    }
    if (code == AW_EXIT_OK) {
        put_result(ctx, job);
    }
    return code;
}

const struct aw_cmd aw_cmd_hab_sign = {
    .name = "sign",
    .summary = "sign an image",
    .prose = "Signs an image and writes the signature, the command sequence "
             "file (CSF) that belongs directly behind it. All of the image is "
             "covered. Before anything is written, the result is verified as "
             "a closed part with the table's hash would.",
    .operands = "IMAGE",
    .min_operands = 1,
    .max_operands = 1,
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .size = sizeof(struct args),
    .run = run,
};
