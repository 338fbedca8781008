/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hostio/usb_twin.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "aw/hostio/alloc.h"

enum {
    PORTS = 2,
    LOOK_MS = 200, /* how often to ask whether to stop */
    US_PER_MS = 1000
};

struct port {
    struct aw_usb_twin *twin;
    uint16_t number;
    uint32_t arrival; /* of the device that was opened */
};

struct aw_usb_twin {
    int fd;
    bool (*stopped)(void);
    aw_err broken; /* why the connection is of no use; AW_OK: it is */
    uint64_t now_us;
    struct port port[PORTS];
    uint8_t out[AW_USB_TWIN_REQUEST + AW_USB_TWIN_BODY];
    uint8_t in[AW_USB_TWIN_BODY];
};

/* One request and its reply; bodies in twin->out and twin->in. */
struct call {
    uint16_t type;
    uint16_t port;
    uint32_t timeout_ms;
    struct aw_wr body; /* of the request, behind its header */
    aw_err err;        /* what the twin says */
    uint32_t done;
    aw_bytes answer;
};

static struct call call_of(struct aw_usb_twin *twin, uint16_t type,
                           uint16_t port, uint32_t timeout_ms)
{
    return (struct call){
        .type = type,
        .port = port,
        .timeout_ms = timeout_ms,
        .body = aw_wr_init(twin->out + AW_USB_TWIN_REQUEST, AW_USB_TWIN_BODY),
    };
}

/* Waits until the socket is ready. */
static aw_err await(struct aw_usb_twin *twin, short events)
{
    struct pollfd p = {.fd = twin->fd, .events = events};

    for (;;) {
        int ready = poll(&p, 1, LOOK_MS);

        if (ready > 0) {
            return AW_OK;
        }
        if (ready < 0 && errno != EINTR) {
            return AW_ERR_IO;
        }
        if (twin->stopped != NULL && twin->stopped()) {
            return AW_ERR_CANCELLED;
        }
    }
}

/* What a call on the socket came to: bytes moved, try again when it is ready,
 * or an error. */
static aw_err after_call(struct aw_usb_twin *twin, ssize_t moved, short events)
{
    if (moved > 0) {
        return AW_OK;
    }
    if (moved < 0 && (errno == EAGAIN || errno == EINTR)) {
        return await(twin, events);
    }
    return AW_ERR_GONE;
}

static aw_err send_all(struct aw_usb_twin *twin, const uint8_t *p, size_t n)
{
    aw_err err = AW_OK;

    while (err == AW_OK && n > 0) {
        ssize_t sent = send(twin->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);

        err = after_call(twin, sent, POLLOUT);
        if (sent > 0) {
            p += sent;
            n -= (size_t)sent;
        }
    }
    return err;
}

static aw_err receive_all(struct aw_usb_twin *twin, uint8_t *p, size_t n)
{
    aw_err err = AW_OK;

    while (err == AW_OK && n > 0) {
        ssize_t got = recv(twin->fd, p, n, MSG_DONTWAIT);

        err = after_call(twin, got, POLLIN);
        if (got > 0) {
            p += got;
            n -= (size_t)got;
        }
    }
    return err;
}

static aw_err send_call(struct aw_usb_twin *twin, const struct call *call)
{
    struct aw_wr w = aw_wr_init(twin->out, AW_USB_TWIN_REQUEST);

    AW_BUG_ON(call->body.failed);
    aw_wr_le32(&w, (uint32_t)call->body.n);
    aw_wr_u8(&w, (uint8_t)(call->type & 0xffU));
    aw_wr_u8(&w, (uint8_t)(call->type >> 8));
    aw_wr_u8(&w, (uint8_t)(call->port & 0xffU));
    aw_wr_u8(&w, (uint8_t)(call->port >> 8));
    aw_wr_le32(&w, call->timeout_ms);
    return send_all(twin, twin->out, w.n + call->body.n);
}

/* What the seam may say; all else is no answer of a twin. */
static aw_err known_error(uint16_t error)
{
    static const aw_err known[] = {
        AW_OK,        AW_ERR_SPACE,   AW_ERR_UNSUPPORTED, AW_ERR_NOT_FOUND,
        AW_ERR_IO,    AW_ERR_TIMEOUT, AW_ERR_RESOURCE,    AW_ERR_PRECONDITION,
        AW_ERR_STALL, AW_ERR_GONE};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (error == (unsigned)known[i]) {
            return known[i];
        }
    }
    return AW_ERR_IO;
}

