/* SPDX-License-Identifier: Apache-2.0 */
#include "der.h"

bool der_at(const struct aw_rd *r, uint8_t tag)
{
    struct aw_rd copy = *r;

    return aw_rd_u8(&copy) == tag && !copy.failed;
}

/* Length in its shortest form, at most 65535. */
static size_t take_length(struct aw_rd *r)
{
    size_t n = aw_rd_u8(r);

    if (n < 0x80) {
        return n;
    }
    if (n == 0x81) {
        n = aw_rd_u8(r);
        r->failed = r->failed || n < 0x80;
    } else if (n == 0x82) {
        n = aw_rd_be16(r);
        r->failed = r->failed || n < 0x100;
    } else {
        r->failed = true;
    }
    return n;
}

aw_bytes der_take(struct aw_rd *r, uint8_t tag)
{
    if (aw_rd_u8(r) != tag) {
        r->failed = true;
    }
    return aw_rd_take(r, take_length(r));
}

aw_bytes der_take_whole(struct aw_rd *r, uint8_t tag)
{
    size_t from = r->at;
    aw_bytes out = {NULL, 0};

    (void)der_take(r, tag);
    if (r->failed || !aw_slice(r->b, from, r->at - from, &out)) {
        return (aw_bytes){NULL, 0};
    }
    return out;
}

struct aw_rd der_enter(struct aw_rd *r, uint8_t tag)
{
    struct aw_rd in = aw_rd_init(der_take(r, tag));

    in.failed = r->failed;
    return in;
}

aw_bytes der_take_positive(struct aw_rd *r)
{
    aw_bytes b = der_take(r, DER_INTEGER);
    aw_bytes rest = b;

    if (b.n == 0 || (b.p[0] & 0x80) != 0) {
        r->failed = true;
        return (aw_bytes){NULL, 0};
    }
    if (b.p[0] != 0) {
        return b;
    }
    /* The zero in front is there for the sign or not at all. */
    if (!aw_slice(b, 1, b.n - 1, &rest) || rest.n == 0 ||
        (rest.p[0] & 0x80) == 0) {
        r->failed = true;
        return (aw_bytes){NULL, 0};
    }
    return rest;
}

void der_expect_small(struct aw_rd *r, uint8_t value)
{
    aw_bytes b = der_take(r, DER_INTEGER);

    if (b.n != 1 || b.p[0] != value) {
        r->failed = true;
    }
}

aw_bytes der_take_bits(struct aw_rd *r)
{
    struct aw_rd in = der_enter(r, DER_BIT_STRING);

    if (aw_rd_u8(&in) != 0 || in.failed) {
        r->failed = true;
    }
    return aw_rd_rest(&in);
}

bool der_done(const struct aw_rd *r)
{
    return !r->failed && aw_rd_left(r) == 0;
}

bool der_done_padded(const struct aw_rd *r)
{
    struct aw_rd copy = *r;
    aw_bytes rest = aw_rd_rest(&copy);

    if (r->failed || rest.n > DER_PADDING_MAX) {
        return false;
    }
    for (size_t i = 0; i < rest.n; i++) {
        if (rest.p[i] != 0) {
            return false;
        }
    }
    return true;
}

size_t der_head_size(size_t n)
{
    if (n < 0x80) {
        return 2;
    }
    return n < 0x100 ? 3 : 4;
}

void der_head(struct aw_wr *w, uint8_t tag, size_t n)
{
    AW_BUG_ON(n > 0xffff);
    aw_wr_u8(w, tag);
    if (n < 0x80) {
        aw_wr_u8(w, (uint8_t)n);
    } else if (n < 0x100) {
        aw_wr_u8(w, 0x81);
        aw_wr_u8(w, (uint8_t)n);
    } else {
        aw_wr_u8(w, 0x82);
        aw_wr_be16(w, (uint16_t)n);
    }
}
