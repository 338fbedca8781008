/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GIT_H
#define GIT_H

#include "aw/reprobuild/sandbox.h"
#include "aw/reprobuild/source.h"

enum { RB_GIT_ARGS = 16 };

/* A call of git on the mirror of a source. */
struct rb_git {
    const struct aw_rb_source *source;
    const char *arg[RB_GIT_ARGS]; /* after the mirror; the rest NULL */
    aw_bytes in;                  /* standard input */
    uint64_t out_max;             /* bytes of standard output */
    bool fetches;                 /* the mirror may grow, up to the limit */
};

/** Runs git: with no configuration but ours, no hooks, no prompt.
 *  @return AW_OK, whatever git said; as rb_child_run; AW_ERR_PRECONDITION
 *          without git; AW_ERR_TIMEOUT; AW_ERR_CANCELLED; AW_ERR_SPACE for
 *          more output than out_max */
AW_MUST_CHECK aw_err rb_git(const struct rb_git *git, struct aw_rb_ran *ran,
                            struct aw_host_diag *host);

/** As a text of at most n - 1 bytes what git said, its last line. */
void rb_git_said(const struct aw_rb_ran *ran, char *text, size_t n);

#endif
