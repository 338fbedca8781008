/* SPDX-License-Identifier: Apache-2.0 */
#include "common/escape.h"

#include "aw/text.h"

struct range {
    uint32_t first;
    uint32_t last;
};

/* Controls (Cc), format characters (Cf) that hide or reorder text, and the
 * separators of lines and paragraphs. */
static const struct range unsafe[] = {
    {0x00, 0x1f},       {0x7f, 0x9f},     {0xad, 0xad},     {0x34f, 0x34f},
    {0x61c, 0x61c},     {0x115f, 0x1160}, {0x17b4, 0x17b5}, {0x180b, 0x180f},
    {0x200b, 0x200f},   {0x2028, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164},
    {0xfe00, 0xfe0f},   {0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff0, 0xfffb},
    {0xe0000, 0xe0fff},
};

static bool is_unsafe(uint32_t cp, enum aw_escape_mode mode)
{
    if (cp == '\n') {
        return mode == AW_ESCAPE_LINE;
    }
    for (size_t i = 0; i < sizeof(unsafe) / sizeof(unsafe[0]); i++) {
        if (cp >= unsafe[i].first && cp <= unsafe[i].last) {
            return true;
        }
    }
    return false;
}

static void put_code(uint32_t cp, enum aw_escape_mode mode, struct aw_wr *w)
{
    if (mode != AW_ESCAPE_JSON && cp < 0x80) {
        aw_wr_text(w, "\\x");
        aw_wr_hex_u64(w, cp, 2);
    } else if (cp < 0x10000) {
        aw_wr_text(w, "\\u");
        aw_wr_hex_u64(w, cp, 4);
    } else if (mode == AW_ESCAPE_JSON) {
        aw_wr_text(w, "\\u");
        aw_wr_hex_u64(w, 0xd800 + ((cp - 0x10000) >> 10), 4);
        aw_wr_text(w, "\\u");
        aw_wr_hex_u64(w, 0xdc00 + (cp & 0x3ff), 4);
    } else {
        aw_wr_text(w, "\\U");
        aw_wr_hex_u64(w, cp, 8);
    }
}

/* Reads one character and writes its escape, if it needs one, to w. */
static void step(struct aw_rd *r, enum aw_escape_mode mode, struct aw_wr *w)
{
    struct aw_rd probe = *r;
    uint32_t cp = aw_utf8_next(&probe);

    if (probe.failed) {
        aw_wr_text(w, "\\x");
        aw_wr_hex_u64(w, aw_rd_u8(r), 2);
        return;
    }
    *r = probe;
    if (is_unsafe(cp, mode)) {
        put_code(cp, mode, w);
    }
}

void aw_escape(aw_bytes text, enum aw_escape_mode mode,
               const struct aw_sink *out)
{
    struct aw_rd r = aw_rd_init(text);
    struct aw_rd plain = r; /* begin of the run that needs no escape */

    while (aw_rd_left(&r) > 0) {
        uint8_t code[16];
        struct aw_wr w = aw_wr_init(code, sizeof(code));
        size_t at = r.at;

        step(&r, mode, &w);
        if (w.n > 0) {
            aw_sink_put(out, aw_rd_take(&plain, at - plain.at));
            aw_sink_put(out, aw_wr_done(&w));
            plain = r;
        }
    }
    aw_sink_put(out, aw_rd_rest(&plain));
}
