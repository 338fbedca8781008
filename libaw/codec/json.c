/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/json.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "aw/text.h"
#include "json_arena.h"

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

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static void scan_digits(struct scan *s)
{
    if (!is_digit(peek(s))) {
        fail_format(s, "json: number");
        return;
    }
    while (is_digit(peek(s))) {
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

/*
 * The pass over cJSON's tree, in the order of the text: compares keys, and
 * keeps what cJSON drops, the digits of numbers (in valuestring) and whether
 * a string was spelled with escapes (in valueint).
 */
struct settle {
    aw_bytes text; /* valid */
    size_t at;
    struct aw_wr *work;
};

static uint8_t byte_at(const struct settle *p)
{
    AW_BUG_ON(p->at >= p->text.n);
    return p->text.p[p->at];
}

/* Goes to the next string or number. */
static void find_token(struct settle *p)
{
    uint8_t c = byte_at(p);

    while (c != '"' && c != '-' && !is_digit(c)) {
        p->at++;
        c = byte_at(p);
    }
}

/* Passes a string; true when it has escapes. */
static bool pass_string(struct settle *p)
{
    bool escapes = false;

    find_token(p);
    for (p->at++; byte_at(p) != '"'; p->at++) {
        if (byte_at(p) == '\\') {
            escapes = true;
            p->at++;
        }
    }
    p->at++;
    return escapes;
}

/* Passes a number; a copy with NUL behind it, or NULL without space. */
static char *pass_number(struct settle *p)
{
    find_token(p);
    size_t start = p->at;

    while (p->at < p->text.n &&
           (is_digit(byte_at(p)) || strchr("-+.eE", byte_at(p)) != NULL)) {
        p->at++;
    }
    size_t n = p->at - start;
    char *copy = aw_wr_reserve(p->work, n + 1, 1);

    if (copy != NULL) {
        memcpy(copy, p->text.p + start, n);
        copy[n] = 0;
    }
    return copy;
}

static bool has_key_before(const cJSON *object, const cJSON *member)
{
    for (const cJSON *m = object->child; m != member; m = m->next) {
        if (strcmp(m->string, member->string) == 0) {
            return true;
        }
    }
    return false;
}

static aw_err check_key(struct settle *p, const cJSON *object,
                        const cJSON *member, size_t n)
{
    if (n >= AW_JSON_MEMBERS_MAX) {
        return AW_ERR_SPACE;
    }
    (void)pass_string(p);
    return has_key_before(object, member) ? AW_ERR_DUPLICATE : AW_OK;
}

static aw_err settle_container(struct settle *p, const cJSON *container);

static aw_err settle_value(struct settle *p, cJSON *v)
{
    if (cJSON_IsString(v)) {
        v->valueint = pass_string(p) ? 1 : 0;
        return AW_OK;
    }
    if (cJSON_IsNumber(v)) {
        v->valuestring = pass_number(p);
        return v->valuestring != NULL ? AW_OK : AW_ERR_SPACE;
    }
    return settle_container(p, v);
}

static aw_err settle_container(struct settle *p, const cJSON *container)
{
    bool object = cJSON_IsObject(container) != 0;
    aw_err err = AW_OK;
    size_t n = 0;

    for (cJSON *v = container->child; v != NULL && err == AW_OK; v = v->next) {
        if (object) {
            err = check_key(p, container, v, n);
        }
        if (err == AW_OK) {
            err = settle_value(p, v);
        }
        n++;
    }
    return err;
}

/* Builds the tree of a valid text; NULL when work is full. */
static cJSON *build(aw_bytes text, struct aw_wr *work)
{
    json_arena_bind(work);
    cJSON *tree =
        cJSON_ParseWithLengthOpts((const char *)text.p, text.n, NULL, 0);

    json_arena_bind(NULL);
    return tree;
}

aw_err aw_json_parse(aw_bytes text, size_t max, struct aw_wr *work,
                     aw_json *root, struct aw_diag *diag)
{
    struct scan s = {.r = aw_rd_init(text)};
    struct aw_wr tree_work = *work;

    if (text.n > max) {
        return aw_fail(diag, AW_ERR_SPACE, "json: length", text.n);
    }
    scan_value(&s);
    if (s.r.at < text.n) {
        fail(&s, AW_ERR_FORMAT, "json: behind the value");
    }
    if (s.err != AW_OK) {
        return aw_fail(diag, s.err, s.where, s.r.at);
    }
    cJSON *tree = build(text, &tree_work);

    if (tree == NULL) {
        return aw_fail(diag, AW_ERR_SPACE, "json: work area", work->cap);
    }
    struct settle p = {.text = text, .work = &tree_work};
    aw_err err = settle_value(&p, tree);

    if (err != AW_OK) {
        return aw_fail(diag, err, "json: object", p.at);
    }
    *work = tree_work;
    root->node = tree;
    return AW_OK;
}

enum aw_json_kind aw_json_kind(aw_json v)
{
    const cJSON *node = v.node;

    if (node == NULL) {
        return AW_JSON_ABSENT;
    }
    switch (node->type & 0xff) {
    case cJSON_True:
    case cJSON_False:
        return AW_JSON_BOOL;
    case cJSON_Number:
        return AW_JSON_NUMBER;
    case cJSON_String:
        return AW_JSON_STRING;
    case cJSON_Array:
        return AW_JSON_ARRAY;
    case cJSON_Object:
        return AW_JSON_OBJECT;
    default:
        return AW_JSON_NULL;
    }
}

aw_json aw_json_member(aw_json object, const char *key)
{
    if (aw_json_kind(object) != AW_JSON_OBJECT) {
        return (aw_json){NULL};
    }
    return (aw_json){cJSON_GetObjectItemCaseSensitive(object.node, key)};
}

aw_json aw_json_first(aw_json container)
{
    const cJSON *node = container.node;

    return (aw_json){node != NULL ? node->child : NULL};
}

aw_json aw_json_next(aw_json v)
{
    const cJSON *node = v.node;

    return (aw_json){node != NULL ? node->next : NULL};
}

size_t aw_json_count(aw_json container)
{
    size_t n = 0;

    for (aw_json v = aw_json_first(container); v.node != NULL;
         v = aw_json_next(v)) {
        n++;
    }
    return n;
}

aw_bytes aw_json_key(aw_json v)
{
    const cJSON *node = v.node;

    return node != NULL && node->string != NULL ? aw_text(node->string)
                                                : (aw_bytes){NULL, 0};
}

static aw_err want(aw_json v, enum aw_json_kind kind)
{
    enum aw_json_kind is = aw_json_kind(v);

    if (is == kind) {
        return AW_OK;
    }
    return is == AW_JSON_ABSENT ? AW_ERR_NOT_FOUND : AW_ERR_TYPE;
}

aw_err aw_json_get_text(aw_json v, aw_bytes *text)
{
    const cJSON *node = v.node;
    aw_err err = want(v, AW_JSON_STRING);

    if (err == AW_OK) {
        *text = aw_text(node->valuestring);
    }
    return err;
}

aw_err aw_json_get_plain_text(aw_json v, aw_bytes *text)
{
    const cJSON *node = v.node;
    aw_err err = want(v, AW_JSON_STRING);

    if (err != AW_OK) {
        return err;
    }
    return node->valueint == 0 ? aw_json_get_text(v, text) : AW_ERR_FORMAT;
}

/* Digits and sign of an integer. */
static aw_err get_integer(aw_json v, bool *negative, uint64_t *size)
{
    const cJSON *node = v.node;
    aw_err err = want(v, AW_JSON_NUMBER);

    if (err != AW_OK) {
        return err;
    }
    *negative = node->valuestring[0] == '-';
    err = aw_dec_parse(aw_text(node->valuestring + (*negative ? 1 : 0)), size);
    return err == AW_ERR_FORMAT ? AW_ERR_TYPE : err;
}

aw_err aw_json_get_u64(aw_json v, uint64_t *n)
{
    bool negative = false;
    uint64_t size = 0;
    aw_err err = get_integer(v, &negative, &size);

    if (err == AW_OK && negative) {
        err = AW_ERR_RANGE;
    }
    if (err == AW_OK) {
        *n = size;
    }
    return err;
}

aw_err aw_json_get_i64(aw_json v, int64_t *n)
{
    bool negative = false;
    uint64_t size = 0;
    aw_err err = get_integer(v, &negative, &size);

    if (err != AW_OK) {
        return err;
    }
    if (size > (uint64_t)INT64_MAX + (negative ? 1U : 0U)) {
        return AW_ERR_RANGE;
    }
    /* The lowest number has no positive twin. */
    *n = negative && size > 0 ? -1 - (int64_t)(size - 1) : (int64_t)size;
    return AW_OK;
}

aw_err aw_json_get_bool(aw_json v, bool *b)
{
    aw_err err = want(v, AW_JSON_BOOL);

    if (err == AW_OK) {
        *b = cJSON_IsTrue(v.node) != 0;
    }
    return err;
}
