/* SPDX-License-Identifier: Apache-2.0 */

#include "aw/text.h"
#include "twin/twin.h"

/* When: a tick, ticks from now. */
struct when_args {
    uint64_t at;
    uint64_t after;
};

#define WHEN_OPTS(from)                                                 \
    {.name = "at",                                                      \
     .type = AW_OPT_U64,                                                \
     .at = (from) + offsetof(struct when_args, at),                     \
     .arg = "TICK",                                                     \
     .help = "At this tick."},                                          \
    {                                                                   \
        .name = "after", .type = AW_OPT_U64,                            \
        .at = (from) + offsetof(struct when_args, after), .arg = "N",   \
        .help = "After N ticks: instructions, or their time while the " \
                "processor waits."                                      \
    }

static void put_when(struct twin_ask *ask, const struct when_args *when)
{
    if (when->at != 0) {
        aw_json_u64_text(&ask->out, "at", when->at);
    } else if (when->after != 0) {
        aw_json_u64_text(&ask->out, "after", when->after);
    }
}

static int begin(struct aw_ctx *ctx, struct twin_ask *ask, const char *kind)
{
    int code = twin_ask_begin(ask, ctx, ctx->operands.item[0], "fault");

    if (code == AW_EXIT_OK) {
        aw_json_text(&ask->out, "kind", kind);
    }
    return code;
}

static int end(struct twin_ask *ask, const char *kind)
{
    int code = twin_ask_send(ask);

    twin_ask_end(ask);
    if (code == AW_EXIT_OK) {
        aw_out_text(&ask->ctx->out, "twin", ask->path);
        aw_out_text(&ask->ctx->out, "fault", kind);
    }
    return code;
}

struct cut_args {
    struct when_args when;
    uint64_t write;
    uint64_t fuse;
    const char *mask;
    unsigned mode;
};

static const struct aw_opt cut_opts[] = {
    WHEN_OPTS(offsetof(struct cut_args, when)),
    {.name = "write",
     .type = AW_OPT_U64,
     .at = offsetof(struct cut_args, write),
     .arg = "N",
     .help = "With the Nth block that the eMMC writes from now on; a discarded "
             "range and an RPMB request count as one."},
    {.name = "fuse",
     .type = AW_OPT_U64,
     .at = offsetof(struct cut_args, fuse),
     .arg = "N",
     .help = "While the Nth fuse word from now on is programmed."},
    {.name = "mask",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct cut_args, mask),
     .arg = "HEX",
     .help = "Bits of that word that still take. Default: none."},
    {.name = "mode",
     .type = AW_OPT_CHOICE,
     .at = offsetof(struct cut_args, mode),
     .arg = "clean|torn|cached",
     .fallback = "clean",
     .help = "What becomes of blocks that were received: all are there; the "
             "last one is old in its second half; any of those since the last "
             "flush are missing."},
};

static bool parse_hex(const char *text, uint64_t *value)
{
    return aw_hex_parse_u64(aw_text(text), value) == AW_OK &&
           *value <= UINT32_MAX;
}

static int run_cut(struct aw_ctx *ctx, const void *values)
{
    static const char *const modes[] = {"clean", "torn", "cached"};
    const struct cut_args *args = values;
    struct twin_ask ask;
    uint64_t mask = 0;

    if ((args->when.at != 0) + (args->when.after != 0) + (args->write != 0) +
            (args->fuse != 0) !=
        1) {
        return aw_usage(ctx, "give one of --at, --after, --write and --fuse");
    }
    if (args->mask != NULL && !parse_hex(args->mask, &mask)) {
        return aw_usage(ctx, "--mask takes up to 8 hex digits");
    }
    int code = begin(ctx, &ask, "power-cut");

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_json_text(&ask.out, "mode", modes[args->mode]);
    put_when(&ask, &args->when);
    if (args->write != 0) {
        aw_json_u64_text(&ask.out, "write", args->write);
    }
    if (args->fuse != 0) {
        aw_json_u64_text(&ask.out, "fuse", args->fuse);
        aw_json_u64(&ask.out, "mask", mask);
    }
    return end(&ask, "power-cut");
}

