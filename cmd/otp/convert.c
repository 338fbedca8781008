/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aw/text.h"
#include "otp/otp.h"

struct convert_args {
    struct otp_source source;
    bool words;
};

static const struct aw_opt convert_opts[] = {
    OTP_MAP_OPTS(convert_args),
    {.name = "words",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct convert_args, words),
     .help = "The operands behind NAME are words as read, the lowest first, "
             "each of 8 hex digits."},
};

/* Words of a value, or a value of words. */
struct conversion {
    struct aw_fuse fuse;
    unsigned word_bits;
    uint8_t value[AW_FUSE_BYTES_MAX];
    uint32_t words[AW_FUSE_WORDS_MAX];
};

static int wrong_value(struct aw_ctx *ctx, const struct conversion *c,
                       const char *text, aw_err err)
{
    const char *name = aw_pool_bytes(&ctx->pool, c->fuse.name);

    if (err == AW_ERR_RANGE) {
        return aw_usage(ctx, "%s needs more bits than the %u of %s", text,
                        c->fuse.len, name);
    }
    return aw_usage(ctx,
                    "%s is no whole value of %s: %u hex digits with leading "
                    "zeros, %u binary ones behind 0b, or %zu bytes behind "
                    "bytes:",
                    text, name, (c->fuse.len + 3U) / 4, c->fuse.len,
                    aw_fuse_bytes(&c->fuse));
}

static int from_value(struct aw_ctx *ctx, struct conversion *c)
{
    const char *text = ctx->operands.item[1];

    if (ctx->operands.n != 2) {
        return aw_usage(ctx, "give one value; for words use --words");
    }
    aw_err err = aw_fuse_value_parse(&c->fuse, aw_text(text), c->value);

    if (err == AW_OK) {
        err = aw_fuse_encode(&c->fuse, c->word_bits,
                             (aw_bytes){c->value, aw_fuse_bytes(&c->fuse)},
                             c->words);
    }
    return err == AW_OK ? AW_EXIT_OK : wrong_value(ctx, c, text, err);
}

static int from_words(struct aw_ctx *ctx, struct conversion *c)
{
    size_t n = aw_fuse_words(&c->fuse, c->word_bits);

    if (ctx->operands.n - 1 != n) {
        return aw_usage(ctx, "%s has %zu words",
                        aw_pool_bytes(&ctx->pool, c->fuse.name), n);
    }
    for (size_t i = 0; i < n; i++) {
        const char *text = ctx->operands.item[i + 1];
        aw_bytes digits = aw_text(text);
        uint64_t v = 0;

        if (aw_bytes_starts(digits, "0x")) {
            (void)!aw_slice(digits, 2, digits.n - 2, &digits);
        }
        if (digits.n != c->word_bits / 4 ||
            aw_hex_parse_u64(digits, &v) != AW_OK) {
            return aw_usage(ctx, "%s is no word of %u hex digits", text,
                            c->word_bits / 4);
        }
        c->words[i] = (uint32_t)v;
    }
    aw_fuse_decode(&c->fuse, c->word_bits, c->words, c->value);
    return AW_EXIT_OK;
}

static void put(struct aw_ctx *ctx, const struct aw_fusemap *map,
                const struct conversion *c)
{
    struct aw_out *out = &ctx->out;
    unsigned first = aw_fusemap_index(map, c->fuse.bank, c->fuse.word);

    aw_out_bytes(out, "name", c->fuse.name);
    aw_out_text(out, "value", otp_value_text(ctx, &c->fuse, c->value));
    aw_out_begin_list(out, "words");
    for (unsigned k = 0; k < aw_fuse_words(&c->fuse, c->word_bits); k++) {
        unsigned at = first + k;
        int digits = (int)(c->word_bits / 4);

        aw_out_begin(out, NULL);
        aw_out_count(out, "bank", at / map->bank_words);
        aw_out_count(out, "word", at % map->bank_words);
        aw_out_text(out, "value",
                    aw_pool_printf(&ctx->pool, "0x%0*x", digits, c->words[k]));
        aw_out_text(out, "mask",
                    aw_pool_printf(&ctx->pool, "0x%0*x", digits,
                                   aw_fuse_mask(&c->fuse, c->word_bits, k)));
        aw_out_end(out);
    }
    aw_out_end_list(out);
}

static int run(struct aw_ctx *ctx, const void *values)
{
    const struct convert_args *args = values;
    struct conversion c = {.word_bits = 32};
    struct aw_fusemap *map = NULL;
    int code = otp_load_map(ctx, &args->source, &map);

    if (code == AW_EXIT_OK) {
        code = otp_find(ctx, map, ctx->operands.item[0], &c.fuse);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    c.word_bits = aw_fuse_word_bits(map);
    code = args->words ? from_words(ctx, &c) : from_value(ctx, &c);
    if (code == AW_EXIT_OK) {
        put(ctx, map, &c);
    }
    return code;
}

const struct aw_cmd otp_cmd_convert = {
    .name = "convert",
    .summary = "turn the value of a fuse into words, and back",
    .prose = "Prints the words that hold VALUE in the fuse or register NAME: "
             "what would be written to fuses that are blank. Values have the "
             "whole width of the fuse, so leading zeros count: 1f7b or 0x1f7b "
             "is hex, a digit for every four bits, 0b0101 has a digit for "
             "every bit, bytes:7b1f are bytes in the order of the words, the "
             "lowest first, as in a file of the SRK hash.",
    .operands = "NAME VALUE...",
    .min_operands = 2,
    .max_operands = AW_FUSE_WORDS_MAX + 1,
    .opts = convert_opts,
    .n_opts = sizeof(convert_opts) / sizeof(convert_opts[0]),
    .size = sizeof(struct convert_args),
    .run = run,
};
