/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_OPT_H
#define COMMON_OPT_H

#include <stddef.h>

#include "common/exit.h"
#include "common/pool.h"

/*
 * Options: one table gives parser, --help, man page and completion.
 *
 * On the command line `_` in a name equals `-`, one dash equals two, a value
 * follows after `=` or as the next argument, a flag may be written `--flag`,
 * `--flag=true` or `--flag=false`, `--` ends the options, and operands may
 * stand between options. A single-valued option given twice, also once by its
 * alias, is wrong usage.
 */
enum aw_opt_type {
    AW_OPT_FLAG,     /* bool */
    AW_OPT_TEXT,     /* const char *; NULL when not given */
    AW_OPT_LIST,     /* struct aw_list; may be given again and again */
    AW_OPT_U64,      /* uint64_t, canonical decimal */
    AW_OPT_DURATION, /* uint64_t, milliseconds; 1h2m3.5s as in Go, above 0 */
    AW_OPT_SIZE,     /* uint64_t, bytes; 64MiB, 10kB, 4096 */
    AW_OPT_CHOICE,   /* unsigned, index into the choices of `arg` */
    AW_OPT_LEVEL     /* uint64_t; --v is 1, --v=N is N */
};

/* Texts in the order given. `item` lives as long as the run. */
struct aw_list {
    size_t n;
    const char **item;
};

/* One option. Fields left out of a table row are zero. */
struct aw_opt {
    const char *name;     /* canonical: lower case, hyphens, no dashes before */
    const char *alias;    /* further names, separated by blanks; or NULL */
    const char *arg;      /* placeholder of the value, FILE; of a choice the
                           * values themselves, auto|serverless|tiles */
    const char *fallback; /* default as a user would type it; NULL: zero */
    const char *help;     /* one or more sentences, without line breaks */
    const char *group;    /* heading in help; NULL: Options */
    size_t at;            /* offset of the value in the command's struct */
    enum aw_opt_type type;
    bool required;
    bool hidden; /* not in help, man page and completion */
};

/* Where a value came from; higher wins. */
enum aw_opt_source {
    AW_OPT_DEFAULT,
    AW_OPT_FILE,
    AW_OPT_FILE_COMMAND, /* from what the file says for one command */
    AW_OPT_ENV,
    AW_OPT_COMMAND_LINE
};

/* A table bound to the struct that it fills. */
struct aw_opt_table {
    const struct aw_opt *opt;
    size_t n;
    void *values;
    unsigned char *source; /* enum aw_opt_source, n of them */
};

enum { AW_OPT_TABLES = 2 };

/* The tables of one command: its own and the common one. */
struct aw_opts {
    struct aw_opt_table table[AW_OPT_TABLES];
    struct aw_pool *pool;
    const char *command; /* for messages: "aw note verify" */
};

/**
 * Binds a table: allocates sources from the pool and sets the defaults.
 *
 * @param values  zeroed struct, to which the offsets of the table belong
 */
void aw_opts_bind(struct aw_opts *opts, size_t i, const struct aw_opt *opt,
                  size_t n, void *values);

/* What stands on the command line beside options. */
struct aw_operands {
    size_t n;
    const char **item;
};

/**
 * Reads the arguments after the command's name.
 *
 * @param operands  set to what is no option; memory from the pool
 * @param wrong     what is wrong, complete for aw_findings_add
 *
 * @return true, or false with `wrong` set. Values read before the wrong
 *         argument stay set.
 */
AW_MUST_CHECK bool aw_opts_parse(struct aw_opts *opts, int argc, char **argv,
                                 struct aw_operands *operands,
                                 struct aw_finding *wrong);

/**
 * Sets one option from text, as environment and configuration file do. A
 * source weaker than the present one changes nothing.
 *
 * @param found  set to false when no table has the name
 */
AW_MUST_CHECK bool aw_opts_set(struct aw_opts *opts, const char *name,
                               const char *value, enum aw_opt_source source,
                               bool *found, struct aw_finding *wrong);

/** True when the option stood on the command line. */
bool aw_opts_given(const struct aw_opts *opts, const char *name);

/** Where the value of an option came from: of two that exclude each other, the
 *  one from the stronger source counts. */
enum aw_opt_source aw_opts_source(const struct aw_opts *opts, const char *name);

/** Checks that every required option has a value. */
AW_MUST_CHECK bool aw_opts_complete(const struct aw_opts *opts,
                                    struct aw_finding *wrong);

/** Finds an option by name or alias; `_` equals `-`. NULL when there is none.
 *  @param name  `n` characters */
const struct aw_opt *aw_opt_find(const struct aw_opt *opt, size_t n_opt,
                                 const char *name, size_t n);

/** The candidate nearest to a mistyped word, or NULL when none is near.
 *  Fed one candidate at a time; start with best = NULL and distance 0. */
struct aw_guess {
    const char *word;
    const char *best;
    size_t distance;
};
void aw_guess_try(struct aw_guess *guess, const char *candidate);

/**
 * Next word of a list separated by blanks or bars.
 *
 * @param list  moved behind the word
 * @return      the word, empty at the end
 */
aw_bytes aw_word_next(const char **list);

#endif
