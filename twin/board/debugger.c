/* SPDX-License-Identifier: Apache-2.0 */
/* A debugger on a port of this machine, and what holds a twin. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "board/server.h"

enum { BACKLOG = 1, CHUNK = 4096, REPLY_MAX = 4096 };

/* The debugger is gone: the twin goes on. */
static void drop(struct tw_server *server)
{
    struct tw_debugger *d = &server->debugger;

    if (d->fd < 0) {
        return;
    }
    tw_loop_remove(&server->loop, d->fd);
    (void)close(d->fd);
    d->fd = -1;
    d->lost = false;
    tw_gdb_close(&d->gdb);
    tw_server_release(server);
}

void tw_server_hold(struct tw_server *server, enum tw_stop why)
{
    server->debugger.held = true;
    server->debugger.why = why;
    if (server->debugger.fd >= 0) {
        tw_gdb_stopped(&server->debugger.gdb, why);
    }
    if (server->debugger.lost) {
        drop(server);
    }
}

void tw_server_release(struct tw_server *server)
{
    server->debugger.held = false;
    tw_server_anchor(server);
}

enum tw_board_stop tw_server_advance(struct tw_server *server, uint64_t until,
                                     const bool *done)
{
    struct tw_debugger *d = &server->debugger;

    if (d->held) {
        return TW_BOARD_DEBUG;
    }
    d->halted = false;
    /* A frame goes out soon, not at the end of the slice. */
    enum tw_board_stop stop = tw_board_run(
        &server->board, until, done == NULL ? &server->net.pending : done);

    if (stop == TW_BOARD_DEBUG) {
        tw_server_hold(server, server->board.debug_stop);
    } else if (d->halted && d->fd >= 0) {
        tw_server_hold(server, TW_STOP_DIAGNOSIS);
    }
    return stop;
}

static void on_send(void *ctx, aw_bytes bytes)
{
    struct tw_server *server = ctx;

    if (send(server->debugger.fd, bytes.p, bytes.n,
             MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)bytes.n) {
        server->debugger.lost = true;
    }
}

static void on_go(void *ctx)
{
    struct tw_server *server = ctx;

    if (server->board.halted) {
        tw_gdb_stopped(&server->debugger.gdb, TW_STOP_DIAGNOSIS);
        return;
    }
    tw_server_release(server);
}

static void on_interrupt(void *ctx)
{
    tw_server_hold(ctx, TW_STOP_REQUEST);
}

static void on_leave(void *ctx)
{
    tw_server_release(ctx);
}

static void print_info(const struct tw_server *server, struct aw_wr *text)
{
    const struct tw_board *board = &server->board;
    char dump[512];

    tw_cpu_dump(board->cpu, dump, sizeof(dump));
    aw_wr_text(text, dump);
    aw_wr_text(text, "tick ");
    aw_wr_dec(text, board->clock.now);
    aw_wr_text(text, ", instructions ");
    aw_wr_dec(text, board->executed);
    aw_wr_text(text, ", ");
    aw_wr_text(text, tw_server_state(server));
    aw_wr_text(text, "\n");
    if (board->halted) {
        aw_wr_text(text, tw_cpu_diagnosis(board->cpu)->text);
        aw_wr_text(text, "\n");
    }
}

/* What `aw twin` could ask: noted in a journal as if it had. */
static void request(struct tw_server *server, const char *line,
                    struct aw_wr *text)
{
    char reply[REPLY_MAX];
    struct aw_wr w = aw_wr_init(reply, sizeof(reply));

    tw_server_request(server, NULL, aw_text(line), &w);
    if (!aw_bytes_starts(aw_wr_done(&w), "{\"ok\":true")) {
        aw_wr_put(text, aw_wr_done(&w));
    }
}

static void print_help(struct tw_server *server, struct aw_wr *text);

static void print_status(struct tw_server *server, struct aw_wr *text)
{
    print_info(server, text);
}

static void reset(struct tw_server *server, struct aw_wr *text)
{
    request(server, "{\"do\":\"power\",\"to\":\"off\"}", text);
    request(server, "{\"do\":\"power\",\"to\":\"on\"}", text);
}

static void power_on(struct tw_server *server, struct aw_wr *text)
{
    request(server, "{\"do\":\"power\",\"to\":\"on\"}", text);
}

static void power_off(struct tw_server *server, struct aw_wr *text)
{
    request(server, "{\"do\":\"power\",\"to\":\"off\"}", text);
}

