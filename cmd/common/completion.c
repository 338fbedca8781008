/* SPDX-License-Identifier: Apache-2.0 */
#include "common/completion.h"

#include <stdio.h>
#include <string.h>

#include "common/help.h"

enum aw_complete_kind aw_complete_kind(const struct aw_opt *opt)
{
    if (opt->type == AW_OPT_CHOICE) {
        return AW_COMPLETE_CHOICE;
    }
    if (opt->type != AW_OPT_TEXT && opt->type != AW_OPT_LIST) {
        return AW_COMPLETE_NONE;
    }
    /* Keys are strings or files. */
    return strstr(opt->arg, "FILE") != NULL ||
                   strstr(opt->arg, "DIR") != NULL ||
                   strstr(opt->arg, "KEY") != NULL ||
                   strstr(opt->arg, "BASE") != NULL
               ? AW_COMPLETE_FILE
               : AW_COMPLETE_NONE;
}

const char *aw_complete_escape(struct aw_pool *pool, const char *text,
                               const char *special)
{
    char *out = aw_pool_alloc(pool, 2 * strlen(text) + 1, 1);
    size_t n = 0;

    for (; *text != '\0'; text++) {
        if (strchr(special, *text) != NULL) {
            out[n++] = '\\';
        }
        out[n++] = *text;
    }
    return out;
}

const char *aw_complete_quote(struct aw_pool *pool, const char *text)
{
    static const char end[] = "'\\''"; /* end, quote, begin again */
    char *out = aw_pool_alloc(pool, (sizeof(end) - 1) * strlen(text) + 1, 1);
    size_t n = 0;

    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            memcpy(out + n, end, sizeof(end) - 1);
            n += sizeof(end) - 1;
        } else {
            out[n++] = *text;
        }
    }
    return out;
}

/* Everything that the bash functions need of one command: its subcommands and
 * the spellings of its options. */
static void bash_words(void *arg, const struct aw_cmd *cmd, const char *path)
{
    const struct aw_cmd *group =
        cmd == &aw_cmd_help ? ((struct aw_ctx *)arg)->root : cmd;

    (void)printf("    '%s') printf '%%s' ' ", path);
    for (size_t i = 0; group->sub != NULL && group->sub[i] != NULL; i++) {
        if (!group->sub[i]->hidden) {
            (void)printf("%s ", group->sub[i]->name);
        }
    }
    if (cmd == &aw_cmd_completion) {
        (void)printf("bash zsh fish ");
    }
    for (size_t i = 0; i < cmd->n_opts; i++) {
        if (!cmd->opts[i].hidden) {
            (void)printf("--%s%s ", cmd->opts[i].name,
                         cmd->opts[i].type == AW_OPT_FLAG ? "" : "=");
        }
    }
    (void)printf("' ;;\n");
}

static void bash_value(const struct aw_opt *opt, const char *path)
{
    const char *list = opt->arg;

    switch (aw_complete_kind(opt)) {
    case AW_COMPLETE_FILE:
        (void)printf("    '%s --%s') printf '%%s' FILE ;;\n", path, opt->name);
        break;
    case AW_COMPLETE_CHOICE:
        (void)printf("    '%s --%s') printf '%%s' '", path, opt->name);
        for (aw_bytes w = aw_word_next(&list); w.n > 0;
             w = aw_word_next(&list)) {
            (void)printf("%.*s ", (int)w.n, (const char *)w.p);
        }
        (void)printf("' ;;\n");
        break;
    case AW_COMPLETE_NONE:
        if (opt->arg != NULL && opt->type != AW_OPT_LEVEL) {
            (void)printf("    '%s --%s') printf '%%s' NONE ;;\n", path,
                         opt->name);
        }
        break;
    }
}

static void bash_values(void *arg, const struct aw_cmd *cmd, const char *path)
{
    (void)arg;
    for (size_t i = 0; i < cmd->n_opts; i++) {
        if (!cmd->opts[i].hidden) {
            bash_value(&cmd->opts[i], path);
        }
    }
}

static void bash_complete(void *arg, const struct aw_cmd *cmd, const char *path)
{
    (void)arg;
    if (cmd->program && strchr(path, ' ') == NULL) {
        (void)printf("complete -o filenames -F _aw %s\n", path);
    }
}

