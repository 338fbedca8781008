/* SPDX-License-Identifier: Apache-2.0 */
#include "hab/tree.h"

#include <stdarg.h>

enum { INDENT = 2, HEX_DIGITS = 6 };

static void put_line(struct tree *tree, size_t at, size_t n, const char *name,
                     const char *value)
{
    size_t from = tree->base + at;

    aw_out_line(&tree->ctx->out, "0x%0*zx-0x%0*zx  %*s%s%s%s", HEX_DIGITS, from,
                HEX_DIGITS, from + (n == 0 ? 0 : n - 1),
                (int)(INDENT * tree->depth), "", name,
                value[0] == '\0' ? "" : ": ", value);
}

static void open_node(struct tree *tree, size_t at, size_t n, const char *name,
                      const char *value)
{
    struct aw_out *out = &tree->ctx->out;

    put_line(tree, at, n, name, value);
    if (aw_out_is_json(out)) {
        aw_out_begin(out, NULL);
        aw_out_count(out, "offset", tree->base + at);
        aw_out_count(out, "bytes", n);
        aw_out_text(out, "name", name);
        aw_out_text(out, "value", value);
    }
}

void tree_begin(struct tree *tree, size_t at, size_t n, const char *name,
                const char *format, ...)
{
    va_list args;

    va_start(args, format);
    open_node(tree, at, n, name,
              aw_pool_vprintf(&tree->ctx->pool, format, args));
    va_end(args);
    tree->depth++;
    if (aw_out_is_json(&tree->ctx->out)) {
        aw_out_begin_list(&tree->ctx->out, "parts");
    }
}

void tree_end(struct tree *tree)
{
    tree->depth--;
    if (aw_out_is_json(&tree->ctx->out)) {
        aw_out_end_list(&tree->ctx->out);
        aw_out_end(&tree->ctx->out);
    }
}

void tree_leaf(struct tree *tree, size_t at, size_t n, const char *name,
               const char *format, ...)
{
    va_list args;

    va_start(args, format);
    open_node(tree, at, n, name,
              aw_pool_vprintf(&tree->ctx->pool, format, args));
    va_end(args);
    if (aw_out_is_json(&tree->ctx->out)) {
        aw_out_end(&tree->ctx->out);
    }
}

const char *tree_hex(const struct tree *tree, aw_bytes bytes, size_t max)
{
    size_t n = bytes.n < max ? bytes.n : max;
    size_t room = 2 * n + 4;
    char *text = aw_pool_alloc(&tree->ctx->pool, room, 1);
    struct aw_wr w = aw_wr_init(text, room - 1);

    aw_wr_hex(&w, (aw_bytes){bytes.p, n});
    if (n < bytes.n) {
        aw_wr_text(&w, "..");
    }
    return text;
}

const char *tree_text(const struct tree *tree, aw_bytes bytes)
{
    return aw_pool_bytes(&tree->ctx->pool, bytes);
}
