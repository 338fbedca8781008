/* SPDX-License-Identifier: Apache-2.0 */
/* Fuse maps from text: docs/formats/fuse-map.md. */
#include <string.h>

#include "aw/text.h"
#include "fusemap_private.h"

enum { WORDS_OF_LINE = 8, BANK_WORDS_MAX = 256, BANKS_MAX = 256 };

/* Lines that stand once, before all registers. */
enum head { HEAD_PART = 1, HEAD_REFERENCE = 2, HEAD_DRIVER = 4, HEAD_BANK = 8 };

struct parser {
    struct aw_fusemap *map;
    struct aw_diag *diag;
    uint64_t line;
    unsigned seen; /* enum head */
};

/* One line cut at blanks. */
struct line {
    size_t n; /* WORDS_OF_LINE + 1 when there are more */
    aw_bytes word[WORDS_OF_LINE];
    aw_bytes rest; /* what follows the first word */
};

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static aw_bytes next_word(struct aw_rd *r)
{
    while (aw_rd_left(r) > 0 && is_blank(r->b.p[r->at])) {
        r->at++;
    }
    size_t from = r->at;

    while (aw_rd_left(r) > 0 && !is_blank(r->b.p[r->at])) {
        r->at++;
    }
    aw_bytes word = {NULL, 0};

    (void)!aw_slice(r->b, from, r->at - from, &word);
    return word;
}

static aw_bytes trim(aw_bytes text)
{
    size_t from = 0;
    size_t end = text.n;

    while (end > 0 && is_blank(text.p[end - 1])) {
        end--;
    }
    while (from < end && is_blank(text.p[from])) {
        from++;
    }
    (void)!aw_slice(text, from, end - from, &text);
    return text;
}

static struct line cut_line(aw_bytes text)
{
    struct aw_rd r = aw_rd_init(text);
    struct line line = {.n = 0};

    for (aw_bytes w = next_word(&r); w.n > 0; w = next_word(&r)) {
        if (line.n == WORDS_OF_LINE) {
            line.n++;
            break;
        }
        line.word[line.n++] = w;
        if (line.n == 1) {
            (void)!aw_slice(text, r.at, text.n - r.at, &line.rest);
        }
    }
    line.rest = trim(line.rest);
    return line;
}

static aw_err wrong(const struct parser *p, aw_err err, const char *where)
{
    return aw_fail(p->diag, err, where, p->line);
}

/* Characters that names of fuses have, and that are safe to show. */
static bool name_ok(aw_bytes name)
{
    static const char more[] = "_-.:,/[]";

    if (name.n == 0 || name.n > AW_FUSE_NAME_MAX) {
        return false;
    }
    for (size_t i = 0; i < name.n; i++) {
        uint8_t c = name.p[i];
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        bool digit = c >= '0' && c <= '9';

        if (!letter && !digit && memchr(more, c, sizeof(more) - 1) == NULL) {
            return false;
        }
    }
    return true;
}

/* Decimal, or hex behind 0x; at most `max`. */
static aw_err number(const struct parser *p, aw_bytes text, uint64_t max,
                     uint64_t *v)
{
    uint64_t got = 0;
    aw_bytes hex = {NULL, 0};
    aw_err err = AW_ERR_FORMAT;

    if (aw_bytes_starts(text, "0x") && aw_slice(text, 2, text.n - 2, &hex)) {
        err = aw_hex_parse_u64(hex, &got);
    } else {
        err = aw_dec_parse(text, &got);
    }
    if (err != AW_OK) {
        return wrong(p, err, "fuse map: number");
    }
    if (got > max) {
        return wrong(p, AW_ERR_RANGE, "fuse map: number");
    }
    *v = got;
    return AW_OK;
}

static aw_err parse_text(struct parser *p, const struct line *line,
                         enum head head, aw_bytes *to)
{
    if (line->rest.n == 0 || line->rest.n > AW_FUSE_NAME_MAX ||
        (p->seen & head) != 0) {
        return wrong(p, AW_ERR_FORMAT, "fuse map: heading");
    }
    for (size_t i = 0; i < line->rest.n; i++) {
        if (line->rest.p[i] < ' ' || line->rest.p[i] > '~') {
            return wrong(p, AW_ERR_FORMAT, "fuse map: heading");
        }
    }
    p->seen |= head;
    *to = line->rest;
    return AW_OK;
}

