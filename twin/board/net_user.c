/* SPDX-License-Identifier: Apache-2.0 */
/* A network in this process, by libslirp. Its own sockets come and go; the
 * loop of the process sees one descriptor for all of them. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <slirp/libslirp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "aw/hostio/alloc.h"
#include "board/net.h"

enum { FDS_MAX = 512, HEADER = 14, MS = 1000000 };
#define NS_HZ INT64_C(1000000000)

#define NETWORK 0x0a000200U
#define MASK    0xffffff00U
#define HOST    0x0a000202U
#define DNS     0x0a000203U
#define GUEST   0x0a00020fU

struct user {
    Slirp *slirp;
    struct tw_loop *loop;
    struct tw_net_sink sink;
    int epoll;
    nfds_t n;
    struct pollfd fds[FDS_MAX];
    nfds_t watched_n; /* in epoll */
    int watched[FDS_MAX];
};

static ssize_t on_packet(const void *bytes, size_t n, void *opaque)
{
    const struct user *u = opaque;

    if (n >= HEADER && n <= TW_FRAME_MAX) {
        u->sink.frame(u->sink.ctx, (aw_bytes){bytes, n});
    }
    return (ssize_t)n;
}

/* What the twin sends may be wrong in any way: its own business. */
static void on_error(const char *text, void *opaque)
{
    (void)text;
    (void)opaque;
}

static int64_t on_clock(void *opaque)
{
    struct timespec now;

    (void)opaque;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NS_HZ + now.tv_nsec;
}

/* Only IPv6 has timers, and there is none here. */
static void *on_timer_new(SlirpTimerCb call, void *call_opaque, void *opaque)
{
    (void)call;
    (void)call_opaque;
    return opaque;
}

static void on_timer_free(void *timer, void *opaque)
{
    (void)timer;
    (void)opaque;
}

static void on_timer_mod(void *timer, int64_t ms, void *opaque)
{
    (void)timer;
    (void)ms;
    (void)opaque;
}

static void on_fd(int fd, void *opaque)
{
    (void)fd;
    (void)opaque;
}

static void on_notify(void *opaque)
{
    (void)opaque;
}

static const SlirpCb callbacks = {
    .send_packet = on_packet,
    .guest_error = on_error,
    .clock_get_ns = on_clock,
    .timer_new = on_timer_new,
    .timer_free = on_timer_free,
    .timer_mod = on_timer_mod,
    .register_poll_fd = on_fd,
    .unregister_poll_fd = on_fd,
    .notify = on_notify,
};

static void send_frame(void *state, aw_bytes frame)
{
    const struct user *u = state;

    slirp_input(u->slirp, frame.p, (int)frame.n);
}

static int add_fd(int fd, int events, void *opaque)
{
    struct user *u = opaque;
    short wanted = 0;

    if (u->n == FDS_MAX) {
        return -1;
    }
    wanted |= (events & SLIRP_POLL_IN) != 0 ? POLLIN : 0;
    wanted |= (events & SLIRP_POLL_OUT) != 0 ? POLLOUT : 0;
    wanted |= (events & SLIRP_POLL_PRI) != 0 ? POLLPRI : 0;
    u->fds[u->n] = (struct pollfd){.fd = fd, .events = wanted};
    u->n++;
    return (int)u->n - 1;
}

static int events_of(int index, void *opaque)
{
    const struct user *u = opaque;
    int events = 0;

    if (index < 0 || (nfds_t)index >= u->n) {
        return 0;
    }
    short got = u->fds[index].revents;

    events |= (got & POLLIN) != 0 ? SLIRP_POLL_IN : 0;
    events |= (got & POLLOUT) != 0 ? SLIRP_POLL_OUT : 0;
    events |= (got & POLLPRI) != 0 ? SLIRP_POLL_PRI : 0;
    events |= (got & POLLERR) != 0 ? SLIRP_POLL_ERR : 0;
    events |= (got & POLLHUP) != 0 ? SLIRP_POLL_HUP : 0;
    return events;
}

