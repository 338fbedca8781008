/* SPDX-License-Identifier: Apache-2.0 */
#include "json_scan.h"

#include <string.h>

#include "aw/json.h"
#include "aw/text.h"

/* The validating pass. The first failure is kept. */
struct scan {
    struct aw_rd r;
    unsigned depth;
    aw_err err;
    const char *where;
};

static void fail(struct scan *s, aw_err err, const char *where)
{
    if (s->err == AW_OK) {
        s->err = err;
        s->where = where;
    }
}

/* At the end of the text a fault is its being too short. */
static void fail_format(struct scan *s, const char *where)
{
    bool end = s->r.at == s->r.b.n;

    fail(s, end ? AW_ERR_SHORT : AW_ERR_FORMAT, where);
}

/* Next byte without reading it; 0, which is valid nowhere, at the end. */
static uint8_t peek(const struct scan *s)
{
    return s->r.at < s->r.b.n ? s->r.b.p[s->r.at] : 0;
}

static bool accept(struct scan *s, uint8_t c)
{
    if (s->err != AW_OK || peek(s) != c) {
        return false;
    }
    (void)aw_rd_u8(&s->r);
    return true;
}

static void expect(struct scan *s, uint8_t c, const char *where)
{
    if (!accept(s, c)) {
        fail_format(s, where);
    }
}

static void skip_space(struct scan *s)
{
    while (accept(s, ' ') || accept(s, '\n') || accept(s, '\r') ||
           accept(s, '\t')) {
    }
}

bool json_is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static void scan_digits(struct scan *s)
{
    if (!json_is_digit(peek(s))) {
        fail_format(s, "json: number");
        return;
    }
    while (json_is_digit(peek(s))) {
        (void)aw_rd_u8(&s->r);
    }
}

static void scan_number(struct scan *s)
{
    size_t start = s->r.at;

    (void)accept(s, '-');
    if (!accept(s, '0')) {
        scan_digits(s);
    }
    if (accept(s, '.')) {
        scan_digits(s);
    }
    if (accept(s, 'e') || accept(s, 'E')) {
        if (!accept(s, '+')) {
            (void)accept(s, '-');
        }
        scan_digits(s);
    }
    if (s->r.at - start > AW_JSON_NUMBER_MAX) {
        fail(s, AW_ERR_RANGE, "json: length of a number");
    }
}

/* The four digits after \u; 0, which is valid nowhere, after a failure. */
static uint32_t scan_unit(struct scan *s)
{
    struct aw_rd probe = s->r;
    uint64_t unit = 0;

    if (aw_hex_parse_u64(aw_rd_take(&probe, 4), &unit) != AW_OK) {
        fail(s, probe.failed ? AW_ERR_SHORT : AW_ERR_FORMAT, "json: escape");
        return 0;
    }
    s->r = probe;
    return (uint32_t)unit;
}

static bool in_range(uint32_t v, uint32_t low, uint32_t high)
{
    return v >= low && v <= high;
}

static void scan_unicode_escape(struct scan *s)
{
    uint32_t unit = scan_unit(s);

    if (in_range(unit, 0xd800, 0xdbff)) {
        expect(s, '\\', "json: surrogate pair");
        expect(s, 'u', "json: surrogate pair");
        if (s->err == AW_OK && !in_range(scan_unit(s), 0xdc00, 0xdfff)) {
            fail(s, AW_ERR_FORMAT, "json: surrogate pair");
        }
    } else if (unit == 0 || in_range(unit, 0xdc00, 0xdfff)) {
        fail(s, AW_ERR_FORMAT, "json: escape");
    }
}

static void scan_escape(struct scan *s)
{
    static const char known[] = "\"\\/bfnrt";
    uint8_t c = peek(s);

    if (accept(s, 'u')) {
        scan_unicode_escape(s);
    } else if (c != 0 && strchr(known, c) != NULL) {
        (void)aw_rd_u8(&s->r);
    } else {
        fail_format(s, "json: escape");
    }
}

static void scan_string(struct scan *s)
{
    expect(s, '"', "json: key");
    while (s->err == AW_OK && !accept(s, '"')) {
        if (accept(s, '\\')) {
            scan_escape(s);
            continue;
        }
        struct aw_rd probe = s->r;
        uint32_t cp = aw_utf8_next(&probe);

        if (probe.failed || cp < 0x20) {
            fail_format(s, "json: string");
            return;
        }
        s->r = probe;
    }
}

static void scan_literal(struct scan *s, const char *literal)
{
    for (const char *c = literal; *c != 0; c++) {
        expect(s, (uint8_t)*c, "json: value");
    }
}

static void scan_value(struct scan *s);

static void scan_member(struct scan *s)
{
    skip_space(s);
    scan_string(s);
    skip_space(s);
    expect(s, ':', "json: colon");
    scan_value(s);
}

static void scan_container(struct scan *s, uint8_t end,
                           void (*scan_one)(struct scan *s))
{
    (void)aw_rd_u8(&s->r);
    if (s->depth == AW_JSON_DEPTH) {
        fail(s, AW_ERR_SPACE, "json: nesting");
        return;
    }
    s->depth++;
    skip_space(s);
    if (!accept(s, end)) {
        do {
            scan_one(s);
        } while (accept(s, ','));
        expect(s, end, "json: comma or end");
    }
    s->depth--;
}

static void scan_value(struct scan *s)
{
    skip_space(s);
    switch (peek(s)) {
    case '{':
        scan_container(s, '}', scan_member);
        break;
    case '[':
        scan_container(s, ']', scan_value);
        break;
    case '"':
        scan_string(s);
        break;
    case 't':
        scan_literal(s, "true");
        break;
    case 'f':
        scan_literal(s, "false");
        break;
    case 'n':
        scan_literal(s, "null");
        break;
    default:
        scan_number(s);
        break;
    }
    skip_space(s);
}

aw_err json_scan(aw_bytes text, struct aw_diag *diag)
{
    struct scan s = {.r = aw_rd_init(text)};

    scan_value(&s);
    if (s.r.at < text.n) {
        fail(&s, AW_ERR_FORMAT, "json: behind the value");
    }
    if (s.err != AW_OK) {
        return aw_fail(diag, s.err, s.where, s.r.at);
    }
    return AW_OK;
}