static aw_err receive_call(struct aw_usb_twin *twin, struct call *call)
{
    uint8_t head[AW_USB_TWIN_REPLY];
    aw_err err = receive_all(twin, head, sizeof(head));
    struct aw_rd r = aw_rd_init((aw_bytes){head, sizeof(head)});

    if (err != AW_OK) {
        return err;
    }
    uint32_t size = aw_rd_le32(&r);
    uint16_t type = aw_rd_le16(&r);

    call->err = known_error(aw_rd_le16(&r));
    twin->now_us = aw_rd_le64(&r);
    call->done = aw_rd_le32(&r);
    if (type != (call->type | AW_USB_TWIN_ANSWER) || size > AW_USB_TWIN_BODY) {
        return AW_ERR_IO;
    }
    call->answer = (aw_bytes){twin->in, size};
    return receive_all(twin, twin->in, size);
}

/* A connection that broke within a message is of no use any more. */
static aw_err run(struct aw_usb_twin *twin, struct call *call,
                  struct aw_diag *diag)
{
    if (twin->broken != AW_OK) {
        return aw_fail(diag, twin->broken, "twin: connection", call->type);
    }
    aw_err err = send_call(twin, call);

    /* A twin that does not want us says why before it hangs up. */
    if (err == AW_OK || err == AW_ERR_GONE) {
        err = receive_call(twin, call);
    }
    if (err != AW_OK) {
        /* Who was stopped hears so from whatever is tried next, too. */
        twin->broken = err == AW_ERR_CANCELLED ? err : AW_ERR_GONE;
        return aw_fail(diag, err, "twin: connection", call->type);
    }
    if (call->err != AW_OK) {
        return aw_fail(diag, call->err, "twin: request", call->type);
    }
    return AW_OK;
}

static void put_le16(struct aw_wr *w, uint16_t v)
{
    aw_wr_u8(w, (uint8_t)(v & 0xffU));
    aw_wr_u8(w, (uint8_t)(v >> 8));
}

static bool read_string(struct aw_rd *r, char text[AW_USB_STRING])
{
    aw_bytes b = aw_rd_take(r, aw_rd_le16(r));

    if (r->failed || b.n >= AW_USB_STRING) {
        return false;
    }
    if (b.n > 0) {
        memcpy(text, b.p, b.n);
    }
    text[b.n] = '\0';
    return memchr(text, 0, b.n) == NULL;
}

static bool read_device(struct aw_rd *r, struct aw_usb_id *id)
{
    memset(id, 0, sizeof(*id));
    (void)snprintf(id->path, sizeof(id->path), "1-%u", aw_rd_u8(r) + 1U);
    id->arrival = aw_rd_le32(r);
    id->vendor = aw_rd_le16(r);
    id->product = aw_rd_le16(r);
    id->release = aw_rd_le16(r);
    id->speed = aw_rd_u8(r);
    id->has_strings = true;
    return read_string(r, id->maker) && read_string(r, id->model) &&
           read_string(r, id->serial);
}

static aw_err twin_list(void *ctx, struct aw_usb_id *id, size_t room, size_t *n,
                        uint32_t *changes, struct aw_diag *diag)
{
    struct aw_usb_twin *twin = ctx;
    struct call call = call_of(twin, AW_USB_TWIN_LIST, 0, 0);
    struct aw_usb_id found[PORTS];
    aw_err err = run(twin, &call, diag);

    if (err != AW_OK) {
        return err;
    }
    struct aw_rd r = aw_rd_init(call.answer);
    uint32_t now = aw_rd_le32(&r);
    size_t count = aw_rd_u8(&r);

    if (count > PORTS) {
        return aw_fail(diag, AW_ERR_IO, "twin: list", count);
    }
    for (size_t i = 0; i < count; i++) {
        if (!read_device(&r, &found[i])) {
            return aw_fail(diag, AW_ERR_IO, "twin: list", i);
        }
    }
    if (r.failed) {
        return aw_fail(diag, AW_ERR_IO, "twin: list", 0);
    }
    for (size_t i = 0; i < count && i < room; i++) {
        id[i] = found[i];
    }
    *n = count;
    *changes = now;
    return AW_OK;
}

