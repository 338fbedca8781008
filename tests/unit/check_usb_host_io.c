/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "scratch.h"
#include "suites.h"
#include "support.h"
#include "usb_host_rig.h"

enum { BIG = (1 << 20) + 512 };

static struct usb_host_rig *const rig = &usb_host_rig;

START_TEST(control)
{
    static const uint8_t in[] = {1, 2, 3, 4};
    static const uint8_t want[] = {0x80, 6, 0, 1, 0, 0, 4, 0};
    const struct aw_usb_setup get = {
        .request_type = 0x80, .request = 6, .value = 0x100, .length = 4};
    const struct aw_usb_setup report = {
        .request_type = 0x21, .request = 9, .value = 0x201, .length = 3};
    uint8_t data[4] = {9, 9, 9, 9};
    size_t done = 77;

    (void)fake_libusb_plug(1, 7, true);
    usb_host_rig_open();
    fake_libusb.in = in;
    ck_assert_int_eq(
        rig->device.control(rig->device.ctx, &get, data, &done, 123, NULL),
        AW_OK);
    ck_assert_uint_eq(done, 4);
    ck_assert_mem_eq(data, in, 4);
    ck_assert_mem_eq(fake_libusb.out, want, sizeof(want));
    ck_assert_uint_eq(fake_libusb.timeout_ms, 123);
    ck_assert_uint_eq(fake_libusb.type, LIBUSB_TRANSFER_TYPE_CONTROL);
    fake_libusb.end.moved = 2; /* short */
    ck_assert_int_eq(
        rig->device.control(rig->device.ctx, &get, data, &done, 123, NULL),
        AW_OK);
    ck_assert_uint_eq(done, 2);
    fake_libusb.end.moved = 5; /* more than was asked for */
    ck_assert_int_eq(
        rig->device.control(rig->device.ctx, &get, data, &done, 123, NULL),
        AW_ERR_IO);
    ck_assert_uint_eq(done, 2);
    fake_libusb.end.moved = -1;
    ck_assert_int_eq(
        rig->device.control(rig->device.ctx, &report, data, NULL, 123, NULL),
        AW_OK);
    ck_assert_mem_eq(fake_libusb.out + 8, data, 3);
    rig->device.close(rig->device.ctx);
}
END_TEST

/* Requests of which the kernel has to know. */
START_TEST(special)
{
    const struct aw_usb_setup halt = {
        .request_type = 2, .request = AW_USB_CLEAR_FEATURE, .index = 0x81};
    const struct aw_usb_setup alt = {.request_type = 1,
                                     .request = AW_USB_SET_INTERFACE};
    const struct aw_usb_setup config = {.request = AW_USB_SET_CONFIGURATION,
                                        .value = 1};
    size_t done = 77;

    (void)fake_libusb_plug(1, 7, false);
    usb_host_rig_open();
    ck_assert_int_eq(
        rig->device.control(rig->device.ctx, &halt, NULL, &done, 5, NULL),
        AW_OK);
    ck_assert_uint_eq(done, 0);
    ck_assert_uint_eq(fake_libusb.endpoint, 0x81);
    ck_assert_int_eq(
        rig->device.control(rig->device.ctx, &alt, NULL, NULL, 5, NULL), AW_OK);
    ck_assert_int_eq(
        rig->device.control(rig->device.ctx, &config, NULL, NULL, 5, NULL),
        AW_OK);
    ck_assert_uint_eq(fake_libusb.halts, 1);
    ck_assert_uint_eq(fake_libusb.altsettings, 1);
    ck_assert_uint_eq(fake_libusb.configurations, 1);
    ck_assert_uint_eq(fake_libusb.submitted, 0);
    fake_libusb.halt_error = LIBUSB_ERROR_NOT_FOUND;
    ck_assert_int_eq(
        rig->device.control(rig->device.ctx, &halt, NULL, NULL, 5, NULL),
        AW_ERR_NOT_FOUND);
    rig->device.close(rig->device.ctx);
}
END_TEST

static uint8_t big[BIG];

