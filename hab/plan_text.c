/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a plan: docs/formats/fuse-plan.md. */
#include <string.h>

#include "aw/text.h"
#include "plan_private.h"

enum { LINE_MAX_BYTES = 256 };

static void put_line(const struct aw_sink *out, const struct aw_wr *w)
{
    AW_BUG_ON(w->failed);
    aw_sink_put(out, aw_wr_done(w));
    aw_sink_text(out, "\n");
}

static void put_place(struct aw_wr *w, unsigned bank, unsigned word)
{
    aw_wr_text(w, " ");
    aw_wr_dec(w, bank);
    aw_wr_text(w, " ");
    aw_wr_dec(w, word);
}

static void put_hex32(struct aw_wr *w, uint32_t v)
{
    aw_wr_text(w, " ");
    aw_wr_hex_u64(w, v, 8);
}

static void write_set(const struct aw_plan_set *set, const struct aw_sink *out)
{
    char line[LINE_MAX_BYTES];
    struct aw_wr w = aw_wr_init(line, sizeof(line));

    aw_wr_text(&w, "set ");
    aw_wr_put(&w, set->fuse.name);
    put_place(&w, set->fuse.bank, set->fuse.word);
    put_place(&w, set->fuse.offset, set->fuse.len);
    aw_wr_text(&w, " ");
    aw_fuse_value_write(&set->fuse, set->value, &w);
    put_line(out, &w);
}

static void write_head(const struct aw_plan *plan, const struct aw_sink *out)
{
    char line[LINE_MAX_BYTES];
    struct aw_wr w = aw_wr_init(line, sizeof(line));

    aw_wr_text(&w, "aw-fuse-plan 1\npart ");
    aw_wr_put(&w, plan->part);
    aw_wr_text(&w, "\nunit ");
    aw_plan_serial(plan, &w);
    aw_wr_text(&w, "\ntarget ");
    if (plan->target == AW_PLAN_HAB_CLOSED) {
        aw_wr_text(&w, "hab-closed\nsrk-hash ");
        aw_wr_hex(&w, (aw_bytes){plan->srk_hash, AW_PLAN_SRK_SIZE});
    } else {
        aw_wr_text(&w, "set");
    }
    put_line(out, &w);
}

static void write_program(const struct aw_plan *plan,
                          const struct aw_plan_step *step,
                          const struct aw_sink *out)
{
    char line[LINE_MAX_BYTES];
    struct aw_wr w = aw_wr_init(line, sizeof(line));

    aw_wr_text(&w, "step program");
    put_place(&w, step->bank, step->word);
    put_hex32(&w, step->bits);
    aw_wr_text(&w, " ");
    AW_BUG_ON(w.failed);
    aw_sink_put(out, aw_wr_done(&w));
    aw_plan_step_names(plan, step, out);
    aw_sink_text(out, "\n");
}

static void write_step(const struct aw_plan *plan,
                       const struct aw_plan_step *step,
                       const struct aw_sink *out)
{
    switch (step->kind) {
    case AW_PLAN_PROGRAM:
        write_program(plan, step, out);
        break;
    case AW_PLAN_BOOT:
        aw_sink_text(out, "step boot\n");
        break;
    case AW_PLAN_VERIFY:
        aw_sink_text(out, "step verify\n");
        break;
    }
}

/* All lines but the last. */
static void write_body(const struct aw_plan *plan, const struct aw_sink *out)
{
    write_head(plan, out);
    for (size_t i = 0; i < plan->n_sets; i++) {
        write_set(&plan->sets[i], out);
    }
    for (size_t i = 0; i < plan->n_words; i++) {
        char line[LINE_MAX_BYTES];
        struct aw_wr w = aw_wr_init(line, sizeof(line));

        aw_wr_text(&w, "word");
        put_place(&w, plan->words[i].bank, plan->words[i].word);
        put_hex32(&w, plan->words[i].start);
        put_hex32(&w, plan->words[i].lock);
        put_line(out, &w);
    }
    for (size_t i = 0; i < plan->n_steps; i++) {
        write_step(plan, &plan->steps[i], out);
    }
}

static void put_hash(void *ctx, aw_bytes b)
{
    aw_sha256_update(ctx, b);
}

void aw_plan_hash(const struct aw_plan *plan, uint8_t hash[AW_SHA256_SIZE])
{
    struct aw_sha256 h;
    struct aw_sink sink = {.ctx = &h, .put = put_hash};

    aw_sha256_init(&h);
    write_body(plan, &sink);
    aw_sha256_final(&h, hash);
}

