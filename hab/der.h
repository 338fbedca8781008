/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DER_H
#define DER_H

#include "aw/bytes.h"

/*
 * Strict DER over a cursor (X.690): one-byte tags, definite lengths in their
 * shortest form. A read that finds another tag fails the cursor, so that one
 * test follows a run of reads.
 */
enum {
    DER_BOOLEAN = 0x01,
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTET_STRING = 0x04,
    DER_NULL = 0x05,
    DER_OID = 0x06,
    DER_UTC_TIME = 0x17,
    DER_GENERALIZED_TIME = 0x18,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31,
    DER_CONTEXT = 0xa0, /* [0]; [1] is one more */
    DER_PADDING_MAX = 3 /* zeros that habtool counts into an object */
};

/** True when an element with this tag comes next. */
bool der_at(const struct aw_rd *r, uint8_t tag);
/** Content of the next element, borrowed. */
aw_bytes der_take(struct aw_rd *r, uint8_t tag);
/** The next element with tag and length, borrowed. */
aw_bytes der_take_whole(struct aw_rd *r, uint8_t tag);
/** Cursor over the content of the next element. */
struct aw_rd der_enter(struct aw_rd *r, uint8_t tag);
/** Magnitude of an INTEGER above zero, without leading zeros. */
aw_bytes der_take_positive(struct aw_rd *r);
/** Fails the cursor unless an INTEGER of this value below 128 comes next. */
void der_expect_small(struct aw_rd *r, uint8_t value);
/** Content of a BIT STRING without unused bits. */
aw_bytes der_take_bits(struct aw_rd *r);
/** True when all has been read without failure. */
bool der_done(const struct aw_rd *r);
/** As der_done, but up to DER_PADDING_MAX zeros may follow. */
bool der_done_padded(const struct aw_rd *r);

/** Bytes that tag and length take for a content of n < 65536 bytes. */
size_t der_head_size(size_t n);
/** Writes tag and length; n < 65536. */
void der_head(struct aw_wr *w, uint8_t tag, size_t n);

#endif