static void switch_usb(struct tw_server *server, struct aw_wr *text)
{
    request(server, "{\"do\":\"switch\",\"to\":\"usb\"}", text);
}

static void switch_mmc(struct tw_server *server, struct aw_wr *text)
{
    request(server, "{\"do\":\"switch\",\"to\":\"mmc\"}", text);
}

static const struct {
    const char *name;
    void (*run)(struct tw_server *server, struct aw_wr *text);
    const char *help;
} monitors[] = {
    {"help", print_help, "this list"},
    {"info", print_status, "registers, time, state"},
    {"reset", reset, "power off and on; stands still at the first instruction"},
    {"power on", power_on, "switch the power on"},
    {"power off", power_off, "switch it off"},
    {"switch usb", switch_usb, "boot switch at serial download"},
    {"switch mmc", switch_mmc, "boot switch at the eMMC"},
};

enum { MONITORS = sizeof(monitors) / sizeof(monitors[0]) };

static void print_help(struct tw_server *server, struct aw_wr *text)
{
    (void)server;
    for (size_t i = 0; i < MONITORS; i++) {
        aw_wr_text(text, monitors[i].name);
        aw_wr_text(text, ": ");
        aw_wr_text(text, monitors[i].help);
        aw_wr_text(text, "\n");
    }
}

static void on_monitor(void *ctx, aw_bytes command, struct aw_wr *text)
{
    struct tw_server *server = ctx;

    for (size_t i = 0; i < MONITORS; i++) {
        if (aw_bytes_is(command, monitors[i].name)) {
            monitors[i].run(server, text);
            return;
        }
    }
    aw_wr_text(text, "there is no such command; try monitor help\n");
}

static void on_ready(void *ctx, short revents)
{
    struct tw_server *server = ctx;
    struct tw_debugger *d = &server->debugger;
    uint8_t bytes[CHUNK];
    ssize_t n = recv(d->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

    (void)revents;
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (n > 0) {
        tw_gdb_take(&d->gdb, (aw_bytes){bytes, (size_t)n});
    }
    if (n <= 0 || d->lost) {
        drop(server);
    }
}

static void on_listener(void *ctx, short revents)
{
    static const struct tw_gdb_owner owner = {.send = on_send,
                                              .go = on_go,
                                              .interrupt = on_interrupt,
                                              .monitor = on_monitor,
                                              .leave = on_leave};
    struct tw_server *server = ctx;
    struct tw_debugger *d = &server->debugger;
    struct tw_gdb_owner mine = owner;
    const int yes = 1;
    int fd = accept4(d->listener, NULL, NULL, SOCK_CLOEXEC);

    (void)revents;
    if (fd < 0) {
        return;
    }
    if (d->fd >= 0 ||
        !tw_loop_add(&server->loop, fd, POLLIN,
                     &(struct tw_loop_source){on_ready, server})) {
        (void)close(fd);
        return;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    mine.ctx = server;
    d->fd = fd;
    d->lost = false;
    tw_gdb_open(&d->gdb, server->board.cpu, &mine);
    tw_server_hold(server,
                   server->board.halted ? TW_STOP_DIAGNOSIS : TW_STOP_REQUEST);
}

static int bind_port(unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    const int yes = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 &&
        (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0 ||
         bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
         listen(fd, BACKLOG) != 0)) {
        int error = errno;

        (void)close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

aw_err tw_debugger_open(struct tw_server *server, unsigned port,
                        struct aw_host_diag *host)
{
    struct tw_debugger *d = &server->debugger;
    struct sockaddr_in address = {.sin_port = 0};
    socklen_t size = sizeof(address);
    char name[32];

    (void)snprintf(name, sizeof(name), "127.0.0.1:%u", port);
    d->listener = bind_port(port);
    if (d->listener < 0 ||
        getsockname(d->listener, (struct sockaddr *)&address, &size) != 0) {
        return aw_host_fail_errno(host, "twin: debugger", errno, name);
    }
    d->port = ntohs(address.sin_port);
    (void)tw_loop_add(&server->loop, d->listener, POLLIN,
                      &(struct tw_loop_source){on_listener, server});
    return AW_OK;
}

void tw_debugger_close(struct tw_server *server)
{
    struct tw_debugger *d = &server->debugger;

    drop(server);
    if (d->listener >= 0) {
        tw_loop_remove(&server->loop, d->listener);
        (void)close(d->listener);
        d->listener = -1;
    }
    if (d->profile != NULL) {
        tw_cpu_profile(server->board.cpu, NULL);
        free(d->profile);
        d->profile = NULL;
    }
}
