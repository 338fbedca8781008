/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aw/text.h"

/* Vectors stay reachable, so the leak checker is content. */
static void *keep(size_t n)
{
    static struct kept {
        struct kept *next;
    } * all;
    struct kept *k = calloc(1, sizeof(*k) + n + 1);

    ck_assert_ptr_nonnull(k);
    k->next = all;
    all = k;
    return k + 1;
}

bool vec_try_file(const char *path, aw_bytes *file)
{
    char full[1024];

    ck_assert_int_lt(snprintf(full, sizeof(full), "%s/%s", AW_VECTORS, path),
                     (int)sizeof(full));
    FILE *f = fopen(full, "rb");

    if (f == NULL) {
        return false;
    }
    ck_assert_int_eq(fseek(f, 0, SEEK_END), 0);
    long n = ftell(f);

    ck_assert_int_ge(n, 0);
    ck_assert_int_eq(fseek(f, 0, SEEK_SET), 0);
    uint8_t *p = keep((size_t)n);

    ck_assert_uint_eq(fread(p, 1, (size_t)n, f), (size_t)n);
    ck_assert_int_eq(fclose(f), 0);
    *file = (aw_bytes){p, (size_t)n};
    return true;
}

aw_bytes vec_keep(aw_bytes b)
{
    uint8_t *p = keep(b.n);

    if (b.n > 0) {
        memcpy(p, b.p, b.n);
    }
    return (aw_bytes){p, b.n};
}

aw_bytes vec_file(const char *path)
{
    aw_bytes file = {NULL, 0};

    ck_assert_msg(vec_try_file(path, &file), "cannot open %s", path);
    return file;
}

cJSON *vec_json(const char *path)
{
    aw_bytes text = vec_file(path);
    cJSON *json = cJSON_ParseWithLength((const char *)text.p, text.n);

    ck_assert_msg(json != NULL, "%s is no JSON", path);
    void **holder = keep(sizeof(void *));

    *holder = json;
    return json;
}

aw_bytes vec_str(const cJSON *obj, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(obj, key);

    if (!cJSON_IsString(item)) {
        return (aw_bytes){NULL, 0};
    }
    return aw_text(item->valuestring);
}

aw_bytes vec_unbase64(aw_bytes text)
{
    struct aw_wr w = aw_wr_init(keep(text.n), text.n);

    ck_assert_int_eq(aw_base64_decode(text, &w), AW_OK);
    return aw_wr_done(&w);
}

aw_bytes vec_unhex(aw_bytes text)
{
    struct aw_wr w = aw_wr_init(keep(text.n), text.n);

    ck_assert_int_eq(aw_hex_decode(text, &w), AW_OK);
    return aw_wr_done(&w);
}

aw_bytes vec_b64(const cJSON *obj, const char *key)
{
    return vec_unbase64(vec_str(obj, key));
}

uint64_t vec_u64(const cJSON *obj, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(obj, key);
    uint64_t v = 0;

    if (cJSON_IsNumber(item)) {
        return (uint64_t)item->valuedouble;
    }
    ck_assert_msg(cJSON_IsString(item), "no number %s", key);
    ck_assert_int_eq(aw_dec_parse(aw_text(item->valuestring), &v), AW_OK);
    return v;
}

bool vec_bool(const cJSON *obj, const char *key)
{
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(obj, key)) != 0;
}

size_t vec_tsv(struct aw_rd *r, aw_bytes *fields, size_t max)
{
    size_t n = 0;

    if (aw_rd_left(r) == 0) {
        return 0;
    }
    struct aw_rd line = aw_rd_init(aw_rd_line(r));

    ck_assert_msg(!r->failed, "line without end");
    while (n < max) {
        struct aw_rd probe = line;
        aw_bytes field = aw_rd_until(&probe, '\t');

        if (probe.failed) {
            fields[n++] = aw_rd_rest(&line);
            break;
        }
        fields[n++] = field;
        line = probe;
    }
    return n;
}

const char *vec_cstr(aw_bytes b)
{
    char *s = keep(b.n);

    if (b.n > 0) {
        memcpy(s, b.p, b.n);
    }
    return s;
}
