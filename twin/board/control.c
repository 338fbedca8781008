/* SPDX-License-Identifier: Apache-2.0 */
/* The control socket: lines in, lines out. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "aw/hostio/alloc.h"
#include "aw/json_write.h"
#include "aw/twin/twin.h"
#include "board/server.h"

enum {
    BACKLOG = 8,
    EVENT_MAX = 1024,
    REPLY_MAX = 1024,
    PIECE = 4096,
    OUT_MAX = 1 << 20 /* that waits for a client which is slow to read */
};

static void drop(struct tw_client *client)
{
    tw_server_forget(client->server, &client->wait);
    client->running = false;
    tw_loop_remove(&client->server->loop, client->fd);
    (void)close(client->fd);
    client->fd = -1;
    free(client->out);
    client->out = NULL;
}

static size_t queued(const struct tw_client *client)
{
    return client->out_n - client->out_at;
}

/* Sends what waits, as far as the other side takes it. False: it is gone. */
static bool flush(struct tw_client *client)
{
    while (queued(client) > 0) {
        ssize_t n = send(client->fd, client->out + client->out_at,
                         queued(client), MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return errno == EAGAIN;
        }
        client->out_at += (size_t)n;
    }
    client->out_at = 0;
    client->out_n = 0;
    return true;
}

static void enqueue(struct tw_client *client, aw_bytes line)
{
    size_t need = client->out_n + line.n;

    if (need > client->out_size) {
        size_t size = need < PIECE ? PIECE : 2 * need;

        client->out = aw_grow(client->out, client->out_size, size, 1);
        client->out_size = size;
    }
    memcpy(client->out + client->out_n, line.p, line.n);
    client->out_n += line.n;
}

static void send_on(struct tw_client *client)
{
    if (!flush(client)) {
        drop(client);
        return;
    }
    tw_loop_set(&client->server->loop, client->fd,
                queued(client) > 0 ? POLLIN | POLLOUT : POLLIN);
}

/* A client that does not read loses its connection, not the twin its time. */
static void put(struct tw_client *client, aw_bytes line)
{
    if (client->fd < 0) {
        return;
    }
    if (queued(client) > OUT_MAX) {
        drop(client);
        return;
    }
    enqueue(client, line);
    send_on(client);
}

static void answer(struct tw_client *client, aw_bytes line)
{
    static char text[AW_TWIN_REPLY_MAX];
    struct aw_wr reply = aw_wr_init(text, sizeof(text));

    tw_server_request(client->server, client, line, &reply);
    if (!reply.failed && reply.n != 0) {
        put(client, aw_wr_done(&reply));
    }
}

static void take_lines(struct tw_client *client)
{
    char *end = NULL;

    while (client->fd >= 0 && !client->running &&
           (end = memchr(client->in, '\n', client->n)) != NULL) {
        size_t n = (size_t)(end - client->in);

        answer(client, (aw_bytes){(const uint8_t *)client->in, n});
        client->n -= n + 1;
        memmove(client->in, end + 1, client->n);
    }
    if (client->fd >= 0 && client->n == sizeof(client->in)) {
        drop(client);
    }
}

void tw_control_run_over(void *ctx)
{
    char text[REPLY_MAX];
    struct aw_wr reply = aw_wr_init(text, sizeof(text));
    struct tw_client *client = ctx;

    client->running = false;
    tw_server_reply_run(client->server, &reply);
    put(client, aw_wr_done(&reply));
    take_lines(client);
}

static void on_client(void *ctx, short revents)
{
    struct tw_client *client = ctx;

    if ((revents & POLLOUT) != 0) {
        send_on(client);
    }
    if (client->fd < 0 || (revents & ~POLLOUT) == 0) {
        return;
    }
    ssize_t n = recv(client->fd, client->in + client->n,
                     sizeof(client->in) - client->n, MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (n <= 0) {
        drop(client);
        return;
    }
    client->n += (size_t)n;
    take_lines(client);
}

static struct tw_client *free_client(struct tw_server *server)
{
    for (size_t i = 0; i < TW_CLIENTS; i++) {
        if (server->clients[i].fd < 0) {
            return &server->clients[i];
        }
    }
    return NULL;
}

static void on_listener(void *ctx, short revents)
{
    struct tw_server *server = ctx;
    struct tw_client *client = free_client(server);
    int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);

    (void)revents;
    if (fd < 0) {
        return;
    }
    if (client == NULL ||
        !tw_loop_add(&server->loop, fd, POLLIN,
                     &(struct tw_loop_source){on_client, client})) {
        (void)close(fd);
        return;
    }
    *client = (struct tw_client){.server = server, .fd = fd};
}

