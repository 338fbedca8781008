/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_JSON_WRITE_H
#define AW_JSON_WRITE_H

#include "aw/sink.h"

/*
 * The JSON writer: streaming, without allocation, one call a value. What it
 * writes is valid JSON whatever bytes it is given. The indented layout is
 * that of Go's json.MarshalIndent with two spaces (one element a line, `": "`
 * after a key, empty containers closed on the spot); the compact one has no
 * white space at all, for JSON Lines.
 *
 * Texts are escaped as Go does: `<`, `>`, `&`, U+2028 and U+2029 as \uXXXX,
 * control characters as \b \f \n \r \t or \u00XX, all other characters as
 * they are; a byte that is not UTF-8 becomes \ufffd.
 *
 * Every value takes the key under which it stands in an object; the key is
 * NULL in an array and at the top. A wrong order of calls is our own mistake
 * and traps: key where none belongs or the reverse, more than one value at
 * the top, wrong or missing end, depth over AW_JSON_OUT_DEPTH.
 */
enum { AW_JSON_OUT_DEPTH = 16 };

/* A document under way. May be copied; all fields are private. */
struct aw_json_out {
    struct aw_sink sink;
    bool compact;
    unsigned depth;  /* open objects and arrays */
    uint32_t filled; /* bit d: something stands at depth d */
    uint32_t arrays; /* bit d: an array is open at depth d */
};

/** Starts a document. @param sink  copied; its ctx must outlive out */
void aw_json_out_init(struct aw_json_out *out, struct aw_sink sink,
                      bool compact);

void aw_json_begin_object(struct aw_json_out *out, const char *key);
void aw_json_end_object(struct aw_json_out *out);
void aw_json_begin_array(struct aw_json_out *out, const char *key);
void aw_json_end_array(struct aw_json_out *out);

/** Text of any bytes. */
void aw_json_bytes(struct aw_json_out *out, const char *key, aw_bytes text);
/** NUL-terminated text. */
void aw_json_text(struct aw_json_out *out, const char *key, const char *text);
/** Decimal number without fraction. */
void aw_json_u64(struct aw_json_out *out, const char *key, uint64_t v);
void aw_json_i64(struct aw_json_out *out, const char *key, int64_t v);
/** Decimal number between quotes, for readers that keep doubles. */
void aw_json_u64_text(struct aw_json_out *out, const char *key, uint64_t v);
void aw_json_bool(struct aw_json_out *out, const char *key, bool v);
void aw_json_null(struct aw_json_out *out, const char *key);
/** Lower-case hex text of bytes. */
void aw_json_hex(struct aw_json_out *out, const char *key, aw_bytes b);
/** Base64 text of bytes, RFC 4648 section 4, with padding. */
void aw_json_base64(struct aw_json_out *out, const char *key, aw_bytes b);

/** Ends the document with a line feed; out is ready for the next one. */
void aw_json_finish(struct aw_json_out *out);

#endif
