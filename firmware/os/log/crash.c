/* SPDX-License-Identifier: Apache-2.0 */
#include "os/log/crash.h"

#include <string.h>

#include "aw/bootstate.h"

/* Places in the line. */
enum { SEQ_AT = 14, SIZE_AT = 28, CRC_AT = 41, END_AT = 50, DIGITS = 8 };

static const char head[] = "AWCRASH 1 seq=00000000 size=00000000 crc=00000000 ";

_Static_assert(sizeof(head) == END_AT + 1, "places");

static void put_field(struct aw_wr *w, const char *name, uint64_t v,
                      unsigned digits)
{
    aw_wr_text(w, name);
    aw_wr_hex_u64(w, v, digits);
}

static void put_version(struct aw_wr *w, const char *name, const char *version)
{
    aw_wr_text(w, name);
    aw_wr_text(w, version[0] != '\0' ? version : "-");
}

/* Eight digits in the line. */
static void put_at(struct aw_wr *w, size_t at, uint32_t v)
{
    struct aw_wr here = aw_wr_init(w->p + at, DIGITS);

    aw_wr_hex_u64(&here, v, DIGITS);
}

void crash_begin(const struct crash *crash, struct aw_wr *w)
{
    aw_wr_text(w, head);
    aw_wr_text(w, "end=");
    aw_wr_text(w, crash->end);
    put_field(w, " vector=", crash->vector, 1);
    put_field(w, " pc=", crash->pc, DIGITS);
    put_field(w, " starts=", crash->starts, 1);
    put_field(w, " ms=", crash->ms, DIGITS);
    put_version(w, " os=", crash->os);
    put_version(w, " applet=", crash->applet);
    aw_wr_text(w, "\n");
    if (!w->failed) {
        put_at(w, SEQ_AT, crash->seq);
    }
}

void crash_end(struct aw_wr *w)
{
    aw_bytes all = aw_wr_done(w);
    size_t text = aw_bytes_find(all, 0, '\n') + 1;

    AW_BUG_ON(w->failed || text > all.n);
    put_at(w, SIZE_AT, (uint32_t)(all.n - text));
    put_at(w, CRC_AT, aw_crc32((aw_bytes){all.p + END_AT, all.n - END_AT}));
}

uint32_t crash_blocks(size_t n)
{
    size_t blocks = (n + CRASH_BLOCK - 1) / CRASH_BLOCK + 1;

    return (uint32_t)(blocks < CRASH_AREA / CRASH_BLOCK
                          ? blocks
                          : CRASH_AREA / CRASH_BLOCK);
}

/* Exactly eight lower-case digits. */
static bool digits_at(aw_bytes line, size_t at, uint32_t *v)
{
    struct aw_rd r = aw_rd_at(line, at);
    uint32_t value = 0;

    for (unsigned i = 0; i < DIGITS; i++) {
        uint8_t c = aw_rd_u8(&r);

        if (c >= '0' && c <= '9') {
            value = value << 4 | (uint32_t)(c - '0');
        } else if (c >= 'a' && c <= 'f') {
            value = value << 4 | (uint32_t)(c - 'a' + 10);
        } else {
            return false;
        }
    }
    *v = value;
    return true;
}

/* The words of the line, whatever the numbers are. */
static bool words_match(aw_bytes line)
{
    for (size_t i = 0; i < END_AT; i++) {
        bool number = (i >= SEQ_AT && i < SEQ_AT + DIGITS) ||
                      (i >= SIZE_AT && i < SIZE_AT + DIGITS) ||
                      (i >= CRC_AT && i < CRC_AT + DIGITS);

        if (!number && line.p[i] != (uint8_t)head[i]) {
            return false;
        }
    }
    return true;
}

/* The line of an area, as far as its form goes. */
struct line {
    uint32_t seq;
    uint32_t size; /* of the text */
    uint32_t crc;
    size_t text; /* where it begins */
};

static bool read_line(aw_bytes bytes, struct line *line)
{
    line->text = aw_bytes_find(bytes, 0, '\n') + 1;
    return bytes.n >= END_AT && line->text <= CRASH_LINE_MAX &&
           line->text > END_AT && words_match(bytes) &&
           digits_at(bytes, SEQ_AT, &line->seq) &&
           digits_at(bytes, SIZE_AT, &line->size) &&
           digits_at(bytes, CRC_AT, &line->crc);
}

size_t crash_size(aw_bytes block)
{
    struct line line;

    if (!read_line(block, &line) || line.size > CRASH_AREA - line.text) {
        return 0;
    }
    return line.text + line.size;
}

aw_err crash_parse(aw_bytes bytes, struct crash_area *area)
{
    struct line line;
    aw_bytes all = {NULL, 0};

    if (!read_line(bytes, &line)) {
        return AW_ERR_FORMAT;
    }
    if (line.text > bytes.n || line.size > bytes.n - line.text ||
        !aw_slice(bytes, 0, line.text + line.size, &all)) {
        return AW_ERR_SHORT;
    }
    if (aw_crc32((aw_bytes){all.p + END_AT, all.n - END_AT}) != line.crc) {
        return AW_ERR_DIGEST;
    }
    *area = (struct crash_area){line.seq, all};
    return AW_OK;
}
