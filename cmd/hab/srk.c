/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aw/hab/cert.h"
#include "hab/hab.h"

struct args {
    const char *table;
    const char *fuses;
    const char *read;
    struct aw_list hashed;
    bool force;
};

static const struct aw_opt opts[] = {
    {.name = "output",
     .alias = "o",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, table),
     .arg = "FILE",
     .help = "Write the table to a new file."},
    {.name = "fuses",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, fuses),
     .arg = "FILE",
     .help = "Write the hash to a new file: 32 bytes in the order of the "
             "fuses."},
    {.name = "read",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, read),
     .arg = "FILE",
     .help = "Show an existing table in place of making one."},
    {.name = "hashed",
     .type = AW_OPT_LIST,
     .at = offsetof(struct args, hashed),
     .arg = "N",
     .help = "Write only the hash of key N, 1 to 4, into the table: it gets "
             "smaller, its hash stays the same, and nothing can be signed "
             "with that key."},
    {.name = "force",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct args, force),
     .help = "Replace files that exist."},
};

/* The table and where it came from. */
struct job {
    const struct args *args;
    unsigned hashed; /* bit i: key i + 1 */
    struct aw_srk_table table;
};

static int take_hashed(struct aw_ctx *ctx, struct job *job, size_t keys)
{
    for (size_t i = 0; i < job->args->hashed.n; i++) {
        uint32_t n = 0;
        int code = hab_u32(ctx, "--hashed", job->args->hashed.item[i], &n);

        if (code != AW_EXIT_OK) {
            return code;
        }
        if (n < 1 || n > keys) {
            return aw_usage(ctx, "--hashed: there is no key %u", (unsigned)n);
        }
        job->hashed |= 1U << (n - 1);
    }
    return AW_EXIT_OK;
}

static int read_keys(struct aw_ctx *ctx, struct aw_srk_key *keys, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *path = ctx->operands.item[i];
        struct aw_diag diag = {.where = NULL};
        struct aw_hab_cert cert;
        aw_bytes der = {NULL, 0};
        int code = hab_cert(ctx, path, &der);

        if (code != AW_EXIT_OK) {
            return code;
        }
        aw_err err = aw_hab_cert_parse(der, &cert, &diag);

        if (err != AW_OK) {
            return hab_refuse(ctx, path,
                              "a version 3 certificate of an RSA key, signed "
                              "with SHA-256",
                              err, &diag);
        }
        keys[i] = (struct aw_srk_key){cert.ca, cert.modulus, cert.exponent};
    }
    return AW_EXIT_OK;
}