void aw_plan_write(const struct aw_plan *plan, const struct aw_sink *out)
{
    uint8_t hash[AW_SHA256_SIZE];
    char line[LINE_MAX_BYTES];
    struct aw_wr w = aw_wr_init(line, sizeof(line));

    aw_plan_hash(plan, hash);
    write_body(plan, out);
    aw_wr_text(&w, "hash ");
    aw_wr_hex(&w, (aw_bytes){hash, sizeof(hash)});
    put_line(out, &w);
}

/* Text to compare with what a writer writes. */
struct compare {
    aw_bytes text;
    size_t at;
    bool differs;
};

static void put_compare(void *ctx, aw_bytes b)
{
    struct compare *c = ctx;
    aw_bytes here = {NULL, 0};

    if (!c->differs && aw_slice(c->text, c->at, b.n, &here) &&
        aw_bytes_equal(here, b)) {
        c->at += b.n;
    } else {
        c->differs = true;
    }
}

struct parser {
    struct aw_plan plan;
    struct aw_diag *diag;
    struct aw_rd text;
    uint64_t line;
};

static aw_err wrong(const struct parser *p, aw_err err, const char *where)
{
    return aw_fail(p->diag, err, where, p->line);
}

/* The next line, when it begins with a word; a cursor behind that. Lines that
 * do not belong fail when the whole text is compared. */
static bool next_line(struct parser *p, const char *word, struct aw_rd *rest)
{
    struct aw_rd at = p->text;
    struct aw_rd line = aw_rd_init(aw_rd_line(&at));

    if (at.failed || !aw_bytes_is(aw_rd_take(&line, aw_text(word).n), word)) {
        return false;
    }
    if (aw_rd_left(&line) > 0 && aw_rd_u8(&line) != ' ') {
        return false;
    }
    p->text = at;
    p->line++;
    *rest = line;
    return true;
}

/* Next field of a line, up to a blank or the end. */
static aw_bytes field(struct aw_rd *r)
{
    size_t end = aw_bytes_find(r->b, r->at, ' ');
    aw_bytes f = aw_rd_take(r, end - r->at);

    if (aw_rd_left(r) > 0) {
        (void)aw_rd_take(r, 1);
    }
    return f;
}

static aw_err number(const struct parser *p, struct aw_rd *r, uint64_t max,
                     uint64_t *v)
{
    uint64_t got = 0;
    aw_err err = aw_dec_parse(field(r), &got);

    if (err == AW_OK && got > max) {
        err = AW_ERR_RANGE;
    }
    if (err != AW_OK) {
        return wrong(p, err, "fuse plan: number");
    }
    *v = got;
    return AW_OK;
}

static aw_err hex32(const struct parser *p, struct aw_rd *r, uint32_t *v)
{
    uint64_t got = 0;
    aw_bytes text = field(r);

    if (text.n != 8 || aw_hex_parse_u64(text, &got) != AW_OK) {
        return wrong(p, AW_ERR_FORMAT, "fuse plan: hex number");
    }
    *v = (uint32_t)got;
    return AW_OK;
}

/* Exactly n bytes of hex up to the end of the line. */
static aw_err hex_bytes(const struct parser *p, struct aw_rd *r, uint8_t *out,
                        size_t n)
{
    aw_bytes text = aw_rd_rest(r);
    struct aw_wr w = aw_wr_init(out, n);

    if (text.n != 2 * n || aw_hex_decode(text, &w) != AW_OK) {
        return wrong(p, AW_ERR_FORMAT, "fuse plan: hex");
    }
    return AW_OK;
}

static aw_err parse_set(struct parser *p, struct aw_rd *r)
{
    struct aw_plan_set set = {.fuse = {.name = field(r)}};
    uint64_t v[4] = {0};
    static const uint64_t max[4] = {UINT8_MAX, 7, 31, AW_FUSE_BITS_MAX};
    aw_err err = AW_OK;

    if (p->plan.n_sets == AW_PLAN_SETS_MAX) {
        return wrong(p, AW_ERR_SPACE, "fuse plan: set");
    }
    for (size_t i = 0; err == AW_OK && i < 4; i++) {
        err = number(p, r, max[i], &v[i]);
    }
    if (err != AW_OK) {
        return err;
    }
    set.fuse.bank = (uint8_t)v[0];
    set.fuse.word = (uint8_t)v[1];
    set.fuse.offset = (uint8_t)v[2];
    set.fuse.len = (uint16_t)v[3];
    if (set.fuse.len == 0 || set.fuse.name.n == 0 ||
        set.fuse.name.n > AW_FUSE_NAME_MAX) {
        return wrong(p, AW_ERR_FORMAT, "fuse plan: set");
    }
    err = aw_fuse_value_parse(&set.fuse, aw_rd_rest(r), set.value);
    if (err != AW_OK) {
        return wrong(p, err, "fuse plan: value");
    }
    if (!plan_look_at_set(&p->plan, &set)) {
        return wrong(p, AW_ERR_SPACE, "fuse plan: words");
    }
    p->plan.sets[p->plan.n_sets++] = set;
    return AW_OK;
}

