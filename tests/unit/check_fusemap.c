/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "aw/hab/fuse.h"
#include "aw/text.h"
#include "suites.h"
#include "support.h"

enum { CSV_FIELDS = 10 };

static const struct {
    const char *part;
    const char *csv;
    size_t n_registers;
    size_t n_fuses;
} parts[] = {
    {"imx6ul", "hab/otp/fusemaps/imx6ul.csv", 128, 231},
    {"imx6ull", "hab/otp/fusemaps/imx6ull.csv", 64, 164},
    {"IMX6ulz", "hab/otp/fusemaps/imx6ulz.csv", 39, 154},
};

static size_t csv_line(struct aw_rd *r, aw_bytes fields[CSV_FIELDS])
{
    struct aw_rd line = aw_rd_init(aw_rd_line(r));
    size_t n = 0;

    for (; n < CSV_FIELDS - 1; n++) {
        fields[n] = aw_rd_until(&line, ',');
    }
    fields[n] = aw_rd_rest(&line);
    return line.failed || r->failed ? 0 : CSV_FIELDS;
}

static uint64_t csv_hex(aw_bytes field)
{
    uint64_t v = 0;
    aw_bytes digits = {NULL, 0};

    ck_assert(aw_bytes_starts(field, "0x"));
    ck_assert(aw_slice(field, 2, field.n - 2, &digits));
    ck_assert_int_eq(aw_hex_parse_u64(digits, &v), AW_OK);
    return v;
}

static uint64_t csv_dec(aw_bytes field)
{
    uint64_t v = 0;

    ck_assert_int_eq(aw_dec_parse(field, &v), AW_OK);
    return v;
}

/* One row of the recorded map: the same register or fuse, at the same place
 * and with the same addresses. */
static void compare_row(const struct aw_fusemap *map, const aw_bytes *row)
{
    unsigned bank = (unsigned)csv_dec(row[1]);
    unsigned word = (unsigned)csv_dec(row[2]);
    const char *name = vec_cstr(row[row[3].n == 0 ? 0 : 3]);
    struct aw_fuse fuse;

    ck_assert_msg(aw_fusemap_find(map, aw_text(name), &fuse) == AW_OK, "%s",
                  name);
    ck_assert_msg(fuse.bank == bank && fuse.word == word &&
                      fuse.offset == csv_dec(row[4]) &&
                      fuse.len == csv_dec(row[5]) &&
                      fuse.board == aw_bytes_is(row[9], "board"),
                  "%s", name);
    ck_assert_uint_eq(aw_fusemap_offset(map, bank, word, true),
                      csv_hex(row[6]));
    ck_assert_uint_eq(aw_fusemap_offset(map, bank, word, false),
                      csv_hex(row[7]));
    ck_assert_uint_eq(map->shadow +
                          4 * aw_fusemap_offset(map, bank, word, false),
                      csv_hex(row[8]));
    ck_assert_uint_eq(aw_fuse_shadow(bank, word), csv_hex(row[8]));
}

START_TEST(recorded_maps)
{
    static struct aw_fusemap map;
    aw_bytes row[CSV_FIELDS];
    struct aw_rd r = aw_rd_init(vec_file(parts[_i].csv));
    size_t registers = 0;
    size_t fuses = 0;

    ck_assert_int_eq(
        aw_fusemap_parse(aw_fusemap_builtin(aw_text(parts[_i].part)), &map,
                         NULL),
        AW_OK);
    ck_assert_uint_eq(csv_line(&r, row), CSV_FIELDS);
    while (aw_rd_left(&r) > 0) {
        ck_assert_uint_eq(csv_line(&r, row), CSV_FIELDS);
        compare_row(&map, row);
        registers += row[3].n == 0 ? 1 : 0;
        fuses += row[3].n == 0 ? 0 : 1;
    }
    ck_assert_uint_eq(registers, parts[_i].n_registers);
    ck_assert_uint_eq(fuses, parts[_i].n_fuses);
    ck_assert_uint_eq(map.n_registers, parts[_i].n_registers);
    ck_assert_uint_eq(map.n_fuses, parts[_i].n_fuses);
}
END_TEST

