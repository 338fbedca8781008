/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hostio/fusemap_yaml.h"

#include <stdlib.h>
#include <string.h>

#include "aw/hostio/alloc.h"
#include "aw/text.h"
#include "yaml_tree.h"

/* A line that we write is at most four short texts. */
enum { OUT_MAX = YAML_NODES_MAX * 160 };

struct converter {
    struct yaml_tree tree;
    struct aw_wr out;
    struct aw_host_diag *host;
    bool overlay;
};

static aw_err wrong(const struct converter *c, aw_err err, size_t at,
                    const char *what)
{
    const struct yaml_node *node = &c->tree.node[at];

    return aw_fail(aw_host_say(c->host, "line %zu: %s%s%s", node->line,
                               node->key == NULL ? "" : node->key,
                               node->key == NULL ? "" : ": ", what),
                   err, "fuse map in YAML", node->line);
}

/* Texts go into lines of words: no blanks, no control characters. A reference
 * may have blanks inside. */
static bool printable(const char *text, bool blanks)
{
    for (const char *p = text; *p != '\0'; p++) {
        if (*p < (blanks ? ' ' : '!') || *p > '~') {
            return false;
        }
    }
    return text[0] != '\0' && text[0] != '#';
}

/* Only these keys may stand in a mapping. */
static aw_err check_keys(const struct converter *c, size_t at,
                         const char *const *keys)
{
    for (size_t i = c->tree.node[at].child; i != 0; i = c->tree.node[i].next) {
        size_t k = 0;

        while (keys[k] != NULL && strcmp(keys[k], c->tree.node[i].key) != 0) {
            k++;
        }
        if (keys[k] == NULL) {
            return wrong(c, AW_ERR_FORMAT, i, "unknown key");
        }
    }
    return AW_OK;
}

/* A mapping, or nothing at all, which YAML shows as an empty scalar. */
static aw_err need_mapping(const struct converter *c, size_t at)
{
    const char *value = c->tree.node[at].value;

    if (value != NULL && value[0] != '\0') {
        return wrong(c, AW_ERR_FORMAT, at, "is no mapping");
    }
    return AW_OK;
}

/* The text of a key of a mapping. */
static aw_err need_text(const struct converter *c, size_t at, const char *key,
                        bool blanks, const char **text)
{
    size_t i = yaml_tree_find(&c->tree, at, key);

    if (i == 0) {
        aw_err err = wrong(c, AW_ERR_FORMAT, at, "a key is missing");

        (void)aw_host_say(c->host, "line %zu: %s is missing",
                          c->tree.node[at].line, key);
        return err;
    }
    if (c->tree.node[i].value == NULL ||
        !printable(c->tree.node[i].value, blanks)) {
        return wrong(c, AW_ERR_FORMAT, i, "is no plain text");
    }
    *text = c->tree.node[i].value;
    return AW_OK;
}

static void put_words(struct converter *c, const char *const *words)
{
    for (size_t i = 0; words[i] != NULL; i++) {
        aw_wr_text(&c->out, i == 0 ? "" : " ");
        aw_wr_text(&c->out, words[i]);
    }
    aw_wr_text(&c->out, "\n");
}

static aw_err put_head(struct converter *c)
{
    static const struct {
        const char *key;
        const char *word;
        bool blanks;
    } heads[] = {{"processor", "part", false},
                 {"reference", "reference", true},
                 {"driver", "driver", false},
                 {"bank_size", "bank-words", false}};

    aw_wr_text(&c->out,
               c->overlay ? "aw-fusemap 1 overlay\n" : "aw-fusemap 1\n");
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        const char *text = NULL;
        aw_err err = need_text(c, 0, heads[i].key, heads[i].blanks, &text);

        if (err != AW_OK) {
            return err;
        }
        put_words(c, (const char *const[]){heads[i].word, text, NULL});
    }
    return AW_OK;
}

static aw_err read_flag(const struct converter *c, size_t at, const char *key,
                        bool *flag)
{
    size_t i = yaml_tree_find(&c->tree, at, key);

    if (i == 0) {
        *flag = false;
        return AW_OK;
    }
    const char *text = c->tree.node[i].value;

    if (text == NULL ||
        (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)) {
        return wrong(c, AW_ERR_FORMAT, i, "is neither true nor false");
    }
    *flag = strcmp(text, "true") == 0;
    return AW_OK;
}

/* Length of a gap in bytes of the NVMEM device: divided by the bytes of a
 * word, as the Go tool does. */
static aw_err read_gap_length(const struct converter *c, size_t at,
                              uint64_t *bytes)
{
    const char *text = NULL;
    const char *driver = NULL;
    uint64_t v = 0;
    aw_bytes hex = {NULL, 0};
    aw_err err = need_text(c, at, "len", false, &text);

    if (err == AW_OK) {
        err = need_text(c, 0, "driver", false, &driver);
    }
    if (err != AW_OK) {
        return err;
    }
    unsigned word = strcmp(driver, "nvmem-imx-iim") == 0 ? 1 : 4;

    if (aw_bytes_starts(aw_text(text), "0x") &&
        aw_slice(aw_text(text), 2, strlen(text) - 2, &hex)) {
        err = aw_hex_parse_u64(hex, &v);
    } else {
        err = aw_dec_parse(aw_text(text), &v);
    }
    if (err != AW_OK || v == 0 || v % word != 0) {
        return wrong(c, AW_ERR_FORMAT, at, "len is no number of words");
    }
    *bytes = v / word;
    return AW_OK;
}

