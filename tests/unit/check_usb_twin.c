/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hostio/usb_twin.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aw/sdp/host.h"
#include "hab.h"
#include "rom_board.h"
#include "scratch.h"
#include "suites.h"
#include "support.h"
#include "twin_process.h"
#include "usb/wire.h"
#include "usb_gadget.h"

enum { IPS = 528000000, TIMEOUT_MS = 1000, IMAGE_MAX = 65536 };

static struct {
    struct tw_clock clock;
    struct tw_usb_port port;
    struct tw_usb_host host;
    struct usb_gadget gadget;
    struct aw_usb_twin *twin;
    struct aw_usb usb;
    struct aw_usb_id list[AW_USB_DEVICES];
    struct aw_usb_id id;
    struct aw_usb_device device;
} t;

static const struct aw_usb_want want = {.vendor = 0x1209};

/* A twin with a gadget in place of a board, in another process. */
static void setup(void)
{
    const struct twin_process what = {&t.clock, &t.host};

    memset(&t, 0, sizeof(t));
    tw_clock_init(&t.clock, IPS);
    usb_gadget_init(&t.gadget, &t.port, &t.clock);
    t.gadget.packets = 5;
    t.gadget.packet[0] = 512;
    t.gadget.packet[1] = 100;
    t.gadget.packet[2] = 512;
    t.gadget.packet[3] = 512;
    t.gadget.packet[4] = 0;
    tw_usb_host_init(&t.host, &t.port, &t.clock);
    tw_usb_attach(&t.port, &t.gadget.device);
    tw_usb_cable(&t.port, true);
    ck_assert_int_eq(
        aw_usb_twin_adopt(twin_process_start(&what), NULL, &t.twin, NULL),
        AW_OK);
    t.usb = aw_usb_twin_seam(t.twin);
    ck_assert_int_eq(
        aw_usb_arrival(&t.usb, &want, TIMEOUT_MS, t.list, &t.id, NULL), AW_OK);
    ck_assert_int_eq(t.usb.open(t.usb.ctx, &t.id, &t.device, NULL), AW_OK);
}

static void teardown(void)
{
    t.device.close(t.device.ctx);
    aw_usb_twin_close(t.twin);
}

START_TEST(lists)
{
    uint32_t changes = 0;
    size_t n = 9;

    ck_assert_str_eq(t.id.path, "1-1");
    ck_assert_uint_eq(t.id.product, 0x2702);
    ck_assert_uint_eq(t.id.release, 0x0110);
    ck_assert_uint_eq(t.id.speed, AW_USB_SPEED_HIGH);
    ck_assert_uint_eq(t.id.arrival, 1);
    ck_assert(t.id.has_strings);
    ck_assert_str_eq(t.id.maker, "Maker of tests");
    ck_assert_str_eq(t.id.model, "Gadget");
    ck_assert_int_eq(t.usb.list(t.usb.ctx, NULL, 0, &n, &changes, NULL), AW_OK);
    ck_assert_uint_eq(n, 1);
    ck_assert_uint_eq(changes, 1);
    /* Nothing changes: virtual time passes, at once. */
    uint64_t now = t.usb.now_ms(t.usb.ctx);

    ck_assert_int_eq(t.usb.wait(t.usb.ctx, changes, 100000, NULL),
                     AW_ERR_TIMEOUT);
    ck_assert_uint_ge(t.usb.now_ms(t.usb.ctx), now + 100000);
    ck_assert_int_eq(t.usb.wait(t.usb.ctx, 0, 100000, NULL), AW_OK);
    t.id.arrival = 2;
    ck_assert_int_eq(t.usb.open(t.usb.ctx, &t.id, &t.device, NULL),
                     AW_ERR_GONE);
}
END_TEST

