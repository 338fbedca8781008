/* SPDX-License-Identifier: Apache-2.0 */
#include "otp/picture.h"

#include <stdlib.h>
#include <string.h>

enum { BITS_MAX = 32, COLUMNS = 3 };

/* A fuse as it lies in one register. */
struct span {
    const struct aw_fuse *fuse;
    unsigned offset;
    unsigned len;
};

struct drawing {
    const struct otp_picture *p;
    struct aw_buf *to;
    unsigned bits;
    size_t n;
    struct span *span;
};

static void put(struct drawing *d, const char *text)
{
    aw_buf_put(d->to, aw_text(text));
}

static void put_times(struct drawing *d, const char *text, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        put(d, text);
    }
}

/* Smallest first bit first; of equal ones the longer, then the later name, so
 * that the shorter alias and the earlier name are drawn over the others. */
static int by_place(const void *a, const void *b)
{
    const struct span *x = a;
    const struct span *y = b;

    if (x->offset != y->offset) {
        return x->offset < y->offset ? -1 : 1;
    }
    if (x->fuse->len != y->fuse->len) {
        return x->fuse->len > y->fuse->len ? -1 : 1;
    }
    size_t n =
        x->fuse->name.n < y->fuse->name.n ? x->fuse->name.n : y->fuse->name.n;
    int order = memcmp(y->fuse->name.p, x->fuse->name.p, n);

    if (order == 0) {
        return x->fuse->name.n > y->fuse->name.n ? -1 : 1;
    }
    return order;
}

static void find_spans(struct drawing *d, struct aw_pool *pool)
{
    const struct aw_fusemap *map = d->p->map;

    d->span = aw_pool_alloc(pool, map->n_fuses, sizeof(*d->span));
    for (size_t i = 0; i < map->n_fuses; i++) {
        const struct aw_fuse *f = &map->fuses[i];
        unsigned room = d->bits - f->offset;

        if (f->bank == d->p->reg->bank && f->word == d->p->reg->word &&
            (!f->board || d->p->board)) {
            d->span[d->n++] =
                (struct span){.fuse = f,
                              .offset = f->offset,
                              .len = f->len < room ? f->len : room};
        }
    }
    if (d->n > 1) {
        qsort(d->span, d->n, sizeof(*d->span), by_place);
    }
}

/* The cells: a column is a byte of a name, a digit, or 0 for a bar. */
struct cells {
    char column[BITS_MAX * COLUMNS];
    unsigned bit[BITS_MAX * COLUMNS]; /* whose column it is */
};

static void fill_cell(const struct drawing *d, struct cells *cells,
                      unsigned offset, unsigned len, aw_bytes name)
{
    unsigned first = (d->bits - offset - len) * COLUMNS;
    unsigned width = len * COLUMNS;

    for (unsigned i = 0; i < width; i++) {
        unsigned bit = offset + len - 1 - i / COLUMNS;
        char c = ' ';

        if (i == 0) {
            c = '\0';
        } else if (d->p->value == NULL && i - 1 < name.n) {
            c = (char)name.p[i - 1];
        } else if (d->p->value != NULL && i % COLUMNS == 1) {
            c = (*d->p->value >> bit & 1) != 0 ? '1' : '0';
        }
        cells->column[first + i] = c;
        cells->bit[first + i] = bit;
    }
}

static void fill_cells(const struct drawing *d, struct cells *cells)
{
    const aw_bytes none = {NULL, 0};
    bool whole = d->n == 0 && d->p->value != NULL;

    for (unsigned bit = 0; bit < d->bits; bit++) {
        fill_cell(d, cells, bit, 1, none);
        if (!whole) {
            cells->column[(d->bits - bit) * COLUMNS - 2] = ' ';
        }
    }
    if (whole) {
        fill_cell(d, cells, 0, d->bits, none);
    }
    for (size_t i = 0; i < d->n; i++) {
        fill_cell(d, cells, d->span[i].offset, d->span[i].len,
                  d->span[i].fuse->name);
    }
}