static aw_err parse_part(struct parser *p, const struct line *line)
{
    if (line->n != 2 || !name_ok(line->word[1])) {
        return wrong(p, AW_ERR_FORMAT, "fuse map: part");
    }
    return parse_text(p, line, HEAD_PART, &p->map->part);
}

static aw_err parse_reference(struct parser *p, const struct line *line)
{
    return parse_text(p, line, HEAD_REFERENCE, &p->map->reference);
}

static aw_err parse_driver(struct parser *p, const struct line *line)
{
    if (line->n != 2 || (p->seen & HEAD_DRIVER) != 0) {
        return wrong(p, AW_ERR_FORMAT, "fuse map: driver");
    }
    if (aw_bytes_is(line->word[1], "nvmem-imx-ocotp")) {
        p->map->driver = AW_FUSE_OCOTP;
    } else if (aw_bytes_is(line->word[1], "nvmem-imx-iim")) {
        p->map->driver = AW_FUSE_IIM;
    } else {
        return wrong(p, AW_ERR_FORMAT, "fuse map: driver");
    }
    p->seen |= HEAD_DRIVER;
    return AW_OK;
}

static aw_err parse_bank_words(struct parser *p, const struct line *line)
{
    uint64_t v = 0;

    if (line->n != 2 || (p->seen & HEAD_BANK) != 0) {
        return wrong(p, AW_ERR_FORMAT, "fuse map: bank-words");
    }
    aw_err err = number(p, line->word[1], BANK_WORDS_MAX, &v);

    if (err != AW_OK) {
        return err;
    }
    if (v == 0) {
        return wrong(p, AW_ERR_RANGE, "fuse map: bank-words");
    }
    p->map->bank_words = (unsigned)v;
    p->seen |= HEAD_BANK;
    return AW_OK;
}

static aw_err parse_shadow(struct parser *p, const struct line *line)
{
    uint64_t v = 0;

    if (line->n != 2 || p->map->shadow != 0) {
        return wrong(p, AW_ERR_FORMAT, "fuse map: shadow");
    }
    aw_err err = number(p, line->word[1], UINT32_MAX, &v);

    if (err == AW_OK) {
        p->map->shadow = (uint32_t)v;
    }
    return err;
}

/* Place of a word: two words of a line from `at` on. */
static aw_err parse_place(struct parser *p, const struct line *line, size_t at,
                          uint8_t *bank, uint8_t *word)
{
    uint64_t b = 0;
    uint64_t w = 0;

    if ((p->seen & HEAD_BANK) == 0) {
        return wrong(p, AW_ERR_FORMAT, "fuse map: bank-words");
    }
    aw_err err = number(p, line->word[at], BANKS_MAX - 1, &b);

    if (err == AW_OK) {
        err = number(p, line->word[at + 1], p->map->bank_words - 1, &w);
    }
    if (err == AW_OK) {
        *bank = (uint8_t)b;
        *word = (uint8_t)w;
    }
    return err;
}

static aw_err parse_gap(struct parser *p, const struct line *line)
{
    struct aw_fuse_gap gap = {.from = 0};
    uint8_t bank = 0;
    uint8_t word = 0;
    uint64_t bytes = 0;

    if (line->n < 5 || line->n > 6) {
        return wrong(p, AW_ERR_FORMAT, "fuse map: gap");
    }
    if (p->map->n_gaps == AW_FUSE_GAPS_MAX) {
        return wrong(p, AW_ERR_SPACE, "fuse map: gap");
    }
    aw_err err = parse_place(p, line, 1, &bank, &word);

    if (err == AW_OK) {
        err = number(p, line->word[3], UINT16_MAX, &bytes);
    }
    if (err != AW_OK) {
        return err;
    }
    gap.read = aw_bytes_is(line->word[4], "read");
    gap.write = aw_bytes_is(line->word[line->n - 1], "write");
    if ((line->n == 5 ? gap.read == gap.write : !gap.read || !gap.write) ||
        bytes == 0) {
        return wrong(p, AW_ERR_FORMAT, "fuse map: gap");
    }
    gap.from = (uint16_t)aw_fusemap_index(p->map, bank, word);
    gap.bytes = (uint16_t)bytes;
    p->map->gaps[p->map->n_gaps++] = gap;
    return AW_OK;
}

