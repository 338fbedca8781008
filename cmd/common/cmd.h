/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_CMD_H
#define COMMON_CMD_H

#include "common/events.h"
#include "common/exit.h"
#include "common/opt.h"
#include "common/out.h"
#include "common/pool.h"

/*
 * A command or a group of commands. One table row describes it to the
 * parser, --help, the man page and the completion:
 *
 *   struct verify_args { struct aw_list vkeys; bool text; };
 *
 *   static const struct aw_opt verify_opts[] = {
 *       {.name = "vkey", .type = AW_OPT_LIST,
 *        .at = offsetof(struct verify_args, vkeys), .arg = "KEY",
 *        .help = "Key of a signer."},
 *   };
 *
 *   static int run_verify(struct aw_ctx *ctx, const void *values);
 *
 * Writing a command: read operands and values, do the work, put the result
 * with ctx->out, put every problem with aw_report, return.
 */
struct aw_ctx;

struct aw_cmd {
    const char *name;
    const char *summary;  /* one line, no full stop */
    const char *prose;    /* for --help; lines are wrapped, `\n` is a break */
    const char *operands; /* "FILE [INDEX...]"; NULL: none */
    size_t min_operands;
    size_t max_operands; /* SIZE_MAX: no limit */
    const struct aw_opt *opts;
    size_t n_opts;
    size_t size; /* of the struct that opts fill; 0 without options */
    /**
     * Does the work.
     *
     * @param values  the filled struct of `size` bytes
     * @return exit code; findings reported to ctx win over AW_EXIT_OK
     */
    int (*run)(struct aw_ctx *ctx, const void *values);
    const struct aw_cmd *const *sub; /* NULL-terminated; NULL for a command */
    bool program; /* also answers to its own name, as a link to aw */
    bool hidden;
};

/* Options of every command. */
struct aw_globals {
    bool json;
    const char *events;
    bool non_interactive;
    uint64_t timeout_ms; /* 0: none */
    const char *state;
    bool offline;
    bool quiet;
    uint64_t verbosity;
    bool help;
    bool version;
};

extern const struct aw_opt aw_global_opts[];
extern const size_t aw_global_n;

/* One run of a command. */
struct aw_ctx {
    const struct aw_cmd *root;
    const struct aw_cmd *cmd;
    const char *path; /* "note verify" */
    struct aw_globals global;
    struct aw_operands operands;
    struct aw_opts opts; /* for aw_opts_given */
    struct aw_pool pool;
    struct aw_findings found;
    struct aw_out out;
    struct aw_events events;
    bool stop_is_end; /* to be told to stop is how the command ends, and nothing
                         to report; set by the command */
};

/**
 * Reports a problem: one entry of "findings", one block on standard error,
 * one event. Any thread.
 *
 * @param finding  borrowed
 * @return exit code of this finding, never 0; AW_EXIT_DECLINED, with nothing
 *         reported, for work that was told to stop in a command that ends so
 */
int aw_report(struct aw_ctx *ctx, const struct aw_finding *finding);

/** Wrong usage that the option table cannot see: two options that exclude
 *  each other, a value that does not parse. @return AW_EXIT_USAGE */
AW_PRINTF(2, 3)
int aw_usage(struct aw_ctx *ctx, const char *format, ...);

/** Something to know that is no failure: standard error and "warnings". */
AW_PRINTF(2, 3) void aw_warn(struct aw_ctx *ctx, const char *format, ...);

/** "0.3.0"; static. */
const char *aw_program_version(void);

/** Runs the program. @return exit code */
int aw_main(const struct aw_cmd *root, int argc, char **argv);

#endif
