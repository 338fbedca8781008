/* SPDX-License-Identifier: Apache-2.0 */
#include <time.h>

#include "aw/ftlog/tlogproof.h"
#include "aw/text.h"
#include "common/explain.h"
#include "common/input.h"
#include "common/trust.h"
#include "log/log.h"

struct check_args {
    struct aw_trust_args trust;
    const char *leaf;
    const char *leaf_hash;
};

static const struct aw_opt check_opts[] = {
    {.name = "leaf",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct check_args, leaf),
     .arg = "FILE",
     .help = "The entry that the proof is for."},
    {.name = "leaf-hash",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct check_args, leaf_hash),
     .arg = "HASH",
     .help = "Its leaf hash in base64 or hex, where the entry itself is not at "
             "hand."},
    AW_TRUST_LOG_OPTS(offsetof(struct check_args, trust)),
};

enum { LEAF_MAX = 65535 };

/* A leaf hash as results of aw spell it, or as hex. */
static int parse_hash(struct aw_ctx *ctx, const char *value, aw_hash *leaf)
{
    aw_bytes text = aw_text(value);
    struct aw_wr w = aw_wr_init(leaf->b, sizeof(leaf->b));
    aw_err err = text.n == 2 * sizeof(leaf->b) ? aw_hex_decode(text, &w)
                                               : aw_base64_decode(text, &w);

    if (err != AW_OK || w.n != sizeof(leaf->b)) {
        return aw_usage(ctx, "--leaf-hash wants 32 bytes, 44 characters of "
                             "base64 or 64 hex digits");
    }
    return AW_EXIT_OK;
}

static int read_leaf(struct aw_ctx *ctx, const struct check_args *args,
                     aw_hash *leaf)
{
    aw_bytes data = {0};

    if ((args->leaf == NULL) == (args->leaf_hash == NULL)) {
        return aw_usage(ctx, "give one of --leaf and --leaf-hash");
    }
    if (args->leaf_hash != NULL) {
        return parse_hash(ctx, args->leaf_hash, leaf);
    }
    int code = aw_input_read(ctx, args->leaf, LEAF_MAX, &data);

    if (code == AW_EXIT_OK) {
        aw_merkle_leaf(data, leaf);
    }
    return code;
}

static int check(struct aw_ctx *ctx, const struct aw_trust *trust,
                 const char *path, const aw_hash *leaf)
{
    const struct aw_policy *policy = &trust->use.policy;
    struct aw_tlog_proof proof;
    struct aw_checkpoint checkpoint;
    struct aw_diag diag = {0};
    aw_bytes file = {0};
    int code = aw_input_read(ctx, path, AW_TLOG_PROOF_MAX, &file);

    if (code != AW_EXIT_OK) {
        return code;
    }
    struct aw_finding finding = {
        .on = AW_ON_STATEMENT, .subject = path, .diag = &diag};

    finding.err = aw_tlog_proof_parse(file, &proof, &diag);
    if (finding.err != AW_OK) {
        return aw_report(ctx, &finding);
    }
    finding.exit = AW_EXIT_LOG;
    finding.err = aw_tlog_proof_verify(&proof, leaf, policy->origin,
                                       &policy->log, &checkpoint, &diag);
    if (finding.err == AW_OK) {
        finding.err = aw_policy_check_quorum(policy, proof.checkpoint,
                                             (uint64_t)time(NULL), &diag);
    }
    if (finding.err == AW_ERR_NO_SIG || finding.err == AW_ERR_SIG ||
        finding.err == AW_ERR_ORIGIN || finding.err == AW_ERR_QUORUM) {
        aw_explain_checkpoint(ctx, proof.checkpoint, policy, &finding);
    }
    if (finding.err == AW_ERR_RANGE) {
        finding.exit = AW_EXIT_NOT_LOGGED;
    }
    if (finding.err == AW_ERR_PROOF) {
        finding.expected = aw_pool_printf(
            &ctx->pool, "a proof that this entry is number %llu of the log",
            (unsigned long long)proof.index);
        finding.remedy = "check that entry and proof file belong together; if "
                         "they do, do not use the entry";
    }
    if (finding.err != AW_OK) {
        return aw_report(ctx, &finding);
    }
    aw_out_text(&ctx->out, "file", path);
    aw_out_u64(&ctx->out, "index", proof.index);
    aw_out_base64(&ctx->out, "leaf_hash", (aw_bytes){leaf->b, sizeof(leaf->b)});
    aw_out_bytes(&ctx->out, "origin", checkpoint.origin);
    aw_out_u64(&ctx->out, "size", checkpoint.size);
    aw_out_base64(&ctx->out, "root",
                  (aw_bytes){checkpoint.root.b, sizeof(checkpoint.root.b)});
    aw_out_text(&ctx->out, "quorum",
                policy->has_quorum ? "met" : "none asked for");
    aw_policy_put(ctx, &trust->use);
    return AW_EXIT_OK;
}

static int run_check(struct aw_ctx *ctx, const void *values)
{
    const struct check_args *args = values;
    struct aw_trust *trust = NULL;
    aw_hash leaf;
    int code = aw_trust_load_log(ctx, &args->trust, &trust);

    if (code == AW_EXIT_OK) {
        code = read_leaf(ctx, args, &leaf);
    }
    return code == AW_EXIT_OK ? check(ctx, trust, ctx->operands.item[0], &leaf)
                              : code;
}

const struct aw_cmd aw_cmd_log_check = {
    .name = "check",
    .summary = "check a proof file offline",
    .prose = "Checks a tlog-proof file: the checkpoint's signature and origin, "
             "the witness quorum where the policy asks for one, and that the "
             "entry is in the signed tree. Opens no network connection.",
    .operands = "PROOF",
    .min_operands = 1,
    .max_operands = 1,
    .opts = check_opts,
    .n_opts = sizeof(check_opts) / sizeof(check_opts[0]),
    .size = sizeof(struct check_args),
    .run = run_check,
};