static aw_err parse_target(struct parser *p, struct aw_rd *r, aw_bytes part)
{
    uint8_t hash[AW_PLAN_SRK_SIZE];
    aw_bytes target = aw_rd_rest(r);
    aw_err err = AW_ERR_FORMAT;

    if (aw_bytes_is(target, "set")) {
        err = aw_plan_begin_set(part, &p->plan);
    } else if (aw_bytes_is(target, "hab-closed") &&
               next_line(p, "srk-hash", r)) {
        err = hex_bytes(p, r, hash, sizeof(hash));
        if (err == AW_OK) {
            err = aw_plan_begin_closed(part, hash, &p->plan);
        }
    }
    return err == AW_OK ? err : wrong(p, err, "fuse plan: target");
}

static aw_err parse_head(struct parser *p)
{
    uint8_t unit[AW_PLAN_UNIT_SIZE];
    struct aw_rd r;
    aw_bytes part = {NULL, 0};

    if (!next_line(p, "aw-fuse-plan", &r) || !next_line(p, "part", &r)) {
        return wrong(p, AW_ERR_FORMAT, "fuse plan: first lines");
    }
    part = aw_rd_rest(&r);
    if (!next_line(p, "unit", &r)) {
        return wrong(p, AW_ERR_FORMAT, "fuse plan: unit");
    }
    aw_err err = hex_bytes(p, &r, unit, sizeof(unit));

    if (err != AW_OK) {
        return err;
    }
    if (!next_line(p, "target", &r)) {
        return wrong(p, AW_ERR_FORMAT, "fuse plan: target");
    }
    err = parse_target(p, &r, part);
    memcpy(p->plan.unit, unit, sizeof(unit));
    while (err == AW_OK && p->plan.target == AW_PLAN_SET &&
           next_line(p, "set", &r)) {
        err = parse_set(p, &r);
    }
    return err;
}

static aw_err parse_word(struct parser *p, struct aw_plan_word *at)
{
    struct aw_rd r;
    uint64_t bank = 0;
    uint64_t word = 0;

    if (!next_line(p, "word", &r)) {
        return wrong(p, AW_ERR_FORMAT, "fuse plan: word");
    }
    aw_err err = number(p, &r, UINT8_MAX, &bank);

    if (err == AW_OK) {
        err = number(p, &r, 7, &word);
    }
    if (err == AW_OK && (bank != at->bank || word != at->word)) {
        err = wrong(p, AW_ERR_FORMAT, "fuse plan: order of words");
    }
    if (err == AW_OK) {
        err = hex32(p, &r, &at->start);
    }
    /* The map's locks, for single fuses; the other target has its own. */
    uint32_t lock = 0;

    if (err == AW_OK) {
        err = hex32(p, &r, &lock);
    }
    if (err == AW_OK && p->plan.target == AW_PLAN_SET) {
        at->lock = lock;
    }
    return err;
}

aw_err aw_plan_parse(aw_bytes text, struct aw_plan *plan, struct aw_diag *diag)
{
    struct parser p = {.diag = diag, .text = aw_rd_init(text)};
    struct compare same = {.text = text};
    struct aw_sink sink = {.ctx = &same, .put = put_compare};
    struct aw_plan_result result = {.why = AW_PLAN_FINE};

    if (text.n > AW_PLAN_TEXT_MAX) {
        return aw_fail(diag, AW_ERR_SPACE, "fuse plan: size", text.n);
    }
    aw_err err = parse_head(&p);

    for (size_t i = 0; err == AW_OK && i < p.plan.n_words; i++) {
        err = parse_word(&p, &p.plan.words[i]);
    }
    if (err != AW_OK) {
        return err;
    }
    err = plan_derive(&p.plan, &result);
    if (err != AW_OK) {
        return wrong(&p, err, "fuse plan: words");
    }
    aw_plan_write(&p.plan, &sink);
    if (same.differs || same.at != text.n) {
        return wrong(&p, AW_ERR_DIGEST, "fuse plan: steps or hash");
    }
    *plan = p.plan;
    return AW_OK;
}
