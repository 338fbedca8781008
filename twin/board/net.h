/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_NET_H
#define TWIN_NET_H

#include "aw/bytes.h"
#include "aw/hostio/diag.h"
#include "board/loop.h"
#include "models/enet.h"

/*
 * What the LAN jack of a twin leads to: nothing, a network of its own that
 * reaches the outside through this process (libslirp), or a tap device of this
 * machine. Frames go out when the twin does not run, and come in as requests
 * that a journal keeps.
 */
enum { TW_NET_QUEUE = 64, TW_FORWARDS_MAX = 16 };

/* A port of this machine that leads to one of the twin, TCP or UDP. */
struct tw_forward {
    bool udp;
    uint16_t host; /* on 127.0.0.1 */
    uint16_t guest;
};

/* A frame for the twin. */
struct tw_net_sink {
    void *ctx;
    void (*frame)(void *ctx, aw_bytes frame);
};

struct tw_net_backend {
    void *state; /* NULL: nothing */
    void (*send)(void *state, aw_bytes frame);
    /* Before the process waits; may shorten the time. NULL: nothing to do. */
    void (*prepare)(void *state, int64_t *wait_ns);
    void (*close)(void *state);
};

struct tw_net {
    struct tw_net_backend backend;
    bool pending; /* frames wait to go out */
    uint32_t n;
    struct tw_frame queue[TW_NET_QUEUE];
};

/**
 * The network of its own: 10.0.2.0/24, this machine is 10.0.2.2, DHCP gives
 * 10.0.2.15, DNS is 10.0.2.3.
 *
 * @param loop  outlives the backend
 *
 * @return AW_OK; AW_ERR_RESOURCE; AW_ERR_IO, also when a port that is to be
 *         forwarded is taken.
 */
AW_MUST_CHECK aw_err tw_net_user(struct tw_net_backend *backend,
                                 struct tw_loop *loop,
                                 const struct tw_net_sink *sink,
                                 const struct tw_forward *forwards, size_t n,
                                 struct aw_host_diag *host);

/** A tap device that there is, or that may be made. @return AW_OK; AW_ERR_IO,
 *  AW_ERR_NOT_FOUND and AW_ERR_RESOURCE by what the system says;
 *  AW_ERR_SPACE for a name that is too long */
AW_MUST_CHECK aw_err tw_net_tap(struct tw_net_backend *backend,
                                struct tw_loop *loop,
                                const struct tw_net_sink *sink,
                                const char *name, struct aw_host_diag *host);

/** A frame leaves the twin; too many at a time are lost. */
void tw_net_queue(struct tw_net *net, const uint8_t *frame, size_t n);
/** Sends what was queued. @param live  false: to nobody */
void tw_net_flush(struct tw_net *net, bool live);
void tw_net_prepare(const struct tw_net *net, int64_t *wait_ns);
void tw_net_close(struct tw_net *net);

#endif