struct unplug_args {
    struct when_args when;
    uint64_t plug;
};

static const struct aw_opt unplug_opts[] = {
    WHEN_OPTS(offsetof(struct unplug_args, when)),
    {.name = "plug",
     .type = AW_OPT_U64,
     .at = offsetof(struct unplug_args, plug),
     .arg = "N",
     .fallback = "1",
     .help = "1: the plug; 2: the receptacle of the gamma board."},
};

static int run_unplug(struct aw_ctx *ctx, const void *values)
{
    const struct unplug_args *args = values;
    struct twin_ask ask;
    int code = begin(ctx, &ask, "unplug");

    if (code != AW_EXIT_OK) {
        return code;
    }
    put_when(&ask, &args->when);
    aw_json_u64(&ask.out, "plug", args->plug);
    return end(&ask, "unplug");
}

struct glitch_args {
    struct when_args when;
};

static const struct aw_opt glitch_opts[] = {
    WHEN_OPTS(offsetof(struct glitch_args, when))};

static int run_glitch(struct aw_ctx *ctx, const void *values)
{
    const struct glitch_args *args = values;
    struct twin_ask ask;
    int code = begin(ctx, &ask, "glitch");

    if (code != AW_EXIT_OK) {
        return code;
    }
    put_when(&ask, &args->when);
    return end(&ask, "glitch");
}

static int run_stuck(struct aw_ctx *ctx, const void *values)
{
    static const char *const keys[] = {"bank", "word"};
    struct twin_ask ask;
    uint64_t n = 0;
    int code = begin(ctx, &ask, "stuck-fuse");

    (void)values;
    for (size_t i = 0; code == AW_EXIT_OK && i < 2; i++) {
        if (aw_dec_parse(aw_text(ctx->operands.item[i + 1]), &n) != AW_OK) {
            code = aw_usage(ctx, "%s is a decimal number", keys[i]);
        } else {
            aw_json_u64(&ask.out, keys[i], n);
        }
    }
    if (code == AW_EXIT_OK && !parse_hex(ctx->operands.item[3], &n)) {
        code = aw_usage(ctx, "BITS takes up to 8 hex digits");
    }
    if (code != AW_EXIT_OK) {
        twin_ask_end(&ask);
        return code;
    }
    aw_json_u64(&ask.out, "bits", n);
    return end(&ask, "stuck-fuse");
}

struct block_args {
    unsigned op;
    uint64_t count;
    uint64_t delay_ms;
};

static const struct aw_opt block_opts[] = {
    {.name = "op",
     .type = AW_OPT_CHOICE,
     .at = offsetof(struct block_args, op),
     .arg = "read|write|slow",
     .fallback = "read",
     .help = "What goes wrong: reading, writing, or it takes long."},
    {.name = "count",
     .type = AW_OPT_U64,
     .at = offsetof(struct block_args, count),
     .arg = "N",
     .fallback = "1",
     .help = "Blocks from the first on."},
    {.name = "delay",
     .type = AW_OPT_DURATION,
     .at = offsetof(struct block_args, delay_ms),
     .arg = "DURATION",
     .fallback = "100ms",
     .help = "With --op=slow: for each block."},
};

static int run_block(struct aw_ctx *ctx, const void *values)
{
    static const char *const ops[] = {"read", "write", "slow"};
    const struct block_args *args = values;
    struct twin_ask ask;
    uint64_t block = 0;

    if (aw_dec_parse(aw_text(ctx->operands.item[1]), &block) != AW_OK) {
        return aw_usage(ctx, "BLOCK is a decimal number");
    }
    int code = begin(ctx, &ask, "block");

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_json_text(&ask.out, "op", ops[args->op]);
    aw_json_u64_text(&ask.out, "block", block);
    aw_json_u64_text(&ask.out, "count", args->count);
    aw_json_u64(&ask.out, "delay_us", args->delay_ms * 1000);
    return end(&ask, "block");
}

