/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_OUT_H
#define COMMON_OUT_H

#include "aw/json_write.h"
#include "common/buf.h"
#include "common/exit.h"

/*
 * The result of a command, on standard output: text, or with --json one
 * document. Each of the calls below writes either a member of the document or
 * a line of text, so that both always say the same:
 *
 *   aw_out_text(out, "origin", origin);      origin: example.com/log
 *   aw_out_begin(out, "tree");               tree:
 *   aw_out_u64(out, "size", 5);                size: 5
 *   aw_out_end(out);
 *
 * Keys are lower case with `_`; in text a blank takes its place. Text from
 * outside may hold anything; it is escaped. Results belong to the thread that
 * runs the command.
 */
enum { AW_OUT_DEPTH = AW_JSON_OUT_DEPTH - 1 };

/* All fields are private. */
struct aw_out {
    bool json;
    struct aw_json_out doc;
    struct aw_buf members; /* of the result, as a document of its own */
    struct aw_buf warnings;
    struct aw_buf line; /* not ended yet; used where a bar is drawn, too */
    size_t n_warnings;
    unsigned depth;
    bool list[AW_OUT_DEPTH + 1];
    bool dash; /* the next line begins an element of a list */
    int error; /* errno of the first failed write; 0 for none */
};

void aw_out_init(struct aw_out *out, bool json);
void aw_out_wipe(struct aw_out *out);

void aw_out_text(struct aw_out *out, const char *key, const char *text);
void aw_out_bytes(struct aw_out *out, const char *key, aw_bytes text);
/** 64-bit number: a text in the document. */
void aw_out_u64(struct aw_out *out, const char *key, uint64_t v);
/** Seconds since 1970, as such in the document; for people RFC 3339, UTC, as
 *  far as its four digits of a year go. */
void aw_out_time(struct aw_out *out, const char *key, uint64_t seconds);
/** Number that always fits a double, such as how many keys signed. */
void aw_out_count(struct aw_out *out, const char *key, size_t v);
void aw_out_bool(struct aw_out *out, const char *key, bool v);
void aw_out_hex(struct aw_out *out, const char *key, aw_bytes b);
void aw_out_base64(struct aw_out *out, const char *key, aw_bytes b);
/** An object; its key is NULL as the element of a list. */
void aw_out_begin(struct aw_out *out, const char *key);
void aw_out_end(struct aw_out *out);
/** A list; elements have the key NULL. */
void aw_out_begin_list(struct aw_out *out, const char *key);
void aw_out_end_list(struct aw_out *out);

/** True with --json: for results that text shows in another way. */
bool aw_out_is_json(const struct aw_out *out);
/** The document under way; only with --json. */
struct aw_json_out *aw_out_doc(struct aw_out *out);
/** One line of text; nothing with --json. */
AW_PRINTF(2, 3)
void aw_out_line(struct aw_out *out, const char *format, ...);
/** Text as it is; on a terminal all but line feeds is escaped. Nothing with
 *  --json. */
void aw_out_raw(struct aw_out *out, aw_bytes text);

/** Sends on what was written so far; nothing with --json. For commands that
 *  show results for a long time. @return false: nobody reads them any more */
bool aw_out_flush(struct aw_out *out);

/** Adds to the "warnings" of the document. */
void aw_out_warning(struct aw_out *out, const char *text);

/* What surrounds the members of a result. */
struct aw_out_frame {
    const char *command; /* "note verify" */
    int exit;
    const struct aw_findings *found;
};

/**
 * Ends the result: writes the document, flushes and closes standard output.
 *
 * @return AW_OK; AW_ERR_RESOURCE when the medium is full; AW_ERR_IO when
 *         standard output cannot be written or was closed.
 */
AW_MUST_CHECK aw_err aw_out_finish(struct aw_out *out,
                                   const struct aw_out_frame *frame,
                                   struct aw_host_diag *host);

#endif
