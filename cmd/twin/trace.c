/* SPDX-License-Identifier: Apache-2.0 */
/* aw twin trace, until. */
#include <inttypes.h>
#include <string.h>

#include "aw/text.h"
#include "twin/symbols.h"

enum { PC = 15, STEPS_AT_ONCE = 1024, POINTS_MAX = 48, REGISTERS = 17 };

struct trace_args {
    const char *elf;
    uint64_t count;
};

static const struct aw_opt trace_opts[] = {
    {.name = "count",
     .type = AW_OPT_U64,
     .at = offsetof(struct trace_args, count),
     .arg = "N",
     .fallback = "20",
     .help = "Instructions."},
    {.name = "elf",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct trace_args, elf),
     .arg = "FILE",
     .help = "Executable that runs in the twin, for names."},
};

static uint64_t number(aw_json v)
{
    aw_bytes text = {NULL, 0};
    uint64_t n = 0;

    if (aw_json_get_text(v, &text) == AW_OK) {
        return aw_dec_parse(text, &n) == AW_OK ? n : 0;
    }
    return aw_json_get_u64(v, &n) == AW_OK ? n : 0;
}

/* Tick, address, word, CPSR, secure. */
static void show_step(struct aw_ctx *ctx, const struct aw_symbols *symbols,
                      aw_json step)
{
    aw_json v = aw_json_first(step);
    uint64_t tick = number(v);

    v = aw_json_next(v);
    uint32_t address = (uint32_t)number(v);

    v = aw_json_next(v);
    uint32_t word = (uint32_t)number(v);

    v = aw_json_next(v);
    uint32_t cpsr = (uint32_t)number(v);
    bool flag = false;
    bool secure = aw_json_get_bool(aw_json_next(v), &flag) == AW_OK && flag;

    if (!aw_out_is_json(&ctx->out)) {
        aw_out_line(&ctx->out,
                    "%12" PRIu64 "  %08" PRIx32 "  %08" PRIx32 "  %c %08" PRIx32
                    "  %s",
                    tick, address, word, secure ? 's' : 'n', cpsr,
                    twin_place(ctx, symbols, address));
        return;
    }
    aw_out_begin(&ctx->out, NULL);
    aw_out_u64(&ctx->out, "tick", tick);
    twin_put_place(ctx, symbols, address, "");
    aw_out_text(&ctx->out, "word",
                aw_pool_printf(&ctx->pool, "%08" PRIx32, word));
    aw_out_text(&ctx->out, "cpsr",
                aw_pool_printf(&ctx->pool, "%08" PRIx32, cpsr));
    aw_out_bool(&ctx->out, "secure", secure);
    aw_out_end(&ctx->out);
}

/* @param n  in: how many; out: how many there were */
static int ask_steps(struct aw_ctx *ctx, const struct aw_symbols *symbols,
                     uint64_t *n)
{
    struct twin_ask ask;
    int code = twin_ask_begin(&ask, ctx, ctx->operands.item[0], "trace");

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_json_u64(&ask.out, "count", *n);
    code = twin_ask_send(&ask);
    twin_ask_end(&ask);
    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_json steps = aw_json_member(ask.reply, "steps");

    *n = aw_json_count(steps);
    for (aw_json v = aw_json_first(steps); v.node != NULL;
         v = aw_json_next(v)) {
        show_step(ctx, symbols, v);
    }
    return AW_EXIT_OK;
}

static int trace(struct aw_ctx *ctx, const struct aw_symbols *symbols,
                 uint64_t left)
{
    int code = AW_EXIT_OK;

    if (aw_out_is_json(&ctx->out)) {
        aw_out_begin_list(&ctx->out, "steps");
    }
    while (left > 0 && code == AW_EXIT_OK) {
        uint64_t n = left < STEPS_AT_ONCE ? left : STEPS_AT_ONCE;
        uint64_t asked = n;

        code = ask_steps(ctx, symbols, &n);
        /* Fewer: it waits for an interrupt, is off, or was stopped. */
        left = n < asked ? 0 : left - n;
    }
    if (aw_out_is_json(&ctx->out)) {
        aw_out_end_list(&ctx->out);
    }
    return code;
}

