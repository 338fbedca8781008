/* SPDX-License-Identifier: Apache-2.0 */
/* The socket for USB/IP: each connection may take the device in a plug. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "aw/hostio/alloc.h"
#include "board/server.h"

enum { BACKLOG = 4, PIECE = 65536, LAST_WORDS = 8 };

static size_t queued(const struct tw_export *link)
{
    return link->out_n - link->out_at;
}

static void close_link(struct tw_export *link)
{
    struct tw_server *server = link->server;

    if (!link->open) {
        return;
    }
    tw_board_settle(&server->board);
    if (link->fd >= 0) {
        tw_loop_remove(&server->loop, link->fd);
        (void)close(link->fd);
        tw_journal_usbip(server, (size_t)(link - server->exports),
                         (aw_bytes){NULL, 0});
    }
    link->fd = -1;
    link->open = false;
    tw_usbip_close(&link->usbip);
    free(link->out);
    link->out = NULL;
}

/* Sends what waits, as far as the other side takes it. False: it is gone. */
static bool flush(struct tw_export *link)
{
    while (queued(link) > 0) {
        ssize_t n = send(link->fd, link->out + link->out_at, queued(link),
                         MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return errno == EAGAIN;
        }
        link->out_at += (size_t)n;
    }
    link->out_at = 0;
    link->out_n = 0;
    return true;
}

/* While the other side does not read, it is not read from: so what waits is
 * bounded by the transfers that are allowed at a time. */
static void watch(struct tw_export *link)
{
    short events = POLLIN;

    if (queued(link) > 0) {
        events = POLLOUT;
    } else if (link->ending) {
        events = 0;
    }
    tw_loop_set(&link->server->loop, link->fd, events);
}

static void enqueue(struct tw_export *link, aw_bytes bytes)
{
    size_t need = link->out_n + bytes.n;

    if (need > link->out_size) {
        size_t size = need < PIECE ? PIECE : 2 * need;

        link->out = aw_grow(link->out, link->out_size, size, 1);
        link->out_size = size;
    }
    memcpy(link->out + link->out_n, bytes.p, bytes.n);
    link->out_n += bytes.n;
}

static bool on_send(void *ctx, aw_bytes bytes)
{
    struct tw_export *link = ctx;

    if (link->fd < 0) {
        return true; /* a journal is played */
    }
    enqueue(link, bytes);
    bool good = flush(link);

    watch(link);
    return good;
}

/* One taker a plug, and none beside a client of the twin's own socket. */
static bool on_may(void *ctx, const struct tw_usb_host *host)
{
    const struct tw_export *link = ctx;
    const struct tw_server *server = link->server;

    for (size_t i = 0; i < TW_EXPORTS; i++) {
        const struct tw_export *other = &server->exports[i];

        if (other->open && other->usbip.device == host &&
            tw_usbip_alive(&other->usbip)) {
            return false;
        }
    }
    return link->fd < 0 || (!server->wired && server->mode != AW_TWIN_LOCKSTEP);
}

static void take(struct tw_export *link, aw_bytes bytes)
{
    if (!tw_usbip_take(&link->usbip, bytes)) {
        link->ending = true;
    }
}

