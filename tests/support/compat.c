/* SPDX-License-Identifier: Apache-2.0 */
#include "compat.h"

#include <string.h>

#include "scratch.h"
#include "support.h"

/* A row begins with a name in backticks; what else stands in the first column
 * belongs to it: `file.txt` line 27. */
static bool row_name(aw_bytes line, aw_bytes *name)
{
    static char text[COMPAT_ROWS * 4];
    struct aw_rd r = aw_rd_init(line);
    aw_bytes cell = {0};

    if (line.n < 3 || memcmp(line.p, "| `", 3) != 0) {
        return false;
    }
    (void)aw_rd_u8(&r);
    cell = aw_rd_until(&r, '|');
    ck_assert(!r.failed && cell.n < sizeof(text));
    struct aw_wr w = aw_wr_init(text, sizeof(text));

    for (size_t i = 0; i < cell.n; i++) {
        if (cell.p[i] != '`') {
            aw_wr_u8(&w, cell.p[i]);
        }
    }
    /* One blank on each side. */
    ck_assert(aw_slice(aw_wr_done(&w), 1, w.n - 2, name));
    *name = aw_text(vec_cstr(*name));
    return true;
}

void compat_load(struct compat *c, const char *section)
{
    struct aw_rd r = aw_rd_init(scratch_read(AW_COMPAT));
    bool inside = false;

    *c = (struct compat){.section = section};
    while (aw_rd_left(&r) > 0) {
        aw_bytes line = aw_rd_line(&r);

        if (line.n > 3 && memcmp(line.p, "## ", 3) == 0) {
            inside = aw_bytes_is((aw_bytes){line.p + 3, line.n - 3}, section);
        }
        aw_bytes name = {0};

        if (inside && c->n < COMPAT_ROWS && row_name(line, &name)) {
            c->row[c->n++] = name;
        }
    }
    ck_assert_uint_lt(c->n, COMPAT_ROWS);
    ck_assert_msg(c->n > 0, "docs/compat.md has no rows for %s", section);
}

void compat_decided(struct compat *c, aw_bytes name, bool as_upstream)
{
    size_t i = 0;

    while (i < c->n && !aw_bytes_equal(c->row[i], name)) {
        i++;
    }
    ck_assert_msg((i == c->n) == as_upstream,
                  "%s: decided %s upstream, docs/compat.md says otherwise",
                  vec_cstr(name), as_upstream ? "as" : "differently from");
    if (i < c->n) {
        ck_assert_msg(!c->met[i], "%s: met twice", vec_cstr(name));
        c->met[i] = true;
    }
}

void compat_done(const struct compat *c)
{
    for (size_t i = 0; i < c->n; i++) {
        ck_assert_msg(c->met[i], "docs/compat.md, %s: %s is no vector",
                      c->section, vec_cstr(c->row[i]));
    }
}
