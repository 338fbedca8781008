/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/sources.h"

#include <string.h>

#include "aw/text.h"

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/* Next word of a line, empty at its end. */
static aw_bytes word(struct aw_rd *line)
{
    aw_bytes rest = aw_rd_rest(line);
    aw_bytes found = {NULL, 0};
    size_t from = 0;

    while (from < rest.n && is_blank(rest.p[from])) {
        from++;
    }
    size_t to = from;

    while (to < rest.n && !is_blank(rest.p[to])) {
        to++;
    }
    (void)!aw_slice(rest, from, to - from, &found);
    *line = aw_rd_at(rest, to);
    return found;
}

/* A name that can be that of a file, and says nothing about folders. */
static bool is_name(aw_bytes name)
{
    if (name.n == 0 || name.n > AW_SOURCE_NAME_MAX || name.p[0] == '.') {
        return false;
    }
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] <= ' ' || name.p[i] >= 0x7f || name.p[i] == '/') {
            return false;
        }
    }
    return true;
}

static bool is_digest(aw_bytes hex, uint8_t digest[AW_SHA256_SIZE])
{
    struct aw_wr w = aw_wr_init(digest, AW_SHA256_SIZE);

    for (size_t i = 0; i < hex.n; i++) {
        if (hex.p[i] >= 'A' && hex.p[i] <= 'F') {
            return false; /* the archive is stored under this name */
        }
    }
    return hex.n == (size_t)2 * AW_SHA256_SIZE &&
           aw_hex_decode(hex, &w) == AW_OK;
}

/* The next line; false behind the last one. */
static bool next_line(struct aw_sources *s, aw_bytes *line)
{
    struct aw_rd probe = s->rest;

    if (aw_rd_left(&s->rest) == 0) {
        return false;
    }
    *line = aw_rd_until(&probe, '\n');
    if (probe.failed) {
        *line = aw_rd_rest(&s->rest);
        probe = aw_rd_init((aw_bytes){NULL, 0});
    }
    s->rest = probe;
    s->line++;
    return true;
}

void aw_sources_init(aw_bytes list, struct aw_sources *sources)
{
    sources->rest = aw_rd_init(list);
    sources->line = 0;
}

aw_err aw_sources_next(struct aw_sources *sources, struct aw_source *source,
                       struct aw_diag *diag)
{
    struct aw_source row;
    aw_bytes line = {NULL, 0};

    while (next_line(sources, &line)) {
        struct aw_rd r = aw_rd_init(line);

        row.package = word(&r);
        if (row.package.n == 0 || row.package.p[0] == '#') {
            continue;
        }
        row.file = word(&r);
        if (!is_name(row.package) || !is_name(row.file) ||
            !is_digest(word(&r), row.sha256) || word(&r).n > 0) {
            return aw_fail(diag, AW_ERR_FORMAT, "sources: line", sources->line);
        }
        *source = row;
        return AW_OK;
    }
    return AW_ERR_NOT_FOUND;
}
