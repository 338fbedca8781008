/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

#include "aw/hab/cert.h"
#include "aw/hostio/file.h"
#include "aw/hostio/secret.h"
#include "common/progress.h"
#include "common/stop.h"
#include "common/term.h"
#include "hab/hab.h"

struct args {
    const char *output;
    const char *organization;
    const char *unit;
    const char *name;
    const char *env;
    uint64_t years;
    uint64_t not_before;
    unsigned bits;
};

static const struct aw_opt opts[] = {
    {.name = "output",
     .alias = "o",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, output),
     .arg = "FOLDER",
     .help = "New folder for keys and certificates; nothing may be there.",
     .required = true},
    {.name = "organization",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, organization),
     .arg = "TEXT",
     .help = "Organization in the names of the certificates."},
    {.name = "unit",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, unit),
     .arg = "TEXT",
     .help = "Organizational unit in the names."},
    {.name = "name",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, name),
     .arg = "TEXT",
     .fallback = "HAB",
     .help = "Beginning of the common names: NAME Root, NAME SRK1, NAME SRK1 "
             "CSF."},
    {.name = "env",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, env),
     .arg = "TEXT",
     .help = "Environment, put at the end of the common names."},
    {.name = "years",
     .type = AW_OPT_U64,
     .at = offsetof(struct args, years),
     .arg = "N",
     .fallback = "25",
     .help = "Years of 365 days for which the certificates are valid; the ROM "
             "does not look at it."},
    {.name = "not-before",
     .type = AW_OPT_U64,
     .at = offsetof(struct args, not_before),
     .arg = "SECONDS",
     .help = "When they become valid, in seconds since 1970, in place of now."},
    {.name = "bits",
     .type = AW_OPT_CHOICE,
     .at = offsetof(struct args, bits),
     .arg = "2048|3072|4096",
     .fallback = "2048",
     .help = "Size of the keys. Only 2048 is known to work on these parts."},
};

enum { SRKS = AW_SRK_MAX, DAY_S = 86400, DAYS_A_YEAR = 365, YEARS_MAX = 200 };

/* A key, its certificate and where they go. */
struct member {
    const char *file;   /* "srk1" */
    const char *common; /* common name */
    bool offline;       /* its key belongs on a shelf */
    struct aw_hab_key key;
    aw_bytes cert; /* DER */
};

/* Root, four SRKs, and a CSF and an IMG key of each. */
struct job {
    const struct args *args;
    int64_t not_before;
    struct aw_progress *progress;
    struct member root;
    struct member srk[SRKS];
    struct member csf[SRKS];
    struct member img[SRKS];
    aw_bytes table;
    uint8_t hash[AW_SHA256_SIZE];
};

static int fill_serial(struct aw_ctx *ctx, uint8_t *serial)
{
    if (getrandom(serial, AW_HAB_SERIAL_SIZE, 0) != AW_HAB_SERIAL_SIZE) {
        return aw_report(ctx, &(struct aw_finding){
                                  .err = AW_ERR_RESOURCE,
                                  .on = AW_ON_LOCAL,
                                  .what = "the system gave no random numbers",
                              });
    }
    /* Positive, and of the same length every time. */
    serial[0] = (uint8_t)((serial[0] & 0x3f) | 0x40);
    return AW_EXIT_OK;
}

static int report_make(struct aw_ctx *ctx, const struct member *m, aw_err err,
                       const struct aw_diag *diag)
{
    return aw_report(
        ctx,
        &(struct aw_finding){
            .err = err,
            .on = AW_ON_INPUT,
            .exit = err == AW_ERR_RESOURCE ? AW_EXIT_RESOURCE : AW_EXIT_REFUSED,
            .what = "the certificate cannot be made",
            .subject = m->common,
            .expected = "names of at most 64 characters, times below the "
                        "year 10000",
            .diag = diag,
        });
}

