/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aw/text.h"
#include "otp/otp.h"
#include "otp/picture.h"

struct diagram_args {
    struct otp_source source;
    const char *value;
    bool names;
    bool board;
};

static const struct aw_opt diagram_opts[] = {
    OTP_FUSES_OPT(diagram_args),
    OTP_DEVICE_OPTS(diagram_args),
    OTP_MAP_OPTS(diagram_args),
    {.name = "value",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct diagram_args, value),
     .arg = "HEX",
     .help = "Show this value of the one REGISTER, instead of reading it."},
    {.name = "names",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct diagram_args, names),
     .help = "Show the names of fuses in the boxes; nothing is read."},
    {.name = "board",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct diagram_args, board),
     .help = "Show the fuses of boards, too."},
};

struct diagram {
    struct aw_ctx *ctx;
    const struct diagram_args *args;
    struct otp_fuses fuses;
    bool reads;
    bool colour;
    uint32_t locks; /* bank 0 word 0; 0 when not known */
    uint32_t given; /* --value */
    size_t drawn;
};

/* A register by its name, by that of a fuse in it, or as BANK/WORD. */
static int find_register(struct aw_ctx *ctx, const struct aw_fusemap *map,
                         const char *name, const struct aw_fuse_register **reg)
{
    struct aw_rd r = aw_rd_init(aw_text(name));
    uint64_t bank = 0;
    uint64_t word = 0;
    struct aw_fuse fuse;

    *reg = NULL;
    if (aw_dec_parse(aw_rd_until(&r, '/'), &bank) == AW_OK &&
        aw_dec_parse(aw_rd_rest(&r), &word) == AW_OK && bank <= UINT8_MAX &&
        word <= UINT8_MAX) {
        *reg = aw_fusemap_at(map, (unsigned)bank, (unsigned)word);
    }
    if (*reg != NULL) {
        return AW_EXIT_OK;
    }
    int code = otp_find(ctx, map, name, &fuse);

    if (code == AW_EXIT_OK) {
        *reg = aw_fusemap_at(map, fuse.bank, fuse.word);
    }
    return code;
}

/* On a terminal colours go out as they are; names of a map cannot hold
 * anything that a terminal would follow. */
static void show_text(struct diagram *d, aw_bytes text)
{
    if (d->colour && text.n > 0) {
        (void)fwrite(text.p, 1, text.n, stdout);
    } else {
        aw_out_raw(&d->ctx->out, text);
    }
}

static void show(struct diagram *d, const struct aw_fuse_register *reg,
                 const uint32_t *value)
{
    struct aw_out *out = &d->ctx->out;
    struct aw_buf buf = {.n = 0};
    uint32_t lock = aw_fusemap_lock_mask(d->fuses.map, reg);
    struct otp_picture picture = {.map = d->fuses.map,
                                  .reg = reg,
                                  .value = value,
                                  .board = d->args->board,
                                  .colour = d->colour,
                                  .locked = (d->locks & lock) != 0};

    otp_picture_draw(&picture, &d->ctx->pool, &buf);
    if (aw_out_is_json(out)) {
        aw_out_begin(out, NULL);
        aw_out_bytes(out, "name", reg->name);
        aw_out_count(out, "bank", reg->bank);
        aw_out_count(out, "word", reg->word);
        if (value != NULL) {
            aw_out_text(out, "value",
                        aw_pool_printf(&d->ctx->pool, "0x%08x", *value));
        }
        if (d->reads) {
            aw_out_bool(out, "locked", picture.locked);
        }
        aw_out_bytes(out, "picture", aw_buf_bytes(&buf));
        aw_out_end(out);
    } else {
        if (d->drawn > 0) {
            aw_out_line(out, "%s", "");
        }
        if (value != NULL) {
            aw_out_line(out, "OTP bank:%u word:%u val:0x%08x", reg->bank,
                        reg->word, *value);
            aw_out_line(out, "%s", "");
        }
        show_text(d, aw_buf_bytes(&buf));
    }
    d->drawn++;
    aw_buf_wipe(&buf);
}

static int draw(struct diagram *d, const struct aw_fuse_register *reg,
                bool named)
{
    struct aw_diag diag = {.where = NULL};
    uint32_t value = d->given;
    aw_err err = AW_OK;

    if (d->reads) {
        err = d->fuses.otp.read(d->fuses.otp.ctx, reg->bank, reg->word, &value,
                                &diag);
    }
    if (err == AW_ERR_NOT_FOUND && !named) {
        return AW_EXIT_OK; /* behind the end of the device */
    }
    if (err != AW_OK) {
        return otp_report_read(d->ctx, &d->fuses, err, &diag);
    }
    show(d, reg, d->reads || d->args->value != NULL ? &value : NULL);
    return AW_EXIT_OK;
}

