/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hostio/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "agent_private.h"
#include "aw/hostio/alloc.h"

enum { LIST_MS = 10000, SIGN_MS = 120000, MS = 1000, US = 1000000 };

struct aw_agent {
    int fd;
    unsigned sign_ms;
    uint8_t public_key[AW_ED25519_PUBLIC];
    /* One message with its length, request or answer. */
    uint8_t frame[4 + AW_AGENT_FRAME_MAX];
};

/* A transfer under way. */
struct transfer {
    int fd;
    short events; /* POLLIN or POLLOUT */
    int64_t end;  /* by now_ms */
    uint8_t *p;
    size_t n;
};

static int64_t now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * MS + t.tv_nsec / US;
}

static aw_err fail(struct aw_host_diag *host, aw_err err, const char *what)
{
    return aw_fail(aw_host_say(host, "ssh-agent: %s", what), err, "agent", 0);
}

static aw_err fail_errno(struct aw_host_diag *host, int error)
{
    if (error == EINTR) {
        return fail(host, AW_ERR_CANCELLED, "waiting was interrupted");
    }
    return aw_fail(aw_host_say_errno(host, error, "ssh-agent"), AW_ERR_IO,
                   "agent", (uint64_t)error);
}

static aw_err wait_ready(const struct transfer *t, struct aw_host_diag *host)
{
    struct pollfd p = {.fd = t->fd, .events = t->events};
    int64_t left = t->end - now_ms();
    int ready = left <= 0 ? 0 : poll(&p, 1, (int)left);

    if (ready < 0) {
        return fail_errno(host, errno);
    }
    return ready > 0 ? AW_OK
                     : fail(host, AW_ERR_TIMEOUT, "no answer within the time");
}

/* Sends or receives all of it. */
static aw_err move(struct transfer *t, struct aw_host_diag *host)
{
    size_t done = 0;

    while (done < t->n) {
        aw_err err = wait_ready(t, host);

        if (err != AW_OK) {
            return err;
        }
        ssize_t got = t->events == POLLIN
                          ? recv(t->fd, &t->p[done], t->n - done, 0)
                          : send(t->fd, &t->p[done], t->n - done, MSG_NOSIGNAL);

        if (got == 0) {
            return fail(host, AW_ERR_IO, "ended the connection");
        }
        if (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
            return fail_errno(host, errno);
        }
        done += got < 0 ? 0 : (size_t)got;
    }
    return AW_OK;
}

/* Sends the n bytes of the frame, and reads the answer into it. */
static aw_err exchange(struct aw_agent *agent, size_t n, unsigned limit_ms,
                       aw_bytes *answer, struct aw_host_diag *host)
{
    struct transfer t = {.fd = agent->fd,
                         .events = POLLOUT,
                         .end = now_ms() + limit_ms,
                         .p = agent->frame,
                         .n = n};
    aw_err err = move(&t, host);

    if (err == AW_OK) {
        t.events = POLLIN;
        t.n = 4;
        err = move(&t, host);
    }
    if (err != AW_OK) {
        return err;
    }
    struct aw_rd r = aw_rd_init((aw_bytes){agent->frame, 4});
    uint32_t length = aw_rd_be32(&r);

    if (length > AW_AGENT_FRAME_MAX) {
        return fail(host, AW_ERR_SPACE, "the answer is too long");
    }
    t.p = &agent->frame[4];
    t.n = length;
    err = move(&t, host);
    if (err == AW_OK) {
        *answer = (aw_bytes){t.p, t.n};
    }
    return err;
}

static aw_err connect_to(const char *path, unsigned limit_ms, int *fd,
                         struct aw_host_diag *host)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    struct timeval limit = {.tv_sec = limit_ms / MS,
                            .tv_usec = (suseconds_t)(limit_ms % MS) * MS};
    size_t n = strlen(path);

    if (n >= sizeof(to.sun_path)) {
        return fail(host, AW_ERR_PRECONDITION,
                    "the path in SSH_AUTH_SOCK is too long");
    }
    memcpy(to.sun_path, path, n);
    *fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (*fd < 0) {
        return aw_host_fail_errno(host, "agent", errno, "ssh-agent");
    }
    /* For sockets of this kind it limits the wait of connect, too. */
    (void)setsockopt(*fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    if (connect(*fd, (const struct sockaddr *)&to, sizeof(to)) != 0) {
        if (errno == EAGAIN) {
            return fail(host, AW_ERR_TIMEOUT, "does not take the connection");
        }
        return errno == EINTR
                   ? fail_errno(host, errno)
                   : aw_fail(aw_host_say_errno(host, errno, path),
                             AW_ERR_PRECONDITION, "agent", (uint64_t)errno);
    }
    if (fcntl(*fd, F_SETFL, O_NONBLOCK) != 0) {
        return fail_errno(host, errno);
    }
    return AW_OK;
}

