/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/json_write.h"

#include "aw/text.h"

/* Bytes encoded at a time in hex and base64; a multiple of 3, so that only
 * the last part of base64 is padded. */
enum { CHUNK = 48 };

static void put_text(struct aw_json_out *out, const char *text)
{
    aw_sink_text(&out->sink, text);
}

static void put_wr(struct aw_json_out *out, const struct aw_wr *w)
{
    AW_BUG_ON(w->failed);
    aw_sink_put(&out->sink, aw_wr_done(w));
}

static void put_new_line(struct aw_json_out *out)
{
    if (out->compact) {
        return;
    }
    put_text(out, "\n");
    for (unsigned i = 0; i < out->depth; i++) {
        put_text(out, "  ");
    }
}

static void put_unicode_escape(struct aw_json_out *out, uint32_t cp)
{
    uint8_t buf[6];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    aw_wr_text(&w, "\\u");
    aw_wr_hex_u64(&w, cp, 4);
    put_wr(out, &w);
}

/* Escape of two characters, or NULL when cp has none. */
static const char *short_escape(uint32_t cp)
{
    switch (cp) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\b':
        return "\\b";
    case '\f':
        return "\\f";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    default:
        return NULL;
    }
}

static bool stays_raw(uint32_t cp)
{
    return cp >= 0x20 && cp != '"' && cp != '\\' && cp != '<' && cp != '>' &&
           cp != '&' && cp != 0x2028 && cp != 0x2029;
}

/* The next character of r, or U+FFFD for one byte that is none. */
static uint32_t next_character(struct aw_rd *r, bool *valid)
{
    struct aw_rd probe = *r;
    uint32_t cp = aw_utf8_next(&probe);

    *valid = !probe.failed;
    if (probe.failed) {
        (void)aw_rd_u8(r);
        return 0xfffd;
    }
    *r = probe;
    return cp;
}

static void put_character(struct aw_json_out *out, uint32_t cp)
{
    const char *escape = short_escape(cp);

    if (escape != NULL) {
        put_text(out, escape);
    } else {
        put_unicode_escape(out, cp);
    }
}

static void put_string(struct aw_json_out *out, aw_bytes text)
{
    struct aw_rd r = aw_rd_init(text);
    struct aw_rd plain = r; /* begin of the run that needs no escape */

    put_text(out, "\"");
    while (aw_rd_left(&r) > 0) {
        size_t at = r.at;
        bool valid = false;
        uint32_t cp = next_character(&r, &valid);

        if (valid && stays_raw(cp)) {
            continue;
        }
        aw_sink_put(&out->sink, aw_rd_take(&plain, at - plain.at));
        put_character(out, cp);
        plain = r;
    }
    aw_sink_put(&out->sink, aw_rd_rest(&plain));
    put_text(out, "\"");
}

/* Separator, layout and key of the next value. */
static void begin_value(struct aw_json_out *out, const char *key)
{
    uint32_t level = UINT32_C(1) << out->depth;
    bool in_object = out->depth > 0 && (out->arrays & level) == 0;

    AW_BUG_ON(in_object != (key != NULL));
    AW_BUG_ON(out->depth == 0 && (out->filled & level) != 0);
    if ((out->filled & level) != 0) {
        put_text(out, ",");
    }
    out->filled |= level;
    if (out->depth > 0) {
        put_new_line(out);
    }
    if (key != NULL) {
        put_string(out, aw_text(key));
        put_text(out, out->compact ? ":" : ": ");
    }
}

static void begin_container(struct aw_json_out *out, const char *key,
                            bool array)
{
    AW_BUG_ON(out->depth >= AW_JSON_OUT_DEPTH);
    begin_value(out, key);
    out->depth++;
    uint32_t level = UINT32_C(1) << out->depth;

    out->filled &= ~level;
    out->arrays = array ? out->arrays | level : out->arrays & ~level;
    put_text(out, array ? "[" : "{");
}

static void end_container(struct aw_json_out *out, bool array)
{
    uint32_t level = UINT32_C(1) << out->depth;

    AW_BUG_ON(out->depth == 0);
    AW_BUG_ON(((out->arrays & level) != 0) != array);
    out->depth--;
    if ((out->filled & level) != 0) {
        put_new_line(out);
    }
    put_text(out, array ? "]" : "}");
}

void aw_json_out_init(struct aw_json_out *out, struct aw_sink sink,
                      bool compact)
{
    *out = (struct aw_json_out){.sink = sink, .compact = compact};
}

void aw_json_begin_object(struct aw_json_out *out, const char *key)
{
    begin_container(out, key, false);
}

void aw_json_end_object(struct aw_json_out *out)
{
    end_container(out, false);
}

void aw_json_begin_array(struct aw_json_out *out, const char *key)
{
    begin_container(out, key, true);
}

void aw_json_end_array(struct aw_json_out *out)
{
    end_container(out, true);
}

void aw_json_bytes(struct aw_json_out *out, const char *key, aw_bytes text)
{
    begin_value(out, key);
    put_string(out, text);
}

void aw_json_text(struct aw_json_out *out, const char *key, const char *text)
{
    aw_json_bytes(out, key, aw_text(text));
}

static void put_decimal(struct aw_json_out *out, uint64_t v)
{
    uint8_t buf[20];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    aw_wr_dec(&w, v);
    put_wr(out, &w);
}

void aw_json_u64(struct aw_json_out *out, const char *key, uint64_t v)
{
    begin_value(out, key);
    put_decimal(out, v);
}

void aw_json_i64(struct aw_json_out *out, const char *key, int64_t v)
{
    begin_value(out, key);
    if (v < 0) {
        put_text(out, "-");
    }
    put_decimal(out, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

void aw_json_u64_text(struct aw_json_out *out, const char *key, uint64_t v)
{
    begin_value(out, key);
    put_text(out, "\"");
    put_decimal(out, v);
    put_text(out, "\"");
}

void aw_json_bool(struct aw_json_out *out, const char *key, bool v)
{
    begin_value(out, key);
    put_text(out, v ? "true" : "false");
}

void aw_json_null(struct aw_json_out *out, const char *key)
{
    begin_value(out, key);
    put_text(out, "null");
}

static void put_encoded(struct aw_json_out *out, aw_bytes b,
                        void (*encode)(struct aw_wr *w, aw_bytes b))
{
    uint8_t buf[2 * CHUNK];
    struct aw_rd r = aw_rd_init(b);

    put_text(out, "\"");
    while (aw_rd_left(&r) > 0) {
        size_t left = aw_rd_left(&r);
        struct aw_wr w = aw_wr_init(buf, sizeof(buf));

        encode(&w, aw_rd_take(&r, left < CHUNK ? left : CHUNK));
        put_wr(out, &w);
    }
    put_text(out, "\"");
}

void aw_json_hex(struct aw_json_out *out, const char *key, aw_bytes b)
{
    begin_value(out, key);
    put_encoded(out, b, aw_wr_hex);
}

void aw_json_base64(struct aw_json_out *out, const char *key, aw_bytes b)
{
    begin_value(out, key);
    put_encoded(out, b, aw_wr_base64);
}

void aw_json_finish(struct aw_json_out *out)
{
    AW_BUG_ON(out->depth != 0 || (out->filled & 1) == 0);
    out->filled = 0;
    put_text(out, "\n");
}