static aw_err twin_wait(void *ctx, uint32_t changes, uint32_t timeout_ms,
                        struct aw_diag *diag)
{
    struct aw_usb_twin *twin = ctx;
    struct call call = call_of(twin, AW_USB_TWIN_WAIT, 0, timeout_ms);

    aw_wr_le32(&call.body, changes);
    return run(twin, &call, diag);
}

static uint64_t twin_now(void *ctx)
{
    const struct aw_usb_twin *twin = ctx;

    return twin->now_us / US_PER_MS;
}

static aw_err device_claim(void *ctx, uint8_t interface, struct aw_diag *diag)
{
    struct port *port = ctx;
    struct call call = call_of(port->twin, AW_USB_TWIN_CLAIM, port->number, 0);

    aw_wr_le32(&call.body, port->arrival);
    aw_wr_u8(&call.body, interface);
    return run(port->twin, &call, diag);
}

static aw_err device_control(void *ctx, const struct aw_usb_setup *setup,
                             uint8_t *data, size_t *done, uint32_t timeout_ms,
                             struct aw_diag *diag)
{
    struct port *port = ctx;
    struct call call =
        call_of(port->twin, AW_USB_TWIN_CONTROL, port->number, timeout_ms);
    uint8_t packet[AW_USB_SETUP];
    bool in = (setup->request_type & AW_USB_IN) != 0;

    aw_usb_setup_write(setup, packet);
    aw_wr_le32(&call.body, port->arrival);
    aw_wr_put(&call.body, (aw_bytes){packet, sizeof(packet)});
    if (!in) {
        aw_wr_put(&call.body, (aw_bytes){data, setup->length});
    }
    aw_err err = run(port->twin, &call, diag);

    if (err == AW_OK &&
        (call.done > setup->length || (in && call.answer.n != call.done))) {
        err = aw_fail(diag, AW_ERR_IO, "twin: control transfer", call.done);
    }
    if (err != AW_OK) {
        return err;
    }
    if (in && call.done > 0) {
        memcpy(data, call.answer.p, call.done);
    }
    if (done != NULL) {
        *done = call.done;
    }
    return AW_OK;
}

/* At most AW_USB_TWIN_DATA bytes. */
static aw_err transfer_part(struct port *port, uint8_t endpoint, uint8_t *data,
                            size_t size, size_t *done, uint32_t timeout_ms)
{
    struct call call =
        call_of(port->twin, AW_USB_TWIN_TRANSFER, port->number, timeout_ms);
    bool in = (endpoint & AW_USB_IN) != 0;

    aw_wr_le32(&call.body, port->arrival);
    aw_wr_u8(&call.body, endpoint);
    aw_wr_le32(&call.body, (uint32_t)size);
    if (!in) {
        aw_wr_put(&call.body, (aw_bytes){data, size});
    }
    aw_err err = run(port->twin, &call, NULL);

    if (call.done > size || (in && call.answer.n != call.done)) {
        return AW_ERR_IO;
    }
    if (in && call.done > 0) {
        memcpy(data, call.answer.p, call.done);
    }
    *done = call.done;
    return err;
}

static aw_err device_transfer(void *ctx, uint8_t endpoint, uint8_t *data,
                              size_t size, size_t *done, uint32_t timeout_ms)
{
    aw_err err = AW_OK;
    size_t left = size;
    size_t moved = 0;
    size_t part = 0;

    *done = 0;
    do {
        /* A multiple of every packet size, so that no part ends early. */
        part = left < AW_USB_TWIN_DATA ? left : (size_t)AW_USB_TWIN_DATA;
        moved = 0;
        err = transfer_part(ctx, endpoint, data + *done, part, &moved,
                            timeout_ms);
        *done += moved;
        left -= moved;
    } while (err == AW_OK && left > 0 && moved == part);
    return err;
}

static void device_close(void *ctx)
{
    struct port *port = ctx;

    port->arrival = 0; /* none has this number */
}

