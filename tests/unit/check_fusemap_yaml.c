/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hostio/fusemap_yaml.h"

#include <stdlib.h>
#include <string.h>

#include "aw/hab/fuse.h"
#include "suites.h"
#include "support.h"

static const char *const parts[] = {"imx6ul", "imx6ull", "imx6ulz"};

enum { YAML_CAP = 128 << 10 };

static void put_field(struct aw_wr *w, const char *indent, const char *key,
                      uint64_t v)
{
    aw_wr_text(w, indent);
    aw_wr_text(w, key);
    aw_wr_text(w, ": ");
    aw_wr_dec(w, v);
    aw_wr_text(w, "\n");
}

static void put_key(struct aw_wr *w, const char *indent, aw_bytes key)
{
    aw_wr_text(w, indent);
    aw_wr_put(w, key);
    aw_wr_text(w, ":\n");
}

static void put_register(struct aw_wr *w, const struct aw_fusemap *map,
                         const struct aw_fuse_register *r)
{
    put_key(w, "  ", r->name);
    put_field(w, "    ", "bank", r->bank);
    put_field(w, "    ", "word", r->word);
    aw_wr_text(w, "    fuses:\n");
    for (size_t k = 0; k < map->n_fuses; k++) {
        const struct aw_fuse *f = &map->fuses[k];

        if (f->bank == r->bank && f->word == r->word) {
            put_key(w, "      ", f->name);
            put_field(w, "        ", "offset", f->offset);
            put_field(w, "        ", "len", f->len);
        }
    }
}

/* A map as crucible would have it in YAML. */
static aw_bytes yaml_of(const struct aw_fusemap *map, char *text)
{
    struct aw_wr w = aw_wr_init(text, YAML_CAP);

    aw_wr_text(&w, "---\n# a comment\nprocessor: ");
    aw_wr_put(&w, map->part);
    aw_wr_text(&w, "\nreference: ");
    aw_wr_put(&w, map->reference);
    aw_wr_text(&w, "\n\ndriver: nvmem-imx-ocotp\nbank_size: 8\n");
    if (map->n_gaps == 1) {
        aw_wr_text(&w, "gaps:\n  OCOTP_ROM_PATCH0:\n    read: true\n"
                       "    len: 0x100\n");
    }
    aw_wr_text(&w, "registers:\n");
    for (size_t i = 0; i < map->n_registers; i++) {
        put_register(&w, map, &map->registers[i]);
    }
    ck_assert(!w.failed);
    return aw_wr_done(&w);
}

/* Every register, fuse and address survives the way through YAML; locks are
 * what it has no place for. */
START_TEST(whole_maps)
{
    static struct aw_fusemap map;
    static struct aw_fusemap back;
    static char text[YAML_CAP];
    struct aw_blob blob = {.p = NULL};
    struct aw_host_diag host;

    ck_assert_int_eq(
        aw_fusemap_parse(aw_fusemap_builtin(aw_text(parts[_i])), &map, NULL),
        AW_OK);
    ck_assert_int_eq(aw_fusemap_yaml(yaml_of(&map, text), false, &blob, &host),
                     AW_OK);
    ck_assert_int_eq(aw_fusemap_parse(aw_blob_bytes(&blob), &back, NULL),
                     AW_OK);
    CK_ASSERT_BYTES(back.part, map.part);
    CK_ASSERT_BYTES(back.reference, map.reference);
    ck_assert_uint_eq(back.n_registers, map.n_registers);
    ck_assert_uint_eq(back.n_fuses, map.n_fuses);
    for (size_t i = 0; i < map.n_registers; i++) {
        const struct aw_fuse_register *r = &map.registers[i];

        CK_ASSERT_BYTES(back.registers[i].name, r->name);
        ck_assert_uint_eq(aw_fusemap_offset(&back, r->bank, r->word, false),
                          aw_fusemap_offset(&map, r->bank, r->word, false));
        ck_assert_uint_eq(aw_fusemap_offset(&back, r->bank, r->word, true),
                          aw_fusemap_offset(&map, r->bank, r->word, true));
    }
    for (size_t i = 0; i < map.n_fuses; i++) {
        struct aw_fuse fuse;

        ck_assert_int_eq(aw_fusemap_find(&back, map.fuses[i].name, &fuse),
                         AW_OK);
        ck_assert_uint_eq(fuse.bank, map.fuses[i].bank);
        ck_assert_uint_eq(fuse.word, map.fuses[i].word);
        ck_assert_uint_eq(fuse.offset, map.fuses[i].offset);
        ck_assert_uint_eq(fuse.len, map.fuses[i].len);
    }
    aw_blob_free(&blob);
}
END_TEST

#define HEAD \
    "processor: X\nreference: 1\ndriver: nvmem-imx-ocotp\nbank_size: 8\n"
#define OUT                                                       \
    "aw-fusemap 1\npart X\nreference 1\ndriver nvmem-imx-ocotp\n" \
    "bank-words 8\n"

