/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hab/fuse.h"

#include <string.h>

#include "aw/text.h"

unsigned aw_fuse_word_bits(const struct aw_fusemap *map)
{
    return map->driver == AW_FUSE_IIM ? 8 : 32;
}

uint32_t aw_fuse_shadow(unsigned bank, unsigned word)
{
    const uint32_t first = 0x021bc400;
    const uint32_t hole = bank >= 6 ? 0x100 : 0;

    return first + (bank * 8 + word) * 0x10 + hole;
}

size_t aw_fuse_words(const struct aw_fuse *fuse, unsigned word_bits)
{
    return ((size_t)fuse->offset + fuse->len + word_bits - 1) / word_bits;
}

size_t aw_fuse_bytes(const struct aw_fuse *fuse)
{
    return ((size_t)fuse->len + 7) / 8;
}

uint32_t aw_fuse_mask(const struct aw_fuse *fuse, unsigned word_bits, size_t k)
{
    size_t first = fuse->offset;
    size_t end = first + fuse->len;
    uint32_t mask = 0;

    for (unsigned bit = 0; bit < word_bits; bit++) {
        size_t at = k * word_bits + bit;

        if (at >= first && at < end) {
            mask |= UINT32_C(1) << bit;
        }
    }
    return mask;
}

/* Bit i, counted from the lowest, of a big-endian value of n bytes. */
static bool value_bit(const uint8_t *value, size_t n, size_t i)
{
    return ((unsigned)value[n - 1 - i / 8] >> (i % 8) & 1U) != 0;
}

/* True when all bits from the fuse's length on are 0. */
static bool value_fits(const struct aw_fuse *fuse, const uint8_t *value)
{
    size_t n = aw_fuse_bytes(fuse);

    for (size_t i = fuse->len; i < 8 * n; i++) {
        if (value_bit(value, n, i)) {
            return false;
        }
    }
    return true;
}

aw_err aw_fuse_encode(const struct aw_fuse *fuse, unsigned word_bits,
                      aw_bytes value, uint32_t *words)
{
    size_t n = aw_fuse_words(fuse, word_bits);

    AW_BUG_ON(n > AW_FUSE_WORDS_MAX);
    if (value.n != aw_fuse_bytes(fuse)) {
        return AW_ERR_FORMAT;
    }
    if (!value_fits(fuse, value.p)) {
        return AW_ERR_RANGE;
    }
    memset(words, 0, n * sizeof(*words));
    for (size_t i = 0; i < fuse->len; i++) {
        size_t at = fuse->offset + i;

        if (value_bit(value.p, value.n, i)) {
            words[at / word_bits] |= UINT32_C(1) << (at % word_bits);
        }
    }
    return AW_OK;
}

void aw_fuse_decode(const struct aw_fuse *fuse, unsigned word_bits,
                    const uint32_t *words, uint8_t *value)
{
    size_t n = aw_fuse_bytes(fuse);

    AW_BUG_ON(aw_fuse_words(fuse, word_bits) > AW_FUSE_WORDS_MAX);
    memset(value, 0, n);
    for (size_t i = 0; i < fuse->len; i++) {
        size_t at = fuse->offset + i;

        if ((words[at / word_bits] >> (at % word_bits) & 1U) != 0) {
            value[n - 1 - i / 8] |= (uint8_t)(1U << (i % 8));
        }
    }
}

/* Digits that a value has in hex. */
static size_t hex_digits(const struct aw_fuse *fuse)
{
    return ((size_t)fuse->len + 3) / 4;
}

static aw_err parse_hex(const struct aw_fuse *fuse, aw_bytes digits,
                        uint8_t *value)
{
    /* An odd number of digits gets the zero that its first byte lacks. */
    uint8_t text[2 * AW_FUSE_BYTES_MAX];
    struct aw_wr even = aw_wr_init(text, sizeof(text));
    struct aw_wr out = aw_wr_init(value, aw_fuse_bytes(fuse));

    if (digits.n != hex_digits(fuse)) {
        return AW_ERR_FORMAT;
    }
    if (digits.n % 2 != 0) {
        aw_wr_u8(&even, '0');
    }
    aw_wr_put(&even, digits);
    return aw_hex_decode(aw_wr_done(&even), &out);
}

static aw_err parse_bits(const struct aw_fuse *fuse, aw_bytes digits,
                         uint8_t *value)
{
    size_t n = aw_fuse_bytes(fuse);

    if (digits.n != fuse->len) {
        return AW_ERR_FORMAT;
    }
    memset(value, 0, n);
    for (size_t i = 0; i < digits.n; i++) {
        uint8_t c = digits.p[digits.n - 1 - i];

        if (c != '0' && c != '1') {
            return AW_ERR_FORMAT;
        }
        value[n - 1 - i / 8] |= (uint8_t)((c - '0') << (i % 8));
    }
    return AW_OK;
}

static aw_err parse_bytes(const struct aw_fuse *fuse, aw_bytes digits,
                          uint8_t *value)
{
    size_t n = aw_fuse_bytes(fuse);
    uint8_t raw[AW_FUSE_BYTES_MAX];
    struct aw_wr out = aw_wr_init(raw, n);

    if (digits.n != 2 * n) {
        return AW_ERR_FORMAT;
    }
    aw_err err = aw_hex_decode(digits, &out);

    for (size_t i = 0; err == AW_OK && i < n; i++) {
        value[n - 1 - i] = raw[i];
    }
    return err;
}

typedef aw_err (*parse_fn)(const struct aw_fuse *fuse, aw_bytes digits,
                           uint8_t *value);

static const struct {
    const char *prefix;
    parse_fn parse;
} forms[] = {
    {"bytes:", parse_bytes},
    {"0b", parse_bits},
    {"0x", parse_hex},
};
enum { FORMS = sizeof(forms) / sizeof(forms[0]) };

aw_err aw_fuse_value_parse(const struct aw_fuse *fuse, aw_bytes text,
                           uint8_t *value)
{
    uint8_t parsed[AW_FUSE_BYTES_MAX] = {0};
    parse_fn parse = parse_hex;

    AW_BUG_ON(fuse->len > AW_FUSE_BITS_MAX);
    /* Hex digits that happen to begin as a prefix does are digits. */
    for (size_t i = 0; text.n != hex_digits(fuse) && i < FORMS; i++) {
        aw_bytes prefix = aw_text(forms[i].prefix);

        if (aw_bytes_starts(text, forms[i].prefix) &&
            aw_slice(text, prefix.n, text.n - prefix.n, &text)) {
            parse = forms[i].parse;
            break;
        }
    }
    aw_err err = parse(fuse, text, parsed);

    if (err != AW_OK) {
        return err;
    }
    if (!value_fits(fuse, parsed)) {
        return AW_ERR_RANGE;
    }
    memcpy(value, parsed, aw_fuse_bytes(fuse));
    return AW_OK;
}

void aw_fuse_value_write(const struct aw_fuse *fuse, const uint8_t *value,
                         struct aw_wr *w)
{
    uint8_t text[2 * AW_FUSE_BYTES_MAX];
    struct aw_wr hex = aw_wr_init(text, sizeof(text));
    size_t digits = hex_digits(fuse);
    aw_bytes all = {NULL, 0};

    aw_wr_hex(&hex, (aw_bytes){value, aw_fuse_bytes(fuse)});
    if (aw_slice(aw_wr_done(&hex), hex.n - digits, digits, &all)) {
        aw_wr_put(w, all);
    }
}