/* The activation's fuses lie at the same place on the three parts. */
START_TEST(same_activation)
{
    static const struct {
        const char *name;
        unsigned bank;
        unsigned word;
        uint32_t mask;
        uint32_t lock;
    } fuses[] = {
        {"SRK_LOCK", 0, 0, 0x00004000, 0},
        {"SEC_CONFIG", 0, 6, 0x00000003, 0x0000000c},
        {"DIR_BT_DIS", 0, 6, 0x00000008, 0x0000000c},
        {"SJC_DISABLE", 0, 6, 0x00100000, 0x0000000c},
        {"JTAG_SMODE", 0, 6, 0x00c00000, 0x0000000c},
        {"JTAG_HEO", 0, 6, 0x08000000, 0x0000000c},
        {"KTE", 0, 6, 0x04000000, 0x0000000c},
        {"SDP_READ_DISABLE", 0, 6, 0x00040000, 0x0000000c},
        {"UART_SERIAL_DOWNLOAD_DISABLE", 0, 7, 0x00000010, 0x0000000c},
        {"SRK_HASH", 3, 0, 0xffffffff, 0x00004000},
    };
    static struct aw_fusemap map;
    struct aw_fuse fuse;

    ck_assert_int_eq(
        aw_fusemap_parse(aw_fusemap_builtin(aw_text(parts[_i].part)), &map,
                         NULL),
        AW_OK);
    for (size_t i = 0; i < COUNT(fuses); i++) {
        ck_assert_int_eq(aw_fusemap_find(&map, aw_text(fuses[i].name), &fuse),
                         AW_OK);
        ck_assert_uint_eq(fuse.bank, fuses[i].bank);
        ck_assert_uint_eq(fuse.word, fuses[i].word);
        ck_assert_uint_eq(aw_fuse_mask(&fuse, 32, 0), fuses[i].mask);
        ck_assert_uint_eq(aw_fusemap_lock_mask(
                              &map, aw_fusemap_at(&map, fuse.bank, fuse.word)),
                          fuses[i].lock);
    }
}
END_TEST

START_TEST(no_such_part)
{
    static const char *const names[] = {"", "imx6", "imx6ulll", "imx6ul ",
                                        "../x"};

    for (size_t i = 0; i < COUNT(names); i++) {
        ck_assert_uint_eq(aw_fusemap_builtin(aw_text(names[i])).n, 0);
    }
}
END_TEST

#define HEAD                                                             \
    "aw-fusemap 1\npart X\nreference r 1\ndriver nvmem-imx-ocotp\nbank-" \
    "words 8\n"
#define NAME_64 \
    "N23456789012345678901234567890123456789012345678901234567890123X"

