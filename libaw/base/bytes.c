/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/bytes.h"

#include <string.h>

aw_bytes aw_text(const char *text)
{
    return (aw_bytes){(const uint8_t *)text, strlen(text)};
}

bool aw_bytes_equal(aw_bytes a, aw_bytes b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool aw_bytes_is(aw_bytes b, const char *text)
{
    return aw_bytes_equal(b, aw_text(text));
}

bool aw_bytes_starts(aw_bytes b, const char *text)
{
    aw_bytes t = aw_text(text);

    return b.n >= t.n && aw_bytes_equal((aw_bytes){b.p, t.n}, t);
}

bool aw_slice(aw_bytes b, size_t off, size_t len, aw_bytes *out)
{
    if (off > b.n || len > b.n - off) {
        return false;
    }
    out->p = len == 0 ? NULL : b.p + off;
    out->n = len;
    return true;
}

size_t aw_bytes_find(aw_bytes b, size_t from, uint8_t byte)
{
    if (from >= b.n) {
        return b.n;
    }
    const uint8_t *hit = memchr(b.p + from, byte, b.n - from);

    return hit == NULL ? b.n : (size_t)(hit - b.p);
}

struct aw_rd aw_rd_init(aw_bytes b)
{
    return (struct aw_rd){.b = b};
}

struct aw_rd aw_rd_at(aw_bytes b, size_t off)
{
    struct aw_rd r = {.b = b, .at = off};

    if (off > b.n) {
        r.at = b.n;
        r.failed = true;
    }
    return r;
}

size_t aw_rd_left(const struct aw_rd *r)
{
    return r->failed ? 0 : r->b.n - r->at;
}

aw_bytes aw_rd_take(struct aw_rd *r, size_t n)
{
    aw_bytes out = {NULL, 0};

    if (r->failed || !aw_slice(r->b, r->at, n, &out)) {
        r->failed = true;
        return (aw_bytes){NULL, 0};
    }
    r->at += n;
    return out;
}

aw_bytes aw_rd_rest(struct aw_rd *r)
{
    return aw_rd_take(r, aw_rd_left(r));
}

static uint64_t rd_be(struct aw_rd *r, size_t n)
{
    aw_bytes b = aw_rd_take(r, n);
    uint64_t v = 0;

    for (size_t i = 0; i < b.n; i++) {
        v = v << 8 | b.p[i];
    }
    return v;
}

static uint64_t rd_le(struct aw_rd *r, size_t n)
{
    aw_bytes b = aw_rd_take(r, n);
    uint64_t v = 0;

    for (size_t i = b.n; i > 0; i--) {
        v = v << 8 | b.p[i - 1];
    }
    return v;
}

uint8_t aw_rd_u8(struct aw_rd *r)
{
    return (uint8_t)rd_be(r, 1);
}

uint16_t aw_rd_be16(struct aw_rd *r)
{
    return (uint16_t)rd_be(r, 2);
}

uint32_t aw_rd_be32(struct aw_rd *r)
{
    return (uint32_t)rd_be(r, 4);
}

uint64_t aw_rd_be64(struct aw_rd *r)
{
    return rd_be(r, 8);
}

uint16_t aw_rd_le16(struct aw_rd *r)
{
    return (uint16_t)rd_le(r, 2);
}

uint32_t aw_rd_le32(struct aw_rd *r)
{
    return (uint32_t)rd_le(r, 4);
}

uint64_t aw_rd_le64(struct aw_rd *r)
{
    return rd_le(r, 8);
}

aw_bytes aw_rd_until(struct aw_rd *r, uint8_t end)
{
    if (r->failed) {
        return (aw_bytes){NULL, 0};
    }
    size_t at = aw_bytes_find(r->b, r->at, end);

    if (at == r->b.n) {
        r->failed = true;
        return (aw_bytes){NULL, 0};
    }
    aw_bytes line = aw_rd_take(r, at - r->at);

    (void)aw_rd_take(r, 1);
    return line;
}

aw_bytes aw_rd_line(struct aw_rd *r)
{
    return aw_rd_until(r, '\n');
}

struct aw_wr aw_wr_init(void *buf, size_t cap)
{
    return (struct aw_wr){.p = buf, .cap = cap};
}

void aw_wr_put(struct aw_wr *w, aw_bytes b)
{
    if (w->failed || b.n > w->cap - w->n) {
        w->failed = true;
        return;
    }
    if (b.n > 0) {
        memcpy(w->p + w->n, b.p, b.n);
        w->n += b.n;
    }
}

void aw_wr_text(struct aw_wr *w, const char *text)
{
    aw_wr_put(w, aw_text(text));
}

static void wr_be(struct aw_wr *w, uint64_t v, size_t n)
{
    uint8_t b[8];

    for (size_t i = 0; i < n; i++) {
        b[n - 1 - i] = (uint8_t)(v >> (8 * i));
    }
    aw_wr_put(w, (aw_bytes){b, n});
}

void aw_wr_u8(struct aw_wr *w, uint8_t v)
{
    wr_be(w, v, 1);
}

void aw_wr_be16(struct aw_wr *w, uint16_t v)
{
    wr_be(w, v, 2);
}

void aw_wr_be32(struct aw_wr *w, uint32_t v)
{
    wr_be(w, v, 4);
}

void aw_wr_be64(struct aw_wr *w, uint64_t v)
{
    wr_be(w, v, 8);
}

void aw_wr_le32(struct aw_wr *w, uint32_t v)
{
    uint8_t b[4];

    for (size_t i = 0; i < sizeof(b); i++) {
        b[i] = (uint8_t)(v >> (8 * i));
    }
    aw_wr_put(w, (aw_bytes){b, sizeof(b)});
}

void aw_wr_zeros(struct aw_wr *w, size_t n)
{
    if (w->failed || n > w->cap - w->n) {
        w->failed = true;
        return;
    }
    if (n > 0) {
        memset(w->p + w->n, 0, n);
        w->n += n;
    }
}

void aw_wr_dec(struct aw_wr *w, uint64_t v)
{
    uint8_t b[20];
    size_t at = sizeof(b);

    do {
        b[--at] = (uint8_t)('0' + v % 10);
        v /= 10;
    } while (v != 0);
    aw_wr_put(w, (aw_bytes){b + at, sizeof(b) - at});
}

static uint8_t hex_digit(unsigned v)
{
    return (uint8_t)(v < 10 ? '0' + v : 'a' + (v - 10));
}

void aw_wr_hex_u64(struct aw_wr *w, uint64_t v, unsigned digits)
{
    uint8_t b[16];
    size_t at = sizeof(b);

    AW_BUG_ON(digits > sizeof(b));
    do {
        b[--at] = hex_digit((unsigned)(v & 15));
        v >>= 4;
    } while (v != 0 || sizeof(b) - at < digits);
    aw_wr_put(w, (aw_bytes){b + at, sizeof(b) - at});
}

void aw_wr_hex(struct aw_wr *w, aw_bytes b)
{
    if (w->failed || b.n > (w->cap - w->n) / 2) {
        w->failed = true;
        return;
    }
    for (size_t i = 0; i < b.n; i++) {
        aw_wr_u8(w, hex_digit(b.p[i] >> 4));
        aw_wr_u8(w, hex_digit(b.p[i] & 15));
    }
}

void *aw_wr_reserve(struct aw_wr *w, size_t size, size_t align)
{
    AW_BUG_ON(align == 0 || (align & (align - 1)) != 0);
    if (w->failed) {
        return NULL;
    }
    size_t pad = (size_t)(0 - (uintptr_t)(w->p + w->n)) & (align - 1);

    if (pad > w->cap - w->n || size > w->cap - w->n - pad) {
        w->failed = true;
        return NULL;
    }
    void *start = w->p + w->n + pad;

    w->n += pad + size;
    return start;
}

aw_bytes aw_wr_done(const struct aw_wr *w)
{
    return w->failed ? (aw_bytes){NULL, 0} : (aw_bytes){w->p, w->n};
}
