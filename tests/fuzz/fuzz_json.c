/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON reader and writer: what is read and written reads as the same,
 * and the next writing gives the same bytes. Fractions have no writer. */
#include "aw/json.h"
#include "aw/json_write.h"
#include "fuzz.h"

enum { TEXT_MAX = 16 * 1024, WORK = 64 * TEXT_MAX };

static uint8_t work_area[WORK];
static uint8_t first[8 * TEXT_MAX];
static uint8_t second[8 * TEXT_MAX];

static void put_value(struct aw_json_out *out, aw_json v, const char *key);

static void put_number(struct aw_json_out *out, aw_json v, const char *key)
{
    uint64_t u = 0;
    int64_t i = 0;

    if (aw_json_get_i64(v, &i) == AW_OK) {
        aw_json_i64(out, key, i);
    } else if (aw_json_get_u64(v, &u) == AW_OK) {
        aw_json_u64(out, key, u);
    } else {
        aw_json_null(out, key);
    }
}

static void put_container(struct aw_json_out *out, aw_json v, const char *key)
{
    bool object = aw_json_kind(v) == AW_JSON_OBJECT;

    (object ? aw_json_begin_object : aw_json_begin_array)(out, key);
    for (aw_json c = aw_json_first(v); aw_json_kind(c) != AW_JSON_ABSENT;
         c = aw_json_next(c)) {
        /* Keys end in NUL in the tree. */
        put_value(out, c, object ? (const char *)aw_json_key(c).p : NULL);
    }
    (object ? aw_json_end_object : aw_json_end_array)(out);
}

static void put_value(struct aw_json_out *out, aw_json v, const char *key)
{
    aw_bytes text = {NULL, 0};
    aw_bytes plain = {NULL, 0};
    bool b = false;

    switch (aw_json_kind(v)) {
    case AW_JSON_STRING:
        trap_unless(aw_json_get_text(v, &text) == AW_OK);
        trap_unless(aw_json_get_plain_text(v, &plain) != AW_OK ||
                    aw_bytes_equal(text, plain));
        aw_json_bytes(out, key, text);
        break;
    case AW_JSON_NUMBER:
        put_number(out, v, key);
        break;
    case AW_JSON_BOOL:
        trap_unless(aw_json_get_bool(v, &b) == AW_OK);
        aw_json_bool(out, key, b);
        break;
    case AW_JSON_OBJECT:
    case AW_JSON_ARRAY:
        put_container(out, v, key);
        break;
    default:
        aw_json_null(out, key);
        break;
    }
}

static aw_bytes written(aw_json root, bool compact, uint8_t *buf, size_t cap)
{
    struct aw_wr w = aw_wr_init(buf, cap);
    struct aw_json_out out;

    aw_json_out_init(&out, aw_sink_wr(&w), compact);
    put_value(&out, root, NULL);
    aw_json_finish(&out);
    return aw_wr_done(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool compact = size % 2 == 0;
    struct aw_wr work = aw_wr_init(work_area, sizeof(work_area));
    aw_json root = {NULL};

    if (aw_json_parse((aw_bytes){data, size}, TEXT_MAX, &work, &root, NULL) !=
        AW_OK) {
        return 0;
    }
    aw_bytes a = written(root, compact, first, sizeof(first));

    if (a.n == 0) {
        return 0; /* it outgrew the buffer */
    }
    work = aw_wr_init(work_area, sizeof(work_area));
    aw_err err = aw_json_parse(a, sizeof(first), &work, &root, NULL);

    trap_unless(err == AW_OK || err == AW_ERR_SPACE);
    if (err != AW_OK) {
        return 0;
    }
    trap_unless(
        aw_bytes_equal(a, written(root, compact, second, sizeof(second))));
    return 0;
}