static const struct {
    const char *name;
    const char *text;
    aw_err want;
    uint64_t line; /* of the error, where one line is to blame */
} cases[] = {
    {"smallest", HEAD "register R 0 0\n", AW_OK, 0},
    {"comments, blanks and hex",
     "# c\n\n \t\naw-fusemap  1\npart\tX \nreference a b\n"
     "driver nvmem-imx-iim\nbank-words 0x10\n#x\nregister R 0 0xf\n"
     " fuse f 7 0x1\n",
     AW_OK, 0},
    {"empty", "", AW_ERR_FORMAT, 0},
    {"no line feed", HEAD "register R 0 0", AW_ERR_FORMAT, 6},
    {"other version", "aw-fusemap 2\n", AW_ERR_FORMAT, 1},
    {"other format", "aw-fuses 1\n", AW_ERR_FORMAT, 1},
    {"first line too long", "aw-fusemap 1 x\n", AW_ERR_FORMAT, 1},
    {"no registers", HEAD, AW_ERR_FORMAT, 0},
    {"unknown line", HEAD "wort R 0 0\n", AW_ERR_FORMAT, 6},
    {"part twice", "aw-fusemap 1\npart X\npart X\n", AW_ERR_FORMAT, 3},
    {"part of two words", "aw-fusemap 1\npart X Y\n", AW_ERR_FORMAT, 2},
    {"reference twice", "aw-fusemap 1\nreference X\nreference X\n",
     AW_ERR_FORMAT, 3},
    {"reference empty", "aw-fusemap 1\nreference\n", AW_ERR_FORMAT, 2},
    {"reference with control", "aw-fusemap 1\nreference a\x1b\n", AW_ERR_FORMAT,
     2},
    {"driver unknown", "aw-fusemap 1\ndriver x\n", AW_ERR_FORMAT, 2},
    {"bank of no words", "aw-fusemap 1\nbank-words 0\n", AW_ERR_RANGE, 2},
    {"bank of 256 words", "aw-fusemap 1\nbank-words 256\nx\n", AW_ERR_FORMAT,
     3},
    {"bank of 257 words", "aw-fusemap 1\nbank-words 257\n", AW_ERR_RANGE, 2},
    {"heading missing",
     "aw-fusemap 1\npart X\ndriver nvmem-imx-ocotp\nbank-words 8\n"
     "register R 0 0\n",
     AW_ERR_FORMAT, 5},
    {"number with leading zero", HEAD "register R 00 0\n", AW_ERR_FORMAT, 6},
    {"number with sign", HEAD "register R -1 0\n", AW_ERR_FORMAT, 6},
    {"hex without digits", HEAD "register R 0x 0\n", AW_ERR_FORMAT, 6},
    {"bank 255", HEAD "register R 255 7\n", AW_OK, 0},
    {"bank 256", HEAD "register R 256 0\n", AW_ERR_RANGE, 6},
    {"word 8 of 8", HEAD "register R 0 8\n", AW_ERR_RANGE, 6},
    {"register name missing", HEAD "register\n", AW_ERR_FORMAT, 6},
    {"register name empty", HEAD "register 0 0\n", AW_ERR_FORMAT, 6},
    {"name of 64", HEAD "register " NAME_64 " 0 0\n", AW_OK, 0},
    {"name of 65", HEAD "register Y" NAME_64 " 0 0\n", AW_ERR_FORMAT, 6},
    {"name with control", HEAD "register R\x1b 0 0\n", AW_ERR_FORMAT, 6},
    {"name beyond ASCII", HEAD "register R\xc3\xa9 0 0\n", AW_ERR_FORMAT, 6},
    {"register twice", HEAD "register R 0 0\nregister R 0 1\n",
     AW_ERR_DUPLICATE, 7},
    {"place twice", HEAD "register R 0 0\nregister S 0 0\n", AW_ERR_DUPLICATE,
     7},
    {"fuse before registers", HEAD "fuse f 0 1\n", AW_ERR_FORMAT, 6},
    {"fuse named as register", HEAD "register R 0 0\nfuse R 0 1\n",
     AW_ERR_DUPLICATE, 7},
    {"register named as fuse",
     HEAD "register R 0 0\nfuse f 0 1\nregister f 0 1\n", AW_ERR_DUPLICATE, 8},
    {"fuse twice", HEAD "register R 0 0\nfuse f 0 1\nboard f 1 1\n",
     AW_ERR_DUPLICATE, 8},
    {"offset 31", HEAD "register R 0 0\nfuse f 31 1\n", AW_OK, 0},
    {"offset 32", HEAD "register R 0 0\nfuse f 32 1\n", AW_ERR_RANGE, 7},
    {"length 0", HEAD "register R 0 0\nfuse f 0 0\n", AW_ERR_RANGE, 7},
    {"length 513", HEAD "register R 0 0\nfuse f 0 513\n", AW_ERR_RANGE, 7},
    {"fuse without length", HEAD "register R 0 0\nfuse f 0\n", AW_ERR_FORMAT,
     7},
    {"fuse over the end", HEAD "register R 0 0\nfuse f 1 32\n", AW_ERR_RANGE,
     0},
    {"fuse over two words",
     HEAD "register R 0 7\nfuse f 1 32\nregister S 1 0\n", AW_OK, 0},
    {"lock", HEAD "register L 0 0\nfuse l 4 2\nregister R 0 1 lock l\n", AW_OK,
     0},
    {"two locks",
     HEAD "register L 0 0\nfuse l 4 2\nfuse m 0 1\nregister R 0 1 lock l m\n",
     AW_OK, 0},
    {"three locks",
     HEAD "register L 0 0\nfuse l 4 2\nregister R 0 1 lock l l l\n",
     AW_ERR_FORMAT, 8},
    {"lock without name", HEAD "register R 0 1 lock\n", AW_ERR_FORMAT, 6},
    {"lock unknown", HEAD "register L 0 0\nregister R 0 1 lock l\n",
     AW_ERR_FORMAT, 7},
    {"lock elsewhere",
     HEAD "register L 0 1\nfuse l 0 1\nregister R 0 2 lock l\n", AW_ERR_FORMAT,
     8},
    {"lock too wide",
     HEAD "register L 0 0\nfuse l 0 3\nregister R 0 2 lock l\n", AW_ERR_FORMAT,
     8},
    {"word after place", HEAD "register R 0 0 l l\n", AW_ERR_FORMAT, 6},
    {"gap both ways", HEAD "gap 1 0 64 read write\nregister R 0 0\n", AW_OK, 0},
    {"gap other order", HEAD "gap 1 0 64 write read\n", AW_ERR_FORMAT, 6},
    {"gap without direction", HEAD "gap 1 0 64\n", AW_ERR_FORMAT, 6},
    {"gap sideways", HEAD "gap 1 0 64 up\n", AW_ERR_FORMAT, 6},
    {"gap of nothing", HEAD "gap 1 0 0 read\n", AW_ERR_FORMAT, 6},
    {"gap too long", HEAD "gap 1 0 65536 read\n", AW_ERR_RANGE, 6},
    {"gap of half a word", HEAD "gap 1 0 3 read\nregister R 0 0\n",
     AW_ERR_RANGE, 0},
    {"shadow at the end", HEAD "shadow 0xfffffff8\nregister R 0 0\n", AW_OK, 0},
    {"shadow wraps", HEAD "shadow 0xfffffffc\nregister R 0 1\n", AW_ERR_RANGE,
     0xfffffffc},
    {"shadow wraps behind a gap",
     HEAD "gap 0 1 64 read\nshadow 0xfffffe10\nregister R 0 0\nregister S 1 "
          "7\n",
     AW_ERR_RANGE, 0xfffffe10},
    {"shadow between words", HEAD "shadow 0x1002\nregister R 0 0\n",
     AW_ERR_RANGE, 0x1002},
    {"gap before bank-words", "aw-fusemap 1\ngap 1 0 4 read\n", AW_ERR_FORMAT,
     2},
    {"shadow twice", HEAD "shadow 0x1000\nshadow 0x1000\n", AW_ERR_FORMAT, 7},
    {"shadow too large", HEAD "shadow 0x100000000\n", AW_ERR_RANGE, 6},
    {"overlay may cut",
     "aw-fusemap 1 overlay\npart X\nreference 1\ndriver "
     "nvmem-imx-ocotp\nbank-words 8\nregister R 0 0\n"
     "board f 1 32\n",
     AW_OK, 0},
};

