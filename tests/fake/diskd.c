/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diskd DIR [read-only]: the firmware's mass storage behind the USB socket of
 * a twin's folder, without the rest of a twin. Serves one client after the
 * other; ends when its standard input does.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "aw/hostio/usb_twin.h"
#include "msc_rig.h"
#include "support.h"
#include "usb/wire.h"

static struct {
    struct tw_usb_wire wire;
    uint64_t until;
    const bool *done;
} d;

static const char *folder;
static bool read_only;

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

    tw_usb_wire_open(&d.wire, fd, &mr.rig.clock, &owner);
    tw_usb_wire_add(&d.wire, &mr.host);
    while (good && go_on) {
        go_on = await(fd);
        good = go_on && tw_usb_wire_read(&d.wire);
        while (good && d.done != NULL) {
            const bool *done = d.done;

            d.done = NULL;
            mr_run(NULL, d.until, done);
            good = tw_usb_wire_over(&d.wire);
        }
    }
    tw_usb_wire_close(&d.wire);
    return go_on;
}

static void start(void)
{
    static uint8_t info[MSC_INFO] =
        "AWDI\2\100\1\0\x01\x23\x45\x67\x89\xab\xcd\xef"
        "0123456789abcde";

    info[64 + 179] = 0x48; /* boots from boot0 */
    mr_start(false);
    mr_set_info(info);
    for (unsigned i = 0; i < MR_UNITS; i++) {
        mr.units[i].read_only = read_only;
    }
    tw_usb_cable(&mr.port, true);
    mr.host.changed = changed;
    mr.host.ctx = &d.wire;
}

/* The rig asserts, and that works in a test only. */
START_TEST(serve_all)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool go_on = true;

    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", folder,
                   AW_USB_TWIN_SOCKET);
    start();
    ck_assert_int_eq(
        bind(listener, (const struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(listen(listener, 1), 0);
    (void)puts("ready");
    (void)fflush(stdout);
    while (go_on && await(listener)) {
        go_on = serve(accept(listener, NULL, NULL));
    }
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("diskd");
    TCase *tc = tcase_create("serve");

    if (argc < 2) {
        return 2;
    }
    folder = argv[1];
    read_only = argc > 2 && strcmp(argv[2], "read-only") == 0;
    tcase_add_test(tc, serve_all);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);

    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_SILENT);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed;
}
