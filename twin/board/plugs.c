/* SPDX-License-Identifier: Apache-2.0 */
/* The USB socket: one client has the plugs of the twin. */
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "aw/text.h"
#include "board/server.h"

enum { BACKLOG = 4, LAST_WORDS = 8 };

void tw_plugs_end(struct tw_server *server)
{
    if (!server->wired) {
        return;
    }
    tw_board_settle(&server->board);
    if (server->wire_fd >= 0) {
        tw_loop_remove(&server->loop, server->wire_fd);
        tw_journal_usb(server, (aw_bytes){NULL, 0});
    }
    server->wired = false;
    tw_usb_wire_close(&server->wire);
}

static void on_over(void *ctx)
{
    struct tw_server *server = ctx;

    if (!tw_usb_wire_over(&server->wire)) {
        tw_plugs_end(server);
    }
}

static void on_wait(void *ctx, struct tw_usb_wire *wire, uint64_t until,
                    const bool *done)
{
    struct tw_server *server = ctx;

    (void)wire;
    server->wire_wait = (struct tw_wait){
        .until = until, .done = done, .over = on_over, .ctx = server};
    (void)tw_server_wait(server, &server->wire_wait);
}

static void on_forget(void *ctx, struct tw_usb_wire *wire)
{
    struct tw_server *server = ctx;

    (void)wire;
    tw_server_forget(server, &server->wire_wait);
}

static void on_note(void *ctx, aw_bytes request)
{
    struct tw_server *server = ctx;

    tw_board_settle(&server->board);
    tw_journal_usb(server, request);
}

static void on_changed(void *ctx)
{
    struct tw_server *server = ctx;

    if (server->wired) {
        tw_usb_wire_changed(&server->wire);
    }
}

static void on_ready(void *ctx, short revents)
{
    struct tw_server *server = ctx;

    (void)revents;
    if (!tw_usb_wire_read(&server->wire)) {
        tw_plugs_end(server);
    }
}

void tw_plugs_begin(struct tw_server *server, int fd)
{
    const struct tw_wire_owner owner = {
        .ctx = server, .wait = on_wait, .forget = on_forget, .note = on_note};

    tw_plugs_end(server);
    server->wire_fd = fd;
    server->wired = true;
    tw_usb_wire_open(&server->wire, fd, &server->board.clock, &owner);
    for (unsigned i = 0; i < TW_PLUGS; i++) {
        tw_usb_wire_add(&server->wire, &server->board.host[i]);
        server->board.host[i].changed = on_changed;
        server->board.host[i].ctx = server;
    }
}

/* A client that has gone may not have been looked at yet. */
static void look_at_client(struct tw_server *server)
{
    for (unsigned i = 0; i < LAST_WORDS && server->wired; i++) {
        struct pollfd client = {.fd = server->wire_fd, .events = POLLIN};

        if (poll(&client, 1, 0) <= 0) {
            return;
        }
        on_ready(server, client.revents);
    }
}

static void on_listener(void *ctx, short revents)
{
    struct tw_server *server = ctx;
    int fd = accept4(server->usb_listener, NULL, NULL, SOCK_CLOEXEC);

    (void)revents;
    if (fd < 0) {
        return;
    }
    look_at_client(server);
    if (server->wired || tw_exports_taken(server)) {
        tw_usb_wire_refuse(fd);
        return;
    }
    if (!tw_loop_add(&server->loop, fd, POLLIN,
                     &(struct tw_loop_source){on_ready, server})) {
        (void)close(fd);
        return;
    }
    tw_plugs_begin(server, fd);
}

aw_err tw_plugs_open(struct tw_server *server, struct aw_host_diag *host)
{
    aw_err err = tw_listen(server->folder.path, tw_folder_name(TW_FILE_USB),
                           BACKLOG, &server->usb_listener, host);

    if (err == AW_OK) {
        (void)tw_loop_add(&server->loop, server->usb_listener, POLLIN,
                          &(struct tw_loop_source){on_listener, server});
    }
    return err;
}

void tw_plugs_close(struct tw_server *server)
{
    char path[TW_PATH_MAX];

    tw_plugs_end(server);
    if (server->usb_listener < 0) {
        return;
    }
    tw_loop_remove(&server->loop, server->usb_listener);
    (void)close(server->usb_listener);
    server->usb_listener = -1;
    if (tw_folder_path(server->folder.path, TW_FILE_USB, path)) {
        (void)unlink(path);
    }
}