static const char bash_main[] =
    "# Splits the line: command path, option whose value is at the cursor.\n"
    "_aw()\n"
    "{\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} at='' option='' word i path\n"
    "    local name=${COMP_WORDS[0]##*/}\n"
    "    [ \"$name\" = aw ] || at=${name//_/-}\n"
    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "        word=${COMP_WORDS[i]}\n"
    "        case $word in\n"
    "        =) continue ;;\n"
    "        -*) option=${word#-} option=--${option#-} ;;\n"
    "        *)\n"
    "            path=\"${at:+$at }$word\"\n"
    "            if [ -n \"$option\" ] &&\n"
    "                [ -n \"$(_aw_value \"$at\" \"$option\")\" ]; then\n"
    "                option=''\n"
    "            elif [ -n \"$(_aw_words \"$path\")\" ]; then\n"
    "                at=$path\n"
    "            fi\n"
    "            option='' ;;\n"
    "        esac\n"
    "    done\n"
    "    [ \"$cur\" = = ] && cur=''\n"
    "    COMPREPLY=()\n"
    "    local value=''\n"
    "    [ -z \"$option\" ] || value=$(_aw_value \"$at\" \"$option\")\n"
    "    case $value in\n"
    "    FILE) mapfile -t COMPREPLY < <(compgen -f -- \"$cur\") ;;\n"
    "    NONE) ;;\n"
    "    '')\n"
    "        local words\n"
    "        words=\"$(_aw_words \"$at\")$(_aw_words common)\"\n"
    "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
    "        case $cur in\n"
    "        -*) ;;\n"
    "        *) [ ${#COMPREPLY[@]} -gt 0 ] ||\n"
    "            mapfile -t COMPREPLY < <(compgen -f -- \"$cur\") ;;\n"
    "        esac\n"
    "        case ${COMPREPLY[*]} in *=) compopt -o nospace ;; esac ;;\n"
    "    *) mapfile -t COMPREPLY < <(compgen -W \"$value\" -- \"$cur\") ;;\n"
    "    esac\n"
    "}\n";

void aw_complete_bash(struct aw_ctx *ctx)
{
    struct aw_cmd common = {
        .opts = aw_global_opts,
        .n_opts = aw_global_n,
    };

    (void)printf("# bash completion for aw, generated by "
                 "\"aw completion bash\"\n"
                 "\n"
                 "_aw_words()\n{\n    case $1 in\n");
    aw_cmd_visit(&ctx->pool, ctx->root, "", bash_words, ctx);
    bash_words(ctx, &common, "common");
    (void)printf("    esac\n}\n\n"
                 "_aw_value()\n{\n    case \"$1 $2\" in\n");
    aw_cmd_visit(&ctx->pool, ctx->root, "", bash_values, NULL);
    (void)printf("    *) case \"common $2\" in\n");
    bash_values(NULL, &common, "common");
    (void)printf("    esac ;;\n    esac\n}\n\n%s\n"
                 "complete -o filenames -F _aw aw\n",
                 bash_main);
    aw_cmd_visit(&ctx->pool, ctx->root, "", bash_complete, NULL);
}

static int run_completion(struct aw_ctx *ctx, const void *values)
{
    static const struct {
        const char *shell;
        void (*print)(struct aw_ctx *ctx);
    } shells[] = {
        {"bash", aw_complete_bash},
        {"zsh", aw_complete_zsh},
        {"fish", aw_complete_fish},
    };

    (void)values;
    if (aw_out_is_json(&ctx->out)) {
        return aw_usage(ctx, "a completion script has no JSON form");
    }
    for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
        if (strcmp(ctx->operands.item[0], shells[i].shell) == 0) {
            shells[i].print(ctx);
            return AW_EXIT_OK;
        }
    }
    return aw_usage(ctx, "the shell must be bash, zsh or fish, not %s",
                    ctx->operands.item[0]);
}

const struct aw_cmd aw_cmd_completion = {
    .name = "completion",
    .summary = "print a completion script for a shell",
    .prose = "Prints the completion script for a shell. Packages install it; "
             "for one session use: source <(aw completion bash)",
    .operands = "bash|zsh|fish",
    .min_operands = 1,
    .max_operands = 1,
    .run = run_completion,
};
