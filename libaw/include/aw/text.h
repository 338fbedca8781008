/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_TEXT_H
#define AW_TEXT_H

#include "aw/bytes.h"

/*
 * Numbers and encodings in text. All inputs are untrusted; outputs stay
 * untouched on failure.
 */

/**
 * Canonical unsigned decimal: ASCII digits only, no leading zero, fits u64.
 *
 * @return AW_OK; AW_ERR_FORMAT if empty, with other characters or with a
 *         leading zero; AW_ERR_RANGE above 2^64-1.
 */
AW_MUST_CHECK aw_err aw_dec_parse(aw_bytes text, uint64_t *v);

/** As aw_dec_parse, but leading zeros are accepted. */
AW_MUST_CHECK aw_err aw_dec_parse_lax(aw_bytes text, uint64_t *v);

/**
 * Hex digits of either case, an even number of them.
 *
 * @param w  receives the bytes
 * @return AW_OK; AW_ERR_FORMAT; AW_ERR_SPACE when w is full.
 */
AW_MUST_CHECK aw_err aw_hex_decode(aw_bytes text, struct aw_wr *w);

/** Exactly 1 to 16 hex digits of either case as a number. */
AW_MUST_CHECK aw_err aw_hex_parse_u64(aw_bytes text, uint64_t *v);

/**
 * Base64, RFC 4648 section 4: padding required, no white space, unused
 * trailing bits zero. An empty text gives no bytes.
 *
 * @return AW_OK; AW_ERR_FORMAT; AW_ERR_SPACE when w is full.
 */
AW_MUST_CHECK aw_err aw_base64_decode(aw_bytes text, struct aw_wr *w);

/** Base64 of exactly `n` bytes into out. Errors as aw_base64_decode, and
 *  AW_ERR_FORMAT when the length differs. */
AW_MUST_CHECK aw_err aw_base64_decode_exact(aw_bytes text, uint8_t *out,
                                            size_t n);

/** Length of the base64 form of n bytes; n below SIZE_MAX / 2. */
size_t aw_base64_length(size_t n);

/**
 * Decodes one code point of strict UTF-8: no overlong forms, no surrogates,
 * at most U+10FFFF. The cursor fails on anything else.
 */
uint32_t aw_utf8_next(struct aw_rd *r);

/** True when all of `text` is strict UTF-8. */
bool aw_utf8_valid(aw_bytes text);

/** True for the white space of Unicode's White_Space property. */
bool aw_unicode_is_space(uint32_t cp);

#endif
