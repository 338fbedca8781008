/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/make_parts.h"

#include <inttypes.h>
#include <string.h>

#include "aw/ftlog/tlogproof.h"
#include "aw/text.h"
#include "bundle/load.h"
#include "common/input.h"

static int read_index(struct aw_ctx *ctx, const char *text, uint64_t *index)
{
    if (aw_dec_parse(aw_text(text), index) != AW_OK) {
        return aw_usage(ctx, "--index: %s is no number", text);
    }
    return AW_EXIT_OK;
}

static int from_hashes(struct aw_ctx *ctx, const struct make_args *args,
                       struct aw_bundle *bundle)
{
    const struct aw_list *list = &args->proof_hashes;

    if (args->view.checkpoint == NULL || args->index == NULL) {
        return aw_usage(ctx, "give --checkpoint and --index, or take them from "
                             "--tlog-proof or --log");
    }
    if (list->n > AW_BOOTCFG_PROOF_MAX) {
        return aw_usage(ctx, "a proof has at most %d hashes",
                        (int)AW_BOOTCFG_PROOF_MAX);
    }
    for (size_t i = 0; i < list->n; i++) {
        struct aw_wr w =
            aw_wr_init(bundle->proof.h[i].b, sizeof(bundle->proof.h[i].b));

        if (aw_base64_decode(aw_text(list->item[i]), &w) != AW_OK ||
            w.n != AW_HASH_SIZE) {
            return aw_usage(ctx, "--proof-hash: %s is no base64 of 32 bytes",
                            list->item[i]);
        }
    }
    bundle->proof.n = list->n;
    return read_index(ctx, args->index, &bundle->index);
}

static int from_proof_file(struct aw_ctx *ctx, const struct make_args *args,
                           struct aw_bundle *bundle)
{
    struct aw_tlog_proof proof;
    struct aw_diag diag = {0};
    aw_bytes file = {0};
    uint64_t index = 0;
    int code = aw_input_read(ctx, args->tlog_proof, AW_TLOG_PROOF_MAX, &file);

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_err err = aw_tlog_proof_parse(file, &proof, &diag);

    if (err != AW_OK) {
        return aw_report(ctx, &(struct aw_finding){
                                  .err = err,
                                  .on = AW_ON_INPUT,
                                  .what = "this is no proof file",
                                  .subject = aw_input_name(args->tlog_proof),
                                  .diag = &diag,
                              });
    }
    index = proof.index;
    if (args->index != NULL) {
        code = read_index(ctx, args->index, &index);
    }
    if (code == AW_EXIT_OK && index != proof.index) {
        code = aw_usage(ctx, "--index: the proof file is about entry %" PRIu64,
                        proof.index);
    }
    bundle->index = proof.index;
    bundle->proof = proof.proof;
    bundle->checkpoint = proof.checkpoint;
    return code;
}

/* The manifest is not where it was looked for; a missing tile is something
 * else. */
static bool not_logged(const struct log_view *view, aw_err err)
{
    static const char leaves[] = "leaves/";

    return err == AW_ERR_RANGE || err == AW_ERR_DIGEST ||
           (err == AW_ERR_NOT_FOUND &&
            strncmp(view->log->path.text, leaves, strlen(leaves)) == 0);
}

static int prove(struct log_view *view, const struct make_args *args,
                 struct aw_bundle *bundle)
{
    struct aw_ctx *ctx = view->ctx;
    struct aw_host_diag why = {0};
    aw_hash leaf;
    aw_err err = AW_OK;

    aw_merkle_leaf(bundle->manifest, &leaf);
    if (args->index == NULL) {
        err = aw_log_find(view->log, &leaf, &bundle->index, &bundle->proof,
                          &why.diag);
    } else {
        int code = read_index(ctx, args->index, &bundle->index);

        if (code != AW_EXIT_OK) {
            return code;
        }
        err = aw_log_prove_inclusion(view->log, bundle->index, &leaf,
                                     &bundle->proof, &why.diag);
    }
    bundle->checkpoint = view->note;
    if (err == AW_ERR_UNSUPPORTED) {
        return aw_usage(ctx, "this log has no index of its entries: give "
                             "--index");
    }
    if (not_logged(view, err)) {
        return aw_report(
            ctx, &(struct aw_finding){
                     .err = err,
                     .on = AW_ON_LOG,
                     .exit = AW_EXIT_NOT_LOGGED,
                     .what = "the log does not have this manifest there",
                     .subject = aw_input_name(args->manifest),
                     .expected = "an entry with exactly these bytes",
                     .remedy = "check manifest and index, or wait until the "
                               "log has taken the entry in",
                 });
    }
    return err == AW_OK ? AW_EXIT_OK : log_view_read_fail(view, err, &why);
}

static int from_log(struct aw_ctx *ctx, const struct make_args *args,
                    struct aw_bundle *bundle)
{
    struct log_view view = {0};
    int code = log_view_ready(ctx, &args->view, args->log, &view);

    if (code == AW_EXIT_OK) {
        code = prove(&view, args, bundle);
    }
    log_view_close(&view);
    return code;
}

static int gather_proof(struct aw_ctx *ctx, const struct make_args *args,
                        struct aw_bundle *bundle)
{
    int sources = (args->proof_hashes.n > 0 ? 1 : 0) +
                  (args->tlog_proof != NULL ? 1 : 0) +
                  (args->log != NULL ? 1 : 0);

    if (sources > 1) {
        return aw_usage(ctx, "--proof-hash, --tlog-proof and --log exclude "
                             "each other");
    }
    if (args->log != NULL) {
        return from_log(ctx, args, bundle);
    }
    return args->tlog_proof != NULL ? from_proof_file(ctx, args, bundle)
                                    : from_hashes(ctx, args, bundle);
}

int make_gather(struct aw_ctx *ctx, const struct make_args *args,
                struct aw_bundle *bundle)
{
    int code =
        aw_input_read(ctx, args->manifest, AW_MANIFEST_MAX, &bundle->manifest);

    if (code == AW_EXIT_OK) {
        code = gather_proof(ctx, args, bundle);
    }
    if (code == AW_EXIT_OK && args->view.checkpoint != NULL &&
        args->log == NULL) {
        code = aw_input_checkpoint(ctx, args->view.checkpoint,
                                   &bundle->checkpoint);
    }
    if (code == AW_EXIT_OK) {
        code =
            bundle_load_image(ctx, args->firmware, args->hab_signature, bundle);
    }
    return code;
}