START_TEST(transfers)
{
    size_t done = 0;

    (void)fake_libusb_plug(1, 7, false);
    usb_host_rig_open();
    ck_assert_int_eq(
        rig->device.transfer(rig->device.ctx, 0x01, big, BIG, &done, 9), AW_OK);
    ck_assert_uint_eq(done, BIG);
    ck_assert_uint_eq(fake_libusb.submitted, 2);
    ck_assert_uint_eq(fake_libusb.type, LIBUSB_TRANSFER_TYPE_BULK);
    ck_assert_uint_eq(fake_libusb.timeout_ms, 9);
    /* A short packet ends an IN transfer. */
    fake_libusb.end.moved = 13;
    fake_libusb.in = (const uint8_t *)"armored wit..";
    ck_assert_int_eq(
        rig->device.transfer(rig->device.ctx, 0x81, big, BIG, &done, 9), AW_OK);
    ck_assert_uint_eq(done, 13);
    ck_assert_mem_eq(big, "armored wit..", 13);
    ck_assert_uint_eq(fake_libusb.submitted, 3);
    /* An empty one is one, too. */
    fake_libusb.end.moved = 0;
    ck_assert_int_eq(
        rig->device.transfer(rig->device.ctx, 0x01, big, 0, &done, 9), AW_OK);
    ck_assert_uint_eq(fake_libusb.submitted, 4);
    ck_assert_int_eq(
        rig->device.transfer(rig->device.ctx, 0x02, big, 1, &done, 9),
        AW_ERR_NOT_FOUND);
    rig->device.close(rig->device.ctx);
}
END_TEST

/* Interrupt endpoints are driven as such; isochronous ones are none. */
START_TEST(interrupts)
{
    size_t done = 0;

    (void)fake_libusb_plug(1, 7, true);
    usb_host_rig_open();
    ck_assert_int_eq(
        rig->device.transfer(rig->device.ctx, 0x83, big, 64, &done, 9), AW_OK);
    ck_assert_uint_eq(fake_libusb.type, LIBUSB_TRANSFER_TYPE_INTERRUPT);
    ck_assert_int_eq(
        rig->device.transfer(rig->device.ctx, 0x84, big, 64, &done, 9),
        AW_ERR_NOT_FOUND);
    rig->device.close(rig->device.ctx);
    /* Not configured: no endpoints. */
    rig->list[0].arrival = 0;
    fake_libusb.device[0].config = NULL;
    usb_host_rig_open();
    ck_assert_int_eq(
        rig->device.transfer(rig->device.ctx, 0x83, big, 64, &done, 9),
        AW_ERR_NOT_FOUND);
    rig->device.close(rig->device.ctx);
}
END_TEST

START_TEST(failures)
{
    static const struct {
        struct fake_end end;
        bool gone; /* the kernel no longer has it */
        aw_err want;
        size_t done;
    } rows[] = {
        {{.status = LIBUSB_TRANSFER_TIMED_OUT, .moved = 3},
         false,
         AW_ERR_TIMEOUT,
         3},
        {{.status = LIBUSB_TRANSFER_STALL}, false, AW_ERR_STALL, 0},
        {{.status = LIBUSB_TRANSFER_NO_DEVICE}, false, AW_ERR_GONE, 0},
        {{.status = LIBUSB_TRANSFER_OVERFLOW}, false, AW_ERR_SPACE, 0},
        {{.status = LIBUSB_TRANSFER_ERROR}, false, AW_ERR_IO, 0},
        {{.status = LIBUSB_TRANSFER_ERROR}, true, AW_ERR_GONE, 0},
        {{.status = LIBUSB_TRANSFER_COMPLETED, .moved = 17},
         false,
         AW_ERR_IO,
         0},
        {{.submit = LIBUSB_ERROR_NO_DEVICE}, false, AW_ERR_GONE, 0},
        {{.submit = LIBUSB_ERROR_NO_MEM}, false, AW_ERR_RESOURCE, 0},
        {{.submit = LIBUSB_ERROR_BUSY}, false, AW_ERR_PRECONDITION, 0},
    };

    (void)fake_libusb_plug(1, 7, false);
    usb_host_rig_open();
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t done = 77;

        usb_host_rig_sys("1-1", "devnum", rows[i].gone ? "8\n" : "7\n");
        fake_libusb.end = rows[i].end;
        aw_err err =
            rig->device.transfer(rig->device.ctx, 0x81, big, 16, &done, 9);

        ck_assert_msg(err == rows[i].want && done == rows[i].done,
                      "%zu: %s, %zu bytes", i, aw_err_name(err), done);
        ck_assert_str_ne(usb_host_rig_why(AW_USB_HOST_OTHER), "");
    }
    rig->device.close(rig->device.ctx);
}
END_TEST

/* The operator has had enough; event handling is broken. Nothing is freed
 * that the kernel may still write to. */
START_TEST(cancelled)
{
    size_t done = 0;

    (void)fake_libusb_plug(1, 7, false);
    usb_host_rig_open();
    fake_libusb.end.hangs = true;
    fake_libusb.on_events = usb_host_rig_stop;
    ck_assert_int_eq(
        rig->device.transfer(rig->device.ctx, 0x01, big, 16, &done, 9),
        AW_ERR_CANCELLED);
    ck_assert_uint_ge(fake_libusb.cancelled, 1);
    rig->device.close(rig->device.ctx);
}
END_TEST