static const struct {
    const char *name;
    const char *yaml;
    aw_err want;
    const char *text; /* what comes out */
} cases[] = {
    {"smallest", HEAD "registers:\n  R:\n    bank: 0\n    word: 1\n", AW_OK,
     OUT "register R 0 1\n"},
    {"any order, quotes, flow, hex",
     "registers: {\"R\": {word: 0x1, 'bank': 2, fuses: {f: {len: 3, offset: "
     "4}}}}\ngaps: {R: {len: 8, write: true, read: false}}\n"
     "bank_size: 8\ndriver: nvmem-imx-ocotp\nreference: 1\nprocessor: X\n",
     AW_OK, OUT "gap 2 0x1 2 write\nregister R 2 0x1\nfuse f 4 3\n"},
    {"gap both ways",
     HEAD "gaps: {R: {len: 0x100, write: true, read: true}}\n"
          "registers: {R: {bank: 2, word: 1}}\n",
     AW_OK, OUT "gap 2 1 64 read write\nregister R 2 1\n"},
    {"gap of bytes",
     "processor: X\nreference: 1\ndriver: nvmem-imx-iim\nbank_size: 8\n"
     "gaps: {R: {len: 5, read: true}}\nregisters: {R: {bank: 2, word: 1}}\n",
     AW_OK,
     "aw-fusemap 1\npart X\nreference 1\ndriver nvmem-imx-iim\nbank-words 8\n"
     "gap 2 1 5 read\nregister R 2 1\n"},
    {"no fuses", HEAD "registers: {R: {bank: 2, word: 1, fuses: }}\n", AW_OK,
     OUT "register R 2 1\n"},
    {"no registers", HEAD "registers:\n", AW_OK, OUT},
    {"empty", "", AW_ERR_FORMAT, NULL},
    {"text", "X\n", AW_ERR_FORMAT, NULL},
    {"list", "- a\n", AW_ERR_FORMAT, NULL},
    {"list inside", HEAD "registers: [1]\n", AW_ERR_FORMAT, NULL},
    {"no YAML", "a: b: c\n", AW_ERR_FORMAT, NULL},
    {"no UTF-8", "a\xff: b\n", AW_ERR_FORMAT, NULL},
    {"two documents", HEAD "registers:\n---\na: b\n", AW_ERR_FORMAT, NULL},
    {"alias", HEAD "registers: &a {R: {bank: 1, word: 1}}\n", AW_ERR_FORMAT,
     NULL},
    {"alias used", "a: b\nprocessor: *a\n", AW_ERR_FORMAT, NULL},
    {"tag", HEAD "registers: !!map {R: {bank: 1, word: 1}}\n", AW_ERR_FORMAT,
     NULL},
    {"tagged text", "processor: !!str X\n", AW_ERR_FORMAT, NULL},
    {"key is a mapping", "{a: b}: c\n", AW_ERR_FORMAT, NULL},
    {"merge key", HEAD "registers: {<<: {bank: 1}}\n", AW_ERR_FORMAT, NULL},
    {"unknown key", HEAD "registers:\nextra: 1\n", AW_ERR_FORMAT, NULL},
    {"unknown key of a register",
     HEAD "registers: {R: {bank: 1, word: 1, x: 1}}\n", AW_ERR_FORMAT, NULL},
    {"unknown key of a fuse",
     HEAD "registers: {R: {bank: 1, word: 1, fuses: {f: {offset: 0, len: 1, "
          "x: 1}}}}\n",
     AW_ERR_FORMAT, NULL},
    {"unknown key of a gap",
     HEAD "gaps: {R: {len: 4, x: 1}}\nregisters: {R: {bank: 2, word: 1}}\n",
     AW_ERR_FORMAT, NULL},
    {"key twice", HEAD "bank_size: 8\nregisters:\n", AW_ERR_DUPLICATE, NULL},
    {"register twice",
     HEAD "registers: {R: {bank: 1, word: 1}, R: {bank: 1, word: 2}}\n",
     AW_ERR_DUPLICATE, NULL},
    {"no processor", "reference: 1\ndriver: x\nbank_size: 8\nregisters:\n",
     AW_ERR_FORMAT, NULL},
    {"empty processor",
     "processor:\nreference: 1\ndriver: x\nbank_size: 8\nregisters:\n",
     AW_ERR_FORMAT, NULL},
    {"registers missing", HEAD, AW_ERR_FORMAT, NULL},
    {"registers a text", HEAD "registers: x\n", AW_ERR_FORMAT, NULL},
    {"word missing", HEAD "registers: {R: {bank: 1}}\n", AW_ERR_FORMAT, NULL},
    {"bank a mapping", HEAD "registers: {R: {bank: {}, word: 1}}\n",
     AW_ERR_FORMAT, NULL},
    {"fuses a text", HEAD "registers: {R: {bank: 1, word: 1, fuses: x}}\n",
     AW_ERR_FORMAT, NULL},
    {"length missing",
     HEAD "registers: {R: {bank: 1, word: 1, fuses: {f: {offset: 0}}}}\n",
     AW_ERR_FORMAT, NULL},
    {"gap nowhere",
     HEAD "gaps: {S: {len: 4, read: true}}\nregisters: {R: {bank: 2, word: "
          "1}}\n",
     AW_ERR_NOT_FOUND, NULL},
    {"gap without length",
     HEAD "gaps: {R: {read: true}}\nregisters: {R: {bank: 2, word: 1}}\n",
     AW_ERR_FORMAT, NULL},
    {"gap of half a word",
     HEAD "gaps: {R: {len: 6, read: true}}\nregisters: {R: {bank: 2, word: "
          "1}}\n",
     AW_ERR_FORMAT, NULL},
    {"gap negative",
     HEAD "gaps: {R: {len: -4, read: true}}\nregisters: {R: {bank: 2, word: "
          "1}}\n",
     AW_ERR_FORMAT, NULL},
    {"gap of no direction",
     HEAD "gaps: {R: {len: 4}}\nregisters: {R: {bank: 2, word: 1}}\n",
     AW_ERR_FORMAT, NULL},
    {"gap perhaps",
     HEAD "gaps: {R: {len: 4, read: maybe}}\nregisters: {R: {bank: 2, word: "
          "1}}\n",
     AW_ERR_FORMAT, NULL},
    {"name with line feed",
     HEAD "registers: {\"R 0 0\\nregister S\": {bank: 1, word: 1}}\n",
     AW_ERR_FORMAT, NULL},
    {"name with blank", HEAD "registers: {R S: {bank: 1, word: 1}}\n",
     AW_ERR_FORMAT, NULL},
    {"fuse with blank",
     HEAD "registers: {R: {bank: 1, word: 1, fuses: {f g: {offset: 0, len: "
          "1}}}}\n",
     AW_ERR_FORMAT, NULL},
    {"bank with blank", HEAD "registers: {R: {bank: 1 2, word: 1}}\n",
     AW_ERR_FORMAT, NULL},
    {"name with NUL", HEAD "registers: {\"R\\0\": {bank: 1, word: 1}}\n",
     AW_ERR_FORMAT, NULL},
    {"too deep", "{a: {a: {a: {a: {a: {a: {a: {a: {a: b}}}}}}}}}\n",
     AW_ERR_SPACE, NULL},
};

