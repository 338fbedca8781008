/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCENARIO_H
#define SCENARIO_H

#include "wrap.h"

/* What is run, ended at every call, and run again. */
struct scenario {
    const char *name;
    unsigned least; /* crashes that there must be: else it tests nothing */
    /** Makes what the run begins with, in the folder in_top("base"). */
    void (*make_base)(const char *layout);
    /** The run, in a copy of that folder. @return exit code */
    int (*run)(const char *place);
    /** Whether a reader finds all of it true. @return exit code */
    int (*check)(const char *place);
    /** True when the place `log` holds what the undisturbed run made. */
    bool (*same)(void);
};

extern const struct scenario scenario_log;
extern const struct scenario scenario_publish;
extern const struct scenario scenario_keygen;

/* For scenarios. */

/** Shared with children. */
extern struct crash *crash;

/** Ends the test with the reason of errno unless ok. */
void must(bool ok, const char *what);
/** Path in the test's own folder; lives as long as the program. */
const char *in_top(const char *name);
/** One command in this process; NULL-terminated. @return exit code */
int run_aw(const char *const *args);
#define AW(...) run_aw((const char *const[]){__VA_ARGS__, NULL})
/** First room - 1 bytes of a file, NUL behind them; false for none. */
bool read_file(const char *path, char *text, size_t room);
/** Writes a file. */
void write_file(const char *path, const void *data, size_t n);
/** True when both are there and hold the same text of at most 1 KiB. */
bool same_file(const char *a, const char *b);

#endif
