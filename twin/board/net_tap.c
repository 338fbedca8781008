/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "aw/hostio/alloc.h"
#include "board/net.h"

enum { FRAMES_AT_ONCE = 32, HEADER = 14 };

struct tap {
    int fd;
    struct tw_loop *loop;
    struct tw_net_sink sink;
};

/* A device that is down or full loses frames, as a cable may. */
static void send_frame(void *state, aw_bytes frame)
{
    const struct tap *t = state;

    (void)!write(t->fd, frame.p, frame.n);
}

static void on_ready(void *ctx, short revents)
{
    const struct tap *t = ctx;
    uint8_t bytes[TW_FRAME_MAX];

    (void)revents;
    for (unsigned i = 0; i < FRAMES_AT_ONCE; i++) {
        ssize_t n = read(t->fd, bytes, sizeof(bytes));

        if (n < HEADER) {
            return;
        }
        t->sink.frame(t->sink.ctx, (aw_bytes){bytes, (size_t)n});
    }
}

static void close_tap(void *state)
{
    struct tap *t = state;

    tw_loop_remove(t->loop, t->fd);
    (void)close(t->fd);
    free(t);
}

aw_err tw_net_tap(struct tw_net_backend *backend, struct tw_loop *loop,
                  const struct tw_net_sink *sink, const char *name,
                  struct aw_host_diag *host)
{
    struct ifreq request;
    size_t n = strlen(name);

    if (n == 0 || n >= sizeof(request.ifr_name)) {
        return aw_fail(aw_host_say(host, "%s: no name of a device", name),
                       AW_ERR_SPACE, "twin: tap", 0);
    }
    memset(&request, 0, sizeof(request));
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    memcpy(request.ifr_name, name, n);
    int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0 || ioctl(fd, TUNSETIFF, &request) != 0) {
        int error = errno;

        if (fd >= 0) {
            (void)close(fd);
        }
        return aw_host_fail_errno(host, "twin: tap", error, name);
    }
    struct tap *t = aw_alloc(1, sizeof(*t));

    *t = (struct tap){.fd = fd, .loop = loop, .sink = *sink};
    (void)tw_loop_add(loop, fd, POLLIN,
                      &(struct tw_loop_source){.ready = on_ready, .ctx = t});
    *backend = (struct tw_net_backend){
        .state = t, .send = send_frame, .close = close_tap};
    return AW_OK;
}
