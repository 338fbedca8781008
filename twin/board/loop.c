/* SPDX-License-Identifier: Apache-2.0 */
#include "board/loop.h"

#include <string.h>
#include <time.h>

#define NS_HZ INT64_C(1000000000)

bool tw_loop_add(struct tw_loop *loop, int fd, short events,
                 const struct tw_loop_source *source)
{
    if (loop->n == TW_LOOP_MAX) {
        return false;
    }
    loop->fds[loop->n] = (struct pollfd){.fd = fd, .events = events};
    loop->source[loop->n] = *source;
    loop->n++;
    return true;
}

static size_t find(const struct tw_loop *loop, int fd)
{
    size_t i = 0;

    while (i < loop->n && loop->fds[i].fd != fd) {
        i++;
    }
    return i;
}

void tw_loop_set(struct tw_loop *loop, int fd, short events)
{
    size_t i = find(loop, fd);

    if (i < loop->n) {
        loop->fds[i].events = events;
    }
}

void tw_loop_remove(struct tw_loop *loop, int fd)
{
    size_t i = find(loop, fd);

    if (i == loop->n) {
        return;
    }
    loop->n--;
    memmove(&loop->fds[i], &loop->fds[i + 1],
            (loop->n - i) * sizeof(loop->fds[0]));
    memmove(&loop->source[i], &loop->source[i + 1],
            (loop->n - i) * sizeof(loop->source[0]));
}

bool tw_loop_wait(struct tw_loop *loop, int64_t timeout_ns)
{
    const struct timespec timeout = {.tv_sec = timeout_ns / NS_HZ,
                                     .tv_nsec = timeout_ns % NS_HZ};
    struct pollfd was[TW_LOOP_MAX];
    size_t n = loop->n;

    memcpy(was, loop->fds, n * sizeof(was[0]));
    if (ppoll(was, (nfds_t)n, timeout_ns < 0 ? NULL : &timeout, NULL) < 0) {
        return false;
    }
    /* One that was removed by another is not there any more. */
    for (size_t i = 0; i < n; i++) {
        size_t at = was[i].revents == 0 ? loop->n : find(loop, was[i].fd);

        if (at < loop->n) {
            loop->source[at].ready(loop->source[at].ctx, was[i].revents);
        }
    }
    return true;
}
