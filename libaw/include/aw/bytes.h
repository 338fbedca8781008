/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_BYTES_H
#define AW_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aw/attr.h"
#include "aw/err.h"

/* A borrowed run of bytes. `p` may be NULL when `n` is 0. */
typedef struct aw_bytes {
    const uint8_t *p;
    size_t n;
} aw_bytes;

/** Bytes of a NUL-terminated text, terminator not counted. */
aw_bytes aw_text(const char *text);

/** True when both runs have the same length and content. Not constant time. */
bool aw_bytes_equal(aw_bytes a, aw_bytes b);

/** True when `b` holds exactly the characters of `text`. */
bool aw_bytes_is(aw_bytes b, const char *text);

/** True when `b` begins with the characters of `text`. */
bool aw_bytes_starts(aw_bytes b, const char *text);

/**
 * Narrows `b` to `len` bytes from `off`. Cannot wrap.
 *
 * @param out  set to the part, borrowed from b; untouched when false
 * @return     false when the part does not lie inside b
 */
AW_MUST_CHECK bool aw_slice(aw_bytes b, size_t off, size_t len, aw_bytes *out);

/** Offset of the first `byte` at or after `from`; `b.n` when there is none. */
size_t aw_bytes_find(aw_bytes b, size_t from, uint8_t byte);

/*
 * Read cursor. Reads return zero or an empty run after the first read past
 * the end, and `failed` stays set, so one test follows a run of reads.
 */
struct aw_rd {
    aw_bytes b;
    size_t at;   /* next byte to read; at most b.n */
    bool failed; /* sticky */
};

struct aw_rd aw_rd_init(aw_bytes b);
/** Cursor that starts at `off`; failed from the start when off > b.n. */
struct aw_rd aw_rd_at(aw_bytes b, size_t off);
uint8_t aw_rd_u8(struct aw_rd *r);
uint16_t aw_rd_be16(struct aw_rd *r);
uint32_t aw_rd_be32(struct aw_rd *r);
uint64_t aw_rd_be64(struct aw_rd *r);
uint16_t aw_rd_le16(struct aw_rd *r);
uint32_t aw_rd_le32(struct aw_rd *r);
uint64_t aw_rd_le64(struct aw_rd *r);
/** Next `n` bytes, borrowed; empty and failed when fewer are left. */
aw_bytes aw_rd_take(struct aw_rd *r, size_t n);
/** All bytes not read yet, borrowed; the cursor moves to the end. */
aw_bytes aw_rd_rest(struct aw_rd *r);
/** Number of bytes not read yet; 0 after a failure. */
size_t aw_rd_left(const struct aw_rd *r);
/**
 * Bytes up to the next `end`, which is consumed but not returned; failed
 * when no `end` follows. aw_rd_line stops at a line feed.
 */
aw_bytes aw_rd_until(struct aw_rd *r, uint8_t end);
aw_bytes aw_rd_line(struct aw_rd *r);

/*
 * Write cursor over a caller's buffer. A write that does not fit writes
 * nothing and sets `failed`, as do all that follow.
 */
struct aw_wr {
    uint8_t *p;
    size_t cap;
    size_t n;    /* bytes written */
    bool failed; /* sticky */
};

struct aw_wr aw_wr_init(void *buf, size_t cap);
void aw_wr_u8(struct aw_wr *w, uint8_t v);
void aw_wr_be16(struct aw_wr *w, uint16_t v);
void aw_wr_be32(struct aw_wr *w, uint32_t v);
void aw_wr_be64(struct aw_wr *w, uint64_t v);
void aw_wr_le32(struct aw_wr *w, uint32_t v);
/** `n` zero bytes. */
void aw_wr_zeros(struct aw_wr *w, size_t n);
void aw_wr_put(struct aw_wr *w, aw_bytes b);
void aw_wr_text(struct aw_wr *w, const char *text);
/** Unsigned decimal, no leading zeros. */
void aw_wr_dec(struct aw_wr *w, uint64_t v);
/** Lower-case hex of an integer, zero padded to `digits` (it may be longer). */
void aw_wr_hex_u64(struct aw_wr *w, uint64_t v, unsigned digits);
/** Lower-case hex of bytes. */
void aw_wr_hex(struct aw_wr *w, aw_bytes b);
/** Base64, RFC 4648 section 4, with padding. */
void aw_wr_base64(struct aw_wr *w, aw_bytes b);
/**
 * Sets `size` bytes of the buffer aside, at an address that is a multiple of
 * `align` (a power of two). They hold whatever the buffer held.
 *
 * @return NULL, with w failed, when they do not fit.
 */
void *aw_wr_reserve(struct aw_wr *w, size_t size, size_t align);
/** What has been written, borrowed from the buffer; empty after a failure. */
aw_bytes aw_wr_done(const struct aw_wr *w);

#endif
