/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "aw/text.h"
#include "common/input.h"
#include "common/term.h"
#include "hab/hab.h"

int hab_refuse(struct aw_ctx *ctx, const char *subject, const char *expected,
               aw_err err, const struct aw_diag *diag)
{
    return aw_report(ctx, &(struct aw_finding){
                              .err = err,
                              .on = AW_ON_INPUT,
                              .exit = AW_EXIT_REFUSED,
                              .subject = subject,
                              .expected = expected,
                              .diag = diag,
                          });
}

int hab_u32(struct aw_ctx *ctx, const char *option, const char *text,
            uint32_t *v)
{
    uint64_t wide = 0;
    bool hex = strncmp(text, "0x", 2) == 0 || strncmp(text, "0X", 2) == 0;
    aw_err err = hex ? aw_hex_parse_u64(aw_text(text + 2), &wide)
                     : aw_dec_parse(aw_text(text), &wide);

    if (err != AW_OK || wide > UINT32_MAX) {
        return aw_usage(ctx,
                        "%s: %s is no number of 32 bits; write 0x80010000 or "
                        "2147549184",
                        option, text);
    }
    *v = (uint32_t)wide;
    return AW_EXIT_OK;
}

int hab_cert(struct aw_ctx *ctx, const char *path, aw_bytes *der)
{
    struct aw_diag diag = {.where = NULL};
    struct aw_wr w = aw_wr_init(aw_pool_alloc(&ctx->pool, AW_HAB_CERT_MAX, 1),
                                AW_HAB_CERT_MAX);
    aw_bytes file = {NULL, 0};
    int code = aw_input_read(ctx, path, AW_HAB_PEM_MAX, &file);

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_err err = aw_hab_cert_read(file, &w, &diag);

    if (err != AW_OK) {
        return hab_refuse(ctx, aw_input_name(path),
                          "an X.509 certificate in PEM or DER", err, &diag);
    }
    *der = aw_wr_done(&w);
    return AW_EXIT_OK;
}

int hab_table(struct aw_ctx *ctx, const char *path, struct aw_srk_table *table)
{
    struct aw_diag diag = {.where = NULL};
    aw_bytes file = {NULL, 0};
    int code = aw_input_read(ctx, path, AW_SRK_TABLE_MAX, &file);

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_err err = aw_srk_parse(file, table, &diag);

    if (err == AW_OK && table->bytes.n != file.n) {
        err = aw_fail(&diag, AW_ERR_FORMAT, "srk table: bytes behind it",
                      table->bytes.n);
    }
    return err == AW_OK ? AW_EXIT_OK
                        : hab_refuse(ctx, aw_input_name(path),
                                     "an SRK table of 1 to 4 keys", err, &diag);
}

enum { OUTPUTS_MAX = 4 };

int hab_write(struct aw_ctx *ctx, const struct hab_output *outputs, size_t n)
{
    enum { MODE = 0666 };
    struct aw_host_diag host = {.network = false};
    struct aw_put_file files[OUTPUTS_MAX] = {{.path = NULL}};
    size_t used = 0;

    AW_BUG_ON(n > OUTPUTS_MAX);
    for (size_t i = 0; i < n; i++) {
        if (outputs[i].path != NULL) {
            files[used++] = (struct aw_put_file){
                outputs[i].path, outputs[i].data, MODE,
                outputs[i].force ? AW_FILE_REPLACE : AW_FILE_NEW};
        }
    }
    aw_err err = aw_files_put(files, used, &host);

    if (err != AW_OK) {
        return aw_report(ctx, &(struct aw_finding){
                                  .err = err,
                                  .on = AW_ON_INPUT,
                                  .what = "the file could not be written",
                                  .subject = used == 1 ? files[0].path : NULL,
                                  .expected = "a new file",
                                  .remedy = err == AW_ERR_EXISTS
                                                ? "name another file, or give "
                                                  "--force to replace it"
                                                : NULL,
                                  .host = &host,
                              });
    }
    for (size_t i = 0; i < used; i++) {
        aw_say(0, "wrote %s", files[i].path);
    }
    return AW_EXIT_OK;
}

static bool is_input(const char *path, const char *const *inputs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (inputs[i] != NULL && strcmp(inputs[i], "-") != 0 &&
            aw_file_same(path, inputs[i])) {
            return true;
        }
    }
    return false;
}

/* One of them; those before it are known to be good. */
static int check_output(struct aw_ctx *ctx, const struct hab_output *outputs,
                        size_t i, const char *const *inputs, size_t n_inputs)
{
    const char *path = outputs[i].path;

    if (strcmp(path, "-") == 0) {
        return aw_usage(ctx, "standard output takes no files of this command: "
                             "name a file, ./- for one of that name");
    }
    if (is_input(path, inputs, n_inputs)) {
        return aw_usage(ctx, "%s is read by this run: write to another file",
                        path);
    }
    for (size_t k = 0; k < i; k++) {
        if (outputs[k].path != NULL && aw_file_same(path, outputs[k].path)) {
            return aw_usage(ctx, "%s is to be written twice: name two files",
                            path);
        }
    }
    return AW_EXIT_OK;
}

int hab_check_outputs(struct aw_ctx *ctx, const struct hab_output *outputs,
                      size_t n, const char *const *inputs, size_t n_inputs)
{
    int code = AW_EXIT_OK;

    for (size_t i = 0; i < n && code == AW_EXIT_OK; i++) {
        if (outputs[i].path != NULL) {
            code = check_output(ctx, outputs, i, inputs, n_inputs);
        }
    }
    return code;
}