static int run_trace(struct aw_ctx *ctx, const void *values)
{
    enum { COUNT_MAX = 100000 };
    const struct trace_args *args = values;
    struct aw_symbols *symbols = NULL;

    if (args->count == 0 || args->count > COUNT_MAX) {
        return aw_usage(ctx, "--count is 1 to %d", COUNT_MAX);
    }
    int code = twin_symbols(ctx, args->elf, &symbols);

    if (code == AW_EXIT_OK) {
        code = trace(ctx, symbols, args->count);
    }
    aw_symbols_close(symbols);
    return code;
}

struct until_args {
    struct aw_list breaks;
    struct aw_list watches;
    const char *elf;
    uint64_t ms;
};

static const struct aw_opt until_opts[] = {
    {.name = "break",
     .type = AW_OPT_LIST,
     .at = offsetof(struct until_args, breaks),
     .arg = "ADDRESS",
     .help = "Stop before the instruction there: a number, or the name of a "
             "function."},
    {.name = "watch",
     .type = AW_OPT_LIST,
     .at = offsetof(struct until_args, watches),
     .arg = "ADDRESS[:SIZE][:r|w|rw]",
     .help = "Stop before an access to these bytes, 4 or those of the variable "
             "named; a write unless it says otherwise."},
    {.name = "for",
     .type = AW_OPT_DURATION,
     .at = offsetof(struct until_args, ms),
     .arg = "DURATION",
     .fallback = "10s",
     .help = "Virtual time after which to give up."},
    {.name = "elf",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct until_args, elf),
     .arg = "FILE",
     .help = "Executable that runs in the twin, for names."},
};

/* A break or watch point. */
struct point {
    bool watch;
    uint32_t address;
    uint32_t size;
    const char *on;
};

struct points {
    size_t n;
    struct point list[POINTS_MAX];
};

/* Cuts text at its last colon if `what` follows there. */
static bool cut(char *text, const char *what)
{
    char *colon = strrchr(text, ':');

    if (colon == NULL || strcmp(colon + 1, what) != 0) {
        return false;
    }
    *colon = '\0';
    return true;
}

static int parse_watch(struct aw_ctx *ctx, const struct aw_symbols *symbols,
                       const char *text, struct point *point)
{
    static const char *const ways[] = {"rw", "r", "w"};
    char *name = aw_pool_text(&ctx->pool, text);
    uint64_t size = 0;

    *point = (struct point){.watch = true, .size = 4, .on = "w"};
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        if (cut(name, ways[i])) {
            point->on = ways[i];
            break;
        }
    }
    char *colon = strrchr(name, ':');

    if (colon != NULL) {
        *colon = '\0';
        if (aw_dec_parse(aw_text(colon + 1), &size) != AW_OK || size == 0 ||
            size > UINT32_MAX) {
            return aw_usage(ctx, "--watch: %s is no size", colon + 1);
        }
    }
    int code = twin_address(ctx, symbols, name, &point->address, &point->size);

    if (size != 0) {
        point->size = (uint32_t)size;
    }
    return code;
}

static int parse_points(struct aw_ctx *ctx, const struct until_args *args,
                        const struct aw_symbols *symbols, struct points *points)
{
    int code = AW_EXIT_OK;
    uint32_t size = 0;

    points->n = 0;
    if (args->breaks.n + args->watches.n > POINTS_MAX) {
        return aw_usage(ctx, "at most %d points", POINTS_MAX);
    }
    for (size_t i = 0; i < args->breaks.n && code == AW_EXIT_OK; i++) {
        struct point *p = &points->list[points->n++];

        *p = (struct point){.watch = false};
        code = twin_address(ctx, symbols, args->breaks.item[i], &p->address,
                            &size);
    }
    for (size_t i = 0; i < args->watches.n && code == AW_EXIT_OK; i++) {
        code = parse_watch(ctx, symbols, args->watches.item[i],
                           &points->list[points->n++]);
    }
    return code;
}

static int ask_point(struct aw_ctx *ctx, const struct point *p, bool remove)
{
    struct twin_ask ask;
    int code = twin_ask_begin(&ask, ctx, ctx->operands.item[0], "point");

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_json_u64(&ask.out, p->watch ? "watch" : "break", p->address);
    if (p->watch) {
        aw_json_u64(&ask.out, "size", p->size);
        aw_json_text(&ask.out, "on", p->on);
    }
    aw_json_bool(&ask.out, "remove", remove);
    code = twin_ask_send(&ask);
    twin_ask_end(&ask);
    return code;
}

