/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "twin/symbols.h"

struct profile_args {
    uint64_t every;
    uint64_t top;
    const char *elf;
};

static const struct aw_opt profile_opts[] = {
    {.name = "every",
     .type = AW_OPT_U64,
     .at = offsetof(struct profile_args, every),
     .arg = "TICKS",
     .fallback = "1009",
     .help = "Ticks from one sample to the next, with begin. A prime does not "
             "fall into step with loops."},
    {.name = "top",
     .type = AW_OPT_U64,
     .at = offsetof(struct profile_args, top),
     .arg = "N",
     .fallback = "20",
     .help = "Lines to show."},
    {.name = "elf",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct profile_args, elf),
     .arg = "FILE",
     .help = "Executable that runs in the twin: samples are counted by "
             "function. Without, by address."},
};

/* Samples of one function or address. */
struct row {
    const char *name;
    uint64_t count;
};

static int by_count(const void *a, const void *b)
{
    const struct row *left = a;
    const struct row *right = b;

    if (left->count != right->count) {
        return left->count < right->count ? 1 : -1;
    }
    return strcmp(left->name, right->name);
}

static int by_name(const void *a, const void *b)
{
    const struct row *left = a;
    const struct row *right = b;

    return strcmp(left->name, right->name);
}

static const char *name_of(struct aw_ctx *ctx, const struct aw_symbols *symbols,
                           uint32_t address)
{
    struct aw_symbol at = {.name = NULL};

    if (symbols != NULL) {
        aw_symbols_at(symbols, address, &at);
    }
    return at.name != NULL
               ? aw_pool_text(&ctx->pool, at.name)
               : aw_pool_printf(&ctx->pool, "0x%08" PRIx32, address);
}

/* A row a bucket. */
static size_t read_rows(struct aw_ctx *ctx, const struct aw_symbols *symbols,
                        aw_json buckets, struct row *rows)
{
    size_t n = 0;

    for (aw_json b = aw_json_first(buckets); b.node != NULL;
         b = aw_json_next(b)) {
        aw_json v = aw_json_first(b);
        uint64_t address = 0;
        uint64_t count = 0;

        if (aw_json_get_u64(v, &address) == AW_OK &&
            aw_json_get_u64(aw_json_next(v), &count) == AW_OK) {
            rows[n++] =
                (struct row){.name = name_of(ctx, symbols, (uint32_t)address),
                             .count = count};
        }
    }
    return n;
}

/* Adds up what has the same name. @return rows that are left */
static size_t merge(struct row *rows, size_t n)
{
    size_t kept = 0;

    qsort(rows, n, sizeof(rows[0]), by_name);
    for (size_t i = 0; i < n; i++) {
        if (kept > 0 && strcmp(rows[kept - 1].name, rows[i].name) == 0) {
            rows[kept - 1].count += rows[i].count;
        } else {
            rows[kept++] = rows[i];
        }
    }
    qsort(rows, kept, sizeof(rows[0]), by_count);
    return kept;
}

static void show_row(struct aw_ctx *ctx, const struct row *row, uint64_t all)
{
    if (aw_out_is_json(&ctx->out)) {
        aw_out_begin(&ctx->out, NULL);
        aw_out_text(&ctx->out, "name", row->name);
        aw_out_u64(&ctx->out, "samples", row->count);
        aw_out_end(&ctx->out);
        return;
    }
    uint64_t permille = all == 0 ? 0 : row->count * 1000 / all;

    aw_out_line(&ctx->out, "  %3" PRIu64 ".%" PRIu64 " %%  %10" PRIu64 "  %s",
                permille / 10, permille % 10, row->count, row->name);
}

static int show(struct aw_ctx *ctx, const struct profile_args *args,
                const struct aw_symbols *symbols, bool end)
{
    struct twin_ask ask;
    int code = twin_ask_begin(&ask, ctx, ctx->operands.item[0], "profile");

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_json_bool(&ask.out, "end", end);
    code = twin_ask_send(&ask);
    twin_ask_end(&ask);
    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_json buckets = aw_json_member(ask.reply, "buckets");
    size_t n = aw_json_count(buckets);
    struct row *rows = aw_pool_alloc(&ctx->pool, n + 1, sizeof(rows[0]));
    uint64_t all = twin_number(ask.reply, "samples");

    n = merge(rows, read_rows(ctx, symbols, buckets, rows));
    aw_out_text(&ctx->out, "twin", ctx->operands.item[0]);
    aw_out_u64(&ctx->out, "samples", all);
    aw_out_u64(&ctx->out, "lost", twin_number(ask.reply, "lost"));
    aw_out_begin_list(&ctx->out, "hot");
    for (size_t i = 0; i < n && i < args->top; i++) {
        show_row(ctx, &rows[i], all);
    }
    aw_out_end_list(&ctx->out);
    return AW_EXIT_OK;
}

static int begin(struct aw_ctx *ctx, const struct profile_args *args)
{
    struct twin_ask ask;
    int code = AW_EXIT_OK;

    if (args->every == 0) {
        return aw_usage(ctx, "--every is at least 1");
    }
    code = twin_ask_begin(&ask, ctx, ctx->operands.item[0], "profile");
    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_json_u64_text(&ask.out, "every", args->every);
    code = twin_ask_send(&ask);
    twin_ask_end(&ask);
    if (code == AW_EXIT_OK) {
        aw_out_text(&ctx->out, "twin", ctx->operands.item[0]);
        aw_out_u64(&ctx->out, "every", args->every);
    }
    return code;
}

static int run_profile(struct aw_ctx *ctx, const void *values)
{
    const struct profile_args *args = values;
    const char *what = ctx->operands.item[1];
    struct aw_symbols *symbols = NULL;
    bool end = strcmp(what, "end") == 0;

    if (strcmp(what, "begin") == 0) {
        return begin(ctx, args);
    }
    if (!end && strcmp(what, "show") != 0) {
        return aw_usage(ctx, "profile: begin, show or end, not %s", what);
    }
    int code = twin_symbols(ctx, args->elf, &symbols);

    if (code == AW_EXIT_OK) {
        code = show(ctx, args, symbols, end);
    }
    aw_symbols_close(symbols);
    return code;
}

const struct aw_cmd twin_cmd_profile = {
    .name = "profile",
    .summary = "where the processor spends its time",
    .prose = "Samples where the processor is: begin starts anew, show and end "
             "tell what was found since, hottest first. Time in which it waits "
             "for an interrupt is not counted.",
    .operands = "DIR begin|show|end",
    .min_operands = 2,
    .max_operands = 2,
    .opts = profile_opts,
    .n_opts = sizeof(profile_opts) / sizeof(profile_opts[0]),
    .size = sizeof(struct profile_args),
    .run = run_profile,
};
