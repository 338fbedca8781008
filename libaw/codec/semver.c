/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/semver.h"

#include <string.h>

#include "aw/text.h"

/* Splits text at the first `mark`; without one, tail is empty. */
static void split(aw_bytes *text, uint8_t mark, aw_bytes *tail)
{
    struct aw_rd r = aw_rd_init(*text);
    aw_bytes head = aw_rd_until(&r, mark);

    *tail = (aw_bytes){NULL, 0};
    if (!r.failed) {
        *text = head;
        *tail = aw_rd_rest(&r);
    }
}

/* The part up to the next dot, or the rest when there is none. */
static aw_bytes next_part(struct aw_rd *r)
{
    struct aw_rd probe = *r;
    aw_bytes part = aw_rd_until(&probe, '.');

    if (probe.failed) {
        return aw_rd_rest(r);
    }
    *r = probe;
    return part;
}

static bool is_identifier_char(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
           (c >= 'a' && c <= 'z') || c == '-';
}

/* Empty, or identifiers with a dot between each two. */
static bool is_tail(aw_bytes tail)
{
    bool in_identifier = false;

    for (size_t i = 0; i < tail.n; i++) {
        bool dot = tail.p[i] == '.';

        if (dot ? !in_identifier : !is_identifier_char(tail.p[i])) {
            return false;
        }
        in_identifier = !dot;
    }
    return tail.n == 0 || in_identifier;
}

static aw_err parse_numbers(aw_bytes text, uint64_t *numbers, size_t n)
{
    struct aw_rd r = aw_rd_init(text);

    for (size_t i = 0; i < n; i++) {
        aw_bytes part = i + 1 < n ? aw_rd_until(&r, '.') : aw_rd_rest(&r);
        aw_err err =
            r.failed ? AW_ERR_FORMAT : aw_dec_parse_lax(part, &numbers[i]);

        if (err != AW_OK) {
            return err;
        }
        if (numbers[i] > INT64_MAX) {
            return AW_ERR_RANGE;
        }
    }
    return AW_OK;
}

aw_err aw_semver_parse(aw_bytes text, struct aw_semver *version)
{
    struct aw_semver v = {0};
    uint64_t numbers[3] = {0};

    split(&text, '+', &v.metadata);
    split(&text, '-', &v.pre_release);
    if (!is_tail(v.metadata) || !is_tail(v.pre_release)) {
        return AW_ERR_FORMAT;
    }
    aw_err err = parse_numbers(text, numbers, 3);

    if (err != AW_OK) {
        return err;
    }
    v.major = numbers[0];
    v.minor = numbers[1];
    v.patch = numbers[2];
    *version = v;
    return AW_OK;
}

void aw_semver_write(const struct aw_semver *version, struct aw_wr *w)
{
    aw_wr_dec(w, version->major);
    aw_wr_text(w, ".");
    aw_wr_dec(w, version->minor);
    aw_wr_text(w, ".");
    aw_wr_dec(w, version->patch);
    if (version->pre_release.n > 0) {
        aw_wr_text(w, "-");
        aw_wr_put(w, version->pre_release);
    }
    if (version->metadata.n > 0) {
        aw_wr_text(w, "+");
        aw_wr_put(w, version->metadata);
    }
}

static int compare_u64(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_bytes(aw_bytes a, aw_bytes b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n == 0 ? 0 : memcmp(a.p, b.p, n);

    return order != 0 ? order : compare_u64(a.n, b.n);
}

/* An identifier that Go's strconv.Atoi reads on a 64-bit machine. */
struct number {
    bool negative;
    uint64_t size; /* without sign */
};

static bool as_number(aw_bytes identifier, struct number *number)
{
    struct aw_rd r = aw_rd_init(identifier);
    bool negative = aw_bytes_starts(identifier, "-");
    uint64_t size = 0;

    if (negative) {
        (void)aw_rd_u8(&r);
    }
    if (aw_dec_parse_lax(aw_rd_rest(&r), &size) != AW_OK ||
        size > (uint64_t)INT64_MAX + (negative ? 1U : 0U)) {
        return false;
    }
    *number = (struct number){.negative = negative && size > 0, .size = size};
    return true;
}

static int compare_number(struct number a, struct number b)
{
    if (a.negative != b.negative) {
        return a.negative ? -1 : 1;
    }
    return a.negative ? compare_u64(b.size, a.size)
                      : compare_u64(a.size, b.size);
}

/* Numbers come before texts; numbers of one value are ordered as texts. */
static int compare_identifier(aw_bytes a, aw_bytes b)
{
    struct number na = {0};
    struct number nb = {0};
    bool a_is_number = as_number(a, &na);
    bool b_is_number = as_number(b, &nb);

    if (a_is_number != b_is_number) {
        return a_is_number ? -1 : 1;
    }
    int order = compare_number(na, nb);

    return order != 0 ? order : compare_bytes(a, b);
}

static int compare_pre_release(aw_bytes a, aw_bytes b)
{
    struct aw_rd ra = aw_rd_init(a);
    struct aw_rd rb = aw_rd_init(b);

    if (a.n == 0 || b.n == 0) {
        return compare_u64(a.n == 0, b.n == 0);
    }
    while (aw_rd_left(&ra) > 0 && aw_rd_left(&rb) > 0) {
        int order = compare_identifier(next_part(&ra), next_part(&rb));

        if (order != 0) {
            return order;
        }
    }
    return compare_u64(aw_rd_left(&ra) > 0, aw_rd_left(&rb) > 0);
}

int aw_semver_compare(const struct aw_semver *a, const struct aw_semver *b)
{
    int order = compare_u64(a->major, b->major);

    if (order == 0) {
        order = compare_u64(a->minor, b->minor);
    }
    if (order == 0) {
        order = compare_u64(a->patch, b->patch);
    }
    return order != 0 ? order
                      : compare_pre_release(a->pre_release, b->pre_release);
}