/* Makes a key and lets the issuer, itself if NULL, certify it. */
static int make(struct aw_ctx *ctx, struct job *job, struct member *m,
                const struct member *issuer)
{
    static const unsigned bits[] = {2048, 3072, 4096};
    struct aw_diag diag = {.where = NULL};
    struct aw_wr w = aw_wr_init(aw_pool_alloc(&ctx->pool, AW_HAB_CERT_MAX, 1),
                                AW_HAB_CERT_MAX);
    uint64_t seconds = job->args->years * DAYS_A_YEAR * DAY_S;
    bool leaf = issuer != NULL && issuer != &job->root;
    struct aw_hab_cert_plan plan = {
        .organization = job->args->organization,
        .unit = job->args->unit,
        .common_name = m->common,
        .not_before = job->not_before,
        .not_after = job->not_before + (int64_t)seconds,
        .ca = !leaf,
        .path_length = issuer == NULL ? -1 : 0,
    };
    int code = fill_serial(ctx, plan.serial);

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_err err = aw_hab_key_make(bits[job->args->bits], &m->key);

    if (err == AW_OK) {
        err = aw_hab_cert_issue(
            &plan, &m->key, issuer == NULL ? &m->key : &issuer->key,
            issuer == NULL ? (aw_bytes){NULL, 0} : issuer->cert, &w, &diag);
    }
    if (err != AW_OK) {
        return report_make(ctx, m, err, &diag);
    }
    m->cert = aw_wr_done(&w);
    aw_progress_add(job->progress, 1);
    return AW_EXIT_OK;
}

static void name_member(struct aw_ctx *ctx, const struct job *job,
                        struct member *m, const char *file, const char *rest)
{
    const char *env = job->args->env;

    m->file = file;
    m->common = aw_pool_printf(&ctx->pool, "%s %s%s%s", job->args->name, rest,
                               env == NULL ? "" : " ", env == NULL ? "" : env);
}

static void name_all(struct aw_ctx *ctx, struct job *job)
{
    struct aw_pool *pool = &ctx->pool;

    name_member(ctx, job, &job->root, "root", "Root");
    job->root.offline = true;
    for (unsigned i = 0; i < SRKS; i++) {
        unsigned n = i + 1;

        name_member(ctx, job, &job->srk[i], aw_pool_printf(pool, "srk%u", n),
                    aw_pool_printf(pool, "SRK%u", n));
        name_member(ctx, job, &job->csf[i], aw_pool_printf(pool, "csf%u", n),
                    aw_pool_printf(pool, "SRK%u CSF", n));
        name_member(ctx, job, &job->img[i], aw_pool_printf(pool, "img%u", n),
                    aw_pool_printf(pool, "SRK%u IMG", n));
        job->srk[i].offline = true;
        job->csf[i].offline = i > 0;
        job->img[i].offline = i > 0;
    }
}

static int stopped(struct aw_ctx *ctx)
{
    return aw_report(ctx, &(struct aw_finding){
                              .err = AW_ERR_CANCELLED,
                              .on = AW_ON_LOCAL,
                              .exit = aw_stop_exit(),
                              .what = "stopped before all keys were made",
                              .got = "nothing was written",
                              .remedy = "run the same command again",
                          });
}

/* As make; between two keys is the place to stop. */
static int make_next(struct aw_ctx *ctx, struct job *job, struct member *m,
                     const struct member *issuer)
{
    return aw_cancelled() ? stopped(ctx) : make(ctx, job, m, issuer);
}

static int make_all(struct aw_ctx *ctx, struct job *job)
{
    int code = make_next(ctx, job, &job->root, NULL);

    for (size_t i = 0; code == AW_EXIT_OK && i < SRKS; i++) {
        code = make_next(ctx, job, &job->srk[i], &job->root);
        if (code == AW_EXIT_OK) {
            code = make_next(ctx, job, &job->csf[i], &job->srk[i]);
        }
        if (code == AW_EXIT_OK) {
            code = make_next(ctx, job, &job->img[i], &job->srk[i]);
        }
    }
    return code;
}

static int make_table(struct aw_ctx *ctx, struct job *job)
{
    struct aw_srk_key keys[SRKS];
    struct aw_srk_table table;
    struct aw_diag diag = {.where = NULL};
    struct aw_wr w = aw_wr_init(aw_pool_alloc(&ctx->pool, AW_SRK_TABLE_MAX, 1),
                                AW_SRK_TABLE_MAX);
    aw_err err = AW_OK;

    for (size_t i = 0; err == AW_OK && i < SRKS; i++) {
        struct aw_hab_cert cert;

        err = aw_hab_cert_parse(job->srk[i].cert, &cert, &diag);
        keys[i] = (struct aw_srk_key){cert.ca, cert.modulus, cert.exponent};
    }
    if (err == AW_OK) {
        err = aw_srk_table_write(keys, SRKS, 0, &w, &diag);
    }
    if (err == AW_OK) {
        err = aw_srk_parse(aw_wr_done(&w), &table, &diag);
    }
    if (err != AW_OK) {
        return report_make(ctx, &job->root, err, &diag);
    }
    job->table = aw_wr_done(&w);
    aw_srk_hash(&table, job->hash);
    return AW_EXIT_OK;
}

