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

int hab_write(struct aw_ctx *ctx, const struct hab_output *out, aw_bytes data)
{
    struct aw_host_diag host = {.network = false};
    aw_err err =
        aw_file_write(out->path, data, out->mode,
                      out->force ? AW_FILE_REPLACE : AW_FILE_NEW, &host);

    if (err != AW_OK) {
        return aw_report(ctx, &(struct aw_finding){
                                  .err = err,
                                  .on = AW_ON_INPUT,
                                  .what = "the file could not be written",
                                  .subject = out->path,
                                  .expected = "a new file",
                                  .remedy = err == AW_ERR_EXISTS
                                                ? "name another file, or give "
                                                  "--force to replace it"
                                                : NULL,
                                  .host = &host,
                              });
    }
    aw_say(0, "wrote %s", out->path);
    return AW_EXIT_OK;
}