/* Bold green: set. Yellow: locked. Both: bold yellow. */
static const char *colour_of(const struct drawing *d, char digit)
{
    bool set = digit == '1';

    if (!d->p->colour || d->p->value == NULL || (digit != '0' && !set)) {
        return NULL;
    }
    if (d->p->locked) {
        return set ? "\x1b[1;33m" : "\x1b[33m";
    }
    return set ? "\x1b[1;32m" : NULL;
}

static void draw_cells(struct drawing *d)
{
    struct cells cells = {.bit = {0}};

    fill_cells(d, &cells);
    for (unsigned i = 0; i < d->bits * COLUMNS; i++) {
        const char *colour = colour_of(d, cells.column[i]);
        const char text[] = {cells.column[i], '\0'};

        put(d, colour == NULL ? "" : colour);
        put(d, cells.column[i] == '\0' ? "┃" : text);
        put(d, colour == NULL ? "" : "\x1b[0m");
    }
    put(d, "┃");
}

static void draw_box(struct drawing *d, struct aw_pool *pool)
{
    const struct otp_picture *p = d->p;
    unsigned bank = p->reg->bank;
    unsigned word = p->reg->word;

    for (unsigned bit = d->bits; bit > 0; bit--) {
        put(d, aw_pool_printf(pool, " %02u", bit - 1));
    }
    put(d, "  ");
    aw_buf_put(d->to, p->reg->name);
    put(d, "\n┏");
    put_times(d, "━━┳", d->bits - 1);
    put(d, aw_pool_printf(pool, "━━┓ Bank:%u Word:%u\n", bank, word));
    draw_cells(d);
    put(d, aw_pool_printf(pool, " R: 0x%08x\n┗",
                          aw_fusemap_offset(p->map, bank, word, false)));
    for (unsigned bit = d->bits - 1; bit > 0; bit--) {
        put(d, bit % 8 == 0 ? "━━╋" : "━━┻");
    }
    put(d, aw_pool_printf(pool, "━━┛ W: 0x%08x\n",
                          aw_fusemap_offset(p->map, bank, word, true)));
}

/* One line below the box. */
static char *fuse_line(const struct drawing *d, const struct span *s,
                       struct aw_pool *pool)
{
    struct aw_buf line = {.n = 0};
    struct drawing one = {.p = d->p, .to = &line, .bits = d->bits};

    put_times(&one, " ", COLUMNS * (d->bits - s->offset - s->len) + 1);
    put(&one, aw_pool_printf(pool, "%02u ", s->offset + s->len - 1));
    if (s->len > 1) {
        put_times(&one, "┄┄ ", s->len - 2);
        put(&one, aw_pool_printf(pool, "%02u ", s->offset));
    }
    if (s->offset > 0) {
        put_times(&one, "─", COLUMNS * s->offset - 1);
        put(&one, " ");
    }
    put(&one, " ");
    aw_buf_put(&line, s->fuse->name);
    char *text = aw_pool_bytes(pool, aw_buf_bytes(&line));

    aw_buf_wipe(&line);
    return text;
}

/* As byte strings, backwards: higher bits first. */
static int backwards(const void *a, const void *b)
{
    const char *const *x = a;
    const char *const *y = b;

    return strcmp(*y, *x);
}

void otp_picture_draw(const struct otp_picture *picture, struct aw_pool *pool,
                      struct aw_buf *to)
{
    struct drawing d = {
        .p = picture, .to = to, .bits = aw_fuse_word_bits(picture->map)};

    find_spans(&d, pool);
    draw_box(&d, pool);
    char **lines = aw_pool_alloc(pool, d.n, sizeof(*lines));

    for (size_t i = 0; i < d.n; i++) {
        lines[i] = fuse_line(&d, &d.span[i], pool);
    }
    if (d.n > 1) {
        qsort(lines, d.n, sizeof(*lines), backwards);
    }
    for (size_t i = 0; i < d.n; i++) {
        put(&d, lines[i]);
        put(&d, "\n");
    }
}