/* Looks at the sockets of now, and takes care of those that are ready. */
static void serve(struct user *u)
{
    uint32_t wait_ms = 0;

    u->n = 0;
    slirp_pollfds_fill(u->slirp, &wait_ms, add_fd, u);
    int ready = poll(u->fds, u->n, 0);

    slirp_pollfds_poll(u->slirp, ready < 0, events_of, u);
}

static void on_ready(void *ctx, short revents)
{
    (void)revents;
    serve(ctx);
}

/* Sockets of before may be closed, and their numbers used again. */
static void prepare(void *state, int64_t *wait_ns)
{
    struct user *u = state;
    uint32_t wait_ms = UINT32_MAX;

    serve(u);
    for (nfds_t i = 0; i < u->watched_n; i++) {
        (void)epoll_ctl(u->epoll, EPOLL_CTL_DEL, u->watched[i], NULL);
    }
    u->n = 0;
    slirp_pollfds_fill(u->slirp, &wait_ms, add_fd, u);
    for (nfds_t i = 0; i < u->n; i++) {
        /* The bits of poll and epoll are the same on Linux. */
        struct epoll_event event = {.events = (uint32_t)u->fds[i].events};

        (void)epoll_ctl(u->epoll, EPOLL_CTL_ADD, u->fds[i].fd, &event);
        u->watched[i] = u->fds[i].fd;
    }
    u->watched_n = u->n;
    int64_t mine = (int64_t)wait_ms * MS;

    if (wait_ms != UINT32_MAX && (*wait_ns < 0 || mine < *wait_ns)) {
        *wait_ns = mine;
    }
}

static void close_user(void *state)
{
    struct user *u = state;

    tw_loop_remove(u->loop, u->epoll);
    (void)close(u->epoll);
    slirp_cleanup(u->slirp);
    free(u);
}

static aw_err forward(struct user *u, const struct tw_forward *f,
                      struct aw_host_diag *host)
{
    const struct in_addr here = {htonl(INADDR_LOOPBACK)};
    const struct in_addr there = {htonl(GUEST)};
    char name[48];

    if (slirp_add_hostfwd(u->slirp, f->udp, here, f->host, there, f->guest) ==
        0) {
        return AW_OK;
    }
    (void)snprintf(name, sizeof(name), "127.0.0.1:%u", (unsigned)f->host);
    return aw_host_fail_errno(host, "twin: forward", errno, name);
}

static Slirp *new_slirp(struct user *u)
{
    const SlirpConfig config = {
        .version = 1,
        .in_enabled = true,
        .vnetwork = {htonl(NETWORK)},
        .vnetmask = {htonl(MASK)},
        .vhost = {htonl(HOST)},
        .vdhcp_start = {htonl(GUEST)},
        .vnameserver = {htonl(DNS)},
    };

    return slirp_new(&config, &callbacks, u);
}

aw_err tw_net_user(struct tw_net_backend *backend, struct tw_loop *loop,
                   const struct tw_net_sink *sink,
                   const struct tw_forward *forwards, size_t n,
                   struct aw_host_diag *host)
{
    struct user *u = aw_alloc(1, sizeof(*u));
    aw_err err = AW_OK;

    u->loop = loop;
    u->sink = *sink;
    u->epoll = epoll_create1(EPOLL_CLOEXEC);
    u->slirp = new_slirp(u);
    if (u->epoll < 0 || u->slirp == NULL ||
        !tw_loop_add(loop, u->epoll, POLLIN,
                     &(struct tw_loop_source){.ready = on_ready, .ctx = u})) {
        err = aw_fail(aw_host_say(host, "no user network"), AW_ERR_RESOURCE,
                      "twin: network", 0);
    }
    for (size_t i = 0; i < n && err == AW_OK; i++) {
        err = forward(u, &forwards[i], host);
    }
    if (err != AW_OK) {
        if (u->slirp != NULL) {
            close_user(u);
        }
        return err;
    }
    *backend = (struct tw_net_backend){.state = u,
                                       .send = send_frame,
                                       .prepare = prepare,
                                       .close = close_user};
    return AW_OK;
}