START_TEST(transfers)
{
    static uint8_t data[4096];
    size_t done = 0;
    const struct aw_usb_setup in = {0xc0, 1, 300, 0, 400};
    const struct aw_usb_setup out = {0x40, 1, 0, 0, 400};
    const struct aw_usb_setup none = {0x21, 1, 0, 0, 0};

    ck_assert_int_eq(t.device.claim(t.device.ctx, 0, NULL), AW_OK);
    ck_assert_int_eq(t.device.claim(t.device.ctx, 1, NULL), AW_ERR_NOT_FOUND);
    ck_assert_int_eq(
        t.device.control(t.device.ctx, &in, data, &done, TIMEOUT_MS, NULL),
        AW_OK);
    ck_assert_uint_eq(done, 300);
    ck_assert_uint_eq(data[299], 299 - 256);
    ck_assert_int_eq(
        t.device.control(t.device.ctx, &out, data, &done, TIMEOUT_MS, NULL),
        AW_OK);
    ck_assert_uint_eq(done, 400);
    ck_assert_int_eq(
        t.device.control(t.device.ctx, &none, data, &done, TIMEOUT_MS, NULL),
        AW_ERR_STALL);
    ck_assert_int_eq(
        t.device.transfer(t.device.ctx, 1, data, 1000, &done, TIMEOUT_MS),
        AW_OK);
    ck_assert_uint_eq(done, 1000);
    ck_assert_int_eq(
        t.device.transfer(t.device.ctx, 0x81, data, 4096, &done, TIMEOUT_MS),
        AW_OK);
    ck_assert_uint_eq(done, 612);
    ck_assert_uint_eq(data[611], 611 & 0xff);
    /* What came before the time was up is not lost. */
    ck_assert_int_eq(
        t.device.transfer(t.device.ctx, 0x81, data, 4096, &done, 5), AW_OK);
    ck_assert_uint_eq(done, 1024);
    ck_assert_int_eq(t.device.transfer(t.device.ctx, 0x82, data, 64, &done, 5),
                     AW_ERR_TIMEOUT);
    ck_assert_int_eq(t.device.transfer(t.device.ctx, 0x83, data, 64, &done, 5),
                     AW_ERR_NOT_FOUND);
    ck_assert_int_eq(t.device.transfer(t.device.ctx, 0x80, data, 64, &done, 5),
                     AW_ERR_NOT_FOUND);
}
END_TEST

/* More than one message carries; the gadget takes 64 KiB, then no more. */
START_TEST(long_transfer)
{
    static uint8_t data[AW_USB_TWIN_DATA + 512];
    size_t done = 0;

    ck_assert_int_eq(t.device.transfer(t.device.ctx, 1, data, sizeof(data),
                                       &done, TIMEOUT_MS),
                     AW_ERR_TIMEOUT);
    ck_assert_uint_eq(done, GADGET_DATA);
}
END_TEST

START_TEST(closed_device)
{
    uint8_t data[1];
    size_t done = 0;

    t.device.close(t.device.ctx);
    ck_assert_int_eq(t.device.transfer(t.device.ctx, 1, data, 1, &done, 5),
                     AW_ERR_GONE);
}
END_TEST

/* Boot over the socket; the same each time, tick for tick. */
static uint64_t boot_once(aw_bytes image)
{
    static struct rom_board board;
    struct aw_diag diag = {.err = AW_OK};
    const struct aw_usb_want rom = {.vendor = AW_SDP_VENDOR};
    struct aw_usb_device device;
    struct aw_sdp_boot boot;
    struct aw_usb_twin *twin = NULL;
    struct aw_usb_id id;
    struct aw_sdp sdp;

    rom_board_init(&board);
    rom_board_close(&board, hab_file("srk/srk4.fuse.bin"));
    rom_board_boot(&board, 1);
    const struct twin_process what = {&board.clock, &board.host};

    ck_assert_int_eq(
        aw_usb_twin_adopt(twin_process_start(&what), NULL, &twin, NULL), AW_OK);
    struct aw_usb usb = aw_usb_twin_seam(twin);

    ck_assert_int_eq(aw_usb_arrival(&usb, &rom, 5000, t.list, &id, NULL),
                     AW_OK);
    ck_assert_int_eq(usb.open(usb.ctx, &id, &device, NULL), AW_OK);
    ck_assert_int_eq(aw_sdp_open(&sdp, &device, TIMEOUT_MS, &diag), AW_OK);
    ck_assert_int_eq(aw_sdp_boot_unverified(&sdp, image, NULL, &boot, &diag),
                     AW_OK);
    ck_assert(sdp.closed);
    ck_assert_int_eq(aw_usb_departure(&usb, &id, 5000, t.list, &diag), AW_OK);
    uint64_t now = usb.now_ms(usb.ctx);

    aw_usb_twin_close(twin);
    return now;
}

START_TEST(boots)
{
    static uint8_t image[IMAGE_MAX];
    struct aw_wr w = aw_wr_init(image, sizeof(image));

    hab_join(&w, "image/test.imx", hab_csf("sdp.cst331"), 0);
    uint64_t first = boot_once(aw_wr_done(&w));

    ck_assert_uint_gt(first, 200);
    ck_assert_uint_eq(boot_once(aw_wr_done(&w)), first);
}
END_TEST

static unsigned asked;

static bool stop_soon(void)
{
    asked++;
    return asked > 1;
}

