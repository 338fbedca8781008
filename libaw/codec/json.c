/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/json.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "json_arena.h"
#include "json_scan.h"

/*
 * The pass over cJSON's tree, in the order of the text: compares keys, and
 * keeps what cJSON drops, the digits of numbers (in valuestring) and whether
 * a string was spelled with escapes (in valueint).
 */
struct settle {
    aw_bytes text; /* valid */
    size_t at;
    struct aw_wr *work;
};

static uint8_t byte_at(const struct settle *p)
{
    AW_BUG_ON(p->at >= p->text.n);
    return p->text.p[p->at];
}

/* Goes to the next string or number. */
static void find_token(struct settle *p)
{
    uint8_t c = byte_at(p);

    while (c != '"' && c != '-' && !json_is_digit(c)) {
        p->at++;
        c = byte_at(p);
    }
}

/* Passes a string; true when it has escapes. */
static bool pass_string(struct settle *p)
{
    bool escapes = false;

    find_token(p);
    for (p->at++; byte_at(p) != '"'; p->at++) {
        if (byte_at(p) == '\\') {
            escapes = true;
            p->at++;
        }
    }
    p->at++;
    return escapes;
}

/* Passes a number; a copy with NUL behind it, or NULL without space. */
static char *pass_number(struct settle *p)
{
    find_token(p);
    size_t start = p->at;

    while (p->at < p->text.n &&
           (json_is_digit(byte_at(p)) || strchr("-+.eE", byte_at(p)) != NULL)) {
        p->at++;
    }
    size_t n = p->at - start;
    char *copy = aw_wr_reserve(p->work, n + 1, 1);

    if (copy != NULL) {
        memcpy(copy, p->text.p + start, n);
        copy[n] = 0;
    }
    return copy;
}

static bool has_key_before(const cJSON *object, const cJSON *member)
{
    for (const cJSON *m = object->child; m != member; m = m->next) {
        if (strcmp(m->string, member->string) == 0) {
            return true;
        }
    }
    return false;
}

static aw_err check_key(struct settle *p, const cJSON *object,
                        const cJSON *member, size_t n)
{
    if (n >= AW_JSON_MEMBERS_MAX) {
        return AW_ERR_SPACE;
    }
    (void)pass_string(p);
    return has_key_before(object, member) ? AW_ERR_DUPLICATE : AW_OK;
}

static aw_err settle_container(struct settle *p, const cJSON *container);

static aw_err settle_value(struct settle *p, cJSON *v)
{
    if (cJSON_IsString(v)) {
        v->valueint = pass_string(p) ? 1 : 0;
        return AW_OK;
    }
    if (cJSON_IsNumber(v)) {
        v->valuestring = pass_number(p);
        return v->valuestring != NULL ? AW_OK : AW_ERR_SPACE;
    }
    return settle_container(p, v);
}

static aw_err settle_container(struct settle *p, const cJSON *container)
{
    bool object = cJSON_IsObject(container) != 0;
    aw_err err = AW_OK;
    size_t n = 0;

    for (cJSON *v = container->child; v != NULL && err == AW_OK; v = v->next) {
        if (object) {
            err = check_key(p, container, v, n);
        }
        if (err == AW_OK) {
            err = settle_value(p, v);
        }
        n++;
    }
    return err;
}

/* Builds the tree of a valid text; NULL when work is full. */
static cJSON *build(aw_bytes text, struct aw_wr *work)
{
    json_arena_bind(work);
    cJSON *tree =
        cJSON_ParseWithLengthOpts((const char *)text.p, text.n, NULL, 0);

    json_arena_bind(NULL);
    return tree;
}

aw_err aw_json_parse(aw_bytes text, size_t max, struct aw_wr *work,
                     aw_json *root, struct aw_diag *diag)
{
    struct aw_wr tree_work = *work;

    if (text.n > max) {
        return aw_fail(diag, AW_ERR_SPACE, "json: length", text.n);
    }
    aw_err err = json_scan(text, diag);

    if (err != AW_OK) {
        return err;
    }
    cJSON *tree = build(text, &tree_work);

    if (tree == NULL) {
        return aw_fail(diag, AW_ERR_SPACE, "json: work area", work->cap);
    }
    struct settle p = {.text = text, .work = &tree_work};

    err = settle_value(&p, tree);
    if (err != AW_OK) {
        return aw_fail(diag, err, "json: object", p.at);
    }
    *work = tree_work;
    root->node = tree;
    return AW_OK;
}
