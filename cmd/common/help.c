/* SPDX-License-Identifier: Apache-2.0 */
#include "common/help.h"

#include <stdio.h>
#include <string.h>

enum { WIDTH = 79, COLUMN = 26 };

static size_t new_line(size_t indent)
{
    (void)printf("\n%*s", (int)indent, "");
    return indent;
}

/* Prints text wrapped, each line after the first indented. `at` is the column
 * where it begins. */
static void wrap(const char *text, size_t at, size_t indent)
{
    size_t blanks = 0; /* to print before the next word */

    while (*text != '\0') {
        size_t n = strcspn(text, " \n");

        if (n > 0 && at + blanks + n > WIDTH && at > indent) {
            at = new_line(indent);
            blanks = 0;
        }
        if (n > 0) {
            (void)printf("%*s%.*s", (int)blanks, "", (int)n, text);
            at += blanks + n;
            text += n;
            blanks = 0;
        } else if (*text++ == '\n') {
            at = new_line(indent);
        } else {
            blanks++;
        }
    }
    (void)printf("\n");
}

const char *aw_help_spelling(struct aw_ctx *ctx, const struct aw_opt *opt)
{
    if (opt->type == AW_OPT_FLAG) {
        return aw_pool_printf(&ctx->pool, "--%s", opt->name);
    }
    if (opt->type == AW_OPT_LEVEL) {
        return aw_pool_printf(&ctx->pool, "--%s[=%s]", opt->name, opt->arg);
    }
    return aw_pool_printf(&ctx->pool, "--%s=%s", opt->name, opt->arg);
}

const char *aw_help_usage(struct aw_ctx *ctx, const struct aw_cmd *cmd,
                          const char *path)
{
    const char *gap = path[0] == '\0' ? "" : " ";

    if (cmd->sub != NULL) {
        return aw_pool_printf(&ctx->pool, "aw%s%s COMMAND [options]", gap,
                              path);
    }
    return aw_pool_printf(&ctx->pool, "aw%s%s [options]%s%s", gap, path,
                          cmd->operands == NULL ? "" : " ",
                          cmd->operands == NULL ? "" : cmd->operands);
}

static void print_entry(const char *label, const char *text)
{
    int n = printf("  %s", label);
    size_t at = n < 0 ? 0 : (size_t)n;

    if (at + 2 > COLUMN) {
        (void)printf("\n");
        at = 0;
    }
    (void)printf("%*s", (int)(COLUMN - at), "");
    wrap(text, COLUMN, COLUMN);
}

static const char *describe(struct aw_ctx *ctx, const struct aw_opt *opt)
{
    const char *text = opt->help;

    if (opt->type == AW_OPT_LIST) {
        text = aw_pool_printf(&ctx->pool, "%s May be repeated.", text);
    }
    if (opt->required) {
        text = aw_pool_printf(&ctx->pool, "%s Required.", text);
    }
    if (opt->fallback != NULL) {
        text =
            aw_pool_printf(&ctx->pool, "%s (default: %s)", text, opt->fallback);
    }
    const char *list = opt->alias == NULL ? "" : opt->alias;
    const char *before = " Also: ";

    for (aw_bytes w = aw_word_next(&list); w.n > 0; w = aw_word_next(&list)) {
        text = aw_pool_printf(&ctx->pool, "%s%s--%s", text, before,
                              aw_pool_bytes(&ctx->pool, w));
        before = ", ";
    }
    return opt->alias == NULL ? text : aw_pool_printf(&ctx->pool, "%s.", text);
}

static const char *group_of(const struct aw_opt *opt)
{
    return opt->group == NULL ? "Options" : opt->group;
}

/* The options of one heading, in the order of the table. */
static void print_group(struct aw_ctx *ctx, const struct aw_opt *opt, size_t n,
                        const char *group)
{
    (void)printf("\n%s:\n", group);
    for (size_t i = 0; i < n; i++) {
        if (!opt[i].hidden && strcmp(group_of(&opt[i]), group) == 0) {
            print_entry(aw_help_spelling(ctx, &opt[i]), describe(ctx, &opt[i]));
        }
    }
}

