/* SPDX-License-Identifier: Apache-2.0 */
#include "wire_server.h"

#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "aw/hostio/usb_twin.h"

/* A connection and what its client waits for. */
struct session {
    struct tw_usb_wire wire;
    uint64_t until;
    const bool *done; /* NULL: nothing */
};

static void wait(void *ctx, struct tw_usb_wire *wire, uint64_t until,
                 const bool *done)
{
    struct session *s = ctx;

    (void)wire;
    s->until = until;
    s->done = done;
}

static void forget(void *ctx, struct tw_usb_wire *wire)
{
    struct session *s = ctx;

    (void)wire;
    s->done = NULL;
}

static void changed(void *ctx)
{
    struct session *s = ctx;

    tw_usb_wire_changed(&s->wire);
}

/* Waits for the client; false: it is time to end. */
static bool await(int fd)
{
    struct pollfd p[2] = {{.fd = fd, .events = POLLIN},
                          {.fd = STDIN_FILENO, .events = POLLIN}};

    return poll(p, 2, -1) > 0 && p[1].revents == 0;
}

/* One client. @return false: it is time to end */
static bool serve(struct session *s, const struct wire_server *device, int fd)
{
    const struct tw_wire_owner owner = {
        .ctx = s, .wait = wait, .forget = forget};
    bool good = true;
    bool go_on = true;

    tw_usb_wire_open(&s->wire, fd, device->clock, &owner);
    tw_usb_wire_add(&s->wire, device->host);
    while (good && go_on) {
        go_on = await(fd);
        good = go_on && tw_usb_wire_read(&s->wire);
        while (good && s->done != NULL) {
            const bool *done = s->done;

            s->done = NULL;
            device->run(device->ctx, s->until, done);
            good = tw_usb_wire_over(&s->wire);
        }
    }
    tw_usb_wire_close(&s->wire);
    return go_on;
}

bool wire_serve(const char *folder, const struct wire_server *device)
{
    static struct session s;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool go_on = true;

    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", folder,
                   AW_USB_TWIN_SOCKET);
    device->host->changed = changed;
    device->host->ctx = &s;
    if (bind(listener, (const struct sockaddr *)&address, sizeof(address)) !=
            0 ||
        listen(listener, 1) != 0) {
        return false;
    }
    (void)puts("ready");
    (void)fflush(stdout);
    while (go_on && await(listener)) {
        go_on = serve(&s, device, accept(listener, NULL, NULL));
    }
    return true;
}
