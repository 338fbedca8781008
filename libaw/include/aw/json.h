/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_JSON_H
#define AW_JSON_H

#include "aw/bytes.h"

/*
 * Strict JSON reader: RFC 8259 in UTF-8. Format page: docs/formats/json.md.
 *
 * One pass of ours over the text decides whether it is valid, then cJSON
 * builds the tree in the caller's work area. cJSON's allocation hooks are
 * process-wide. They are set once, before the first text is parsed; from then
 * on they serve cJSON from the work area while this reader calls it in the
 * same thread, and from malloc and free at all other times, so other users of
 * cJSON in the process see no difference. Texts may be parsed in any number
 * of threads at once.
 */
enum {
    AW_JSON_DEPTH = 16,         /* open arrays and objects */
    AW_JSON_MEMBERS_MAX = 1024, /* of one object */
    AW_JSON_NUMBER_MAX = 63     /* characters */
};

enum aw_json_kind {
    AW_JSON_ABSENT,
    AW_JSON_NULL,
    AW_JSON_BOOL,
    AW_JSON_NUMBER,
    AW_JSON_STRING,
    AW_JSON_ARRAY,
    AW_JSON_OBJECT
};

/* A value of a parsed text, borrowed from the work area. */
typedef struct aw_json {
    const void *node; /* private; NULL for a value that is absent */
} aw_json;

/**
 * Parses a text that holds exactly one value, white space around it.
 *
 * @param text  untrusted; not needed any more when the function returns
 * @param max   longest text accepted, in bytes
 * @param work  memory for the tree: what is unused of it is taken from, and
 *              untouched on failure. Ordinary texts need about 10 bytes for
 *              each of theirs, the worst 45
 * @param root  the value; untouched on failure
 * @param diag  may be NULL; `at` is the offset of the fault
 *
 * @return AW_OK; AW_ERR_SHORT if the text ends within the value;
 *         AW_ERR_FORMAT if it is no JSON, not UTF-8, has NUL in a string
 *         (escaped or not), an escape that is half of a surrogate pair, or
 *         anything but white space behind the value; AW_ERR_DUPLICATE if an
 *         object has two keys that are equal once unescaped; AW_ERR_RANGE if
 *         a number is longer than AW_JSON_NUMBER_MAX; AW_ERR_SPACE if the
 *         text is longer than max, nested deeper than AW_JSON_DEPTH, an
 *         object has more than AW_JSON_MEMBERS_MAX members, or work is full.
 */
AW_MUST_CHECK aw_err aw_json_parse(aw_bytes text, size_t max,
                                   struct aw_wr *work, aw_json *root,
                                   struct aw_diag *diag);

enum aw_json_kind aw_json_kind(aw_json v);

/** Member of an object by its exact key; absent for any other value. */
aw_json aw_json_member(aw_json object, const char *key);

/** First element or member of an array or object, and the one after v;
 *  absent when there is none. */
aw_json aw_json_first(aw_json container);
aw_json aw_json_next(aw_json v);
/** Number of elements or members; 0 for other values. */
size_t aw_json_count(aw_json container);

/** Key of a member, unescaped; empty for other values. */
aw_bytes aw_json_key(aw_json v);

/*
 * A value as a certain type. All return AW_OK, AW_ERR_NOT_FOUND for an absent
 * value and AW_ERR_TYPE for one of another kind; outputs are untouched on
 * failure.
 */

/** Text of a string, unescaped. */
AW_MUST_CHECK aw_err aw_json_get_text(aw_json v, aw_bytes *text);

/** Text of a string that is spelled without escapes; AW_ERR_FORMAT for one
 *  with escapes. */
AW_MUST_CHECK aw_err aw_json_get_plain_text(aw_json v, aw_bytes *text);

/**
 * Integers, exact over the whole range: they are read from the digits, not
 * from a double. A number with a fraction or an exponent is AW_ERR_TYPE,
 * whatever its value; AW_ERR_RANGE for one that does not fit.
 */
AW_MUST_CHECK aw_err aw_json_get_u64(aw_json v, uint64_t *n);
AW_MUST_CHECK aw_err aw_json_get_i64(aw_json v, int64_t *n);

AW_MUST_CHECK aw_err aw_json_get_bool(aw_json v, bool *b);

#endif