/* A twin that does not answer, that answers nonsense, that is not there. */
START_TEST(bad_twins)
{
    static const struct {
        const char *bytes;
        size_t n;
        aw_err want;
    } rows[] = {
        {"", 0, AW_ERR_GONE},
        {"\x02\0\0\0\x01\x80\0\0", 8, AW_ERR_GONE},
        {"\0\0\0\0\x02\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20, AW_ERR_IO},
        {"\0\0\0\1\x01\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20, AW_ERR_IO},
        {"\0\0\0\0\x01\x80\x1c\0\0\0\0\0\0\0\0\0\0\0\0\0", 20,
         AW_ERR_PRECONDITION},
        {"\x02\0\0\0\x01\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0", 22, AW_OK},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct aw_usb_twin *twin = NULL;
        struct aw_host_diag host;
        int pair[2];

        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
        ck_assert_int_eq(write(pair[1], rows[i].bytes, rows[i].n),
                         (ssize_t)rows[i].n);
        ck_assert_int_eq(shutdown(pair[1], SHUT_WR), 0);
        aw_err err = aw_usb_twin_adopt(pair[0], NULL, &twin, &host);

        ck_assert_msg(err == rows[i].want, "%zu: %s", i, aw_err_name(err));
        if (err == AW_OK) {
            struct aw_usb usb = aw_usb_twin_seam(twin);
            uint32_t changes = 0;
            size_t n = 0;

            ck_assert_int_eq(usb.list(usb.ctx, NULL, 0, &n, &changes, NULL),
                             AW_ERR_GONE);
            aw_usb_twin_close(twin);
        } else {
            ck_assert_str_ne(host.text, "");
            (void)close(pair[0]);
        }
        (void)close(pair[1]);
    }
}
END_TEST

START_TEST(cancelled)
{
    struct aw_usb_twin *twin = NULL;
    int pair[2];

    asked = 0;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    ck_assert_int_eq(aw_usb_twin_adopt(pair[0], stop_soon, &twin, NULL),
                     AW_ERR_CANCELLED);
    (void)close(pair[0]);
    (void)close(pair[1]);
}
END_TEST

static int adopt_answering(const char *bytes, size_t n,
                           struct aw_usb_twin **twin)
{
    static const char hello[] =
        "\x02\0\0\0\x01\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1";
    int pair[2];

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    ck_assert_int_eq(write(pair[1], hello, sizeof(hello)), sizeof(hello));
    ck_assert_int_eq(write(pair[1], bytes, n), (ssize_t)n);
    ck_assert_int_eq(aw_usb_twin_adopt(pair[0], stop_soon, twin, NULL), AW_OK);
    return pair[1];
}

/* Who was stopped while he waited is not told that the device has gone. */
START_TEST(cancelled_before)
{
    struct aw_usb_twin *twin = NULL;

    asked = 0;
    int peer = adopt_answering("", 0, &twin);
    struct aw_usb usb = aw_usb_twin_seam(twin);
    uint32_t changes = 0;
    size_t n = 0;

    ck_assert_int_eq(usb.wait(usb.ctx, 0, 60000, NULL), AW_ERR_CANCELLED);
    ck_assert_int_eq(usb.list(usb.ctx, NULL, 0, &n, &changes, NULL),
                     AW_ERR_CANCELLED);
    aw_usb_twin_close(twin);
    (void)close(peer);
}
END_TEST

/* Errors that no twin has to report are not passed on. */
START_TEST(strange_errors)
{
    static const uint8_t strange[] = {1, 2, 6, 13, 20, 26, 27, 33, 34, 255};

    for (size_t i = 0; i < COUNT(strange); i++) {
        char reply[20] = "\0\0\0\0\x02\x80";
        struct aw_usb_twin *twin = NULL;
        uint32_t changes = 0;
        size_t n = 0;

        reply[6] = (char)strange[i];
        int peer = adopt_answering(reply, sizeof(reply), &twin);
        struct aw_usb usb = aw_usb_twin_seam(twin);

        ck_assert_int_eq(usb.list(usb.ctx, NULL, 0, &n, &changes, NULL),
                         AW_ERR_IO);
        aw_usb_twin_close(twin);
        (void)close(peer);
    }
}
END_TEST

static int listen_in(const char *dir)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/usb", dir);
    ck_assert_int_eq(
        bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(listen(fd, 1), 0);
    return fd;
}

START_TEST(by_folder)
{
    struct aw_usb_twin *twin = NULL;
    struct aw_host_diag host;
    const char *dir = scratch_dir();

    ck_assert_int_eq(aw_usb_twin_open("/nonexistent", NULL, &twin, &host),
                     AW_ERR_NOT_FOUND);
    ck_assert_int_eq(aw_usb_twin_open(dir, NULL, &twin, &host),
                     AW_ERR_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(host.text, "no twin runs"));
    int fd = listen_in(dir);
    pid_t pid = check_fork();

    if (pid == 0) {
        tw_usb_wire_refuse(accept(fd, NULL, NULL));
        _exit(0);
    }
    ck_assert_int_eq(aw_usb_twin_open(dir, NULL, &twin, &host),
                     AW_ERR_PRECONDITION);
    (void)close(fd);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    /* A socket whose process is gone. */
    ck_assert_int_eq(aw_usb_twin_open(dir, NULL, &twin, &host),
                     AW_ERR_NOT_FOUND);
}
END_TEST

/* Messages that the twin's end takes for the end of the connection. */
static const char *const nonsense[] = {
    "00000000"
    "0200"
    "0000"
    "00000000", /* no HELLO */
    "02000000"
    "0100"
    "0000"
    "00000000"
    "0200", /* version 2 */
    "01000000"
    "0100"
    "0000"
    "00000000"
    "01", /* cut */
    "ffffffff"
    "0100"
    "0000"
    "00000000", /* too long */
    "H"
    "00000000"
    "0900"
    "0000"
    "00000000", /* type */
    "H"
    "04000000"
    "0300"
    "0000"
    "00000000"
    "01000000", /* no interface */
    /* Data do not fit the setup packet. */
    "H"
    "0d000000"
    "0400"
    "0000"
    "01000000"
    "01000000"
    "4001000000000000"
    "aa",
    "H"
    "0c000000"
    "0400"
    "0000"
    "01000000"
    "01000000"
    "4001000000000100",
    "H"
    "0b000000"
    "0400"
    "0000"
    "01000000"
    "01000000"
    "40010000000001",
    /* Nor the size of the transfer. */
    "H"
    "09000000"
    "0500"
    "0000"
    "01000000"
    "01000000"
    "01"
    "01000000",
    "H"
    "0a000000"
    "0500"
    "0000"
    "01000000"
    "01000000"
    "81"
    "01000000"
    "aa",
    "H"
    "09000000"
    "0500"
    "0000"
    "01000000"
    "01000000"
    "81"
    "01001000",
    "H"
    "02000000"
    "0600"
    "0000"
    "01000000"
    "0100",
    /* A second request while the first one waits. */
    "H"
    "04000000"
    "0600"
    "0000"
    "01000000"
    "00000000"
    "00000000"
    "0200"
    "0000"
    "00000000",
};

static void no_wait(void *ctx, struct tw_usb_wire *wire, uint64_t until,
                    const bool *done)
{
    (void)ctx;
    (void)wire;
    (void)until;
    (void)done;
}

static void no_forget(void *ctx, struct tw_usb_wire *wire)
{
    unsigned *forgotten = ctx;

    (void)wire;
    (*forgotten)++;
}

START_TEST(hostile_client)
{
    static struct tw_usb_wire wire;
    unsigned forgotten = 0;
    const struct tw_wire_owner owner = {
        .ctx = &forgotten, .wait = no_wait, .forget = no_forget};
    const char *text = nonsense[_i];

    tw_usb_wire_open(&wire, -1, &t.clock, &owner);
    tw_usb_wire_add(&wire, &t.host);
    if (text[0] == 'H') {
        text++;
        ck_assert(tw_usb_wire_take(
            &wire, vec_unhex(aw_text("0200000001000000000000000100"))));
    }
    ck_assert(!tw_usb_wire_take(&wire, vec_unhex(aw_text(text))));
    tw_usb_wire_close(&wire);
    ck_assert_uint_le(forgotten, 1);
}
END_TEST

Suite *suite_usb_twin(void)
{
    Suite *s = suite_create("usb_twin");
    TCase *tc = tcase_create("gadget");
    TCase *alone = tcase_create("alone");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, lists);
    tcase_add_test(tc, transfers);
    tcase_add_test(tc, long_transfer);
    tcase_add_test(tc, closed_device);
    tcase_add_loop_test(tc, hostile_client, 0, (int)COUNT(nonsense));
    suite_add_tcase(s, tc);
    tcase_add_test(alone, boots);
    tcase_add_test(alone, bad_twins);
    tcase_add_test(alone, cancelled);
    tcase_add_test(alone, cancelled_before);
    tcase_add_test(alone, strange_errors);
    tcase_add_test(alone, by_folder);
    suite_add_tcase(s, alone);
    return s;
}