START_TEST(texts)
{
    static struct aw_fusemap map;
    static const struct aw_fusemap empty;
    struct aw_diag diag = {.at = 0};
    aw_err err = aw_fusemap_parse(aw_text(cases[_i].text), &map, &diag);

    ck_assert_msg(err == cases[_i].want, "%s: got %s", cases[_i].name,
                  aw_err_text(err));
    if (cases[_i].line != 0) {
        ck_assert_uint_eq(diag.at, cases[_i].line);
    }
    if (err != AW_OK) {
        ck_assert_mem_eq(&map, &empty, sizeof(map));
    }
}
END_TEST

/* Kinds of entries, and how many of each the struct holds. */
static const struct {
    const char *line;
    size_t fit;
} limits[] = {
    {"register", AW_FUSE_REGISTERS_MAX - 1},
    {"fuse", AW_FUSES_MAX},
    {"gap", AW_FUSE_GAPS_MAX},
};

/* A map with n lines of a kind. */
static char *many(const char *line, size_t n)
{
    size_t cap = 64 * n + 1024;
    char *text = calloc(1, cap);
    struct aw_wr w = aw_wr_init(text, cap - 1);

    aw_wr_text(&w, HEAD "register R 255 0\n");
    for (size_t i = 0; i < n; i++) {
        aw_wr_text(&w, line);
        if (line[0] == 'g') {
            aw_wr_text(&w, " 0 0 4 read\n");
            continue;
        }
        aw_wr_text(&w, " n");
        aw_wr_dec(&w, i);
        aw_wr_text(&w, " ");
        aw_wr_dec(&w, line[0] == 'r' ? i / 8 : 0);
        aw_wr_text(&w, " ");
        aw_wr_dec(&w, line[0] == 'r' ? i % 8 : 1);
        aw_wr_text(&w, "\n");
    }
    ck_assert(!w.failed);
    return text;
}

START_TEST(limit_of_entries)
{
    static struct aw_fusemap map;
    char *fits = many(limits[_i].line, limits[_i].fit);
    char *over = many(limits[_i].line, limits[_i].fit + 1);

    ck_assert_int_eq(aw_fusemap_parse(aw_text(fits), &map, NULL), AW_OK);
    ck_assert_int_eq(aw_fusemap_parse(aw_text(over), &map, NULL), AW_ERR_SPACE);
    free(fits);
    free(over);
}
END_TEST

