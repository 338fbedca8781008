/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hab/imx.h"
#include "aw/text.h"

/* Words of a line beside the comment. */
enum { WORDS_MAX = 4 };

struct words {
    size_t n;
    aw_bytes word[WORDS_MAX];
};

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* False when there are more words than any line has. */
static bool split(aw_bytes line, struct words *words)
{
    struct aw_rd r = aw_rd_init(line);

    r.b.n = aw_bytes_find(line, 0, '#');
    words->n = 0;
    while (aw_rd_left(&r) > 0) {
        size_t from = r.at;

        while (r.at < r.b.n && !is_blank(r.b.p[r.at])) {
            r.at++;
        }
        if (r.at == from) {
            r.at++;
            continue;
        }
        if (words->n == WORDS_MAX ||
            !aw_slice(r.b, from, r.at - from, &words->word[words->n])) {
            return false;
        }
        words->n++;
    }
    return true;
}

/* Number in decimal or, behind 0x, in hex. */
static aw_err number(aw_bytes word, uint32_t *v)
{
    uint64_t wide = 0;
    aw_err err = AW_ERR_FORMAT;

    if (aw_bytes_starts(word, "0x") || aw_bytes_starts(word, "0X")) {
        aw_bytes digits = {NULL, 0};

        if (aw_slice(word, 2, word.n - 2, &digits)) {
            err = aw_hex_parse_u64(digits, &wide);
        }
    } else {
        err = aw_dec_parse(word, &wide);
    }
    if (err != AW_OK) {
        return err;
    }
    if (wide > UINT32_MAX) {
        return AW_ERR_RANGE;
    }
    *v = (uint32_t)wide;
    return AW_OK;
}

static bool operation(aw_bytes word, uint8_t *op)
{
    static const struct {
        const char *word;
        uint8_t op;
    } ops[] = {
        {"DATA", AW_DCD_STORE},
        {"SET_BIT", AW_DCD_SET},
        {"CLR_BIT", AW_DCD_CLEAR},
        {"CHECK_BITS_SET", AW_DCD_ALL_SET},
        {"CHECK_BITS_CLR", AW_DCD_ALL_CLEAR},
    };

    for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        if (aw_bytes_is(word, ops[i].word)) {
            *op = ops[i].op;
            return true;
        }
    }
    return false;
}

static aw_err add(struct aw_dcd_list *list, const struct aw_dcd_entry *entry)
{
    if (list->n == list->cap) {
        return AW_ERR_SPACE;
    }
    list->entry[list->n++] = *entry;
    return AW_OK;
}

/* DATA 4 0x020c4068 0xffffffff */
static aw_err access_line(const struct words *words, struct aw_dcd_list *list)
{
    struct aw_dcd_entry e = {.op = AW_DCD_STORE};
    uint32_t width = 0;

    if (words->n != 4 || !operation(words->word[0], &e.op)) {
        return AW_ERR_FORMAT;
    }
    aw_err err = number(words->word[1], &width);

    if (err == AW_OK) {
        err = number(words->word[2], &e.address);
    }
    if (err == AW_OK) {
        err = number(words->word[3], &e.value);
    }
    if (err != AW_OK) {
        return err;
    }
    if ((width != 1 && width != 2 && width != 4) ||
        (width < 4 && e.value >> (8 * width) != 0)) {
        return AW_ERR_RANGE;
    }
    e.width = (uint8_t)width;
    return add(list, &e);
}

static aw_err take_line(const struct words *words, struct aw_dcd_list *list)
{
    static const struct aw_dcd_entry nop = {.op = AW_DCD_NOP, .width = 4};
    uint32_t v = 0;

    if (words->n == 0) {
        return AW_OK;
    }
    if (words->n == 1) {
        return aw_bytes_is(words->word[0], "NOP") ? add(list, &nop)
                                                  : AW_ERR_FORMAT;
    }
    if (words->n != 2) {
        return access_line(words, list);
    }
    if (aw_bytes_is(words->word[0], "CSF")) {
        return number(words->word[1], &list->csf_size);
    }
    if (aw_bytes_is(words->word[0], "IMAGE_VERSION")) {
        aw_err err = number(words->word[1], &v);

        return err == AW_OK && v != 2 ? AW_ERR_RANGE : err;
    }
    return aw_bytes_is(words->word[0], "BOOT_FROM") ? AW_OK : AW_ERR_FORMAT;
}

aw_err aw_dcd_list_parse(aw_bytes text, struct aw_dcd_list *list,
                         struct aw_diag *diag)
{
    struct aw_dcd_list l = *list;
    struct aw_rd r = aw_rd_init(text);

    for (size_t line = 1; aw_rd_left(&r) > 0; line++) {
        struct aw_rd before = r;
        aw_bytes bytes = aw_rd_line(&r);
        struct words words;

        if (r.failed) { /* the last line has no line feed */
            r = before;
            bytes = aw_rd_rest(&r);
        }
        aw_err err =
            split(bytes, &words) ? take_line(&words, &l) : AW_ERR_FORMAT;

        if (err != AW_OK) {
            return aw_fail(diag, err, "register list: line", line);
        }
    }
    *list = l;
    return AW_OK;
}
