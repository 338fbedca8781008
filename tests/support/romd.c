/* SPDX-License-Identifier: Apache-2.0 */
/*
 * romd DIR [SRK_HASH]: a board in serial download behind the USB socket of a
 * twin's folder, without the rest of a twin. Serves one client after the
 * other; ends when its standard input does. With the SRK hash in hex the part
 * is closed. Unique id 89ABCDEF and 01234567.
 */
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "aw/text.h"
#include "rom_board.h"
#include "usb/wire.h"

static struct {
    struct rom_board board;
    struct tw_usb_wire wire;
    uint64_t until;
    const bool *done;
} d;

static void wait(void *ctx, struct tw_usb_wire *wire, uint64_t until,
                 const bool *done)
{
    (void)ctx;
    (void)wire;
    d.until = until;
    d.done = done;
}

static void forget(void *ctx, struct tw_usb_wire *wire)
{
    (void)ctx;
    (void)wire;
    d.done = NULL;
}

static void changed(void *ctx)
{
    tw_usb_wire_changed(ctx);
}

/* Waits for the client; false: it is time to end. */
static bool await(int fd)
{
    struct pollfd p[2] = {{.fd = fd, .events = POLLIN},
                          {.fd = STDIN_FILENO, .events = POLLIN}};

    return poll(p, 2, -1) > 0 && p[1].revents == 0;
}

/* One client. @return false: it is time to end */
static bool serve(int fd)
{
    const struct tw_wire_owner owner = {.wait = wait, .forget = forget};
    bool good = true;
    bool go_on = true;

    tw_usb_wire_open(&d.wire, fd, &d.board.clock, &owner);
    tw_usb_wire_add(&d.wire, &d.board.host);
    while (good && go_on) {
        go_on = await(fd);
        good = go_on && tw_usb_wire_read(&d.wire);
        while (good && d.done != NULL) {
            const bool *done = d.done;

            d.done = NULL;
            tw_usb_run_clock(&d.board.clock, d.until, done);
            good = tw_usb_wire_over(&d.wire);
        }
    }
    tw_usb_wire_close(&d.wire);
    return go_on;
}

int main(int argc, char **argv)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool go_on = true;

    if (argc < 2) {
        return 2;
    }
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", argv[1],
                   AW_USB_TWIN_SOCKET);
    rom_board_init(&d.board);
    if (argc > 2) {
        uint8_t hash[AW_SHA256_SIZE];
        struct aw_wr w = aw_wr_init(hash, sizeof(hash));

        if (aw_hex_decode(aw_text(argv[2]), &w) != AW_OK || w.n != w.cap) {
            return 2;
        }
        rom_board_close(&d.board, aw_wr_done(&w));
    }
    rom_board_boot(&d.board, 1);
    d.board.host.changed = changed;
    d.board.host.ctx = &d.wire;
    if (bind(listener, (const struct sockaddr *)&address, sizeof(address)) !=
            0 ||
        listen(listener, 1) != 0) {
        return 1;
    }
    (void)puts("ready");
    (void)fflush(stdout);
    while (go_on && await(listener)) {
        go_on = serve(accept(listener, NULL, NULL));
    }
    return 0;
}
