/* SPDX-License-Identifier: Apache-2.0 */
/* USB/IP through this machine's kernel: the device is taken on the socket in
 * the twin's folder, and the connection handed to vhci_hcd.
 * Source: Linux, drivers/usb/usbip/vhci_sysfs.c. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "aw/bytes.h"
#include "aw/text.h"
#include "aw/twin/attach.h"
#include "aw/twin/twin.h"
#include "board/folder.h"
#include "usb/usbip.h"

enum {
    OP_HEADER = 8,
    OP_REQ_IMPORT = 0x8003,
    OP_REP_IMPORT = 0x0003,
    BUSID = 32,
    BUSNUM_AT = 288, /* in a record; device and speed follow */
    BUSY = 2,
    NO_DEVICE = 4,
    ANSWER_S = 10,
    LOOK_MS = 100,
    FREE_PORT = 4, /* VDEV_ST_NULL */
    PATH_SIZE = 4096,
    STATUS_SIZE = 8192
};

/* A device that was taken. */
struct taken {
    int fd;
    uint32_t device; /* bus number << 16 | device number */
    uint32_t speed;
    unsigned port; /* of the host controller */
};

struct kernel {
    const struct aw_twin_attach *how;
    const char *vhci;
    unsigned plug;
    int control; /* tells by its end that the twin ended */
};

static aw_err refuse(struct aw_host_diag *host, const char *subject,
                     const char *why)
{
    return aw_fail(aw_host_say(host, "%s: %s", subject, why),
                   AW_ERR_PRECONDITION, "usbip: host controller", 0);
}

static bool path_of(const struct kernel *k, const char *name,
                    char path[PATH_SIZE])
{
    int n = snprintf(path, PATH_SIZE, "%s/%s", k->vhci, name);

    return n > 0 && n < PATH_SIZE;
}

static aw_err open_file(const struct kernel *k, const char *name, int flags,
                        int *fd, struct aw_host_diag *host)
{
    char path[PATH_SIZE];

    if (!path_of(k, name, path)) {
        return refuse(host, k->vhci, "the path is too long");
    }
    *fd = open(path, flags | O_CLOEXEC);
    if (*fd >= 0) {
        return AW_OK;
    }
    switch (errno) {
    case ENOENT:
    case ENOTDIR:
        return refuse(host, path,
                      "there is no virtual USB host controller; load the "
                      "kernel's module vhci_hcd");
    case EACCES:
    case EPERM:
        return refuse(host, path, "only root may plug into the kernel");
    default:
        return aw_host_fail_errno(host, "usbip: host controller", errno, path);
    }
}

static aw_err write_file(const struct kernel *k, const char *name,
                         const char *text, struct aw_host_diag *host)
{
    int fd = -1;
    aw_err err = open_file(k, name, O_WRONLY, &fd, host);

    if (err != AW_OK) {
        return err;
    }
    if (write(fd, text, strlen(text)) != (ssize_t)strlen(text)) {
        err = aw_host_fail_errno(host, "usbip: host controller", errno, name);
    }
    (void)close(fd);
    return err;
}

/* Number at the head of what is left, behind blanks. */
static bool take_number(struct aw_rd *r, uint64_t *n)
{
    aw_bytes word = {NULL, 0};

    while (word.n == 0 && aw_rd_left(r) > 0) {
        word = aw_rd_until(r, ' ');
    }
    return aw_dec_parse_lax(word, n) == AW_OK;
}

/* "hs  0000 004 000 ...": a free port of the half for high speed. */
static bool is_free(aw_bytes line, uint64_t *port)
{
    struct aw_rd r = aw_rd_init(line);
    uint64_t state = 0;

    return aw_bytes_is(aw_rd_until(&r, ' '), "hs") && take_number(&r, port) &&
           take_number(&r, &state) && state == FREE_PORT;
}

static aw_err find_port(const struct kernel *k, unsigned *port,
                        struct aw_host_diag *host)
{
    uint8_t text[STATUS_SIZE];
    int fd = -1;
    uint64_t n = 0;
    aw_err err = open_file(k, "status", O_RDONLY, &fd, host);

    if (err != AW_OK) {
        return err;
    }
    ssize_t got = read(fd, text, sizeof(text));

    (void)close(fd);
    struct aw_rd r = aw_rd_init((aw_bytes){text, got < 0 ? 0 : (size_t)got});

    while (aw_rd_left(&r) > 0) {
        if (is_free(aw_rd_line(&r), &n) && n <= UINT16_MAX) {
            *port = (unsigned)n;
            return AW_OK;
        }
    }
    return refuse(host, k->vhci, "no free port");
}

static bool receive(int fd, uint8_t *to, size_t n)
{
    return recv(fd, to, n, MSG_WAITALL) == (ssize_t)n;
}

/* Asks for the device. @return its status; 0: the record follows */
static aw_err ask(const struct kernel *k, int fd, uint32_t *status,
                  struct aw_host_diag *host)
{
    uint8_t request[OP_HEADER + BUSID];
    uint8_t reply[OP_HEADER];
    struct aw_wr w = aw_wr_init(request, sizeof(request));
    char busid[BUSID] = "";