/* Which of those that a fault is about. */
struct count_args {
    uint64_t skip;
    uint64_t times;
};

#define COUNT_OPTS(from)                                               \
    {.name = "skip",                                                   \
     .type = AW_OPT_U64,                                               \
     .at = (from) + offsetof(struct count_args, skip),                 \
     .arg = "N",                                                       \
     .help = "So many pass before."},                                  \
    {                                                                  \
        .name = "times", .type = AW_OPT_U64,                           \
        .at = (from) + offsetof(struct count_args, times), .arg = "N", \
        .fallback = "1", .help = "So many go wrong."                   \
    }

static int end_counted(struct twin_ask *ask, const char *kind, const char *what,
                       const struct count_args *count)
{
    aw_json_text(&ask->out, "what", what);
    aw_json_u64_text(&ask->out, "skip", count->skip);
    aw_json_u64_text(&ask->out, "times", count->times);
    return end(ask, kind);
}

struct usb_args {
    struct count_args count;
    const char *endpoint;
    uint64_t plug;
};

static const struct aw_opt usb_opts[] = {
    {.name = "endpoint",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct usb_args, endpoint),
     .arg = "HEX",
     .fallback = "0",
     .help = "Address of the endpoint, 81 is the first one to the host; 0: "
             "control transfers, those of the enumeration among them."},
    COUNT_OPTS(offsetof(struct usb_args, count)),
    {.name = "plug",
     .type = AW_OPT_U64,
     .at = offsetof(struct usb_args, plug),
     .arg = "N",
     .fallback = "1",
     .help = "1: the plug; 2: the receptacle of the gamma board."},
};

static int run_usb(struct aw_ctx *ctx, const void *values)
{
    const struct usb_args *args = values;
    struct twin_ask ask;
    uint64_t endpoint = 0;

    if (!parse_hex(args->endpoint, &endpoint)) {
        return aw_usage(ctx, "--endpoint takes 2 hex digits");
    }
    int code = begin(ctx, &ask, "usb");

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_json_u64(&ask.out, "endpoint", endpoint);
    aw_json_u64(&ask.out, "plug", args->plug);
    return end_counted(&ask, "usb", ctx->operands.item[1], &args->count);
}

struct line_args {
    struct count_args count;
    unsigned slot;
};

static const struct aw_opt line_opts[] = {
    {.name = "slot",
     .type = AW_OPT_CHOICE,
     .at = offsetof(struct line_args, slot),
     .arg = "emmc|card",
     .fallback = "emmc",
     .help = "Whose lines."},
    COUNT_OPTS(offsetof(struct line_args, count)),
};

static int run_line(struct aw_ctx *ctx, const void *values)
{
    static const char *const slots[] = {"emmc", "card"};
    const struct line_args *args = values;
    struct twin_ask ask;
    int code = begin(ctx, &ask, "line");

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_json_text(&ask.out, "slot", slots[args->slot]);
    return end_counted(&ask, "line", ctx->operands.item[1], &args->count);
}

static int run_heal(struct aw_ctx *ctx, const void *values)
{
    struct twin_ask ask;
    int code = begin(ctx, &ask, "heal");

    (void)values;
    return code == AW_EXIT_OK ? end(&ask, "heal") : code;
}

static const struct aw_cmd power_cut = {
    .name = "power-cut",
    .summary = "power goes at an instruction, a block write or a fuse write",
    .prose = "The twin in DIR loses its power, and stays off until it is "
             "switched on. From the same snapshot it happens the same way.",
    .operands = "DIR",
    .min_operands = 1,
    .max_operands = 1,
    .opts = cut_opts,
    .n_opts = sizeof(cut_opts) / sizeof(cut_opts[0]),
    .size = sizeof(struct cut_args),
    .run = run_cut,
};

