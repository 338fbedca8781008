/* SPDX-License-Identifier: Apache-2.0 */
/* Looking into a running twin: registers, memory, calls. */
#include <inttypes.h>
#include <string.h>

#include "aw/text.h"
#include "twin/symbols.h"

enum { REGISTERS = 17, SP = 13, PC = 15, STACK = 65536, FRAMES_MAX = 64 };

struct look_args {
    const char *elf;
    uint64_t size;
};

static const struct aw_opt look_opts[] = {
    {.name = "elf",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct look_args, elf),
     .arg = "FILE",
     .help = "Executable that runs in the twin, for names and lines."},
};

static void show_registers(struct aw_ctx *ctx, const struct twin_ask *ask,
                           const uint32_t registers[REGISTERS])
{
    static const char *const names[REGISTERS] = {
        "r0", "r1",  "r2",  "r3",  "r4", "r5", "r6", "r7",  "r8",
        "r9", "r10", "r11", "r12", "sp", "lr", "pc", "cpsr"};

    if (!aw_out_is_json(&ctx->out)) {
        aw_out_raw(&ctx->out, aw_text(twin_text(ctx, ask->reply, "text")));
        return;
    }
    aw_out_begin(&ctx->out, "registers");
    for (unsigned i = 0; i < REGISTERS; i++) {
        aw_out_text(&ctx->out, names[i],
                    aw_pool_printf(&ctx->pool, "0x%08" PRIx32, registers[i]));
    }
    aw_out_end(&ctx->out);
    aw_out_bool(&ctx->out, "secure", twin_flag(ask->reply, "secure"));
}

static int run_registers(struct aw_ctx *ctx, const void *values)
{
    const struct look_args *args = values;
    struct aw_symbols *symbols = NULL;
    struct twin_ask ask;
    uint32_t registers[REGISTERS];
    int code = twin_symbols(ctx, args->elf, &symbols);

    if (code == AW_EXIT_OK) {
        code = twin_ask_registers(ctx, 0, &ask, registers);
    }
    if (code == AW_EXIT_OK) {
        aw_out_text(&ctx->out, "twin", ctx->operands.item[0]);
        aw_out_u64(&ctx->out, "tick", twin_number(ask.reply, "tick"));
        show_registers(ctx, &ask, registers);
        aw_out_begin(&ctx->out, "at");
        twin_put_place(ctx, symbols, registers[PC], "  ");
        aw_out_end(&ctx->out);
    }
    aw_symbols_close(symbols);
    return code;
}

/* The stack as it was when the registers were. */
struct stack {
    uint32_t from;
    aw_bytes bytes;
};

static bool read_stack(void *ctx, uint32_t address, uint32_t *word)
{
    const struct stack *s = ctx;

    if (address < s->from) {
        return false;
    }
    struct aw_rd r = aw_rd_at(s->bytes, address - s->from);
    uint32_t value = aw_rd_le32(&r);

    if (r.failed) {
        return false;
    }
    *word = value;
    return true;
}

/* Bytes of the member "base64"; memory from the pool. */
static aw_bytes reply_bytes(struct aw_ctx *ctx, const struct twin_ask *ask)
{
    aw_bytes text = {NULL, 0};
    uint8_t *bytes = aw_pool_alloc(&ctx->pool, STACK, 1);
    struct aw_wr w = aw_wr_init(bytes, STACK);

    if (aw_json_get_text(aw_json_member(ask->reply, "base64"), &text) !=
            AW_OK ||
        aw_base64_decode(text, &w) != AW_OK) {
        w.n = 0;
    }
    return (aw_bytes){bytes, w.n};
}

static void show_frames(struct aw_ctx *ctx, const struct aw_symbols *symbols,
                        const uint32_t *pcs, size_t n)
{
    aw_out_begin_list(&ctx->out, "frames");
    for (size_t i = 0; i < n; i++) {
        /* Of a caller, the call is what was running, not what follows it. */
        uint32_t at = i == 0 ? pcs[i] : pcs[i] - 4;

        if (aw_out_is_json(&ctx->out)) {
            aw_out_begin(&ctx->out, NULL);
        }
        twin_put_place(ctx, symbols, at,
                       aw_pool_printf(&ctx->pool, "  #%-2zu ", i));
        if (aw_out_is_json(&ctx->out)) {
            aw_out_end(&ctx->out);
        }
    }
    aw_out_end_list(&ctx->out);
}

static int run_backtrace(struct aw_ctx *ctx, const void *values)
{
    const struct look_args *args = values;
    struct aw_symbols *symbols = NULL;
    struct twin_ask ask;
    uint32_t registers[REGISTERS];
    uint32_t pcs[FRAMES_MAX];
    int code = twin_symbols(ctx, args->elf, &symbols);

    if (code == AW_EXIT_OK) {
        code = twin_ask_registers(ctx, STACK, &ask, registers);
    }
    if (code == AW_EXIT_OK) {
        struct stack stack = {.from = registers[SP],
                              .bytes = reply_bytes(ctx, &ask)};
        const struct aw_symbols_memory memory = {.ctx = &stack,
                                                 .read = read_stack};
        size_t n =
            aw_symbols_unwind(symbols, registers, &memory, pcs, FRAMES_MAX);

        aw_out_text(&ctx->out, "twin", ctx->operands.item[0]);
        aw_out_u64(&ctx->out, "tick", twin_number(ask.reply, "tick"));
        show_frames(ctx, symbols, pcs, n);
    }
    aw_symbols_close(symbols);
    return code;
}