/* The fuse that a register names as its lock. */
static aw_err parse_lock(const struct parser *p, aw_bytes name, uint16_t *lock)
{
    const struct aw_fuse *fuse = fusemap_named(p->map, name);

    if (fuse == NULL || fuse->bank != 0 || fuse->word != 0 || fuse->len > 2 ||
        aw_fuse_words(fuse, aw_fuse_word_bits(p->map)) != 1) {
        return wrong(p, AW_ERR_FORMAT, "fuse map: lock");
    }
    *lock = (uint16_t)(fuse - p->map->fuses);
    return AW_OK;
}

static aw_err parse_register(struct parser *p, const struct line *line)
{
    struct aw_fuse_register reg = {.lock = {AW_FUSE_NONE, AW_FUSE_NONE}};
    const unsigned heads = HEAD_PART | HEAD_REFERENCE | HEAD_DRIVER | HEAD_BANK;

    if (p->seen != heads || line->n < 4 || line->n == 5 || line->n > 7 ||
        !name_ok(line->word[1]) ||
        (line->n > 4 && !aw_bytes_is(line->word[4], "lock"))) {
        return wrong(p, AW_ERR_FORMAT, "fuse map: register");
    }
    if (p->map->n_registers == AW_FUSE_REGISTERS_MAX) {
        return wrong(p, AW_ERR_SPACE, "fuse map: register");
    }
    reg.name = line->word[1];
    aw_err err = parse_place(p, line, 2, &reg.bank, &reg.word);

    for (size_t i = 5; err == AW_OK && i < line->n; i++) {
        err = parse_lock(p, line->word[i], &reg.lock[i - 5]);
    }
    if (err != AW_OK) {
        return err;
    }
    if (fusemap_taken(p->map, reg.name) ||
        aw_fusemap_at(p->map, reg.bank, reg.word) != NULL) {
        return wrong(p, AW_ERR_DUPLICATE, "fuse map: register");
    }
    p->map->registers[p->map->n_registers++] = reg;
    return AW_OK;
}

static aw_err add_fuse(struct parser *p, const struct line *line, bool board)
{
    struct aw_fusemap *map = p->map;
    struct aw_fuse fuse = {.board = board};
    uint64_t offset = 0;
    uint64_t len = 0;

    if (map->n_registers == 0 || line->n != 4 || !name_ok(line->word[1])) {
        return wrong(p, AW_ERR_FORMAT, "fuse map: fuse");
    }
    if (map->n_fuses == AW_FUSES_MAX) {
        return wrong(p, AW_ERR_SPACE, "fuse map: fuse");
    }
    aw_err err = number(p, line->word[2], aw_fuse_word_bits(map) - 1, &offset);

    if (err == AW_OK) {
        err = number(p, line->word[3], AW_FUSE_BITS_MAX, &len);
    }
    if (err != AW_OK) {
        return err;
    }
    if (len == 0) {
        return wrong(p, AW_ERR_RANGE, "fuse map: length");
    }
    if (fusemap_taken(map, line->word[1])) {
        return wrong(p, AW_ERR_DUPLICATE, "fuse map: fuse");
    }
    fuse.name = line->word[1];
    fuse.bank = map->registers[map->n_registers - 1].bank;
    fuse.word = map->registers[map->n_registers - 1].word;
    fuse.offset = (uint8_t)offset;
    fuse.len = (uint16_t)len;
    map->fuses[map->n_fuses++] = fuse;
    return AW_OK;
}

static aw_err parse_fuse(struct parser *p, const struct line *line)
{
    return add_fuse(p, line, false);
}

static aw_err parse_board(struct parser *p, const struct line *line)
{
    return add_fuse(p, line, true);
}

static const struct {
    const char *word;
    aw_err (*parse)(struct parser *p, const struct line *line);
} lines[] = {
    {"fuse", parse_fuse},     {"register", parse_register},
    {"board", parse_board},   {"gap", parse_gap},
    {"part", parse_part},     {"reference", parse_reference},
    {"driver", parse_driver}, {"bank-words", parse_bank_words},
    {"shadow", parse_shadow},
};