static int make_table(struct aw_ctx *ctx, struct job *job)
{
    struct aw_srk_key keys[AW_SRK_MAX];
    struct aw_diag diag = {.where = NULL};
    size_t n = ctx->operands.n;
    struct aw_wr w = aw_wr_init(aw_pool_alloc(&ctx->pool, AW_SRK_TABLE_MAX, 1),
                                AW_SRK_TABLE_MAX);
    int code = take_hashed(ctx, job, n);

    if (code == AW_EXIT_OK) {
        code = read_keys(ctx, keys, n);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_err err = aw_srk_table_write(keys, n, job->hashed, &w, &diag);

    if (err == AW_OK) {
        err = aw_srk_parse(aw_wr_done(&w), &job->table, &diag);
    }
    return err == AW_OK
               ? AW_EXIT_OK
               : hab_refuse(ctx, NULL,
                            "certificates of different keys, all of CAs or "
                            "none",
                            err, &diag);
}

static int check_files(struct aw_ctx *ctx, const struct args *args)
{
    const struct hab_output outputs[] = {{.path = args->table},
                                         {.path = args->fuses}};
    int code = hab_check_outputs(ctx, outputs, 2, &args->read, 1);

    return code == AW_EXIT_OK
               ? hab_check_outputs(ctx, outputs, 2,
                                   (const char *const *)ctx->operands.item,
                                   ctx->operands.n)
               : code;
}

static int write_files(struct aw_ctx *ctx, const struct job *job,
                       const uint8_t *hash)
{
    const struct args *args = job->args;
    const struct hab_output outputs[] = {
        {args->table, job->table.bytes, args->force},
        {args->fuses, {hash, AW_SHA256_SIZE}, args->force},
    };

    return hab_write(ctx, outputs, sizeof(outputs) / sizeof(outputs[0]));
}

/* A table is for the life of its devices. */
static void warn_few(struct aw_ctx *ctx, const struct aw_srk_table *table)
{
    size_t whole = 0;

    for (size_t i = 0; i < table->n; i++) {
        whole += table->entry[i].tag == AW_SRK_KEY ? 1 : 0;
    }
    if (whole == 0) {
        aw_warn(ctx, "nothing can be signed with this table: it holds only "
                     "hashes of keys");
    }
    if (table->n == 1) {
        aw_warn(ctx, "a table of one key: it can never be revoked, and a "
                     "device that is closed with this hash is lost with it");
    }
}

static void put_entries(struct aw_ctx *ctx, const struct aw_srk_table *table)
{
    struct aw_out *out = &ctx->out;

    aw_out_begin_list(out, "keys");
    for (size_t i = 0; i < table->n; i++) {
        const struct aw_srk_entry *e = &table->entry[i];
        struct aw_srk_key key;

        aw_out_begin(out, NULL);
        aw_out_count(out, "srk", i + 1);
        aw_out_hex(out, "sha256", (aw_bytes){e->digest, AW_SHA256_SIZE});
        if (aw_srk_key_parse(e, &key, NULL) == AW_OK) {
            aw_out_count(out, "bits", 8 * key.modulus.n);
            aw_out_bool(out, "ca", key.ca);
        }
        aw_out_bool(out, "hash_only", e->tag == AW_SRK_DIGEST);
        aw_out_end(out);
    }
    aw_out_end_list(out);
}

static int run(struct aw_ctx *ctx, const void *values)
{
    struct job job = {.args = values};
    const struct args *args = job.args;
    uint8_t hash[AW_SHA256_SIZE];
    int code = check_files(ctx, args);

    if (code != AW_EXIT_OK) {
        return code;
    }
    if (args->read != NULL) {
        if (ctx->operands.n > 0 || args->table != NULL || args->hashed.n > 0) {
            return aw_usage(ctx, "--read makes no table: leave out "
                                 "certificates, --output and --hashed");
        }
        code = hab_table(ctx, args->read, &job.table);
    } else if (ctx->operands.n == 0) {
        return aw_report(ctx, &(struct aw_finding){
                                  .err = AW_ERR_PRECONDITION,
                                  .on = AW_ON_INPUT,
                                  .what = "a table needs a key",
                                  .expected = "one to four certificates",
                                  .got = "none",
                                  .remedy = "name the SRK certificates in "
                                            "their order, or --read a table",
                              });
    } else {
        code = make_table(ctx, &job);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_srk_hash(&job.table, hash);
    code = write_files(ctx, &job, hash);
    if (code == AW_EXIT_OK) {
        warn_few(ctx, &job.table);
        hab_put_hash(ctx, hash);
        put_entries(ctx, &job.table);
    }
    return code;
}

const struct aw_cmd aw_cmd_hab_srk = {
    .name = "srk",
    .summary = "make the table of super root keys and its hash",
    .prose = "Makes an SRK table from one to four certificates. Their order "
             "counts, and a table of fewer keys has another hash. The hash is "
             "what gets fused, for good: make all four keys before.\n\n"
             "CA certificates give a table whose keys issue CSF and IMG "
             "certificates, other certificates one for fast authentication.",
    .operands = "[CERT...]",
    .min_operands = 0,
    .max_operands = AW_SRK_MAX,
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .size = sizeof(struct args),
    .run = run,
};