/* All files of the folder. */
struct files {
    struct aw_new_file file[2 * (1 + 3 * SRKS) + 2];
    size_t n;
    uint8_t *secrets; /* KEY_ROOM for each key */
    size_t n_keys;
};
enum { KEY_ROOM = 8192, KEYS = 1 + 3 * SRKS, PUBLIC = 0666, SECRET = 0600 };

static void add_file(struct files *files, const char *name, unsigned mode,
                     aw_bytes data)
{
    AW_BUG_ON(files->n == sizeof(files->file) / sizeof(files->file[0]));
    files->file[files->n++] = (struct aw_new_file){name, data, mode};
}

static int add_member(struct aw_ctx *ctx, const struct member *m,
                      struct files *files)
{
    struct aw_wr cert = aw_wr_init(aw_pool_alloc(&ctx->pool, AW_HAB_PEM_MAX, 1),
                                   AW_HAB_PEM_MAX);
    struct aw_wr key =
        aw_wr_init(files->secrets + KEY_ROOM * files->n_keys++, KEY_ROOM);
    aw_err err = aw_hab_key_write(&m->key, &key);

    if (err == AW_OK) {
        err = aw_hab_cert_pem(m->cert, &cert);
    }
    if (err != AW_OK) {
        return report_make(ctx, m, err, NULL);
    }
    add_file(files,
             aw_pool_printf(&ctx->pool, "%s%s.key.pem",
                            m->offline ? "offline/" : "", m->file),
             SECRET, aw_wr_done(&key));
    add_file(files, aw_pool_printf(&ctx->pool, "%s.crt.pem", m->file), PUBLIC,
             aw_wr_done(&cert));
    return AW_EXIT_OK;
}

static int add_all(struct aw_ctx *ctx, const struct job *job,
                   struct files *files)
{
    int code = add_member(ctx, &job->root, files);

    for (size_t i = 0; code == AW_EXIT_OK && i < SRKS; i++) {
        code = add_member(ctx, &job->srk[i], files);
        if (code == AW_EXIT_OK) {
            code = add_member(ctx, &job->csf[i], files);
        }
        if (code == AW_EXIT_OK) {
            code = add_member(ctx, &job->img[i], files);
        }
    }
    add_file(files, "srk.table.bin", PUBLIC, job->table);
    add_file(files, "srk.hash.bin", PUBLIC,
             (aw_bytes){job->hash, AW_SHA256_SIZE});
    return code;
}

static int report_folder(struct aw_ctx *ctx, const char *folder, aw_err err,
                         const struct aw_host_diag *host)
{
    return aw_report(
        ctx, &(struct aw_finding){
                 .err = err,
                 .on = AW_ON_INPUT,
                 .exit = err == AW_ERR_EXISTS ? AW_EXIT_REFUSED : 0,
                 .what = "the folder cannot be made",
                 .subject = folder,
                 .expected = "a path at which there is nothing yet",
                 .remedy = err == AW_ERR_EXISTS
                               ? "name a new folder: keys of two runs do not "
                                 "belong together"
                               : NULL,
                 .host = host,
             });
}

/* Nothing is made for a folder that is there. */
static int check_folder(struct aw_ctx *ctx, const char *folder)
{
    struct aw_host_diag host = {.network = false};
    struct stat st;

    if (lstat(folder, &st) != 0) {
        return AW_EXIT_OK;
    }
    aw_err err = aw_host_fail_errno(&host, "pki: folder", EEXIST, folder);

    return report_folder(ctx, folder, err, &host);
}

/* The folder appears with all that is in it, or not at all. */
static int write_all(struct aw_ctx *ctx, const struct job *job)
{
    struct aw_host_diag host = {.network = false};
    struct files *files = aw_pool_alloc(&ctx->pool, 1, sizeof(*files));

    files->secrets = aw_secret_alloc((size_t)KEYS * KEY_ROOM);
    int code = add_all(ctx, job, files);

    if (code == AW_EXIT_OK) {
        aw_err err =
            aw_folder_write(job->args->output, files->file, files->n, &host);

        code = err == AW_OK ? AW_EXIT_OK
                            : report_folder(ctx, job->args->output, err, &host);
    }
    for (size_t i = 0; code == AW_EXIT_OK && i < files->n; i++) {
        aw_say(0, "wrote %s/%s", job->args->output, files->file[i].name);
    }
    aw_secret_free(files->secrets, (size_t)KEYS * KEY_ROOM);
    return code;
}

