/* SPDX-License-Identifier: Apache-2.0 */
/* USB/IP over TCP: each client is led to the socket in the twin's folder. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "aw/hostio/alloc.h"
#include "aw/twin/attach.h"
#include "aw/twin/twin.h"
#include "board/folder.h"
#include "board/loop.h"

enum { BACKLOG = 8, PAIRS = 16, PIECE = 65536 };
#define LOOK_NS INT64_C(200000000)

struct pair;

/* One end: what was read from it, on its way to the other. */
struct end {
    struct pair *pair;
    int fd;
    short events; /* waited for; 0: not in the loop */
    size_t at;
    size_t n;
    uint8_t bytes[PIECE];
};

struct pair {
    struct relay *relay;
    bool open;
    struct end end[2]; /* client, twin */
};

struct relay {
    const struct aw_twin_attach *how;
    struct tw_loop loop;
    int listener;
    bool over; /* the twin ended */
    unsigned clients;
    struct pair pairs[PAIRS];
};

static void tell(struct relay *relay, enum aw_twin_attached what,
                 unsigned number)
{
    relay->how->tell(relay->how->ctx, what, number);
}

static struct end *other(struct end *end)
{
    return &end->pair->end[end == &end->pair->end[0] ? 1 : 0];
}

static void on_end(void *ctx, short revents);

/* An end that is waited for in vain is taken out: that somebody hung up is
 * told for as long as it is in. */
static void watch(struct end *end, short events)
{
    struct tw_loop *loop = &end->pair->relay->loop;

    if (events == end->events) {
        return;
    }
    if (end->events != 0) {
        tw_loop_remove(loop, end->fd);
    }
    end->events = events;
    if (events != 0) {
        (void)tw_loop_add(loop, end->fd, events,
                          &(struct tw_loop_source){on_end, end});
    }
}

static void close_pair(struct pair *pair)
{
    struct relay *relay = pair->relay;

    if (!pair->open) {
        return;
    }
    pair->open = false;
    for (unsigned i = 0; i < 2; i++) {
        watch(&pair->end[i], 0);
        (void)close(pair->end[i].fd);
    }
    relay->clients--;
    tell(relay, AW_TWIN_WENT, relay->clients);
}

/* Sends on what was read. False: nobody takes it any more. */
static bool push(struct end *end)
{
    int to = other(end)->fd;

    while (end->n > 0) {
        ssize_t n =
            send(to, end->bytes + end->at, end->n, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return errno == EAGAIN;
        }
        end->at += (size_t)n;
        end->n -= (size_t)n;
    }
    end->at = 0;
    return true;
}

/* False: it ended. */
static bool pull(struct end *end)
{
    ssize_t n = recv(end->fd, end->bytes, sizeof(end->bytes), MSG_DONTWAIT);

    if (n < 0) {
        return errno == EAGAIN || errno == EINTR;
    }
    end->n = (size_t)n;
    return n > 0;
}

/* One step of a direction. False: the pair is over. */
static bool step(struct end *end)
{
    return push(end) && (end->n > 0 || (pull(end) && push(end)));
}

static short events_of(struct end *end)
{
    return (short)((end->n == 0 ? POLLIN : 0) |
                   (other(end)->n > 0 ? POLLOUT : 0));
}

static void on_end(void *ctx, short revents)
{
    struct end *end = ctx;
    struct pair *pair = end->pair;

    (void)revents;
    if (!step(end) || !step(other(end))) {
        close_pair(pair);
        return;
    }
    for (unsigned i = 0; i < 2; i++) {
        watch(&pair->end[i], events_of(&pair->end[i]));
    }
}

static void begin(struct relay *relay, struct pair *pair, int client, int twin)
{
    const int on = 1;
    const int fds[2] = {client, twin};

    (void)setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    pair->relay = relay;
    pair->open = true;
    for (unsigned i = 0; i < 2; i++) {
        struct end *end = &pair->end[i];

        end->pair = pair;
        end->fd = fds[i];
        end->n = 0;
        end->at = 0;
        end->events = 0;
        watch(end, POLLIN);
    }
    relay->clients++;
    tell(relay, AW_TWIN_CAME, relay->clients);
}

static void on_listener(void *ctx, short revents)
{
    struct relay *relay = ctx;
    struct aw_host_diag host = {.network = false};
    struct pair *pair = NULL;
    int twin = -1;
    int client = accept4(relay->listener, NULL, NULL, SOCK_CLOEXEC);

    (void)revents;
    if (client < 0) {
        return;
    }
    for (size_t i = 0; i < PAIRS && pair == NULL; i++) {
        pair = relay->pairs[i].open ? NULL : &relay->pairs[i];
    }
    if (pair == NULL ||
        tw_connect(relay->how->path, TW_FILE_USBIP, &twin, &host) != AW_OK) {
        (void)close(client);
        return;
    }
    begin(relay, pair, client, twin);
}

/* The twin has nothing to say here: its process ended. */
static void on_control(void *ctx, short revents)
{
    struct relay *relay = ctx;

    (void)revents;
    relay->over = true;
}

static aw_err listen_on(struct relay *relay, uint16_t port,
                        struct aw_host_diag *host)
{
    const int on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(port)};
    socklen_t n = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    relay->listener = fd;
    if (fd < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(fd, BACKLOG) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &n) != 0) {
        int error = errno;

        return aw_fail(aw_host_say_errno(host, error, "127.0.0.1"),
                       error == EADDRINUSE ? AW_ERR_EXISTS : aw_host_err(error),
                       "usbip: listen", port);
    }
    (void)tw_loop_add(&relay->loop, fd, POLLIN,
                      &(struct tw_loop_source){on_listener, relay});
    tell(relay, AW_TWIN_LISTENS, ntohs(address.sin_port));
    return AW_OK;
}

aw_err aw_twin_attach_tcp(const struct aw_twin_attach *how, uint16_t port,
                          struct aw_host_diag *host)
{
    struct aw_twin_link control;
    aw_err err = aw_twin_connect(how->path, &control, host);

    if (err != AW_OK) {
        return err;
    }
    struct relay *relay = aw_alloc(1, sizeof(*relay));

    relay->how = how;
    (void)tw_loop_add(&relay->loop, control.fd, POLLIN,
                      &(struct tw_loop_source){on_control, relay});
    err = listen_on(relay, port, host);
    while (err == AW_OK && !relay->over && !how->stopped()) {
        (void)tw_loop_wait(&relay->loop, LOOK_NS);
    }
    for (size_t i = 0; i < PAIRS; i++) {
        close_pair(&relay->pairs[i]);
    }
    if (relay->listener >= 0) {
        (void)close(relay->listener);
    }
    free(relay);
    aw_twin_disconnect(&control);
    return err;
}
