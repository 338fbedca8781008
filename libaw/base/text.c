/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/text.h"

aw_err aw_dec_parse_lax(aw_bytes text, uint64_t *v)
{
    uint64_t acc = 0;

    if (text.n == 0) {
        return AW_ERR_FORMAT;
    }
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9') {
            return AW_ERR_FORMAT;
        }
    }
    for (size_t i = 0; i < text.n; i++) {
        unsigned digit = (unsigned)text.p[i] - '0';

        if (acc > (UINT64_MAX - digit) / 10) {
            return AW_ERR_RANGE;
        }
        acc = acc * 10 + digit;
    }
    *v = acc;
    return AW_OK;
}

aw_err aw_dec_parse(aw_bytes text, uint64_t *v)
{
    if (text.n > 1 && text.p[0] == '0') {
        return AW_ERR_FORMAT;
    }
    return aw_dec_parse_lax(text, v);
}

/* Value of a hex digit, or 16. */
static unsigned hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return (unsigned)c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return (unsigned)c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return (unsigned)c - 'A' + 10;
    }
    return 16;
}

aw_err aw_hex_decode(aw_bytes text, struct aw_wr *w)
{
    if (text.n % 2 != 0) {
        return AW_ERR_FORMAT;
    }
    for (size_t i = 0; i < text.n; i++) {
        if (hex_value(text.p[i]) > 15) {
            return AW_ERR_FORMAT;
        }
    }
    if (w->failed || text.n / 2 > w->cap - w->n) {
        w->failed = true;
        return AW_ERR_SPACE;
    }
    for (size_t i = 0; i < text.n; i += 2) {
        unsigned v = hex_value(text.p[i]) << 4 | hex_value(text.p[i + 1]);

        aw_wr_u8(w, (uint8_t)v);
    }
    return AW_OK;
}

aw_err aw_hex_parse_u64(aw_bytes text, uint64_t *v)
{
    uint64_t acc = 0;

    if (text.n == 0 || text.n > 16) {
        return AW_ERR_FORMAT;
    }
    for (size_t i = 0; i < text.n; i++) {
        unsigned digit = hex_value(text.p[i]);

        if (digit > 15) {
            return AW_ERR_FORMAT;
        }
        acc = acc << 4 | digit;
    }
    *v = acc;
    return AW_OK;
}

uint32_t aw_utf8_next(struct aw_rd *r)
{
    uint8_t first = aw_rd_u8(r);
    unsigned more = 0;
    uint32_t least = 0;
    uint32_t cp = first;

    if (first >= 0xf0 && first <= 0xf4) {
        more = 3;
        least = 0x10000;
        cp = first & 7U;
    } else if (first >= 0xe0 && first < 0xf0) {
        more = 2;
        least = 0x800;
        cp = first & 15U;
    } else if (first >= 0xc2 && first < 0xe0) {
        more = 1;
        least = 0x80;
        cp = first & 31U;
    } else if (first >= 0x80) {
        r->failed = true;
    }
    for (unsigned i = 0; i < more && !r->failed; i++) {
        uint8_t next = aw_rd_u8(r);

        if ((next & 0xc0) != 0x80) {
            r->failed = true;
        }
        cp = cp << 6 | (next & 63U);
    }
    if (cp < least || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff)) {
        r->failed = true;
    }
    return r->failed ? 0 : cp;
}

bool aw_utf8_valid(aw_bytes text)
{
    struct aw_rd r = aw_rd_init(text);

    while (aw_rd_left(&r) > 0) {
        (void)aw_utf8_next(&r);
    }
    return !r.failed;
}

bool aw_unicode_is_space(uint32_t cp)
{
    return (cp >= 0x09 && cp <= 0x0d) || cp == 0x20 || cp == 0x85 ||
           cp == 0xa0 || cp == 0x1680 || (cp >= 0x2000 && cp <= 0x200a) ||
           cp == 0x2028 || cp == 0x2029 || cp == 0x202f || cp == 0x205f ||
           cp == 0x3000;
}
