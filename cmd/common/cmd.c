/* SPDX-License-Identifier: Apache-2.0 */
#include "common/cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/config.h"
#include "common/help.h"
#include "common/stop.h"
#include "common/term.h"

#define GLOBAL "Common options"

const struct aw_opt aw_global_opts[] = {
    {.name = "json",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct aw_globals, json),
     .help = "Print the result as one JSON document.",
     .group = GLOBAL},
    {.name = "events",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct aw_globals, events),
     .arg = "FILE|FD",
     .help = "Append what happens as JSON Lines to a file, or write it to an "
             "open file descriptor.",
     .group = GLOBAL},
    {.name = "non-interactive",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct aw_globals, non_interactive),
     .help = "Never wait for an answer: fail where one would be needed.",
     .group = GLOBAL},
    {.name = "timeout",
     .type = AW_OPT_DURATION,
     .at = offsetof(struct aw_globals, timeout_ms),
     .arg = "DURATION",
     .help = "Time limit of the whole run, such as 90s or 1h30m; exit code 22 "
             "when it passes.",
     .group = GLOBAL},
    {.name = "state",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct aw_globals, state),
     .arg = "DIR",
     .help = "Directory that keeps what was seen of each log.",
     .group = GLOBAL},
    {.name = "offline",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct aw_globals, offline),
     .help = "Open no network connection.",
     .group = GLOBAL},
    {.name = "quiet",
     .alias = "q",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct aw_globals, quiet),
     .help = "No progress and no log on standard error; errors, warnings and "
             "what the operator has to do only.",
     .group = GLOBAL},
    {.name = "v",
     .alias = "verbose",
     .type = AW_OPT_LEVEL,
     .at = offsetof(struct aw_globals, verbosity),
     .arg = "N",
     .help = "Log more on standard error.",
     .group = GLOBAL},
    {.name = "help",
     .alias = "h",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct aw_globals, help),
     .help = "Print this help.",
     .group = GLOBAL},
    {.name = "version",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct aw_globals, version),
     .help = "Print the version.",
     .group = GLOBAL},
};

const size_t aw_global_n = sizeof(aw_global_opts) / sizeof(aw_global_opts[0]);

/* The standard descriptors must be open, or the next file that is opened gets
 * the number of standard output and the result is written into it. */
static void guard_descriptors(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF) {
            continue;
        }
        /* Read-only: writing a result there fails, as it would have. */
        if (open("/dev/null", O_RDONLY) != fd) {
            _exit(AW_EXIT_RESOURCE);
        }
    }
}

/* True when an argument is the flag `name`, before any `--`. Lets --help and
 * --json work beside arguments that are wrong. */
static bool has_flag(int argc, char **argv, const char *name)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        const char *word = argv[i] + strspn(argv[i], "-");
        size_t n = strcspn(word, "=");

        if (argv[i][0] == '-' && strlen(name) == n &&
            strncmp(word, name, n) == 0) {
            return word[n] == '\0' || strcmp(word + n, "=true") == 0;
        }
    }
    return false;
}

/* Command words and option arguments, split. */
struct line {
    const struct aw_cmd *cmd;
    int before; /* options before the first command word: argv[1..before] */
    int rest;   /* first argument after the command words */
};

/* Options of every command may stand before the command. */
static int skip_options(int argc, char **argv)
{
    int i = 1;

    while (i < argc && argv[i][0] == '-' && argv[i][1] != '\0') {
        const char *word = argv[i] + strspn(argv[i], "-");
        size_t n = strcspn(word, "=");
        const struct aw_opt *opt =
            aw_opt_find(aw_global_opts, aw_global_n, word, n);
        bool value = opt != NULL && opt->arg != NULL && word[n] == '\0' &&
                     opt->type != AW_OPT_LEVEL;

        i += value ? 2 : 1;
    }
    return i < argc ? i : argc;
}

static void find_command(struct aw_ctx *ctx, int argc, char **argv,
                         struct line *line)
{
    int first = skip_options(argc, argv);
    size_t used = 0;
    const char **words =
        aw_pool_alloc(&ctx->pool, (size_t)argc + 1, sizeof(*words));

    for (int i = first; i < argc; i++) {
        words[i - first] = argv[i];
    }
    line->cmd = aw_cmd_walk(ctx->root, (size_t)(argc - first), words, &used);
    line->before = first - 1;
    line->rest = first + (int)used;
    /* The path in its own spelling, not in the user's. */
    const struct aw_cmd *cmd = ctx->root;

    for (size_t i = 0; i < used; i++) {
        cmd = aw_cmd_find(cmd, words[i]);
        words[i] = cmd->name;
    }
    ctx->cmd = cmd;
    ctx->path = aw_cmd_path(&ctx->pool, used, words);
    ctx->opts.command =
        aw_pool_printf(&ctx->pool, "aw%s%s", used == 0 ? "" : " ", ctx->path);
}