static void close_all(struct job *job)
{
    aw_hab_key_close(&job->root.key);
    for (size_t i = 0; i < SRKS; i++) {
        aw_hab_key_close(&job->srk[i].key);
        aw_hab_key_close(&job->csf[i].key);
        aw_hab_key_close(&job->img[i].key);
    }
}

/* What to do on the day on which a key is lost. */
static const char *const plan[] = {
    "Keep offline/ on two media away from any network: it is needed on the day "
    "of a revocation only. Sign releases with csf1 and img1.",
    "If a key of SRK 1 is stolen or lost: sign the recovery image for serial "
    "download with SRK 2 (aw hab sign --sdp --srk=2) and publish it first. "
    "Without it no device can be repaired after the next steps.",
    "Sign the next bootloader with SRK 2 and --unlock-srk-revoke. The fuse "
    "hash stays the same: all four keys are in it.",
    "On each device: install it, boot it, read the HAB log. Only when it "
    "booted without an event, blow bit 0 of fuse word 5/7, which revokes "
    "SRK 1.",
    "Sign the release after that without --unlock-srk-revoke.",
    "SRK 2 and SRK 3 are revoked the same way by bits 1 and 2. SRK 4 cannot be "
    "revoked: use it last.",
};

static void put_result(struct aw_ctx *ctx, const struct job *job)
{
    struct aw_out *out = &ctx->out;

    aw_out_text(out, "folder", job->args->output);
    aw_out_text(out, "offline",
                aw_pool_printf(&ctx->pool, "%s/offline", job->args->output));
    aw_out_text(
        out, "srk_table",
        aw_pool_printf(&ctx->pool, "%s/srk.table.bin", job->args->output));
    hab_put_hash(ctx, job->hash);
    aw_out_begin_list(out, "revocation_plan");
    for (size_t i = 0; i < sizeof(plan) / sizeof(plan[0]); i++) {
        aw_out_begin(out, NULL);
        aw_out_count(out, "step", i + 1);
        aw_out_text(out, "do", plan[i]);
        aw_out_end(out);
    }
    aw_out_end_list(out);
}

static int build(struct aw_ctx *ctx, struct job *job)
{
    const struct aw_step step = {
        .name = "make keys", .unit = "keys", .total = 1 + 3 * SRKS};

    name_all(ctx, job);
    job->progress = aw_progress_begin(ctx, &step);
    int code = make_all(ctx, job);

    aw_progress_end(job->progress, code == AW_EXIT_OK);
    if (code == AW_EXIT_OK) {
        code = aw_cancelled() ? stopped(ctx) : make_table(ctx, job);
    }
    if (code == AW_EXIT_OK) {
        code = write_all(ctx, job);
    }
    close_all(job);
    return code;
}

static int run(struct aw_ctx *ctx, const void *values)
{
    struct job *job = aw_pool_alloc(&ctx->pool, 1, sizeof(*job));
    const struct args *args = values;

    job->args = args;
    if (args->years < 1 || args->years > YEARS_MAX) {
        return aw_usage(ctx, "--years is 1 to %d", (int)YEARS_MAX);
    }
    if (args->not_before > INT64_MAX / 2) {
        return aw_usage(ctx, "--not-before is too large");
    }
    job->not_before = aw_opts_given(&ctx->opts, "not-before")
                          ? (int64_t)args->not_before
                          : (int64_t)time(NULL);
    int code = check_folder(ctx, args->output);

    if (code == AW_EXIT_OK) {
        code = build(ctx, job);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    if (args->bits != 0) {
        aw_warn(ctx, "keys above 2048 bits are not known to work on these "
                     "parts: try one before fusing");
    }
    put_result(ctx, job);
    return AW_EXIT_OK;
}

const struct aw_cmd aw_cmd_hab_pki = {
    .name = "pki",
    .summary = "make the keys and certificates of secure boot",
    .prose = "Makes a root, four super root keys (SRK) certified by it, a CSF "
             "and an image key certified by each, the SRK table and the hash "
             "to fuse; prints how a key is revoked later.\n\nAll private keys "
             "but those of the first CSF and image certificate go to the "
             "folder offline, to be moved to a safe place at once.",
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .size = sizeof(struct args),
    .run = run,
};