static aw_err parse_line(struct parser *p, aw_bytes text)
{
    struct line line = cut_line(text);

    if (line.n == 0 || line.word[0].p[0] == '#') {
        return AW_OK;
    }
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        if (aw_bytes_is(line.word[0], lines[i].word)) {
            return lines[i].parse(p, &line);
        }
    }
    return wrong(p, AW_ERR_FORMAT, "fuse map: line");
}

static aw_err parse_first(const struct parser *p, const struct line *line)
{
    p->map->overlay = line->n == 3 && aw_bytes_is(line->word[2], "overlay");
    if ((line->n != 2 && !p->map->overlay) ||
        !aw_bytes_is(line->word[0], "aw-fusemap") ||
        !aw_bytes_is(line->word[1], "1")) {
        return wrong(p, AW_ERR_FORMAT, "fuse map: first line");
    }
    return AW_OK;
}

/* First line that says something: the name of the format. */
static aw_err parse_magic(struct parser *p, struct aw_rd *r)
{
    while (aw_rd_left(r) > 0) {
        struct line line = cut_line(aw_rd_line(r));

        p->line++;
        if (r->failed) {
            break;
        }
        if (line.n > 0 && line.word[0].p[0] != '#') {
            return parse_first(p, &line);
        }
    }
    return wrong(p, AW_ERR_FORMAT, "fuse map: first line");
}

static aw_err parse_lines(struct parser *p, aw_bytes text)
{
    struct aw_rd r = aw_rd_init(text);
    aw_err err = parse_magic(p, &r);

    while (err == AW_OK && aw_rd_left(&r) > 0) {
        aw_bytes line = aw_rd_line(&r);

        p->line++;
        err = r.failed ? wrong(p, AW_ERR_FORMAT, "fuse map: last line feed")
                       : parse_line(p, line);
    }
    return err;
}

/* Words lie at multiples of their size, and no address wraps. */
static aw_err check_places(const struct parser *p)
{
    const struct aw_fusemap *map = p->map;
    unsigned word = aw_fuse_word_bits(map) / 8;

    for (size_t i = 0; i < map->n_gaps; i++) {
        if (map->gaps[i].bytes % word != 0) {
            return aw_fail(p->diag, AW_ERR_RANGE,
                           "fuse map: gap is no whole words, number", i);
        }
    }
    for (size_t i = 0; map->shadow != 0 && i < map->n_registers; i++) {
        uint64_t read = aw_fusemap_offset(map, map->registers[i].bank,
                                          map->registers[i].word, false);

        if (map->shadow % 4 != 0 || map->shadow + 4 * read > UINT32_MAX - 3) {
            return aw_fail(p->diag, AW_ERR_RANGE, "fuse map: shadow",
                           map->shadow);
        }
    }
    return AW_OK;
}

static aw_err check_whole(const struct parser *p)
{
    const struct aw_fusemap *map = p->map;

    if (map->n_registers == 0) {
        return wrong(p, AW_ERR_FORMAT, "fuse map: no register");
    }
    aw_err err = check_places(p);

    if (err != AW_OK) {
        return err;
    }
    for (size_t i = 0; !map->overlay && i < map->n_fuses; i++) {
        if (!fusemap_inside(map, &map->fuses[i])) {
            return aw_fail(p->diag, AW_ERR_RANGE,
                           "fuse map: words without a register, of fuse number",
                           i);
        }
    }
    return AW_OK;
}

aw_err aw_fusemap_parse(aw_bytes text, struct aw_fusemap *map,
                        struct aw_diag *diag)
{
    struct parser p = {.map = map, .diag = diag};

    memset(map, 0, sizeof(*map));
    if (text.n > AW_FUSEMAP_MAX) {
        return aw_fail(diag, AW_ERR_SPACE, "fuse map: size", text.n);
    }
    aw_err err = parse_lines(&p, text);

    if (err == AW_OK) {
        err = check_whole(&p);
    }
    if (err != AW_OK) {
        memset(map, 0, sizeof(*map));
    }
    return err;
}
