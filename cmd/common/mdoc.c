/* SPDX-License-Identifier: Apache-2.0 */
#include "common/mdoc.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/help.h"
#include "common/input.h"

/* True where a text is to begin a new line: behind the end of a sentence,
 * which mdoc wants, or at a line break. */
static bool is_break(const char *text, size_t i)
{
    if (text[i] == '\n') {
        return true;
    }
    return text[i] == ' ' && i > 0 && text[i - 1] == '.' &&
           isupper((unsigned char)text[i + 1]) != 0;
}

/* One word; a backslash, and what would be a macro at the begin of a line, are
 * escaped. */
static void print_word(const char *word, size_t n, bool first)
{
    if (first && (word[0] == '.' || word[0] == '\'')) {
        (void)printf("\\&");
    }
    for (size_t i = 0; i < n; i++) {
        (void)printf(word[i] == '\\' ? "\\e" : "%c", word[i]);
    }
}

/* Text as filled lines of at most 78 characters. */
static void print_text(const char *text)
{
    enum { FILL = 78 };
    size_t at = 0; /* column */

    for (size_t i = 0; text[i] != '\0';) {
        size_t n = strcspn(text + i, " \n");

        if (at > 0 && n > 0) {
            bool cut = at + 1 + n > FILL || is_break(text, i - 1);

            (void)printf(cut ? "\n" : " ");
            at = cut ? 0 : at + 1;
        }
        print_word(text + i, n, at == 0);
        at += n;
        i += n;
        if (text[i] == '\n' && text[i + 1] == '\n') {
            (void)printf("\n.Pp\n");
            at = 0;
        }
        i += strspn(text + i, " \n");
    }
    (void)printf("\n");
}

/* "FILE [INDEX...]" as macros: .Ar FILE, .Op Ar INDEX ... */
static void print_operands(const char *operands)
{
    const char *p = operands == NULL ? "" : operands;

    while (*p != '\0') {
        size_t n = strcspn(p, " ");
        bool optional = p[0] == '[';
        size_t from = optional ? 1 : 0;
        size_t word = strcspn(p + from, " .]");
        bool more = strncmp(p + from + word, "...", 3) == 0;

        (void)printf(".%s%.*s%s\n", optional ? "Op Ar " : "Ar ", (int)word,
                     p + from, more ? " ..." : "");
        p += n;
        p += strspn(p, " ");
    }
}

static void print_synopsis(void *arg, const struct aw_cmd *cmd,
                           const char *path)
{
    (void)arg;
    if (cmd->run == NULL) {
        return;
    }
    (void)printf(".Nm aw\n.Cm %s\n.Op Ar option ...\n", path);
    print_operands(cmd->operands);
}

static void print_option(struct aw_ctx *ctx, const struct aw_opt *opt)
{
    const char *list = opt->alias == NULL ? "" : opt->alias;
    const char *gap = "";

    if (opt->type == AW_OPT_FLAG) {
        (void)printf(".It Fl -%s\n", opt->name);
    } else if (opt->type == AW_OPT_LEVEL) {
        (void)printf(".It Fl -%s Ns Op = Ns Ar %s\n", opt->name, opt->arg);
    } else {
        (void)printf(".It Fl -%s Ns = Ns Ar %s\n", opt->name, opt->arg);
    }
    print_text(opt->help);
    if (opt->type == AW_OPT_LIST) {
        (void)printf("May be repeated.\n");
    }
    if (opt->required) {
        (void)printf("Required.\n");
    }
    if (opt->fallback != NULL) {
        print_text(
            aw_pool_printf(&ctx->pool, "The default is %s.", opt->fallback));
    }
    for (aw_bytes w = aw_word_next(&list); w.n > 0; w = aw_word_next(&list)) {
        (void)printf("%s.Fl -%.*s", gap[0] == '\0' ? "Also:\n" : gap, (int)w.n,
                     (const char *)w.p);
        gap = " ,\n";
    }
    (void)printf("%s", gap[0] == '\0' ? "" : " .\n");
}

static void print_list(struct aw_ctx *ctx, const struct aw_opt *opt, size_t n)
{
    (void)printf(".Bl -tag -width Ds\n");
    for (size_t i = 0; i < n; i++) {
        if (!opt[i].hidden) {
            print_option(ctx, &opt[i]);
        }
    }
    (void)printf(".El\n");
}