static int ask_run(struct aw_ctx *ctx, uint64_t ms)
{
    struct twin_ask ask;
    int code = twin_ask_begin(&ask, ctx, ctx->operands.item[0], "run");

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_json_u64(&ask.out, "ms", ms);
    aw_json_bool(&ask.out, "resume", true);
    code = twin_ask_send(&ask);
    twin_ask_end(&ask);
    return code;
}

static int show_stop(struct aw_ctx *ctx, const struct aw_symbols *symbols)
{
    struct twin_ask ask;
    uint32_t registers[REGISTERS];
    int code = twin_ask_registers(ctx, 0, &ask, registers);

    if (code != AW_EXIT_OK) {
        return code;
    }
    const char *stop = twin_text(ctx, ask.reply, "stop");

    aw_out_text(&ctx->out, "twin", ctx->operands.item[0]);
    aw_out_text(&ctx->out, "stop", stop[0] == '\0' ? "time" : stop);
    aw_out_u64(&ctx->out, "tick", twin_number(ask.reply, "tick"));
    if (strcmp(stop, "watchpoint") == 0) {
        aw_out_text(&ctx->out, "watched",
                    aw_pool_printf(&ctx->pool, "0x%08" PRIx64,
                                   twin_number(ask.reply, "watched")));
        aw_out_text(&ctx->out, "access",
                    twin_flag(ask.reply, "write") ? "write" : "read");
    }
    aw_out_begin(&ctx->out, "at");
    twin_put_place(ctx, symbols, registers[PC], "  ");
    aw_out_end(&ctx->out);
    return AW_EXIT_OK;
}

/* Sets the points, lets go, and takes them back whatever happened. */
static int until(struct aw_ctx *ctx, const struct aw_symbols *symbols,
                 const struct points *points, uint64_t ms)
{
    int code = AW_EXIT_OK;
    size_t set = 0;

    while (set < points->n && code == AW_EXIT_OK) {
        code = ask_point(ctx, &points->list[set], false);
        set += code == AW_EXIT_OK ? 1 : 0;
    }
    if (code == AW_EXIT_OK) {
        code = ask_run(ctx, ms);
    }
    for (size_t i = 0; i < set; i++) {
        int removed = ask_point(ctx, &points->list[i], true);

        code = code == AW_EXIT_OK ? removed : code;
    }
    return code == AW_EXIT_OK ? show_stop(ctx, symbols) : code;
}

static int run_until(struct aw_ctx *ctx, const void *values)
{
    const struct until_args *args = values;
    struct aw_symbols *symbols = NULL;
    struct points points;

    if (args->breaks.n + args->watches.n == 0) {
        return aw_usage(ctx, "give --break or --watch");
    }
    int code = twin_symbols(ctx, args->elf, &symbols);

    if (code == AW_EXIT_OK) {
        code = parse_points(ctx, args, symbols, &points);
    }
    if (code == AW_EXIT_OK) {
        code = until(ctx, symbols, &points, args->ms);
    }
    aw_symbols_close(symbols);
    return code;
}

const struct aw_cmd twin_cmd_trace = {
    .name = "trace",
    .summary = "run some instructions and show each",
    .prose = "Lets the twin in DIR run so many instructions, at most a virtual "
             "second for every 1024, and shows each before it runs: tick, "
             "address, instruction, world, CPSR.",
    .operands = "DIR",
    .min_operands = 1,
    .max_operands = 1,
    .opts = trace_opts,
    .n_opts = sizeof(trace_opts) / sizeof(trace_opts[0]),
    .size = sizeof(struct trace_args),
    .run = run_trace,
};

const struct aw_cmd twin_cmd_until = {
    .name = "until",
    .summary = "run to a break or watch point",
    .prose = "Lets the twin in DIR run at full speed until its processor comes "
             "to an address or is about to access one, and holds it there: aw "
             "twin resume lets it go on.",
    .operands = "DIR",
    .min_operands = 1,
    .max_operands = 1,
    .opts = until_opts,
    .n_opts = sizeof(until_opts) / sizeof(until_opts[0]),
    .size = sizeof(struct until_args),
    .run = run_until,
};