static int missing_command(struct aw_ctx *ctx, const char *word)
{
    const char *names = "";
    struct aw_guess guess = {.word = word == NULL ? "" : word};

    for (size_t i = 0; ctx->cmd->sub[i] != NULL; i++) {
        const struct aw_cmd *sub = ctx->cmd->sub[i];

        if (!sub->hidden) {
            names = aw_pool_printf(&ctx->pool, "%s%s%s", names,
                                   i == 0 ? "" : ", ", sub->name);
            aw_guess_try(&guess, sub->name);
        }
    }
    struct aw_finding f = {
        .err = AW_ERR_USAGE,
        .on = AW_ON_INPUT,
        .what = word == NULL ? "a command is missing" : "unknown command",
        .subject = word,
        .expected = aw_pool_printf(&ctx->pool, "one of %s", names),
        .got = word == NULL ? "nothing" : word,
        .remedy =
            aw_pool_printf(&ctx->pool, "see %s --help", ctx->opts.command),
    };

    if (guess.best != NULL) {
        f.remedy = aw_pool_printf(&ctx->pool, "did you mean %s %s?",
                                  ctx->opts.command, guess.best);
    }
    return aw_report(ctx, &f);
}

static int check_operands(struct aw_ctx *ctx)
{
    const struct aw_cmd *cmd = ctx->cmd;
    size_t n = ctx->operands.n;
    struct aw_finding f = {
        .err = AW_ERR_USAGE,
        .on = AW_ON_INPUT,
        .expected = aw_help_usage(ctx, cmd, ctx->path),
        .remedy =
            aw_pool_printf(&ctx->pool, "see %s --help", ctx->opts.command),
    };

    if (n < cmd->min_operands) {
        f.what = aw_pool_printf(&ctx->pool, "%s is missing", cmd->operands);
        f.got = n == 0 ? "no operand" : "too few operands";
        return aw_report(ctx, &f);
    }
    if (n > cmd->max_operands) {
        f.subject = ctx->operands.item[cmd->max_operands];
        f.what = "too many operands";
        f.got = f.subject;
        return aw_report(ctx, &f);
    }
    return AW_EXIT_OK;
}

/* Takes environment and configuration file, which are weaker than options. */
static int take_defaults(struct aw_ctx *ctx)
{
    const char *state = getenv("AW_STATE_DIR");
    struct aw_finding wrong;
    bool found = false;

    if (state != NULL && state[0] != '\0' &&
        !aw_opts_set(&ctx->opts, "state", state, AW_OPT_ENV, &found, &wrong)) {
        return aw_report(ctx, &wrong);
    }
    return aw_config_apply(ctx);
}

static int parse(struct aw_ctx *ctx, const struct line *line, int argc,
                 char **argv)
{
    struct aw_operands none;
    struct aw_finding wrong;

    if (!aw_opts_parse(&ctx->opts, line->before, argv + 1, &none, &wrong) ||
        !aw_opts_parse(&ctx->opts, argc - line->rest, argv + line->rest,
                       &ctx->operands, &wrong)) {
        return aw_report(ctx, &wrong);
    }
    int code = take_defaults(ctx);

    if (code != AW_EXIT_OK || ctx->global.help || ctx->global.version) {
        return code;
    }
    if (ctx->cmd->run == NULL) {
        return missing_command(ctx, ctx->operands.n > 0 ? ctx->operands.item[0]
                                                        : NULL);
    }
    if (!aw_opts_complete(&ctx->opts, &wrong)) {
        return aw_report(ctx, &wrong);
    }
    return check_operands(ctx);
}

static int open_events(struct aw_ctx *ctx)
{
    if (ctx->global.events == NULL) {
        return AW_EXIT_OK;
    }
    errno = 0;
    aw_err err = aw_events_open(&ctx->events, ctx->global.events);
    bool file = errno != 0 && err == AW_ERR_IO;
    struct aw_host_diag host = {.text = ""};

    if (err == AW_OK) {
        return AW_EXIT_OK;
    }
    if (file) {
        err = aw_host_fail_errno(&host, "events: open", errno,
                                 ctx->global.events);
    }
    return aw_report(
        ctx, &(struct aw_finding){
                 .err = file ? err : AW_ERR_USAGE,
                 .on = AW_ON_INPUT,
                 .what = "cannot write events",
                 .subject = ctx->global.events,
                 .expected = "a file, or an open file descriptor above 1",
                 .got = file ? NULL : aw_err_text(err),
                 .host = file ? &host : NULL,
             });
}

static void event(struct aw_ctx *ctx, const char *state, int code)
{
    const struct aw_finding *f = aw_findings_main(&ctx->found);

    aw_events_put(&ctx->events,
                  &(struct aw_event){
                      .step = ctx->path,
                      .state = state,
                      .code = f == NULL ? NULL : f->code,
                      .class_name = strcmp(state, "start") == 0
                                        ? NULL
                                        : aw_exit_row(code)->class_name,
                      .detail = f == NULL ? NULL : f->what,
                  });
}

static int run(struct aw_ctx *ctx, const void *values)
{
    int code = open_events(ctx);

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_stop_after(ctx->global.timeout_ms);
    event(ctx, "start", 0);
    /* Work that waits for input would not see a signal that came before. */
    code = aw_cancelled() ? aw_stop_exit() : ctx->cmd->run(ctx, values);
    if (code != AW_EXIT_OK && ctx->found.exit == 0 && aw_cancelled()) {
        code = aw_report(ctx, &(struct aw_finding){
                                  .err = AW_ERR_CANCELLED,
                                  .on = AW_ON_LOCAL,
                              });
    }
    return code;
}