static bool first_of_group(const struct aw_opt *opt, size_t i)
{
    if (opt[i].hidden) {
        return false;
    }
    for (size_t k = 0; k < i; k++) {
        if (!opt[k].hidden &&
            strcmp(group_of(&opt[k]), group_of(&opt[i])) == 0) {
            return false;
        }
    }
    return true;
}

static void print_options(struct aw_ctx *ctx, const struct aw_opt *opt,
                          size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (first_of_group(opt, i)) {
            print_group(ctx, opt, n, group_of(&opt[i]));
        }
    }
}

static void print_commands(const struct aw_cmd *group)
{
    (void)printf("\nCommands:\n");
    for (size_t i = 0; group->sub[i] != NULL; i++) {
        if (!group->sub[i]->hidden) {
            print_entry(group->sub[i]->name, group->sub[i]->summary);
        }
    }
}

void aw_help_print(struct aw_ctx *ctx, const struct aw_cmd *cmd,
                   const char *path)
{
    const char *word = path[0] == '\0' ? "" : " ";

    (void)printf("Usage: %s\n\n", aw_help_usage(ctx, cmd, path));
    wrap(cmd->prose == NULL ? cmd->summary : cmd->prose, 0, 0);
    if (cmd->sub != NULL) {
        print_commands(cmd);
        (void)printf("\nSee 'aw help%s%s COMMAND' for each of them.\n", word,
                     path);
    }
    print_options(ctx, cmd->opts, cmd->n_opts);
    print_options(ctx, aw_global_opts, aw_global_n);
}

static bool same_word(const char *a, const char *b)
{
    const struct aw_opt name = {.name = b};

    return aw_opt_find(&name, 1, a, strlen(a)) != NULL;
}

const struct aw_cmd *aw_cmd_find(const struct aw_cmd *group, const char *name)
{
    for (size_t i = 0; group->sub != NULL && group->sub[i] != NULL; i++) {
        if (same_word(name, group->sub[i]->name)) {
            return group->sub[i];
        }
    }
    return NULL;
}

const struct aw_cmd *aw_cmd_walk(const struct aw_cmd *root, size_t n,
                                 const char *const *words, size_t *used)
{
    const struct aw_cmd *cmd = root;

    *used = 0;
    while (*used < n) {
        const struct aw_cmd *next = aw_cmd_find(cmd, words[*used]);

        if (next == NULL) {
            break;
        }
        cmd = next;
        (*used)++;
    }
    return cmd;
}

const char *aw_cmd_path(struct aw_pool *pool, size_t n,
                        const char *const *words)
{
    const char *path = "";

    for (size_t i = 0; i < n; i++) {
        path =
            i == 0 ? words[i] : aw_pool_printf(pool, "%s %s", path, words[i]);
    }
    return path;
}

void aw_cmd_visit(struct aw_pool *pool, const struct aw_cmd *cmd,
                  const char *path, aw_cmd_fn *fn, void *arg)
{
    if (cmd->hidden) {
        return;
    }
    fn(arg, cmd, path);
    for (size_t i = 0; cmd->sub != NULL && cmd->sub[i] != NULL; i++) {
        const char *below =
            aw_pool_printf(pool, "%s%s%s", path, path[0] == '\0' ? "" : " ",
                           cmd->sub[i]->name);

        aw_cmd_visit(pool, cmd->sub[i], below, fn, arg);
    }
}

const char *aw_first_sentence(struct aw_pool *pool, const char *text)
{
    const char *stop = strstr(text, ". ");
    size_t n = stop == NULL ? strlen(text) : (size_t)(stop - text);

    if (stop == NULL && n > 0 && text[n - 1] == '.') {
        n--;
    }
    return aw_pool_bytes(pool, (aw_bytes){(const uint8_t *)text, n});
}