START_TEST(texts)
{
    struct aw_blob blob = {.n = 77};
    struct aw_host_diag host = {.text = ""};
    aw_err err = aw_fusemap_yaml(aw_text(cases[_i].yaml), false, &blob, &host);

    ck_assert_msg(err == cases[_i].want, "%s: got %s, %s", cases[_i].name,
                  aw_err_text(err), host.text);
    if (err != AW_OK) {
        ck_assert_uint_eq(blob.n, 77);
        ck_assert_str_ne(host.text, "");
        return;
    }
    CK_ASSERT_BYTES(aw_blob_bytes(&blob), aw_text(cases[_i].text));
    aw_blob_free(&blob);
}
END_TEST

START_TEST(overlay_of_a_board)
{
    struct aw_blob blob = {.p = NULL};

    ck_assert_int_eq(
        aw_fusemap_yaml(aw_text(HEAD
                                "registers: {R: {bank: 2, word: 1, fuses: {f: "
                                "{offset: 0, len: 1}}}}\n"),
                        true, &blob, NULL),
        AW_OK);
    ck_assert(aw_bytes_starts(aw_blob_bytes(&blob), "aw-fusemap 1 overlay\n"));
    ck_assert_ptr_nonnull(memmem(blob.p, blob.n, "\nboard f 0 1\n", 13));
    aw_blob_free(&blob);
}
END_TEST

START_TEST(limits)
{
    char *text = calloc(1, AW_FUSEMAP_YAML_MAX + 1);
    struct aw_wr w = aw_wr_init(text, AW_FUSEMAP_YAML_MAX);
    struct aw_blob blob = {.p = NULL};

    memset(text, '\n', AW_FUSEMAP_YAML_MAX + 1);
    ck_assert_int_eq(aw_fusemap_yaml((aw_bytes){NULL, 0}, false, &blob, NULL),
                     AW_ERR_FORMAT);
    ck_assert_int_eq(aw_fusemap_yaml((aw_bytes){(const uint8_t *)text,
                                                AW_FUSEMAP_YAML_MAX + 1},
                                     false, &blob, NULL),
                     AW_ERR_SPACE);
    for (unsigned i = 0; i < 8192; i++) {
        aw_wr_text(&w, "k");
        aw_wr_dec(&w, i);
        aw_wr_text(&w, ": 1\n");
    }
    ck_assert_int_eq(aw_fusemap_yaml(aw_wr_done(&w), false, &blob, NULL),
                     AW_ERR_SPACE);
    free(text);
}
END_TEST

Suite *suite_fusemap_yaml(void)
{
    Suite *s = suite_create("fusemap_yaml");
    TCase *tc = tcase_create("all");

    tcase_add_loop_test(tc, whole_maps, 0, (int)COUNT(parts));
    tcase_add_loop_test(tc, texts, 0, (int)COUNT(cases));
    tcase_add_test(tc, overlay_of_a_board);
    tcase_add_test(tc, limits);
    suite_add_tcase(s, tc);
    return s;
}