static int print_version(struct aw_ctx *ctx)
{
    if (aw_out_is_json(&ctx->out)) {
        aw_out_text(&ctx->out, "version", AW_VERSION);
    } else {
        aw_out_line(&ctx->out, "aw %s", AW_VERSION);
    }
    return AW_EXIT_OK;
}

static int dispatch(struct aw_ctx *ctx, int argc, char **argv)
{
    struct line line = {.before = 0};

    find_command(ctx, argc, argv, &line);
    if (has_flag(argc, argv, "help") || has_flag(argc, argv, "h")) {
        aw_help_show(ctx, ctx->cmd, ctx->path);
        ctx->path = aw_cmd_help.name; /* whose document it is */
        return AW_EXIT_OK;
    }
    void *values = aw_pool_alloc(&ctx->pool, 1, ctx->cmd->size);

    aw_opts_bind(&ctx->opts, 0, ctx->cmd->opts, ctx->cmd->n_opts, values);
    aw_opts_bind(&ctx->opts, 1, aw_global_opts, aw_global_n, &ctx->global);
    int code = parse(ctx, &line, argc, argv);

    ctx->out.json = ctx->out.json || ctx->global.json;
    aw_term_init(ctx->global.quiet, ctx->global.verbosity);
    if (code != AW_EXIT_OK) {
        return code;
    }
    return ctx->global.version ? print_version(ctx) : run(ctx, values);
}

/* The exit code of the run: that of the findings; without any, what the
 * command returned. A failure always comes with a finding. */
static int final_exit(struct aw_ctx *ctx, int returned)
{
    if (ctx->found.exit != 0 || returned == AW_EXIT_OK) {
        return ctx->found.exit;
    }
    return aw_report(ctx, &(struct aw_finding){
                              .err = AW_ERR_PRECONDITION,
                              .on = AW_ON_LOCAL,
                              .exit = returned,
                              .code = "ERR_UNEXPLAINED",
                              .what = aw_exit_row(returned)->meaning,
                              .got = "a failure without a reason",
                          });
}

static int finish(struct aw_ctx *ctx, int code)
{
    const struct aw_out_frame frame = {
        .command = ctx->path,
        .exit = code,
        .found = &ctx->found,
    };
    struct aw_host_diag host = {.network = false};
    aw_err err = aw_out_finish(&ctx->out, &frame, &host);

    if (ctx->found.dropped > 0) {
        aw_complain(AW_RED, "error: ", "%zu more findings are not listed",
                    ctx->found.dropped);
    }

    if (err != AW_OK) {
        int lost = aw_report(ctx, &(struct aw_finding){
                                      .err = err,
                                      .on = AW_ON_LOCAL,
                                      .what = "the result could not be written",
                                      .subject = "standard output",
                                      .host = &host,
                                  });

        code = aw_exit_join(code, lost);
    }
    event(ctx, code == AW_EXIT_OK ? "done" : "failed", code);
    if (!aw_events_close(&ctx->events)) {
        aw_complain(AW_YELLOW, "warning: ", "events could not be written");
    }
    return code;
}

/* A link named after a command runs that command. */
static void use_program_name(struct aw_ctx *ctx, int *argc, char ***argv)
{
    const char *slash = *argc > 0 ? strrchr((*argv)[0], '/') : NULL;
    const char *name = slash != NULL ? slash + 1 : *argc > 0 ? (*argv)[0] : "";
    const struct aw_cmd *cmd = aw_cmd_find(ctx->root, name);

    if (cmd == NULL || !cmd->program) {
        return;
    }
    char **longer =
        aw_pool_alloc(&ctx->pool, (size_t)*argc + 2, sizeof(*longer));

    memcpy(longer, *argv, (size_t)*argc * sizeof(*longer));
    memmove(longer + 2, longer + 1, (size_t)*argc * sizeof(*longer));
    longer[1] = aw_pool_text(&ctx->pool, cmd->name);
    *argv = longer;
    (*argc)++;
}

const char *aw_program_version(void)
{
    return AW_VERSION;
}

int aw_main(const struct aw_cmd *root, int argc, char **argv)
{
    struct aw_ctx ctx = {.root = root, .cmd = root, .path = ""};

    guard_descriptors();
    aw_stop_init();
    aw_term_init(false, 0);
    aw_pool_init(&ctx.pool);
    aw_findings_init(&ctx.found);
    aw_events_init(&ctx.events);
    aw_out_init(&ctx.out, has_flag(argc, argv, "json"));
    ctx.opts.pool = &ctx.pool;
    use_program_name(&ctx, &argc, &argv);
    int code = final_exit(&ctx, dispatch(&ctx, argc, argv));

    code = finish(&ctx, code);
    aw_out_wipe(&ctx.out);
    aw_findings_wipe(&ctx.found);
    aw_pool_wipe(&ctx.pool);
    return code;
}
