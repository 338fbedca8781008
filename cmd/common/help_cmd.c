/* SPDX-License-Identifier: Apache-2.0 */
#include "common/help.h"
#include "common/mdoc.h"

struct args {
    const char *mdoc;
};

static const struct aw_opt opts[] = {
    {.name = "mdoc",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, mdoc),
     .arg = "TEMPLATE",
     .help = "Print the manual page of COMMAND.",
     .hidden = true},
};

static const char *type_name(enum aw_opt_type type)
{
    switch (type) {
    case AW_OPT_FLAG:
        return "flag";
    case AW_OPT_TEXT:
        return "text";
    case AW_OPT_LIST:
        return "list";
    case AW_OPT_U64:
        return "number";
    case AW_OPT_DURATION:
        return "duration";
    case AW_OPT_SIZE:
        return "size";
    case AW_OPT_CHOICE:
        return "choice";
    case AW_OPT_LEVEL:
        return "level";
    }
    return "unknown";
}

static void put_option(struct aw_json_out *doc, const struct aw_opt *opt)
{
    const char *list = opt->alias == NULL ? "" : opt->alias;

    aw_json_begin_object(doc, NULL);
    aw_json_text(doc, "name", opt->name);
    aw_json_begin_array(doc, "aliases");
    for (aw_bytes w = aw_word_next(&list); w.n > 0; w = aw_word_next(&list)) {
        aw_json_bytes(doc, NULL, w);
    }
    aw_json_end_array(doc);
    aw_json_text(doc, "type", type_name(opt->type));
    if (opt->arg != NULL) {
        aw_json_text(doc, "value", opt->arg);
    }
    if (opt->fallback != NULL) {
        aw_json_text(doc, "default", opt->fallback);
    }
    aw_json_bool(doc, "required", opt->required);
    aw_json_text(doc, "help", opt->help);
    aw_json_end_object(doc);
}

static void put_options(struct aw_json_out *doc, const char *key,
                        const struct aw_opt *opt, size_t n)
{
    aw_json_begin_array(doc, key);
    for (size_t i = 0; i < n; i++) {
        if (!opt[i].hidden) {
            put_option(doc, &opt[i]);
        }
    }
    aw_json_end_array(doc);
}

static void put_command(void *arg, const struct aw_cmd *cmd, const char *path)
{
    struct aw_json_out *doc = arg;

    aw_json_begin_object(doc, NULL);
    aw_json_text(doc, "command", path);
    aw_json_text(doc, "summary", cmd->summary);
    aw_json_bool(doc, "group", cmd->sub != NULL);
    aw_json_bool(doc, "program", cmd->program);
    aw_json_text(doc, "operands", cmd->operands == NULL ? "" : cmd->operands);
    put_options(doc, "options", cmd->opts, cmd->n_opts);
    aw_json_end_object(doc);
}

/* The tables themselves, for programs. */
static void put_tables(struct aw_ctx *ctx, const struct aw_cmd *cmd,
                       const char *path)
{
    struct aw_json_out *doc = aw_out_doc(&ctx->out);

    aw_json_begin_array(doc, "commands");
    aw_cmd_visit(&ctx->pool, cmd, path, put_command, doc);
    aw_json_end_array(doc);
    put_options(doc, "common_options", aw_global_opts, aw_global_n);
}

void aw_help_show(struct aw_ctx *ctx, const struct aw_cmd *cmd,
                  const char *path)
{
    if (aw_out_is_json(&ctx->out)) {
        put_tables(ctx, cmd, path);
    } else {
        aw_help_print(ctx, cmd, path);
    }
}

static int run_help(struct aw_ctx *ctx, const void *values)
{
    const struct args *args = values;
    size_t used = 0;
    const struct aw_cmd *cmd =
        aw_cmd_walk(ctx->root, ctx->operands.n, ctx->operands.item, &used);
    const char *path = aw_cmd_path(&ctx->pool, used, ctx->operands.item);

    if (used < ctx->operands.n) {
        return aw_usage(
            ctx, "there is no command %s",
            aw_cmd_path(&ctx->pool, ctx->operands.n, ctx->operands.item));
    }
    if (args->mdoc != NULL) {
        return aw_mdoc_print(ctx, args->mdoc, cmd, path);
    }
    aw_help_show(ctx, cmd, path);
    return AW_EXIT_OK;
}

const struct aw_cmd aw_cmd_help = {
    .name = "help",
    .summary = "explain a command",
    .prose = "Prints the help of a command, as --help behind it does. With "
             "--json all commands and options as a document.",
    .operands = "[COMMAND...]",
    .max_operands = SIZE_MAX,
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .size = sizeof(struct args),
    .run = run_help,
};