static aw_err twin_open(void *ctx, const struct aw_usb_id *id,
                        struct aw_usb_device *device, struct aw_diag *diag)
{
    struct aw_usb_twin *twin = ctx;
    struct aw_usb_id list[PORTS];
    uint32_t changes = 0;
    size_t n = 0;
    aw_err err = twin_list(ctx, list, PORTS, &n, &changes, diag);

    if (err != AW_OK) {
        return err;
    }
    for (size_t i = 0; i < n && i < PORTS; i++) {
        if (strcmp(list[i].path, id->path) != 0 ||
            list[i].arrival != id->arrival) {
            continue;
        }
        struct port *port = &twin->port[strcmp(id->path, "1-1") == 0 ? 0 : 1];

        port->arrival = id->arrival;
        *device = (struct aw_usb_device){
            .ctx = port,
            .claim = device_claim,
            .control = device_control,
            .transfer = device_transfer,
            .close = device_close,
        };
        return AW_OK;
    }
    return aw_fail(diag, AW_ERR_GONE, "twin: device", id->arrival);
}

struct aw_usb aw_usb_twin_seam(struct aw_usb_twin *twin)
{
    return (struct aw_usb){
        .ctx = twin,
        .list = twin_list,
        .open = twin_open,
        .wait = twin_wait,
        .now_ms = twin_now,
    };
}

static aw_err hello(struct aw_usb_twin *twin, struct aw_host_diag *host)
{
    struct call call = call_of(twin, AW_USB_TWIN_HELLO, 0, 0);
    struct aw_diag diag = {.err = AW_OK};

    put_le16(&call.body, AW_USB_TWIN_VERSION);
    aw_err err = run(twin, &call, &diag);

    if (err == AW_ERR_PRECONDITION) {
        return aw_fail(aw_host_say(host,
                                   "another program has the twin's USB, or the "
                                   "twin is of another version"),
                       err, "twin: hello", 0);
    }
    if (err != AW_OK) {
        return aw_fail(aw_host_say(host, "the twin does not answer"), err,
                       "twin: hello", 0);
    }
    return AW_OK;
}

aw_err aw_usb_twin_adopt(int fd, bool (*stopped)(void),
                         struct aw_usb_twin **twin, struct aw_host_diag *host)
{
    struct aw_usb_twin *made = aw_alloc(1, sizeof(*made));

    made->fd = fd;
    made->stopped = stopped;
    for (size_t i = 0; i < PORTS; i++) {
        made->port[i] = (struct port){.twin = made, .number = (uint16_t)i};
    }
    aw_err err = hello(made, host);

    if (err != AW_OK) {
        free(made);
        return err;
    }
    *twin = made;
    return AW_OK;
}

/* Connects by a path below /proc, so that a long path of a twin does not hit
 * the limit of socket addresses. */
static aw_err connect_in(int dir, int fd, const char *name,
                         struct aw_host_diag *host)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    (void)snprintf(address.sun_path, sizeof(address.sun_path),
                   "/proc/self/fd/%d/%s", dir, AW_USB_TWIN_SOCKET);
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0) {
        return AW_OK;
    }
    if (errno == ENOENT || errno == ECONNREFUSED) {
        return aw_fail(aw_host_say(host, "%s: no twin runs here", name),
                       AW_ERR_NOT_FOUND, "twin: connect", 0);
    }
    return aw_host_fail_errno(host, "twin: connect", errno, name);
}

aw_err aw_usb_twin_open(const char *dir, bool (*stopped)(void),
                        struct aw_usb_twin **twin, struct aw_host_diag *host)
{
    int folder = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (folder < 0) {
        return aw_host_fail_errno(host, "twin: folder", errno, dir);
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    aw_err err = fd < 0 ? aw_host_fail_errno(host, "twin: socket", errno, dir)
                        : connect_in(folder, fd, dir, host);

    (void)close(folder);
    if (err == AW_OK) {
        err = aw_usb_twin_adopt(fd, stopped, twin, host);
    }
    if (err != AW_OK && fd >= 0) {
        (void)close(fd);
    }
    return err;
}

void aw_usb_twin_close(struct aw_usb_twin *twin)
{
    (void)close(twin->fd);
    free(twin);
}
