/* SPDX-License-Identifier: Apache-2.0 */
#include "twin_process.h"

#include <check.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "usb/direct.h"
#include "usb/wire.h"

static struct {
    struct tw_usb_wire wire;
    struct tw_clock *clock;
    uint64_t until;
    const bool *done;
} p;

static void wait(void *ctx, struct tw_usb_wire *wire, uint64_t until,
                 const bool *done)
{
    (void)ctx;
    (void)wire;
    p.until = until;
    p.done = done;
}

static void forget(void *ctx, struct tw_usb_wire *wire)
{
    (void)ctx;
    (void)wire;
    p.done = NULL;
}

static void changed(void *ctx)
{
    tw_usb_wire_changed(ctx);
}

static void serve(int fd, const struct twin_process *what)
{
    const struct tw_wire_owner owner = {.wait = wait, .forget = forget};
    struct pollfd poller = {.fd = fd, .events = POLLIN};
    bool good = true;

    p.clock = what->clock;
    tw_usb_wire_open(&p.wire, fd, what->clock, &owner);
    tw_usb_wire_add(&p.wire, what->host);
    what->host->changed = changed;
    what->host->ctx = &p.wire;
    while (good) {
        (void)poll(&poller, 1, -1);
        good = tw_usb_wire_read(&p.wire);
        while (good && p.done != NULL) {
            const bool *done = p.done;

            tw_usb_run_clock(p.clock, p.until, done);
            p.done = NULL;
            good = tw_usb_wire_over(&p.wire);
        }
    }
    tw_usb_wire_close(&p.wire);
}

int twin_process_start(const struct twin_process *what)
{
    int pair[2];

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    pid_t pid = check_fork();

    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        (void)close(pair[0]);
        serve(pair[1], what);
        _exit(0);
    }
    (void)close(pair[1]);
    return pair[0];
}