/* A path in a socket address is short; a folder's may be long. */
static bool address_of(int dir, const char *name, struct sockaddr_un *address)
{
    memset(address, 0, sizeof(*address));
    address->sun_family = AF_UNIX;
    int n = snprintf(address->sun_path, sizeof(address->sun_path),
                     "/proc/self/fd/%d/%s", dir, name);

    return n > 0 && (size_t)n < sizeof(address->sun_path);
}

static int bind_socket(int dir, const char *name, int backlog)
{
    struct sockaddr_un address;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    mode_t mask = umask(0177);

    (void)unlinkat(dir, name, 0);
    bool bound =
        fd >= 0 && address_of(dir, name, &address) &&
        bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
        listen(fd, backlog) == 0;

    (void)umask(mask);
    if (!bound && fd >= 0) {
        int error = errno;

        (void)close(fd);
        errno = error;
    }
    return bound ? fd : -1;
}

aw_err tw_listen(const char *folder, const char *name, int backlog, int *fd,
                 struct aw_host_diag *host)
{
    int dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int bound = dir < 0 ? -1 : bind_socket(dir, name, backlog);
    int error = errno;

    if (dir >= 0) {
        (void)close(dir);
    }
    if (bound < 0) {
        return aw_host_fail_errno(host, "twin: socket", error, folder);
    }
    *fd = bound;
    return AW_OK;
}

aw_err tw_control_open(struct tw_server *server, struct aw_host_diag *host)
{
    for (size_t i = 0; i < TW_CLIENTS; i++) {
        server->clients[i].fd = -1;
    }
    aw_err err = tw_listen(server->folder.path, tw_folder_name(TW_FILE_CONTROL),
                           BACKLOG, &server->listener, host);

    if (err == AW_OK) {
        (void)tw_loop_add(&server->loop, server->listener, POLLIN,
                          &(struct tw_loop_source){on_listener, server});
    }
    return err;
}

void tw_control_close(struct tw_server *server)
{
    char path[TW_PATH_MAX];

    if (server->listener < 0) {
        return;
    }
    for (size_t i = 0; i < TW_CLIENTS; i++) {
        if (server->clients[i].fd >= 0) {
            drop(&server->clients[i]);
        }
    }
    tw_loop_remove(&server->loop, server->listener);
    (void)close(server->listener);
    server->listener = -1;
    if (tw_folder_path(server->folder.path, TW_FILE_CONTROL, path)) {
        (void)unlink(path);
    }
}

void tw_control_console(struct tw_server *server, uint8_t byte)
{
    char text[EVENT_MAX];
    struct aw_wr w = aw_wr_init(text, sizeof(text));
    struct aw_json_out out;

    aw_json_out_init(&out, aw_sink_wr(&w), true);
    aw_json_begin_object(&out, NULL);
    aw_json_u64_text(&out, "tick", server->board.clock.now);
    aw_json_base64(&out, "console", (aw_bytes){&byte, 1});
    aw_json_end_object(&out);
    aw_json_finish(&out);
    for (size_t i = 0; i < TW_CLIENTS; i++) {
        if (server->clients[i].fd >= 0 && server->clients[i].follows_console) {
            put(&server->clients[i], aw_wr_done(&w));
        }
    }
}

void tw_control_event(struct tw_server *server,
                      const struct tw_board_event *event)
{
    static const char *const names[] = {
        [TW_BOARD_LED] = "led",       [TW_BOARD_POWER] = "power",
        [TW_BOARD_RESET] = "reset",   [TW_BOARD_STARTED] = "started",
        [TW_BOARD_HALTED] = "halted", [TW_BOARD_REPORT] = "report",
        [TW_BOARD_FUSE] = "fuse",
    };
    char text[EVENT_MAX];
    struct aw_wr w = aw_wr_init(text, sizeof(text));
    struct aw_json_out out;

    aw_json_out_init(&out, aw_sink_wr(&w), true);
    aw_json_begin_object(&out, NULL);
    aw_json_u64_text(&out, "tick", event->tick);
    aw_json_text(&out, "event", names[event->kind]);
    aw_json_u64_text(&out, "value", event->value);
    aw_json_text(&out, "text", event->text);
    aw_json_end_object(&out);
    aw_json_finish(&out);
    for (size_t i = 0; i < TW_CLIENTS && !w.failed; i++) {
        if (server->clients[i].fd >= 0 && server->clients[i].follows_events) {
            put(&server->clients[i], aw_wr_done(&w));
        }
    }
}
