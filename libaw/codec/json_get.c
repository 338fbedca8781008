/* SPDX-License-Identifier: Apache-2.0 */
#include <cjson/cJSON.h>

#include "aw/json.h"
#include "aw/text.h"

enum aw_json_kind aw_json_kind(aw_json v)
{
    const cJSON *node = v.node;

    if (node == NULL) {
        return AW_JSON_ABSENT;
    }
    switch (node->type & 0xff) {
    case cJSON_True:
    case cJSON_False:
        return AW_JSON_BOOL;
    case cJSON_Number:
        return AW_JSON_NUMBER;
    case cJSON_String:
        return AW_JSON_STRING;
    case cJSON_Array:
        return AW_JSON_ARRAY;
    case cJSON_Object:
        return AW_JSON_OBJECT;
    default:
        return AW_JSON_NULL;
    }
}

aw_json aw_json_member(aw_json object, const char *key)
{
    if (aw_json_kind(object) != AW_JSON_OBJECT) {
        return (aw_json){NULL};
    }
    return (aw_json){cJSON_GetObjectItemCaseSensitive(object.node, key)};
}

aw_json aw_json_first(aw_json container)
{
    const cJSON *node = container.node;

    return (aw_json){node != NULL ? node->child : NULL};
}

aw_json aw_json_next(aw_json v)
{
    const cJSON *node = v.node;

    return (aw_json){node != NULL ? node->next : NULL};
}

size_t aw_json_count(aw_json container)
{
    size_t n = 0;

    for (aw_json v = aw_json_first(container); v.node != NULL;
         v = aw_json_next(v)) {
        n++;
    }
    return n;
}

aw_bytes aw_json_key(aw_json v)
{
    const cJSON *node = v.node;

    return node != NULL && node->string != NULL ? aw_text(node->string)
                                                : (aw_bytes){NULL, 0};
}

static aw_err want(aw_json v, enum aw_json_kind kind)
{
    enum aw_json_kind is = aw_json_kind(v);

    if (is == kind) {
        return AW_OK;
    }
    return is == AW_JSON_ABSENT ? AW_ERR_NOT_FOUND : AW_ERR_TYPE;
}

aw_err aw_json_get_text(aw_json v, aw_bytes *text)
{
    const cJSON *node = v.node;
    aw_err err = want(v, AW_JSON_STRING);

    if (err == AW_OK) {
        *text = aw_text(node->valuestring);
    }
    return err;
}

aw_err aw_json_get_plain_text(aw_json v, aw_bytes *text)
{
    const cJSON *node = v.node;
    aw_err err = want(v, AW_JSON_STRING);

    if (err != AW_OK) {
        return err;
    }
    return node->valueint == 0 ? aw_json_get_text(v, text) : AW_ERR_FORMAT;
}

/* Digits and sign of an integer. */
static aw_err get_integer(aw_json v, bool *negative, uint64_t *size)
{
    const cJSON *node = v.node;
    aw_err err = want(v, AW_JSON_NUMBER);

    if (err != AW_OK) {
        return err;
    }
    *negative = node->valuestring[0] == '-';
    err = aw_dec_parse(aw_text(node->valuestring + (*negative ? 1 : 0)), size);
    return err == AW_ERR_FORMAT ? AW_ERR_TYPE : err;
}

aw_err aw_json_get_u64(aw_json v, uint64_t *n)
{
    bool negative = false;
    uint64_t size = 0;
    aw_err err = get_integer(v, &negative, &size);

    if (err == AW_OK && negative) {
        err = AW_ERR_RANGE;
    }
    if (err == AW_OK) {
        *n = size;
    }
    return err;
}

aw_err aw_json_get_i64(aw_json v, int64_t *n)
{
    bool negative = false;
    uint64_t size = 0;
    aw_err err = get_integer(v, &negative, &size);

    if (err != AW_OK) {
        return err;
    }
    if (size > (uint64_t)INT64_MAX + (negative ? 1U : 0U)) {
        return AW_ERR_RANGE;
    }
    /* The lowest number has no positive twin. */
    *n = negative && size > 0 ? -1 - (int64_t)(size - 1) : (int64_t)size;
    return AW_OK;
}

aw_err aw_json_get_bool(aw_json v, bool *b)
{
    aw_err err = want(v, AW_JSON_BOOL);

    if (err == AW_OK) {
        *b = cJSON_IsTrue(v.node) != 0;
    }
    return err;
}
