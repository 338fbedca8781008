/* SPDX-License-Identifier: Apache-2.0 */
#include "device/blocks.h"

static const struct aw_opt opts[] = {BLOCKS_OPTS(0)};

static int hash(struct aw_ctx *ctx, struct blocks_session *s, uint64_t first,
                uint64_t count)
{
    uint8_t digest[AW_SHA256_SIZE];
    struct aw_diag diag = {.err = AW_OK};
    int code = blocks_check(ctx, s, first, count);

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_err err =
        aw_storage_hash(&s->storage, &s->unit, first, count, digest, &diag);

    if (err != AW_OK) {
        return blocks_report(ctx, s, err, &diag, "hashing on the device");
    }
    blocks_put_range(ctx, first, count);
    aw_out_hex(&ctx->out, "sha256", (aw_bytes){digest, sizeof(digest)});
    return AW_EXIT_OK;
}

static int run(struct aw_ctx *ctx, const void *values)
{
    struct blocks_session *s = aw_pool_alloc(&ctx->pool, 1, sizeof(*s));
    uint64_t first = 0;
    uint64_t count = 0;
    int code = blocks_range(ctx, &first, &count);

    if (code == AW_EXIT_OK) {
        code = blocks_connect(ctx, values, s);
    }
    if (code == AW_EXIT_OK) {
        code = hash(ctx, s, first, count);
        blocks_disconnect(s);
    }
    return code;
}

const struct aw_cmd blocks_cmd_hash = {
    .name = "hash",
    .summary = "have blocks hashed on the device",
    .prose = "Has the recovery hash COUNT blocks from FIRST on: blocks of 512 "
             "bytes, decimal or hex behind 0x. The answer is worth as much as "
             "the recovery that runs; only ours knows the command.",
    .operands = "FIRST COUNT",
    .min_operands = 2,
    .max_operands = 2,
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .size = sizeof(struct blocks_args),
    .run = run,
};
