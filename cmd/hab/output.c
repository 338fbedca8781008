/* SPDX-License-Identifier: Apache-2.0 */
#include "hab/hab.h"

void hab_put_address(struct aw_ctx *ctx, const char *key, uint32_t address)
{
    aw_out_text(&ctx->out, key,
                aw_pool_printf(&ctx->pool, "0x%08x", (unsigned)address));
}

void hab_put_hash(struct aw_ctx *ctx, const uint8_t hash[AW_SHA256_SIZE])
{
    uint32_t words[AW_SRK_WORDS];

    aw_out_hex(&ctx->out, "srk_hash", (aw_bytes){hash, AW_SHA256_SIZE});
    aw_srk_fuse_words(hash, words);
    aw_out_begin_list(&ctx->out, "fuse_words");
    for (size_t i = 0; i < AW_SRK_WORDS; i++) {
        aw_out_begin(&ctx->out, NULL);
        aw_out_text(&ctx->out, "word", aw_pool_printf(&ctx->pool, "3/%zu", i));
        hab_put_address(ctx, "value", words[i]);
        aw_out_end(&ctx->out);
    }
    aw_out_end_list(&ctx->out);
}

static void put_code(struct aw_ctx *ctx, const char *key,
                     const struct aw_hab_code *row)
{
    aw_out_text(&ctx->out, key, row->name);
}

void hab_put_event(struct aw_ctx *ctx, const char *key,
                   const struct aw_hab_event *event, aw_bytes bytes)
{
    const struct aw_hab_advice *advice = aw_hab_event_advice(event);
    const struct aw_hab_code *reason = aw_hab_reason_row(event->reason);
    uint32_t address = 0;
    uint32_t length = 0;

    aw_out_begin(&ctx->out, key);
    aw_out_hex(&ctx->out, "bytes", bytes);
    put_code(ctx, "status", aw_hab_status_row(event->status));
    put_code(ctx, "reason", reason);
    put_code(ctx, "context", aw_hab_context_row(event->context));
    put_code(ctx, "engine", aw_hab_engine_row(event->engine));
    aw_out_text(&ctx->out, "meaning",
                aw_pool_printf(&ctx->pool, "%s, while %s", reason->text,
                               aw_hab_context_row(event->context)->text));
    if (aw_hab_event_region(event, &address, &length)) {
        hab_put_address(ctx, "address", address);
        hab_put_address(ctx, "length", length);
    } else if (event->data.n > 0) {
        aw_out_text(&ctx->out, "command", aw_hab_cmd_name(event->data.p[0]));
    }
    aw_out_text(&ctx->out, "cause", advice->cause);
    aw_out_text(&ctx->out, "remedy", advice->remedy);
    aw_out_end(&ctx->out);
}