/* The node may be opened where the device may not. */
START_TEST(hidraw)
{
    const struct aw_usb_setup report = {
        .request_type = 0x21, .request = 9, .value = 0x201, .length = 17};
    const struct aw_usb_setup idle = {.request_type = 0x21, .request = 0x0a};
    const struct aw_usb_setup get = {.request_type = 0x80, .request = 6};
    uint8_t data[65] = {1, 2, 3};
    size_t done = 0;

    fake_libusb_plug(1, 7, true)->open_error = LIBUSB_ERROR_ACCESS;
    usb_host_rig_sys("1-1:1.0/0003:1209:2702.0001/hidraw/hidraw5", "dev",
                     "1:2\n");
    usb_host_rig_look();
    ck_assert_int_eq(
        rig->usb.open(rig->usb.ctx, &rig->list[0], &rig->device, NULL),
        AW_ERR_PRECONDITION);
    fake_libusb.node = scratch_path("dev/hidraw5");
    usb_host_rig_open();
    ck_assert_uint_eq(fake_libusb.hid_open, 1);
    ck_assert_int_eq(rig->device.claim(rig->device.ctx, 0, NULL), AW_OK);
    ck_assert_int_eq(rig->device.claim(rig->device.ctx, 1, NULL),
                     AW_ERR_NOT_FOUND);
    ck_assert_int_eq(
        rig->device.control(rig->device.ctx, &report, data, &done, 5, NULL),
        AW_OK);
    ck_assert_uint_eq(fake_libusb.out_n, 17);
    ck_assert_mem_eq(fake_libusb.out, data, 17);
    ck_assert_int_eq(
        rig->device.control(rig->device.ctx, &idle, NULL, &done, 5, NULL),
        AW_OK);
    ck_assert_int_eq(
        rig->device.control(rig->device.ctx, &get, data, &done, 5, NULL),
        AW_ERR_UNSUPPORTED);
    /* Reports without a number: 0 stands in its place. */
    ck_assert_int_eq(
        rig->device.transfer(rig->device.ctx, 3, data, 64, &done, 5), AW_OK);
    ck_assert_uint_eq(fake_libusb.out_n, 65);
    ck_assert_uint_eq(fake_libusb.out[0], 0);
    ck_assert_mem_eq(fake_libusb.out + 1, data, 64);
    fake_libusb.in = (const uint8_t *)"12345";
    fake_libusb.in_n = 5;
    ck_assert_int_eq(
        rig->device.transfer(rig->device.ctx, 0x83, data, 64, &done, 5), AW_OK);
    ck_assert_uint_eq(done, 5);
    ck_assert_mem_eq(data, "12345", 5);
    fake_libusb.in_n = 0;
    fake_libusb.timeout_ms = 0;
    ck_assert_int_eq(
        rig->device.transfer(rig->device.ctx, 0x83, data, 64, &done, 450),
        AW_ERR_TIMEOUT);
    ck_assert_uint_eq(fake_libusb.timeout_ms, 450);
    ck_assert_int_eq(
        rig->device.transfer(rig->device.ctx, 0x85, data, 64, &done, 5),
        AW_ERR_NOT_FOUND);
    fake_libusb.hid_result = -1;
    ck_assert_int_eq(
        rig->device.transfer(rig->device.ctx, 0x83, data, 64, &done, 5),
        AW_ERR_IO);
    usb_host_rig_sys("1-1", "devnum", "8\n");
    ck_assert_int_eq(
        rig->device.control(rig->device.ctx, &report, data, &done, 5, NULL),
        AW_ERR_GONE);
    rig->stop = true;
    fake_libusb.hid_result = 0;
    ck_assert_int_eq(
        rig->device.transfer(rig->device.ctx, 0x83, data, 64, &done, 5),
        AW_ERR_CANCELLED);
    rig->device.close(rig->device.ctx);
}
END_TEST

Suite *suite_usb_host_io(void)
{
    Suite *s = suite_create("usb_host_io");
    TCase *tc = tcase_create("device");

    tcase_add_checked_fixture(tc, usb_host_rig_setup, usb_host_rig_teardown);
    tcase_add_test(tc, control);
    tcase_add_test(tc, special);
    tcase_add_test(tc, transfers);
    tcase_add_test(tc, interrupts);
    tcase_add_test(tc, failures);
    tcase_add_test(tc, cancelled);
    tcase_add_test(tc, hidraw);
    suite_add_tcase(s, tc);
    return s;
}