static aw_err list(struct aw_agent *agent,
                   const uint8_t fingerprint[AW_SHA256_SIZE], unsigned limit_ms,
                   struct aw_agent_key *key, struct aw_host_diag *host)
{
    struct aw_wr w = aw_wr_init(agent->frame, sizeof(agent->frame));
    aw_bytes answer = {NULL, 0};

    aw_wr_be32(&w, 1);
    aw_wr_u8(&w, AGENT_REQUEST_IDENTITIES);
    aw_err err = exchange(agent, w.n, limit_ms, &answer, host);

    return err == AW_OK ? aw_agent_find(answer, fingerprint, key, host) : err;
}

aw_err aw_agent_open(const char *address,
                     const struct aw_agent_options *options,
                     struct aw_agent **agent, struct aw_agent_key *key,
                     struct aw_host_diag *host)
{
    struct aw_agent_options o = {0, 0};
    uint8_t fingerprint[AW_SHA256_SIZE];
    const char *path = getenv("SSH_AUTH_SOCK");
    aw_err err = aw_agent_address(address, fingerprint, host);

    if (err != AW_OK) {
        return err;
    }
    if (path == NULL || path[0] == '\0') {
        return fail(host, AW_ERR_PRECONDITION, "SSH_AUTH_SOCK is not set");
    }
    if (options != NULL) {
        o = *options;
    }
    o.list_ms = o.list_ms == 0 ? LIST_MS : o.list_ms;
    struct aw_agent *a = aw_alloc(1, sizeof(*a));

    a->fd = -1;
    a->sign_ms = o.sign_ms == 0 ? SIGN_MS : o.sign_ms;
    err = connect_to(path, o.list_ms, &a->fd, host);
    if (err == AW_OK) {
        err = list(a, fingerprint, o.list_ms, key, host);
    }
    if (err != AW_OK) {
        aw_agent_close(a);
        return err;
    }
    memcpy(a->public_key, key->public_key, sizeof(a->public_key));
    *agent = a;
    return AW_OK;
}

void aw_agent_close(struct aw_agent *agent)
{
    if (agent == NULL) {
        return;
    }
    if (agent->fd >= 0) {
        (void)close(agent->fd);
    }
    free(agent);
}

static void put_string(struct aw_wr *w, aw_bytes b)
{
    aw_wr_be32(w, (uint32_t)b.n);
    aw_wr_put(w, b);
}

/* The request, its length in front. */
static void make_request(const struct aw_agent *agent, aw_bytes message,
                         struct aw_wr *w)
{
    aw_bytes type = aw_text(AGENT_KEY_TYPE);
    aw_bytes key = {agent->public_key, sizeof(agent->public_key)};
    uint32_t blob = (uint32_t)(4 + type.n + 4 + key.n);

    aw_wr_be32(w, 1 + 4 + blob + 4 + (uint32_t)message.n + 4);
    aw_wr_u8(w, AGENT_SIGN_REQUEST);
    aw_wr_be32(w, blob);
    put_string(w, type);
    put_string(w, key);
    put_string(w, message);
    aw_wr_be32(w, 0); /* no flags */
}

aw_err aw_agent_sign(struct aw_agent *agent, aw_bytes message,
                     uint8_t sig[AW_ED25519_SIG], struct aw_host_diag *host)
{
    struct aw_wr w = aw_wr_init(agent->frame, sizeof(agent->frame));
    uint8_t made[AW_ED25519_SIG];
    aw_bytes answer = {NULL, 0};

    if (message.n > AW_AGENT_FRAME_MAX) {
        return fail(host, AW_ERR_SPACE, "the text is too long for an agent");
    }
    make_request(agent, message, &w);
    if (w.failed) {
        return fail(host, AW_ERR_SPACE, "the text is too long for an agent");
    }
    aw_err err = exchange(agent, w.n, agent->sign_ms, &answer, host);

    if (err == AW_OK) {
        err = aw_agent_signature(answer, made, host);
    }
    if (err != AW_OK) {
        return err;
    }
    if (aw_ed25519_verify(agent->public_key, message, made) != AW_OK) {
        return fail(host, AW_ERR_SIG, "the signature is not of the key");
    }
    memcpy(sig, made, sizeof(made));
    return AW_OK;
}