static int draw_all(struct diagram *d)
{
    const struct aw_fusemap *map = d->fuses.map;
    int code = AW_EXIT_OK;

    AW_BUG_ON(map == NULL);
    for (size_t i = 0; code == AW_EXIT_OK && i < d->ctx->operands.n; i++) {
        const struct aw_fuse_register *reg = NULL;

        code = find_register(d->ctx, map, d->ctx->operands.item[i], &reg);
        if (code == AW_EXIT_OK) {
            code = draw(d, reg, true);
        }
    }
    for (size_t i = 0;
         code == AW_EXIT_OK && d->ctx->operands.n == 0 && i < map->n_registers;
         i++) {
        code = draw(d, &map->registers[i], false);
    }
    return code;
}

static int read_value(struct diagram *d)
{
    aw_bytes digits = aw_text(d->args->value);
    uint64_t v = 0;

    if (aw_bytes_starts(digits, "0x")) {
        (void)!aw_slice(digits, 2, digits.n - 2, &digits);
    }
    if (d->ctx->operands.n != 1 || aw_hex_parse_u64(digits, &v) != AW_OK ||
        v > UINT32_MAX) {
        return aw_usage(d->ctx, "--value is hex of at most 32 bits, for one "
                                "REGISTER");
    }
    d->given = (uint32_t)v;
    return AW_EXIT_OK;
}

/* Colours on a terminal, unless NO_COLOR says no. */
static bool want_colour(const struct aw_ctx *ctx)
{
    const char *no = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    return !aw_out_is_json(&ctx->out) && isatty(STDOUT_FILENO) == 1 &&
           (no == NULL || no[0] == '\0') &&
           (term == NULL || strcmp(term, "dumb") != 0);
}

static int start(struct diagram *d)
{
    const struct diagram_args *args = d->args;
    int code = AW_EXIT_OK;

    if (args->value != NULL && args->names) {
        return aw_usage(d->ctx, "--value and --names exclude each other");
    }
    if ((args->value != NULL || args->names) &&
        (args->source.otp != NULL || aw_opts_given(&d->ctx->opts, "device"))) {
        return aw_usage(d->ctx, "nothing is read from --otp or --device with "
                                "--value or --names");
    }
    if (args->value != NULL) {
        code = read_value(d);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    d->reads = args->value == NULL && !args->names;
    if (!d->reads) {
        return otp_load_map(d->ctx, &args->source, &d->fuses.map);
    }
    code = otp_open(d->ctx, &args->source, false, &d->fuses);
    if (code == AW_EXIT_OK &&
        d->fuses.otp.read(d->fuses.otp.ctx, 0, 0, &d->locks, NULL) != AW_OK) {
        d->locks = 0;
    }
    return code;
}

static int run(struct aw_ctx *ctx, const void *values)
{
    struct diagram d = {.ctx = ctx, .args = values, .colour = want_colour(ctx)};
    int code = start(&d);

    if (code != AW_EXIT_OK) {
        return code;
    }
    AW_BUG_ON(d.fuses.map == NULL);
    if (aw_out_is_json(&ctx->out)) {
        otp_put_device(ctx, &d.fuses);
        aw_out_bytes(&ctx->out, "part", d.fuses.map->part);
        aw_out_begin_list(&ctx->out, "registers");
    }
    code = draw_all(&d);
    if (aw_out_is_json(&ctx->out)) {
        aw_out_end_list(&ctx->out);
    }
    otp_close(&d.fuses);
    return code;
}

const struct aw_cmd otp_cmd_diagram = {
    .name = "diagram",
    .summary = "draw registers and their fuses",
    .prose = "Draws registers bit by bit: those named, by name, by the name of "
             "a fuse or as BANK/WORD, or all. On a terminal bits that are set "
             "are bold and green, and words that are locked yellow.",
    .operands = "[REGISTER...]",
    .max_operands = SIZE_MAX,
    .opts = diagram_opts,
    .n_opts = sizeof(diagram_opts) / sizeof(diagram_opts[0]),
    .size = sizeof(struct diagram_args),
    .run = run,
};
