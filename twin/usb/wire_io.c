/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "usb/wire_priv.h"

enum { SEND_S = 5 };

void tw_wire_limit(int fd)
{
    const struct timeval limit = {.tv_sec = SEND_S};

    if (fd >= 0) {
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    }
}

void tw_wire_hang_up(struct tw_usb_wire *wire)
{
    if (wire->fd >= 0) {
        (void)close(wire->fd);
        wire->fd = -1;
    }
}

static bool send_all(int fd, const uint8_t *p, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);

        if (sent <= 0 && errno != EINTR) {
            return false;
        }
        if (sent > 0) {
            p += sent;
            n -= (size_t)sent;
        }
    }
    return true;
}

bool tw_wire_send(struct tw_usb_wire *wire, size_t n)
{
    return wire->fd < 0 || send_all(wire->fd, wire->out, n);
}

bool tw_usb_wire_read(struct tw_usb_wire *wire)
{
    for (;;) {
        uint8_t one = 0;
        ssize_t got = wire->pending ? recv(wire->fd, &one, 1, MSG_DONTWAIT)
                                    : recv(wire->fd, wire->in + wire->n,
                                           tw_wire_room(wire), MSG_DONTWAIT);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return errno == EAGAIN;
        }
        if (got == 0 || wire->pending) {
            return false;
        }
        wire->n += (size_t)got;
        if (!tw_wire_try(wire)) {
            return false;
        }
    }
}

void tw_usb_wire_refuse(int fd)
{
    uint8_t bytes[AW_USB_TWIN_REPLY];
    struct aw_wr w = aw_wr_init(bytes, sizeof(bytes));

    aw_wr_le32(&w, 0);
    aw_wr_u8(&w, AW_USB_TWIN_HELLO);
    aw_wr_u8(&w, AW_USB_TWIN_ANSWER >> 8);
    aw_wr_le32(&w, AW_ERR_PRECONDITION); /* and half of the time */
    aw_wr_zeros(&w, sizeof(bytes) - w.n);
    (void)send(fd, bytes, w.n, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)close(fd);
}
