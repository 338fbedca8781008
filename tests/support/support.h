/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_H
#define SUPPORT_H

#include <check.h>
#include <cjson/cJSON.h>

#include "aw/bytes.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/*
 * Helpers for tests. Memory lives until the test process ends; a missing or
 * broken vector fails the test.
 */

/** Copy that lives until the test process ends. */
aw_bytes vec_keep(aw_bytes b);
/** Whole file below tests/vectors. */
aw_bytes vec_file(const char *path);
/** The same, but false when there is no such file. */
bool vec_try_file(const char *path, aw_bytes *file);
/** Parsed JSON file below tests/vectors. */
cJSON *vec_json(const char *path);
/** String member as bytes; empty when absent or null. */
aw_bytes vec_str(const cJSON *obj, const char *key);
/** Base64 member, decoded; empty when absent or null. */
aw_bytes vec_b64(const cJSON *obj, const char *key);
/** Decimal string or number member. */
uint64_t vec_u64(const cJSON *obj, const char *key);
bool vec_bool(const cJSON *obj, const char *key);
/** Base64 and hex text, decoded. */
aw_bytes vec_unbase64(aw_bytes text);
aw_bytes vec_unhex(aw_bytes text);
/** Next line of a TSV file split at tabs; number of fields, 0 at the end. */
size_t vec_tsv(struct aw_rd *r, aw_bytes *fields, size_t max);
/** NUL-terminated copy, for messages. */
const char *vec_cstr(aw_bytes b);

#define CK_ASSERT_BYTES(got, want)                                          \
    ck_assert_msg(aw_bytes_equal((got), (want)), "got \"%s\", want \"%s\"", \
                  vec_cstr(got), vec_cstr(want))

#endif
