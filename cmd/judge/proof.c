/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/proof.h"

#include <inttypes.h>

#include "aw/ftlog/tlogproof.h"
#include "aw/hostio/file.h"

static aw_err write_one(struct aw_ctx *ctx, const char *base,
                        const char *suffix, aw_bytes data,
                        struct aw_host_diag *why)
{
    return aw_file_write(aw_pool_printf(&ctx->pool, "%s%s", base, suffix), data,
                         0644, AW_FILE_REPLACE, why);
}

int proof_write(struct aw_ctx *ctx, const char *dir,
                const struct proof_files *files)
{
    struct aw_wr w = aw_wr_init(aw_pool_alloc(&ctx->pool, AW_TLOG_PROOF_MAX, 1),
                                AW_TLOG_PROOF_MAX);
    struct aw_tlog_proof proof = {
        .index = files->index,
        .proof = *files->proof,
        .checkpoint = files->checkpoint,
    };
    /* Letters, digits, `.`, `-` and `+`: a version has no others. */
    const char *base = aw_pool_printf(&ctx->pool, "%s/%s-%s-%" PRIu64, dir,
                                      aw_component_name(files->component),
                                      files->version, files->index);
    struct aw_host_diag why = {0};

    aw_tlog_proof_write(&proof, &w);
    aw_err err = aw_dir_make(dir, 0755, &why);

    if (err == AW_OK) {
        err = write_one(ctx, base, ".tlog-proof", aw_wr_done(&w), &why);
    }
    if (err == AW_OK) {
        err = write_one(ctx, base, ".manifest", files->manifest, &why);
    }
    if (err == AW_OK) {
        return AW_EXIT_OK;
    }
    return aw_report(
        ctx,
        &(struct aw_finding){
            .err = err,
            .on = AW_ON_LOCAL,
            .exit = err == AW_ERR_RESOURCE ? AW_EXIT_RESOURCE : AW_EXIT_REFUSED,
            .what = "the proof files cannot be written",
            .subject = dir,
            .remedy = err == AW_ERR_RESOURCE
                          ? NULL
                          : "name a folder in which you may write",
            .host = &why,
        });
}
