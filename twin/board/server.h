/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_SERVER_H
#define TWIN_SERVER_H

#include "aw/twin/twin.h"
#include "board/folder.h"
#include "board/loop.h"
#include "board/net.h"
#include "cpu/gdb.h"
#include "usb/usbip.h"
#include "usb/wire.h"

/*
 * The process that runs a twin: board, folder, control socket, and how virtual
 * time relates to the world.
 */
enum {
    TW_CLIENTS = 16,
    TW_LINE_MAX = 16384, /* of a request, with its line feed */
    TW_EXPORTS = 8,      /* connections over USB/IP */
    TW_WAITS = 1 + TW_CLIENTS
};

/* Someone for whom the board runs as fast as it can: a USB client that waits
 * for a transfer, or who asked for time to pass. Owned by who asks. */
struct tw_wait {
    uint64_t until;   /* tick at which to give up */
    const bool *done; /* set by an event of the twin; NULL: only time counts */
    bool any_mode;    /* also where the wall clock rules */
    /* Called once, when done or when `until` has come; the wait is off the
     * list then. */
    void (*over)(void *ctx);
    void *ctx;
};

struct tw_server;

/* A connection to the control socket. */
struct tw_client {
    struct tw_server *server;
    int fd; /* -1: free */
    bool follows_console;
    bool follows_events;
    bool running; /* asked for time to pass, not answered yet */
    struct tw_wait wait;
    size_t n;
    char in[TW_LINE_MAX];
    /* What the other side has not taken yet: from out_at to out_n. */
    char *out;
    size_t out_size;
    size_t out_at;
    size_t out_n;
};

/* A connection over USB/IP. */
struct tw_export {
    struct tw_server *server;
    bool open;
    bool ending; /* nothing more is taken; what waits still goes out */
    int fd;      /* -1: a journal */
    struct tw_usbip usbip;
    uint8_t *out; /* waits to be sent, owned */
    size_t out_at;
    size_t out_n;
    size_t out_size;
};

/* A journal that is played again. */
struct tw_replay {
    struct aw_blob blob;
    struct aw_rd text; /* what follows `line` */
    bool more;
    uint64_t tick; /* of the next input */
    aw_bytes line;
};

/* Whoever looks at the processor: a debugger on a port of this machine, and
 * requests on the control socket. */
struct tw_debugger {
    int listener;
    uint16_t port;    /* 0: none */
    int fd;           /* of the debugger */
    bool held;        /* no time passes */
    enum tw_stop why; /* it is held */
    bool lost;        /* could not be sent something; ends after this turn */
    bool halted;      /* the processor gave up in this slice */
    struct tw_gdb gdb;
    struct tw_profile *profile; /* owned; NULL: off */
};

struct tw_server {
    struct tw_folder folder;
    struct tw_board board;
    struct tw_loop loop;
    enum aw_twin_mode mode;
    struct tw_wait *waits[TW_WAITS];
    size_t n_waits;
    struct tw_client clients[TW_CLIENTS];
    int listener;
    int usb_listener;
    int wire_fd;
    bool wired; /* somebody has the plugs */
    struct tw_usb_wire wire;
    struct tw_wait wire_wait;
    int usbip_listener;
    struct tw_export exports[TW_EXPORTS];
    struct tw_replay replay;
    struct tw_debugger debugger;
    struct tw_net net;
    int console;  /* descriptor of console.log */
    int journal;  /* descriptor, -1 without */
    bool stop;    /* asked to end */
    bool trouble; /* the host could not keep something: power is off */
    char why[AW_HOST_TEXT_MAX];
    /* Wall clock and tick of one moment, for paced. */
    uint64_t wall_ns;
    uint64_t wall_tick;
};

/** Opens folder, board, console log and socket. */
AW_MUST_CHECK aw_err tw_server_open(struct tw_server *server,
                                    const struct aw_twin_start *how,
                                    struct aw_host_diag *host);
/** Runs until somebody asks to stop, or stopped says so. */
void tw_server_run(struct tw_server *server, bool (*stopped)(void));
void tw_server_close(struct tw_server *server);

/** False: too many wait. */
bool tw_server_wait(struct tw_server *server, struct tw_wait *wait);
/** Off the list, without a call. */
void tw_server_forget(struct tw_server *server, struct tw_wait *wait);

