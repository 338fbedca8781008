/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aw/hostio/file.h"
#include "common/stop.h"
#include "device/ledger.h"

enum { FILE_MODE = 0644, FILE_MAX = 64 * 1024 };

/* What is to be put into a ledger. */
struct addition {
    struct aw_ctx *ctx;
    const char *folder;
    int code;
    size_t n;
    size_t kept; /* files that are there already */
    size_t cap;
    struct aw_new_file *file;
};

static void add_file(struct addition *a, const struct ledger_file *file)
{
    if (a->n == a->cap) {
        size_t cap = a->cap == 0 ? 64 : a->cap * 2;
        struct aw_new_file *more =
            aw_pool_alloc(&a->ctx->pool, cap, sizeof(*more));

        if (a->n > 0) {
            memcpy(more, a->file, a->n * sizeof(*more));
        }
        a->file = more;
        a->cap = cap;
    }
    a->file[a->n++] = (struct aw_new_file){file->name, file->data, FILE_MODE};
}

static int report_other(struct addition *a, const char *path)
{
    return aw_report(a->ctx,
                     &(struct aw_finding){
                         .err = AW_ERR_CONTENT,
                         .on = AW_ON_STATEMENT,
                         .exit = AW_EXIT_MISMATCH,
                         .what = "the ledger says otherwise",
                         .subject = path,
                         .expected = "the bytes that the ledger has, or a file "
                                     "that it does not have",
                         .got = "other bytes",
                         .remedy = "a device keeps its key, and an attestation "
                                   "its counter: find out which of the two is "
                                   "genuine",
                     });
}

/* A file that is in the ledger stays as it is. */
static int take_file(struct addition *a, const struct ledger_file *file)
{
    const char *path =
        aw_pool_printf(&a->ctx->pool, "%s/%s", a->folder, file->name);
    struct aw_host_diag host = {.text = ""};
    struct aw_blob blob = {.p = NULL};
    aw_err err = aw_file_read(path, FILE_MAX, &blob, &host);

    if (err == AW_ERR_NOT_FOUND) {
        add_file(a, file);
        return AW_EXIT_OK;
    }
    if (err != AW_OK) {
        return aw_report(a->ctx, &(struct aw_finding){.err = err,
                                                      .on = AW_ON_INPUT,
                                                      .subject = path,
                                                      .host = &host});
    }
    bool same = aw_bytes_equal(aw_blob_bytes(&blob), file->data);

    aw_blob_free(&blob);
    a->kept += same ? 1 : 0;
    return same ? AW_EXIT_OK : report_other(a, path);
}

static void take(void *ctx, const struct ledger_device *device)
{
    struct addition *a = ctx;

    for (size_t i = 0; i < device->n_files; i++) {
        a->code = aw_exit_join(a->code, take_file(a, &device->file[i]));
    }
    ledger_put(a->ctx, device);
}

static int write_all(struct addition *a)
{
    struct aw_host_diag host = {.text = ""};
    aw_err err = a->n == 0 ? AW_OK
                           : aw_files_write(a->folder, a->file, a->n,
                                            &aw_stop_wait, &host);

    return err == AW_OK
               ? AW_EXIT_OK
               : aw_report(a->ctx, &(struct aw_finding){.err = err,
                                                        .on = AW_ON_LOCAL,
                                                        .subject = a->folder,
                                                        .host = &host});
}

static int run(struct aw_ctx *ctx, const void *values)
{
    struct addition a = {.ctx = ctx, .folder = ctx->operands.item[0]};
    size_t n = 0;

    (void)values;
    aw_out_begin_list(&ctx->out, "devices");
    int code = ledger_read(ctx, ctx->operands.item[1], take, &a, &n);

    aw_out_end_list(&ctx->out);
    code = aw_exit_join(code, a.code);
    if (code == AW_EXIT_OK && n == 0) {
        code = aw_report(ctx, &(struct aw_finding){
                                  .err = AW_ERR_NOT_FOUND,
                                  .on = AW_ON_INPUT,
                                  .subject = ctx->operands.item[1],
                                  .expected = "SERIAL.pub and SERIAL.witness.N",
                              });
    }
    if (code == AW_EXIT_OK) {
        code = write_all(&a);
    }
    if (code == AW_EXIT_OK) {
        aw_out_count(&ctx->out, "added", a.n);
        aw_out_count(&ctx->out, "kept", a.kept);
    }
    return code;
}

const struct aw_cmd ledger_cmd_add = {
    .name = "add",
    .summary = "put the attestations of devices into a ledger",
    .prose = "Verifies the files in FROM as verify does, and puts them into "
             "the ledger in DIR, which is made when missing: all or none. A "
             "file that is there already stays, and must be the same.",
    .operands = "DIR FROM",
    .min_operands = 2,
    .max_operands = 2,
    .run = run,
};