START_TEST(limit_of_text)
{
    static uint8_t text[AW_FUSEMAP_MAX + 1];
    static struct aw_fusemap map;
    aw_bytes good = aw_text(HEAD "register R 0 0\n#");

    memset(text, 'x', sizeof(text));
    memcpy(text, good.p, good.n);
    text[AW_FUSEMAP_MAX - 1] = '\n';
    ck_assert_int_eq(
        aw_fusemap_parse((aw_bytes){text, AW_FUSEMAP_MAX}, &map, NULL), AW_OK);
    ck_assert_int_eq(
        aw_fusemap_parse((aw_bytes){text, AW_FUSEMAP_MAX + 1}, &map, NULL),
        AW_ERR_SPACE);
}
END_TEST

/* Gaps move what lies at and behind them, each in its own direction. */
START_TEST(gaps)
{
    static struct aw_fusemap map;

    ck_assert_int_eq(
        aw_fusemap_parse(aw_text(HEAD "gap 0 1 4 read\ngap 0 2 8 write\n"
                                      "register A 0 0\nregister B 0 1\n"
                                      "register C 0 2\n"),
                         &map, NULL),
        AW_OK);
    ck_assert_uint_eq(aw_fusemap_offset(&map, 0, 2, false), 12);
    ck_assert_uint_eq(aw_fusemap_offset(&map, 0, 2, true), 16);
    ck_assert_uint_eq(aw_fusemap_offset(&map, 0, 1, true), 4);
}
END_TEST

#define OVER                                                                \
    "aw-fusemap 1 overlay\npart X\nreference r 1\ndriver nvmem-imx-ocotp\n" \
    "bank-words 8\n"

static const struct {
    const char *name;
    const char *text;
    aw_err want;
} overlays[] = {
    {"as made", OVER "register S 0 1\nboard new 0 33\n", AW_OK},
    {"other register", OVER "register T 0 1\nboard new 0 1\n",
     AW_ERR_NOT_FOUND},
    {"other place", OVER "register S 0 2\nboard new 0 1\n", AW_ERR_NOT_FOUND},
    {"known fuse", OVER "register S 0 1\nboard f 0 1\n", AW_ERR_DUPLICATE},
    {"runs out", OVER "register S 0 1\nboard new 1 64\n", AW_ERR_RANGE},
    {"other reference",
     "aw-fusemap 1 overlay\npart X\nreference r\ndriver nvmem-imx-ocotp\n"
     "bank-words 8\nregister S 0 1\n",
     AW_ERR_TYPE},
};

START_TEST(overlay)
{
    static struct aw_fusemap map;
    static struct aw_fusemap before;
    static struct aw_fusemap over;
    struct aw_fuse fuse;

    ck_assert_int_eq(
        aw_fusemap_parse(aw_text(HEAD "register S 0 1\nfuse f 0 1\n"
                                      "register U 0 2\n"),
                         &map, NULL),
        AW_OK);
    before = map;
    ck_assert_int_eq(aw_fusemap_parse(aw_text(overlays[_i].text), &over, NULL),
                     AW_OK);
    aw_err err = aw_fusemap_overlay(&map, &over, NULL);

    ck_assert_msg(err == overlays[_i].want, "%s: got %s", overlays[_i].name,
                  aw_err_text(err));
    if (err != AW_OK) {
        ck_assert_mem_eq(&map, &before, sizeof(map));
        return;
    }
    ck_assert_int_eq(aw_fusemap_find(&map, aw_text("new"), &fuse), AW_OK);
    ck_assert(fuse.board);
    ck_assert_uint_eq(fuse.len, 33);
}
END_TEST

Suite *suite_fusemap(void)
{
    Suite *s = suite_create("fusemap");
    TCase *tc = tcase_create("all");

    tcase_add_loop_test(tc, recorded_maps, 0, (int)COUNT(parts));
    tcase_add_loop_test(tc, same_activation, 0, (int)COUNT(parts));
    tcase_add_test(tc, no_such_part);
    tcase_add_loop_test(tc, texts, 0, (int)COUNT(cases));
    tcase_add_loop_test(tc, limit_of_entries, 0, (int)COUNT(limits));
    tcase_add_test(tc, limit_of_text);
    tcase_add_test(tc, gaps);
    tcase_add_loop_test(tc, overlay, 0, (int)COUNT(overlays));
    suite_add_tcase(s, tc);
    return s;
}
