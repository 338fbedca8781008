/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_LOOP_H
#define TWIN_LOOP_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the process of a twin waits for beside the twin: sockets, pipes, the
 * network. One thread.
 */
enum { TW_LOOP_MAX = 64 };

struct tw_loop_source {
    /* Called when the descriptor is ready. It may add and remove sources. */
    void (*ready)(void *ctx, short revents);
    void *ctx;
};

struct tw_loop {
    struct pollfd fds[TW_LOOP_MAX];
    struct tw_loop_source source[TW_LOOP_MAX];
    size_t n;
};

/** False: too many. */
bool tw_loop_add(struct tw_loop *loop, int fd, short events,
                 const struct tw_loop_source *source);
/** Events that are waited for from now on. */
void tw_loop_set(struct tw_loop *loop, int fd, short events);
void tw_loop_remove(struct tw_loop *loop, int fd);

/** Waits (-1: for ever) and calls those that are ready. False: interrupted by
 * a signal. */
bool tw_loop_wait(struct tw_loop *loop, int64_t timeout_ns);

#endif