static void print_options(void *arg, const struct aw_cmd *cmd, const char *path)
{
    if (cmd->run == NULL) {
        return;
    }
    (void)printf(".Ss aw %s\n", path);
    print_text(cmd->prose == NULL
                   ? aw_pool_printf(&((struct aw_ctx *)arg)->pool, "%c%s.",
                                    toupper((unsigned char)cmd->summary[0]),
                                    cmd->summary + 1)
                   : cmd->prose);
    if (cmd->n_opts > 0) {
        print_list(arg, cmd->opts, cmd->n_opts);
    }
}

static void print_commands(struct aw_ctx *ctx, const struct aw_cmd *group,
                           const char *path)
{
    (void)printf(".Bl -tag -width Ds\n");
    for (size_t i = 0; group->sub != NULL && group->sub[i] != NULL; i++) {
        const struct aw_cmd *sub = group->sub[i];

        if (!sub->hidden) {
            (void)printf(".It Cm %s%s%s\n", path, path[0] == '\0' ? "" : " ",
                         sub->name);
            print_text(aw_pool_printf(&ctx->pool, "%c%s.",
                                      toupper((unsigned char)sub->summary[0]),
                                      sub->summary + 1));
        }
    }
    (void)printf(".El\n");
}

static void print_exits(void)
{
    (void)printf(".Bl -tag -width Ds\n");
    for (size_t i = 0; aw_exit_row_at(i) != NULL; i++) {
        const struct aw_exit_row *row = aw_exit_row_at(i);

        (void)printf(".It %d\n%c%s.\n", row->code,
                     toupper((unsigned char)row->meaning[0]), row->meaning + 1);
        if (row->retry) {
            (void)printf("Trying again may help.\n");
        }
    }
    (void)printf(".El\n");
}

/* What has nothing to do with the work of a command. */
static void print_common_exits(struct aw_ctx *ctx)
{
    static const int codes[] = {AW_EXIT_INTERNAL, AW_EXIT_USAGE,
                                AW_EXIT_STORAGE,  AW_EXIT_TIME,
                                AW_EXIT_RESOURCE, AW_EXIT_DECLINED};
    const char *text = "Any command may also end with";

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        text =
            aw_pool_printf(&ctx->pool, "%s%s %d (%s)", text, i == 0 ? "" : ",",
                           codes[i], aw_exit_row(codes[i])->meaning);
    }
    (void)printf(".Pp\n");
    print_text(aw_pool_printf(&ctx->pool, "%s.", text));
    (void)printf("All codes are in\n.Xr aw 1 .\n");
}

/* A line of the template; false when it is no marker. */
static bool print_marker(struct aw_ctx *ctx, aw_bytes line,
                         const struct aw_cmd *cmd, const char *path)
{
    if (aw_bytes_is(line, "@SYNOPSIS@")) {
        aw_cmd_visit(&ctx->pool, cmd, path, print_synopsis, NULL);
    } else if (aw_bytes_is(line, "@COMMANDS@")) {
        print_commands(ctx, cmd, path);
    } else if (aw_bytes_is(line, "@OPTIONS@")) {
        aw_cmd_visit(&ctx->pool, cmd, path, print_options, ctx);
    } else if (aw_bytes_is(line, "@COMMON@")) {
        print_list(ctx, aw_global_opts, aw_global_n);
    } else if (aw_bytes_is(line, "@EXIT@")) {
        print_exits();
    } else if (aw_bytes_is(line, "@COMMON_EXIT@")) {
        print_common_exits(ctx);
    } else {
        return false;
    }
    return true;
}

int aw_mdoc_print(struct aw_ctx *ctx, const char *template_path,
                  const struct aw_cmd *cmd, const char *path)
{
    enum { TEMPLATE_MAX = 256 * 1024 };
    aw_bytes text = {NULL, 0};
    int code = aw_input_read(ctx, template_path, TEMPLATE_MAX, &text);

    if (code != AW_EXIT_OK) {
        return code;
    }
    struct aw_rd r = aw_rd_init(text);

    for (aw_bytes line = aw_rd_line(&r); !r.failed; line = aw_rd_line(&r)) {
        if (!print_marker(ctx, line, cmd, path)) {
            (void)printf("%.*s\n", (int)line.n, (const char *)line.p);
        }
    }
    return AW_EXIT_OK;
}
