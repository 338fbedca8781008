/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_WITNESSING_PRIVATE_H
#define LOG_WITNESSING_PRIVATE_H

#include "aw/hostio/post.h"
#include "log/witnessing.h"

struct log_witness {
    const char *url; /* without '/' at the end */
    uint64_t old;    /* size that it is thought to have cosigned last */
    bool answered;   /* it cosigned */
    unsigned failed; /* times, in ways that may pass */
    unsigned moved;  /* times that it named another tree */
    bool final;      /* asking again does not help */
    struct aw_finding why;
    struct aw_host_diag host;
    struct aw_diag diag;
};

struct aw_ctx *witnessing_ctx(const struct log_witnessing *w);

/* Of the tree that is to be cosigned. */
uint64_t witnessing_size(const struct log_witnessing *w);

/* A cosignature was added whose time is yet to come: devices that look at the
 * age would refuse it, or take it for fresh much too long. */
bool witnessing_from_future(const struct aw_cosignatures *before,
                            const struct aw_cosignatures *after);

/* Takes the answer of a witness: its cosignature, or why there is none and
 * whether to ask again. */
void witnessing_judge(struct log_witnessing *w, struct log_witness *asked,
                      const struct aw_post *post);

#endif
