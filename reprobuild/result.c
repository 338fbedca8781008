/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/reprobuild/result.h"

#include <string.h>

#include "aw/text.h"

static const char *const verdicts[] = {"reproduced", "differs",     "failed",
                                       "timed-out",  "unavailable", "refused"};
enum { VERDICTS = sizeof(verdicts) / sizeof(verdicts[0]) };

const char *aw_rb_verdict_name(enum aw_rb_verdict verdict)
{
    return verdicts[verdict];
}

/* --- Writing -------------------------------------------------------------- */

static void put(struct aw_wr *w, const char *key, aw_bytes value)
{
    aw_wr_text(w, key);
    aw_wr_u8(w, ' ');
    aw_wr_put(w, value);
    aw_wr_u8(w, '\n');
}

static void put_hex(struct aw_wr *w, const char *key, const uint8_t *digest)
{
    aw_wr_text(w, key);
    aw_wr_u8(w, ' ');
    if (digest == NULL) {
        aw_wr_u8(w, '-');
    } else {
        aw_wr_hex(w, (aw_bytes){digest, AW_SHA256_SIZE});
    }
    aw_wr_u8(w, '\n');
}

static void put_dec(struct aw_wr *w, const char *key, bool has, uint64_t v)
{
    aw_wr_text(w, key);
    aw_wr_u8(w, ' ');
    if (has) {
        aw_wr_dec(w, v);
    } else {
        aw_wr_u8(w, '-');
    }
    aw_wr_u8(w, '\n');
}

static const char first_line[] = "aw-rebuild 1";

void aw_rb_result_write(const struct aw_rb_result *result, struct aw_wr *w)
{
    aw_wr_text(w, first_line);
    aw_wr_u8(w, '\n');
    put(w, "origin", result->origin);
    put_dec(w, "index", result->has_index, result->index);
    put_hex(w, "leaf", result->leaf);
    put(w, "component", aw_text(aw_component_name(result->component)));
    put(w, "version", result->version);
    put(w, "commit", result->commit);
    put(w, "recipe", result->recipe);
    put_hex(w, "expected", result->expected);
    put_hex(w, "built", result->has_built ? result->built : NULL);
    put_dec(w, "passes", true, result->passes);
    put(w, "varied", result->varied);
    put(w, "memory", result->memory);
    put(w, "verdict", aw_text(verdicts[result->verdict]));
    put(w, "reason", result->reason);
}

/* --- Reading -------------------------------------------------------------- */

/* Lines under way; the first wrong one sticks. */
struct lines {
    struct aw_rd r;
    uint64_t number;
    bool wrong;
};

static aw_bytes get(struct lines *l, const char *key)
{
    aw_bytes line = aw_rd_line(&l->r);
    struct aw_rd r = aw_rd_init(line);

    if (l->wrong) {
        return (aw_bytes){NULL, 0};
    }
    l->number++;
    aw_bytes is = aw_rd_until(&r, ' ');
    aw_bytes value = aw_rd_rest(&r);

    if (l->r.failed || r.failed || !aw_bytes_is(is, key) || value.n == 0) {
        l->wrong = true;
    }
    return value;
}

static bool get_hex(struct lines *l, const char *key, bool optional,
                    uint8_t *digest)
{
    aw_bytes value = get(l, key);
    struct aw_wr w = aw_wr_init(digest, AW_SHA256_SIZE);

    if (optional && aw_bytes_is(value, "-")) {
        return false;
    }
    for (size_t i = 0; i < value.n; i++) {
        l->wrong = l->wrong || (value.p[i] >= 'A' && value.p[i] <= 'F');
    }
    l->wrong =
        l->wrong || aw_hex_decode(value, &w) != AW_OK || w.n != AW_SHA256_SIZE;
    return true;
}

static bool get_dec(struct lines *l, const char *key, bool optional,
                    uint64_t *v)
{
    aw_bytes value = get(l, key);

    if (optional && aw_bytes_is(value, "-")) {
        return false;
    }
    l->wrong = l->wrong || aw_dec_parse(value, v) != AW_OK;
    return true;
}

