/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_FTLOG_SOURCES_H
#define AW_FTLOG_SOURCES_H

#include "aw/bytes.h"
#include "aw/err.h"
#include "aw/sha256.h"

/*
 * The list of third-party sources that firmware is built from, as
 * cmake/sources.lock has it and as the manifest's build.sources_sha256 fixes
 * it: one archive a line, package, file name and SHA-256 in lower-case hex,
 * with blanks or tabs between them. Empty lines and those that begin with '#'
 * are comments.
 */
enum {
    AW_SOURCES_MAX = 256 * 1024, /* bytes of a list that programs read */
    AW_SOURCE_NAME_MAX = 255     /* bytes of a package or a file name */
};

/* One archive; borrowed from the list. */
struct aw_source {
    aw_bytes package;
    aw_bytes file; /* a name, not a path: no '/', not hidden */
    uint8_t sha256[AW_SHA256_SIZE];
};

/* Reads a list row by row. */
struct aw_sources {
    struct aw_rd rest;
    uint64_t line; /* number of the line that was read last, from 1 */
};

/** @param list  untrusted; outlives the reader */
void aw_sources_init(aw_bytes list, struct aw_sources *sources);

/**
 * Reads the next row.
 *
 * @param source  untouched on failure
 *
 * @return AW_OK; AW_ERR_NOT_FOUND behind the last row; AW_ERR_FORMAT, with the
 *         line's number in `at`, for a line of another form.
 */
AW_MUST_CHECK aw_err aw_sources_next(struct aw_sources *sources,
                                     struct aw_source *source,
                                     struct aw_diag *diag);

#endif
