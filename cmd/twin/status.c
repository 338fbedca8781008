/* SPDX-License-Identifier: Apache-2.0 */
#include "twin/twin.h"

struct status_args {
    bool hash;
};

static const struct aw_opt status_opts[] = {
    {.name = "hash",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct status_args, hash),
     .help = "Also show SHA-256 of the memory."},
};

static void show_leds(struct aw_ctx *ctx, aw_json reply)
{
    aw_json leds = aw_json_member(reply, "leds");

    aw_out_begin(&ctx->out, "leds");
    aw_out_bool(&ctx->out, "white", twin_flag(leds, "white"));
    aw_out_bool(&ctx->out, "blue", twin_flag(leds, "blue"));
    aw_out_end(&ctx->out);
}

/* Kinds of reports that were counted; in text only those above 0. */
static void show_reports(struct aw_ctx *ctx, aw_json reply)
{
    aw_json reports = aw_json_member(reply, "reports");

    aw_out_begin_list(&ctx->out, "reports");
    for (aw_json v = aw_json_first(reports); v.node != NULL;
         v = aw_json_next(v)) {
        const char *key = aw_pool_bytes(&ctx->pool, aw_json_key(v));
        uint64_t n = twin_number(reports, key);

        if (n != 0) {
            aw_out_begin(&ctx->out, NULL);
            aw_out_text(&ctx->out, "kind", key);
            aw_out_u64(&ctx->out, "count", n);
            aw_out_end(&ctx->out);
        }
    }
    aw_out_end_list(&ctx->out);
}

static int run_status(struct aw_ctx *ctx, const void *values)
{
    static const char *const texts[] = {"soc",   "serial", "mode",
                                        "state", "why",    "switch"};
    static const char *const numbers[] = {
        "pid", "tick", "instructions", "time_us", "block_writes", "resets"};
    const struct status_args *args = values;
    const char *path = ctx->operands.item[0];
    struct twin_ask ask;
    int code = twin_ask_begin(&ask, ctx, path, "status");

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_json_bool(&ask.out, "hash", args->hash);
    code = twin_ask_send(&ask);
    twin_ask_end(&ask);
    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_out_text(&ctx->out, "twin", path);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const char *text = twin_text(ctx, ask.reply, texts[i]);

        if (text[0] != '\0' || aw_out_is_json(&ctx->out)) {
            aw_out_text(&ctx->out, texts[i], text);
        }
    }
    aw_out_bool(&ctx->out, "plugged", twin_flag(ask.reply, "plugged"));
    aw_out_bool(&ctx->out, "held", twin_flag(ask.reply, "held"));
    if (twin_number(ask.reply, "gdb") != 0) {
        aw_out_u64(&ctx->out, "gdb_port", twin_number(ask.reply, "gdb"));
    }
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        aw_out_u64(&ctx->out, numbers[i], twin_number(ask.reply, numbers[i]));
    }
    show_leds(ctx, ask.reply);
    show_reports(ctx, ask.reply);
    if (args->hash) {
        aw_out_text(&ctx->out, "memory", twin_text(ctx, ask.reply, "memory"));
    }
    return AW_EXIT_OK;
}

static int run_leds(struct aw_ctx *ctx, const void *values)
{
    struct twin_ask ask;
    int code =
        twin_ask_once(ctx, ctx->operands.item[0], "leds", NULL, NULL, &ask);

    (void)values;
    if (code == AW_EXIT_OK) {
        show_leds(ctx, ask.reply);
    }
    return code;
}

static void show_word(struct aw_ctx *ctx, aw_json word)
{
    static const char *const values[] = {"fuse", "shadow", "stuck"};

    aw_out_begin(&ctx->out, NULL);
    aw_out_count(&ctx->out, "bank", (size_t)twin_number(word, "bank"));
    aw_out_count(&ctx->out, "word", (size_t)twin_number(word, "word"));
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        aw_out_text(&ctx->out, values[i],
                    aw_pool_printf(&ctx->pool, "%08x",
                                   (unsigned)twin_number(word, values[i])));
    }
    aw_out_end(&ctx->out);
}

static int run_fuses(struct aw_ctx *ctx, const void *values)
{
    struct twin_ask ask;
    int code =
        twin_ask_once(ctx, ctx->operands.item[0], "fuses", NULL, NULL, &ask);

    (void)values;
    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_out_text(&ctx->out, "part", twin_text(ctx, ask.reply, "part"));
    aw_out_begin_list(&ctx->out, "words");
    for (aw_json word = aw_json_first(aw_json_member(ask.reply, "words"));
         word.node != NULL; word = aw_json_next(word)) {
        show_word(ctx, word);
    }
    aw_out_end_list(&ctx->out);
    return AW_EXIT_OK;
}

const struct aw_cmd twin_cmd_status = {
    .name = "status",
    .summary = "what a running twin does",
    .prose = "Shows the state of the twin in DIR: off, what its boot ROM does, "
             "running, halted with the reason, or trouble when the host could "
             "not keep what it wrote; its time, its LEDs, and what it noticed "
             "that silicon would not tell.",
    .operands = "DIR",
    .min_operands = 1,
    .max_operands = 1,
    .opts = status_opts,
    .n_opts = sizeof(status_opts) / sizeof(status_opts[0]),
    .size = sizeof(struct status_args),
    .run = run_status,
};

const struct aw_cmd twin_cmd_leds = {
    .name = "leds",
    .summary = "which LEDs are lit",
    .operands = "DIR",
    .min_operands = 1,
    .max_operands = 1,
    .run = run_leds,
};

const struct aw_cmd twin_cmd_fuses = {
    .name = "fuses",
    .summary = "fuses and shadow registers of a running twin",
    .prose = "Shows the words that are not 0. While the twin does not run, aw "
             "otp reads the file fuses.bin in DIR.",
    .operands = "DIR",
    .min_operands = 1,
    .max_operands = 1,
    .run = run_fuses,
};