static aw_err put_gap(struct converter *c, size_t at, size_t registers)
{
    static const char *const keys[] = {"read", "write", "len", NULL};
    const char *bank = NULL;
    const char *word = NULL;
    bool reads = false;
    bool writes = false;
    uint64_t bytes = 0;
    size_t reg = yaml_tree_find(&c->tree, registers, c->tree.node[at].key);

    if (reg == 0) {
        return wrong(c, AW_ERR_NOT_FOUND, at, "no such register");
    }
    aw_err err = check_keys(c, at, keys);

    if (err == AW_OK) {
        err = need_text(c, reg, "bank", false, &bank);
    }
    if (err == AW_OK) {
        err = need_text(c, reg, "word", false, &word);
    }
    if (err == AW_OK) {
        err = read_flag(c, at, "read", &reads);
    }
    if (err == AW_OK) {
        err = read_flag(c, at, "write", &writes);
    }
    if (err == AW_OK) {
        err = read_gap_length(c, at, &bytes);
    }
    if (err == AW_OK && !reads && !writes) {
        err = wrong(c, AW_ERR_FORMAT, at, "neither read nor write");
    }
    if (err != AW_OK) {
        return err;
    }
    char number[24] = "";
    struct aw_wr w = aw_wr_init(number, sizeof(number) - 1);

    aw_wr_dec(&w, bytes);
    put_words(c, (const char *const[]){"gap", bank, word, number,
                                       reads ? "read" : "write",
                                       reads && writes ? "write" : NULL, NULL});
    return AW_OK;
}

static aw_err put_gaps(struct converter *c, size_t registers)
{
    size_t gaps = yaml_tree_find(&c->tree, 0, "gaps");
    aw_err err = AW_OK;

    if (gaps == 0) {
        return AW_OK;
    }
    err = need_mapping(c, gaps);
    for (size_t i = c->tree.node[gaps].child; err == AW_OK && i != 0;
         i = c->tree.node[i].next) {
        err = put_gap(c, i, registers);
    }
    return err;
}

static aw_err put_fuse(struct converter *c, size_t at)
{
    static const char *const keys[] = {"offset", "len", NULL};
    const char *offset = NULL;
    const char *len = NULL;
    const char *name = c->tree.node[at].key;
    aw_err err = check_keys(c, at, keys);

    if (err == AW_OK) {
        err = need_text(c, at, "offset", false, &offset);
    }
    if (err == AW_OK) {
        err = need_text(c, at, "len", false, &len);
    }
    if (err == AW_OK && !printable(name, false)) {
        err = wrong(c, AW_ERR_FORMAT, at, "is no name");
    }
    if (err == AW_OK) {
        put_words(c, (const char *const[]){c->overlay ? "board" : "fuse", name,
                                           offset, len, NULL});
    }
    return err;
}

static aw_err put_register(struct converter *c, size_t at)
{
    static const char *const keys[] = {"bank", "word", "fuses", NULL};
    const char *bank = NULL;
    const char *word = NULL;
    const char *name = c->tree.node[at].key;
    size_t fuses = yaml_tree_find(&c->tree, at, "fuses");
    aw_err err = check_keys(c, at, keys);

    if (err == AW_OK) {
        err = need_text(c, at, "bank", false, &bank);
    }
    if (err == AW_OK) {
        err = need_text(c, at, "word", false, &word);
    }
    if (err == AW_OK && !printable(name, false)) {
        err = wrong(c, AW_ERR_FORMAT, at, "is no name");
    }
    if (err == AW_OK && fuses != 0) {
        err = need_mapping(c, fuses);
    }
    if (err != AW_OK) {
        return err;
    }
    put_words(c, (const char *const[]){"register", name, bank, word, NULL});
    for (size_t i = fuses == 0 ? 0 : c->tree.node[fuses].child;
         err == AW_OK && i != 0; i = c->tree.node[i].next) {
        err = put_fuse(c, i);
    }
    return err;
}

static aw_err put_all(struct converter *c)
{
    static const char *const keys[] = {"processor", "reference", "driver",
                                       "bank_size", "gaps",      "registers",
                                       NULL};
    size_t registers = yaml_tree_find(&c->tree, 0, "registers");
    aw_err err = check_keys(c, 0, keys);

    if (err == AW_OK) {
        err = put_head(c);
    }
    if (err == AW_OK && registers == 0) {
        err = wrong(c, AW_ERR_FORMAT, 0, "no registers");
    }
    if (err == AW_OK) {
        err = need_mapping(c, registers);
    }
    if (err == AW_OK) {
        err = put_gaps(c, registers);
    }
    for (size_t i = err == AW_OK ? c->tree.node[registers].child : 0;
         err == AW_OK && i != 0; i = c->tree.node[i].next) {
        err = put_register(c, i);
    }
    if (err == AW_OK && c->out.failed) {
        err = wrong(c, AW_ERR_SPACE, 0, "too long");
    }
    return err;
}

aw_err aw_fusemap_yaml(aw_bytes yaml, bool overlay, struct aw_blob *text,
                       struct aw_host_diag *host)
{
    struct converter c = {.host = host, .overlay = overlay};

    if (yaml.n > AW_FUSEMAP_YAML_MAX) {
        return aw_fail(
            aw_host_say(host, "longer than %d bytes", (int)AW_FUSEMAP_YAML_MAX),
            AW_ERR_SPACE, "fuse map in YAML", yaml.n);
    }
    aw_err err = yaml_tree_read(yaml, &c.tree, host);

    if (err != AW_OK) {
        return err;
    }
    uint8_t *out = aw_alloc(OUT_MAX, 1);

    c.out = aw_wr_init(out, OUT_MAX);
    err = put_all(&c);
    if (err == AW_OK) {
        *text = (struct aw_blob){.p = out, .n = c.out.n};
    } else {
        free(out);
    }
    yaml_tree_free(&c.tree);
    return err;
}