static enum aw_rb_verdict get_verdict(struct lines *l)
{
    aw_bytes value = get(l, "verdict");
    size_t i = 0;

    while (i < VERDICTS && !aw_bytes_is(value, verdicts[i])) {
        i++;
    }
    l->wrong = l->wrong || i == VERDICTS;
    return i == VERDICTS ? AW_RB_REFUSED : (enum aw_rb_verdict)i;
}

static void get_release(struct lines *l, struct aw_rb_result *r)
{
    r->origin = get(l, "origin");
    r->has_index = get_dec(l, "index", true, &r->index);
    (void)get_hex(l, "leaf", false, r->leaf);
    aw_bytes component = get(l, "component");

    l->wrong =
        l->wrong || aw_component_parse(component, &r->component) != AW_OK;
    r->version = get(l, "version");
    r->commit = get(l, "commit");
    r->recipe = get(l, "recipe");
    (void)get_hex(l, "expected", false, r->expected);
}

/* What a verdict says of the digests must be what they say. */
static bool consistent(const struct aw_rb_result *r)
{
    bool same =
        r->has_built && memcmp(r->built, r->expected, AW_SHA256_SIZE) == 0;

    switch (r->verdict) {
    case AW_RB_REPRODUCED:
        return same && r->passes > 0;
    case AW_RB_DIFFERS:
        return r->has_built && r->passes > 0;
    default:
        return true;
    }
}

aw_err aw_rb_result_parse(aw_bytes text, struct aw_rb_result *result,
                          struct aw_diag *diag)
{
    struct aw_rb_result r = {.has_index = false};
    struct lines l = {.r = aw_rd_init(text), .number = 1};

    if (text.n > AW_RB_RESULT_MAX) {
        return aw_fail(diag, AW_ERR_SPACE, "rebuild result: size", text.n);
    }
    aw_bytes first = aw_rd_line(&l.r);

    if (!aw_bytes_starts(first, "aw-rebuild ")) {
        return aw_fail(diag, AW_ERR_FORMAT, "rebuild result: line", 1);
    }
    if (!aw_bytes_is(first, first_line)) {
        return aw_fail(diag, AW_ERR_UNSUPPORTED, "rebuild result: version", 1);
    }
    get_release(&l, &r);
    r.has_built = get_hex(&l, "built", true, r.built);
    (void)get_dec(&l, "passes", false, &r.passes);
    r.varied = get(&l, "varied");
    r.memory = get(&l, "memory");
    r.verdict = get_verdict(&l);
    r.reason = get(&l, "reason");
    if (l.wrong || aw_rd_left(&l.r) > 0 || !consistent(&r)) {
        return aw_fail(diag, AW_ERR_FORMAT, "rebuild result: line", l.number);
    }
    *result = r;
    return AW_OK;
}

aw_err aw_rb_result_kept(aw_bytes kept, struct aw_rb_result *result,
                         struct aw_diag *diag)
{
    aw_bytes text = kept;

    /* The signatures of a note are behind its first empty line. */
    for (size_t at = 0; at + 1 < kept.n; at++) {
        if (kept.p[at] == '\n' && kept.p[at + 1] == '\n') {
            text.n = at + 1;
            break;
        }
    }
    return aw_rb_result_parse(text, result, diag);
}

bool aw_rb_result_agree(const struct aw_rb_result *a,
                        const struct aw_rb_result *b)
{
    return memcmp(a->leaf, b->leaf, AW_SHA256_SIZE) == 0 &&
           aw_bytes_equal(a->origin, b->origin) && a->index == b->index &&
           a->verdict == b->verdict && a->has_built == b->has_built &&
           (!a->has_built || memcmp(a->built, b->built, AW_SHA256_SIZE) == 0);
}

void aw_rb_reason(const char *text, char reason[AW_RB_REASON_MAX + 1])
{
    size_t n = 0;

    for (; n < AW_RB_REASON_MAX && text[n] != '\0'; n++) {
        reason[n] = (char)(text[n] < ' ' || text[n] > '~' ? '?' : text[n]);
    }
    if (n == 0) {
        reason[n++] = '-';
    }
    reason[n] = '\0';
}