static void show_memory(struct aw_ctx *ctx, uint32_t address, aw_bytes bytes)
{
    enum { ROW = 16 };
    struct aw_rd r = aw_rd_init(bytes);

    if (aw_out_is_json(&ctx->out)) {
        aw_out_text(&ctx->out, "address",
                    aw_pool_printf(&ctx->pool, "0x%08" PRIx32, address));
        aw_out_hex(&ctx->out, "bytes", bytes);
        return;
    }
    while (aw_rd_left(&r) > 0) {
        size_t n = aw_rd_left(&r) < ROW ? aw_rd_left(&r) : ROW;
        char text[ROW * 3 + 1];
        struct aw_wr w = aw_wr_init(text, sizeof(text));

        for (size_t i = 0; i < n; i++) {
            aw_wr_text(&w, i == 0 ? "" : " ");
            aw_wr_hex_u64(&w, aw_rd_u8(&r), 2);
        }
        aw_wr_u8(&w, '\0');
        aw_out_line(&ctx->out, "%08" PRIx32 "  %s", address, text);
        address += (uint32_t)n;
    }
}

static int ask_memory(struct aw_ctx *ctx, uint32_t address, uint64_t size)
{
    struct twin_ask ask;
    int code = twin_ask_begin(&ask, ctx, ctx->operands.item[0], "memory");

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_json_u64(&ask.out, "address", address);
    aw_json_u64(&ask.out, "size", size);
    code = twin_ask_send(&ask);
    twin_ask_end(&ask);
    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_bytes bytes = reply_bytes(ctx, &ask);

    if (bytes.n == 0) {
        return aw_report(ctx,
                         &(struct aw_finding){
                             .err = AW_ERR_NOT_FOUND,
                             .on = AW_ON_INPUT,
                             .what = "there is no memory at this address",
                             .subject = ctx->operands.item[1],
                             .remedy = "devices are not read; with the MMU on "
                                       "the address is a virtual one",
                         });
    }
    show_memory(ctx, address, bytes);
    return AW_EXIT_OK;
}

static int run_memory(struct aw_ctx *ctx, const void *values)
{
    const struct look_args *args = values;
    struct aw_symbols *symbols = NULL;
    uint32_t address = 0;
    uint32_t size = 64;
    int code = twin_symbols(ctx, args->elf, &symbols);

    if (code == AW_EXIT_OK) {
        code =
            twin_address(ctx, symbols, ctx->operands.item[1], &address, &size);
    }
    aw_symbols_close(symbols);
    if (code != AW_EXIT_OK) {
        return code;
    }
    uint64_t n = args->size == 0 ? size : args->size;

    if (n > STACK) {
        return aw_usage(ctx, "at most %d bytes at a time", STACK);
    }
    return ask_memory(ctx, address, n);
}

static const struct aw_opt memory_opts[] = {
    {.name = "elf",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct look_args, elf),
     .arg = "FILE",
     .help = "Executable that runs in the twin, for names of variables."},
    {.name = "size",
     .type = AW_OPT_SIZE,
     .at = offsetof(struct look_args, size),
     .arg = "N",
     .help = "Bytes to show, at most 64KiB. Default: those of the variable "
             "named, or 64."},
};

static const struct aw_opt backtrace_opts[] = {
    {.name = "elf",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct look_args, elf),
     .arg = "FILE",
     .required = true,
     .help = "Executable that runs in the twin, with its unwind tables."},
};

const struct aw_cmd twin_cmd_registers = {
    .name = "registers",
    .summary = "show the processor's registers",
    .prose = "Shows the registers of the mode in which the twin's processor "
             "is, its flags, mode and world.",
    .operands = "DIR",
    .min_operands = 1,
    .max_operands = 1,
    .opts = look_opts,
    .n_opts = sizeof(look_opts) / sizeof(look_opts[0]),
    .size = sizeof(struct look_args),
    .run = run_registers,
};

const struct aw_cmd twin_cmd_memory = {
    .name = "memory",
    .summary = "show memory as the processor sees it",
    .prose = "Shows bytes from ADDRESS, a number or the name of a variable, "
             "through the translation that is in force, whatever its "
             "permissions. Devices are not read.",
    .operands = "DIR ADDRESS",
    .min_operands = 2,
    .max_operands = 2,
    .opts = memory_opts,
    .n_opts = sizeof(memory_opts) / sizeof(memory_opts[0]),
    .size = sizeof(struct look_args),
    .run = run_memory,
};

const struct aw_cmd twin_cmd_backtrace = {
    .name = "backtrace",
    .summary = "show the calls that led to where the processor is",
    .prose = "Walks the stack of the mode in which the twin's processor is, by "
             "the unwind tables of the executable that runs: innermost call "
             "first.",
    .operands = "DIR",
    .min_operands = 1,
    .max_operands = 1,
    .opts = backtrace_opts,
    .n_opts = sizeof(backtrace_opts) / sizeof(backtrace_opts[0]),
    .size = sizeof(struct look_args),
    .run = run_backtrace,
};