/** Binds a socket in a folder; one left over belongs to nobody. */
AW_MUST_CHECK aw_err tw_listen(const char *folder, const char *name,
                               int backlog, int *fd, struct aw_host_diag *host);

/** Opens what the LAN jack leads to. @return errors of tw_net_user and
 *  tw_net_tap; AW_ERR_PRECONDITION without a jack */
AW_MUST_CHECK aw_err tw_server_net_open(struct tw_server *server,
                                        const struct aw_twin_start *how,
                                        struct aw_host_diag *host);
/** The cable is in, unless a journal says when. */
void tw_server_net_begin(struct tw_server *server, bool replays);

/** Listens for a debugger on 127.0.0.1. @param port  0: any that is free */
AW_MUST_CHECK aw_err tw_debugger_open(struct tw_server *server, unsigned port,
                                      struct aw_host_diag *host);
void tw_debugger_close(struct tw_server *server);

/** Lets the board run as tw_board_run. A break or watch point, or the end of a
 *  step, holds the twin: no time passes until somebody lets it go. */
enum tw_board_stop tw_server_advance(struct tw_server *server, uint64_t until,
                                     const bool *done);
void tw_server_hold(struct tw_server *server, enum tw_stop why);
void tw_server_release(struct tw_server *server);

/** "running" and the like, as `aw twin status` shows it. */
const char *tw_server_state(const struct tw_server *server);

/** Time that passes now belongs to this moment of the wall clock. */
void tw_server_anchor(struct tw_server *server);

/** Listens on the USB socket. */
AW_MUST_CHECK aw_err tw_plugs_open(struct tw_server *server,
                                   struct aw_host_diag *host);
void tw_plugs_close(struct tw_server *server);
/** Gives the plugs to a client, and takes them from who had them. @param fd  -1: a journal */
void tw_plugs_begin(struct tw_server *server, int fd);
void tw_plugs_end(struct tw_server *server);

/** Listens on the socket for USB/IP. */
AW_MUST_CHECK aw_err tw_exports_open(struct tw_server *server,
                                     struct aw_host_diag *host);
void tw_exports_close(struct tw_server *server);
/** Ends connections whose device left; after the twin has run. */
void tw_exports_look(struct tw_server *server);
/** Somebody has the device of a plug. */
bool tw_exports_taken(struct tw_server *server);
/** Transfers are under way. */
bool tw_exports_wait(const struct tw_server *server);
/** Bytes of a journal. @param index  below TW_EXPORTS; @param bytes  none: the
 *  connection ended */
void tw_exports_play(struct tw_server *server, size_t index, aw_bytes bytes);

/** Notes an input, at this tick. */
void tw_journal_note(struct tw_server *server, aw_bytes line);
/** Bytes of a USB client; none: it left. */
void tw_journal_usb(struct tw_server *server, aw_bytes bytes);
void tw_journal_usbip(struct tw_server *server, size_t index, aw_bytes bytes);

/** Plays a journal: errors of aw_file_read. */
AW_MUST_CHECK aw_err tw_replay_open(struct tw_server *server, const char *path,
                                    struct aw_host_diag *host);
void tw_replay_close(struct tw_server *server);
/** True when the next input belongs to this tick and can be carried out. */
bool tw_replay_due(const struct tw_server *server);
void tw_replay_step(struct tw_server *server);

/** Listens on the control socket. */
AW_MUST_CHECK aw_err tw_control_open(struct tw_server *server,
                                     struct aw_host_diag *host);
void tw_control_close(struct tw_server *server);
/** The time that a client asked for has passed. @param ctx  struct tw_client */
void tw_control_run_over(void *ctx);
/** To those who follow: one character of the console, one event. */
void tw_control_console(struct tw_server *server, uint8_t byte);
void tw_control_event(struct tw_server *server,
                      const struct tw_board_event *event);

/**
 * Carries out one request.
 *
 * @param client  NULL: a journal
 * @param line    untrusted, without its line feed
 * @param reply   one line with its line feed; nothing when it follows later:
 *                client->running is set then
 */
void tw_server_request(struct tw_server *server, struct tw_client *client,
                       aw_bytes line, struct aw_wr *reply);

/** Reply to the request for which client->running was set. */
void tw_server_reply_run(struct tw_server *server, struct aw_wr *reply);

/** The server notes that something could not be kept, and powers off. */
void tw_server_trouble(struct tw_server *server, int error, const char *what);

#endif