    (void)snprintf(busid, sizeof(busid), "1-%u", k->plug);
    aw_wr_be16(&w, TW_USBIP_VERSION);
    aw_wr_be16(&w, OP_REQ_IMPORT);
    aw_wr_be32(&w, 0);
    aw_wr_put(&w, (aw_bytes){(const uint8_t *)busid, sizeof(busid)});
    bool good = send(fd, request, w.n, MSG_NOSIGNAL) == (ssize_t)w.n &&
                receive(fd, reply, sizeof(reply));
    struct aw_rd r = aw_rd_init((aw_bytes){reply, sizeof(reply)});

    if (!good || aw_rd_be16(&r) != TW_USBIP_VERSION ||
        aw_rd_be16(&r) != OP_REP_IMPORT) {
        return aw_fail(
            aw_host_say(host, "%s: the twin does not answer", k->how->path),
            AW_ERR_IO, "usbip: import", 0);
    }
    *status = aw_rd_be32(&r);
    return AW_OK;
}

static aw_err take(const struct kernel *k, struct taken *taken,
                   struct aw_host_diag *host)
{
    const struct timeval limit = {.tv_sec = ANSWER_S};
    uint8_t record[TW_USBIP_RECORD];
    uint32_t status = 0;
    aw_err err = tw_connect(k->how->path, TW_FILE_USBIP, &taken->fd, host);

    if (err != AW_OK) {
        return err;
    }
    (void)setsockopt(taken->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    err = ask(k, taken->fd, &status, host);
    if (err == AW_OK && status == NO_DEVICE) {
        err = aw_fail(aw_host_say(host, "nothing is in the plug"),
                      AW_ERR_NOT_FOUND, "usbip: import", k->plug);
    } else if (err == AW_OK && status != 0) {
        err = refuse(host, k->how->path, "somebody else has the plug");
    } else if (err == AW_OK && !receive(taken->fd, record, sizeof(record))) {
        err = aw_host_fail_errno(host, "usbip: import", errno, k->how->path);
    }
    if (err != AW_OK) {
        (void)close(taken->fd);
        return err;
    }
    struct aw_rd r = aw_rd_at((aw_bytes){record, sizeof(record)}, BUSNUM_AT);

    taken->device = aw_rd_be32(&r) << 16;
    taken->device |= aw_rd_be32(&r);
    taken->speed = aw_rd_be32(&r);
    return AW_OK;
}

static aw_err plug_in(const struct kernel *k, struct taken *taken,
                      struct aw_host_diag *host)
{
    const struct timeval never = {.tv_sec = 0};
    char text[64];
    aw_err err = find_port(k, &taken->port, host);

    if (err == AW_OK) {
        (void)setsockopt(taken->fd, SOL_SOCKET, SO_RCVTIMEO, &never,
                         sizeof(never));
        (void)snprintf(text, sizeof(text), "%u %d %u %u", taken->port,
                       taken->fd, (unsigned)taken->device,
                       (unsigned)taken->speed);
        err = write_file(k, "attach", text, host);
    }
    return err;
}

/* Waits. @return true when the connection `fd` (-1: none) or the twin ended */
static bool ends(const struct kernel *k, int fd, bool *twin)
{
    struct pollfd what[2] = {{.fd = k->control}, {.fd = fd}};

    (void)poll(what, 2, LOOK_MS);
    *twin = what[0].revents != 0;
    return *twin || what[1].revents != 0;
}

/* One device, from its arrival to its end. @return AW_OK: look for the next */
static aw_err serve(const struct kernel *k, struct taken *taken, bool *twin,
                    struct aw_host_diag *host)
{
    char text[16];
    aw_err err = plug_in(k, taken, host);

    if (err == AW_OK) {
        bool over = false;

        k->how->tell(k->how->ctx, AW_TWIN_CAME, taken->port);
        while (!over && !k->how->stopped()) {
            over = ends(k, taken->fd, twin);
        }
        if (!over) {
            (void)snprintf(text, sizeof(text), "%u", taken->port);
            err = write_file(k, "detach", text, host);
        }
        k->how->tell(k->how->ctx, AW_TWIN_WENT, taken->port);
    }
    (void)close(taken->fd);
    return err;
}

aw_err aw_twin_attach_kernel(const struct aw_twin_attach *how, const char *vhci,
                             unsigned plug, struct aw_host_diag *host)
{
    struct aw_twin_link control;
    aw_err err = aw_twin_connect(how->path, &control, host);
    bool twin = false;
    bool first = true;
    unsigned port = 0;

    if (err != AW_OK) {
        return err;
    }
    const struct kernel k = {
        .how = how, .vhci = vhci, .plug = plug, .control = control.fd};

    err = find_port(&k, &port, host);
    while (err == AW_OK && !twin && !how->stopped()) {
        struct taken taken;

        err = take(&k, &taken, host);
        if (err == AW_OK) {
            err = serve(&k, &taken, &twin, host);
        } else if (err == AW_ERR_NOT_FOUND ||
                   (err == AW_ERR_PRECONDITION && !first)) {
            /* Nothing there yet, or somebody was faster: later. */
            (void)ends(&k, -1, &twin);
            err = AW_OK;
        }
        first = false;
    }
    aw_twin_disconnect(&control);
    return err;
}