static void on_ready(void *ctx, short revents)
{
    static uint8_t piece[PIECE];
    struct tw_export *link = ctx;
    struct tw_server *server = link->server;

    if ((revents & POLLOUT) != 0) {
        if (!flush(link)) {
            link->ending = true;
            link->out_n = link->out_at;
        }
        watch(link);
        return;
    }
    ssize_t n = recv(link->fd, piece, sizeof(piece), MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (n <= 0) {
        close_link(link);
        return;
    }
    aw_bytes bytes = {piece, (size_t)n};

    tw_board_settle(&server->board);
    tw_journal_usbip(server, (size_t)(link - server->exports), bytes);
    take(link, bytes);
}

/* A link that is free, or one that has no device or none any more. */
static struct tw_export *free_link(struct tw_server *server)
{
    struct tw_export *found = NULL;

    for (size_t i = 0; i < TW_EXPORTS; i++) {
        struct tw_export *link = &server->exports[i];

        if (!link->open) {
            return link;
        }
        if (found == NULL && (link->ending || link->usbip.device == NULL)) {
            found = link;
        }
    }
    AW_BUG_ON(found == NULL); /* there are more links than plugs */
    close_link(found);
    return found;
}

static void begin(struct tw_export *link, struct tw_server *server, int fd)
{
    const struct tw_usbip_owner owner = {
        .ctx = link, .send = on_send, .may = on_may};

    *link = (struct tw_export){.server = server, .fd = fd, .open = true};
    tw_usbip_open(&link->usbip, &owner);
    for (unsigned i = 0; i < TW_PLUGS; i++) {
        tw_usbip_add(&link->usbip, &server->board.host[i]);
    }
}

static void on_listener(void *ctx, short revents)
{
    struct tw_server *server = ctx;
    int fd = accept4(server->usbip_listener, NULL, NULL, SOCK_CLOEXEC);

    (void)revents;
    if (fd < 0) {
        return;
    }
    struct tw_export *link = free_link(server);

    if (!tw_loop_add(&server->loop, fd, POLLIN,
                     &(struct tw_loop_source){on_ready, link})) {
        (void)close(fd);
        return;
    }
    begin(link, server, fd);
}

void tw_exports_play(struct tw_server *server, size_t index, aw_bytes bytes)
{
    struct tw_export *link = &server->exports[index];

    if (bytes.n == 0) {
        close_link(link);
        return;
    }
    tw_board_settle(&server->board);
    if (!link->open) {
        begin(link, server, -1);
    }
    take(link, bytes);
}

void tw_exports_look(struct tw_server *server)
{
    for (size_t i = 0; i < TW_EXPORTS; i++) {
        struct tw_export *link = &server->exports[i];

        if (link->open && !tw_usbip_alive(&link->usbip)) {
            link->ending = true;
        }
        bool over = link->fd < 0 ? !server->replay.more
                                 : link->ending && queued(link) == 0;

        if (over) {
            close_link(link);
        }
    }
}

static bool has_plug(const struct tw_export *link)
{
    return link->open && link->usbip.device != NULL;
}

/* A client that has gone may not have been looked at yet. */
static void look_at_client(struct tw_export *link)
{
    for (unsigned i = 0; i < LAST_WORDS && has_plug(link); i++) {
        struct pollfd client = {.fd = link->fd, .events = POLLIN};

        if (link->fd < 0 || poll(&client, 1, 0) <= 0 ||
            (client.revents & POLLHUP) == 0) {
            return;
        }
        on_ready(link, POLLIN);
    }
}

bool tw_exports_taken(struct tw_server *server)
{
    for (size_t i = 0; i < TW_EXPORTS; i++) {
        look_at_client(&server->exports[i]);
        if (has_plug(&server->exports[i])) {
            return true;
        }
    }
    return false;
}

bool tw_exports_wait(const struct tw_server *server)
{
    for (size_t i = 0; i < TW_EXPORTS; i++) {
        if (server->exports[i].open &&
            tw_usbip_waits(&server->exports[i].usbip)) {
            return true;
        }
    }
    return false;
}

aw_err tw_exports_open(struct tw_server *server, struct aw_host_diag *host)
{
    aw_err err = tw_listen(server->folder.path, tw_folder_name(TW_FILE_USBIP),
                           BACKLOG, &server->usbip_listener, host);

    if (err == AW_OK) {
        (void)tw_loop_add(&server->loop, server->usbip_listener, POLLIN,
                          &(struct tw_loop_source){on_listener, server});
    }
    return err;
}

void tw_exports_close(struct tw_server *server)
{
    char path[TW_PATH_MAX];

    for (size_t i = 0; i < TW_EXPORTS; i++) {
        close_link(&server->exports[i]);
    }
    if (server->usbip_listener < 0) {
        return;
    }
    tw_loop_remove(&server->loop, server->usbip_listener);
    (void)close(server->usbip_listener);
    server->usbip_listener = -1;
    if (tw_folder_path(server->folder.path, TW_FILE_USBIP, path)) {
        (void)unlink(path);
    }
}