static const struct aw_cmd unplug_fault = {
    .name = "unplug",
    .summary = "a USB cable goes at an instruction",
    .operands = "DIR",
    .min_operands = 1,
    .max_operands = 1,
    .opts = unplug_opts,
    .n_opts = sizeof(unplug_opts) / sizeof(unplug_opts[0]),
    .size = sizeof(struct unplug_args),
    .run = run_unplug,
};

static const struct aw_cmd glitch = {
    .name = "glitch",
    .summary = "an instruction is skipped",
    .operands = "DIR",
    .min_operands = 1,
    .max_operands = 1,
    .opts = glitch_opts,
    .n_opts = sizeof(glitch_opts) / sizeof(glitch_opts[0]),
    .size = sizeof(struct glitch_args),
    .run = run_glitch,
};

static const struct aw_cmd stuck_fuse = {
    .name = "stuck-fuse",
    .summary = "bits of a fuse word do not take",
    .prose = "From now on, and kept in DIR, the BITS (hex) of word WORD in "
             "bank BANK cannot be blown any more.",
    .operands = "DIR BANK WORD BITS",
    .min_operands = 4,
    .max_operands = 4,
    .run = run_stuck,
};

static const struct aw_cmd block = {
    .name = "block",
    .summary = "blocks of the eMMC fail or are slow",
    .operands = "DIR BLOCK",
    .min_operands = 2,
    .max_operands = 2,
    .opts = block_opts,
    .n_opts = sizeof(block_opts) / sizeof(block_opts[0]),
    .size = sizeof(struct block_args),
    .run = run_block,
};

static const struct aw_cmd usb_fault = {
    .name = "usb",
    .summary = "transfers over USB stall, end short or are lost",
    .prose = "From now on transfers in a plug of the twin in DIR go wrong: "
             "stall, the device refuses; short, half of the first packet to "
             "the host is missing, or only half of the data is sent; lost, "
             "nobody answers. Replaces what was asked for the plug before.",
    .operands = "DIR stall|short|lost",
    .min_operands = 2,
    .max_operands = 2,
    .opts = usb_opts,
    .n_opts = sizeof(usb_opts) / sizeof(usb_opts[0]),
    .size = sizeof(struct usb_args),
    .run = run_usb,
};

static const struct aw_cmd line_fault = {
    .name = "line",
    .summary = "commands or blocks of eMMC or card are garbled on the way",
    .prose = "From now on commands or blocks between the twin in DIR and its "
             "eMMC or card go wrong. WHAT is cmd-timeout, cmd-crc, cmd-end or "
             "cmd-index for a response, data-timeout, data-crc or data-end "
             "for a block, stop-timeout for the command that ends a transfer "
             "by itself. Replaces what was asked for these lines before.",
    .operands = "DIR WHAT",
    .min_operands = 2,
    .max_operands = 2,
    .opts = line_opts,
    .n_opts = sizeof(line_opts) / sizeof(line_opts[0]),
    .size = sizeof(struct line_args),
    .run = run_line,
};

static const struct aw_cmd heal = {
    .name = "heal",
    .summary = "no more faults to come",
    .prose = "Takes back all faults of the twin in DIR that are to come, and "
             "bad blocks. Bits of fuses that are stuck stay so.",
    .operands = "DIR",
    .min_operands = 1,
    .max_operands = 1,
    .run = run_heal,
};

static const struct aw_cmd *const faults[] = {
    &power_cut, &unplug_fault, &glitch, &stuck_fuse, &block,
    &usb_fault, &line_fault,   &heal,   NULL,
};

const struct aw_cmd twin_cmd_fault = {
    .name = "fault",
    .summary = "make things go wrong",
    .sub = faults,
};
