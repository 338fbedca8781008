/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "rebuild/engine.h"

int rebuild_exit(const struct rebuild_done *done)
{
    switch (done->result.verdict) {
    case AW_RB_REPRODUCED:
        return AW_EXIT_OK;
    case AW_RB_DIFFERS:
        return AW_EXIT_REBUILD;
    case AW_RB_FAILED:
        return AW_EXIT_BUILD;
    case AW_RB_TIMED_OUT:
        return AW_EXIT_TIME;
    case AW_RB_UNAVAILABLE:
        return AW_EXIT_NETWORK;
    default:
        return done->by_statement ? AW_EXIT_MISMATCH : AW_EXIT_REFUSED;
    }
}

static void put_difference(struct aw_ctx *ctx, const struct rebuild_done *d)
{
    struct aw_out *out = &ctx->out;

    aw_out_begin(out, "difference");
    aw_out_text(out, "from", d->between ? "second pass" : "log");
    aw_out_u64(out, "offset", d->difference.first);
    aw_out_u64(out, "bytes", d->difference.bytes);
    aw_out_u64(out, "ranges", d->difference.ranges);
    aw_out_text(out, "area", d->place.area);
    if (d->place.address != 0) {
        aw_out_u64(out, "address", d->place.address);
    }
    if (d->place.symbol[0] != '\0') {
        aw_out_text(out, "symbol", d->place.symbol);
    }
    if (d->place.source[0] != '\0') {
        aw_out_text(out, "source", d->place.source);
    }
    aw_out_end(out);
}

static void put_release(struct aw_ctx *ctx, const struct rebuild_done *d)
{
    struct aw_out *out = &ctx->out;
    const struct aw_rb_result *r = &d->result;

    aw_out_text(out, "component", aw_component_name(r->component));
    aw_out_bytes(out, "version", r->version);
    aw_out_bytes(out, "commit", r->commit);
    aw_out_bytes(out, "recipe", r->recipe);
    aw_out_hex(out, "expected", (aw_bytes){r->expected, AW_SHA256_SIZE});
    if (r->has_built) {
        aw_out_hex(out, "built", (aw_bytes){r->built, AW_SHA256_SIZE});
    }
    aw_out_u64(out, "passes", r->passes);
    aw_out_bytes(out, "varied", r->varied);
    aw_out_bytes(out, "memory", r->memory);
}

void rebuild_show(struct aw_ctx *ctx, const struct rebuild_done *done)
{
    struct aw_out *out = &ctx->out;

    aw_out_text(out, "verdict", aw_rb_verdict_name(done->result.verdict));
    if (done->is_release) {
        put_release(ctx, done);
    }
    aw_out_text(out, "reason", done->reason);
    if (done->has_difference) {
        put_difference(ctx, done);
    }
    if (done->evidence != NULL) {
        aw_out_text(out, "evidence", done->evidence);
    }
}

static const char *hex(struct aw_ctx *ctx, const uint8_t digest[AW_SHA256_SIZE])
{
    char text[2 * AW_SHA256_SIZE + 1] = "";
    struct aw_wr w = aw_wr_init(text, sizeof(text) - 1);

    aw_wr_hex(&w, (aw_bytes){digest, AW_SHA256_SIZE});
    return aw_pool_printf(&ctx->pool, "SHA-256 %s", text);
}

static aw_err err_of(const struct rebuild_done *done)
{
    switch (done->result.verdict) {
    case AW_RB_DIFFERS:
        return AW_ERR_DIGEST;
    case AW_RB_TIMED_OUT:
        return AW_ERR_TIMEOUT;
    case AW_RB_UNAVAILABLE:
        return AW_ERR_NOT_FOUND;
    case AW_RB_FAILED:
        return AW_ERR_IO;
    default:
        return done->by_statement ? AW_ERR_POLICY : AW_ERR_UNSUPPORTED;
    }
}

int rebuild_report(struct aw_ctx *ctx, const char *subject,
                   const struct rebuild_done *done)
{
    static const char *const what[] = {
        [AW_RB_DIFFERS] = "the release is not what its source gives",
        [AW_RB_FAILED] = "the release cannot be built",
        [AW_RB_TIMED_OUT] = "the build did not end in time",
        [AW_RB_UNAVAILABLE] = "what the build needs is not to be had",
        [AW_RB_REFUSED] = "the release is not built",
    };
    static const char *const remedy[] = {
        [AW_RB_DIFFERS] = "do not use the release; tell its signers",
        [AW_RB_FAILED] = "read the log in the folder of --evidence",
        [AW_RB_TIMED_OUT] = "try again with a longer --time-limit",
        [AW_RB_UNAVAILABLE] = "give --repository or --sources, or try again",
        [AW_RB_REFUSED] = "tell its signers",
    };
    enum aw_rb_verdict verdict = done->result.verdict;
    struct aw_finding f = {
        .err = err_of(done),
        .on = AW_ON_STATEMENT,
        .exit = rebuild_exit(done),
        .what = what[verdict],
        .subject = subject,
        .expected = "a rebuild that gives the same bytes",
        .got = done->reason,
        .remedy = remedy[verdict],
    };

    if (verdict == AW_RB_DIFFERS) {
        f.expected = hex(ctx, done->result.expected);
        f.got = hex(ctx, done->result.built);
        f.where = done->reason;
    }
    return aw_report(ctx, &f);
}
