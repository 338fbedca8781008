/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "scratch.h"
#include "suites.h"
#include "support.h"
#include "usb_host_rig.h"

enum { LIMIT_MS = 20 };

static struct usb_host_rig *const rig = &usb_host_rig;

START_TEST(list)
{
    struct libusb_device *hub = fake_libusb_plug(3, 2, false);
    struct libusb_device *root = fake_libusb_plug(4, 1, false);
    struct libusb_device *deep = fake_libusb_plug(10, 9, false);

    hub->descriptor.bDeviceClass = LIBUSB_CLASS_HUB;
    root->depth = 0;
    deep->depth = 3;
    deep->port[1] = 4;
    deep->port[2] = 255;
    (void)fake_libusb_plug(1, 7, true);
    usb_host_rig_sys("1-10.4.255", "devnum", "9\n");
    usb_host_rig_look();
    ck_assert_uint_eq(rig->n, 2);
    ck_assert_str_eq(rig->list[0].path, "1-1");
    ck_assert_uint_eq(rig->list[0].vendor, 0x1209);
    ck_assert_uint_eq(rig->list[0].product, 0x2702);
    ck_assert_uint_eq(rig->list[0].release, 0x0100);
    ck_assert_uint_eq(rig->list[0].speed, AW_USB_SPEED_HIGH);
    ck_assert(rig->list[0].has_strings);
    ck_assert_str_eq(rig->list[0].maker, "WithSecure Foundry");
    ck_assert_str_eq(rig->list[0].model, "Armory Witness");
    ck_assert_str_eq(rig->list[0].serial, "7A");
    ck_assert_str_eq(rig->list[1].path, "1-10.4.255");
    ck_assert(!rig->list[1].has_strings);
    /* Nothing was opened to learn that. */
    ck_assert_uint_eq(fake_libusb.opened, 0);
    /* Depths that no bus has. */
    deep->there = false;
    usb_host_rig_look();
    deep->there = true;
    deep->depth = 8;
    usb_host_rig_look();
    ck_assert_uint_eq(rig->n, 1);
    fake_libusb.list_error = LIBUSB_ERROR_NO_MEM;
    ck_assert_int_eq(
        rig->usb.list(rig->usb.ctx, rig->list, 1, &rig->n, &rig->changes, NULL),
        AW_ERR_RESOURCE);
    ck_assert_str_ne(usb_host_rig_why(AW_USB_HOST_OTHER), "");
    ck_assert_uint_eq(rig->n, 1);
}
END_TEST

/* What the kernel's files may hold: strings of hostile devices. */
START_TEST(strings)
{
    static char long_text[AW_USB_STRING + 1];
    static const char *const others[] = {"8\n", "-7\n", "7x\n", ""};
    struct {
        const char *serial;
        const char *want;
    } rows[] = {
        {"7A\n", "7A"},  {"7A", "7A"},
        {"\n", ""},      {"7A\n\n", "7A\n"},
        {"\xff\n", ""},  {"\xc3\xa9\n", "\xc3\xa9"},
        {long_text, ""}, {long_text + 2, long_text + 2},
    };

    memset(long_text, 'x', AW_USB_STRING);
    rows[6].serial = long_text + 1;
    rows[6].want = long_text + 1; /* exactly what fits */
    (void)fake_libusb_plug(1, 7, true);
    for (size_t i = 0; i < COUNT(rows); i++) {
        usb_host_rig_sys("1-1", "serial", rows[i].serial);
        usb_host_rig_look();
        ck_assert_str_eq(rig->list[0].serial, rows[i].want);
    }
    usb_host_rig_sys("1-1", "serial", long_text);
    usb_host_rig_look();
    ck_assert_str_eq(rig->list[0].serial, "");
    /* Another arrival is there already: the kernel knows it sooner. */
    usb_host_rig_sys("1-1", "serial", "7B\n");
    for (size_t i = 0; i < COUNT(others); i++) {
        usb_host_rig_sys("1-1", "devnum", others[i]);
        usb_host_rig_look();
        ck_assert_uint_eq(rig->n, 0);
    }
    usb_host_rig_sys("1-1", "devnum", "7\n");
    usb_host_rig_sys("1-1", "busnum", "2\n");
    usb_host_rig_look();
    ck_assert(!rig->list[0].has_strings);
    ck_assert_str_eq(rig->list[0].serial, "");
}
END_TEST

START_TEST(arrivals)
{
    struct libusb_device *d = fake_libusb_plug(1, 7, true);
    struct aw_usb_device device;

    usb_host_rig_look();
    struct aw_usb_id first = rig->list[0];
    uint32_t changes = rig->changes;

    usb_host_rig_look();
    ck_assert_uint_eq(rig->changes, changes);
    ck_assert_uint_eq(rig->list[0].arrival, first.arrival);
    /* Same place, same numbers, another enumeration. */
    d->there = false;
    d = fake_libusb_plug(1, 8, true);
    usb_host_rig_sys("1-1", "devnum", "8\n");
    ck_assert_int_eq(rig->usb.open(rig->usb.ctx, &first, &device, NULL),
                     AW_ERR_GONE);
    usb_host_rig_look();
    ck_assert_uint_ne(rig->changes, changes);
    ck_assert_uint_ne(rig->list[0].arrival, first.arrival);
    ck_assert_str_eq(rig->list[0].path, first.path);
    d->there = false;
    usb_host_rig_look();
    ck_assert_uint_eq(rig->n, 0);
}
END_TEST

static unsigned rounds;

static void plug_later(void)
{
    rounds++;
    if (rounds == 3) {
        (void)fake_libusb_plug(1, 7, true);
    }
}

START_TEST(waits)
{
    usb_host_rig_look();
    rounds = 0;
    fake_libusb.on_events = plug_later;
    ck_assert_int_eq(rig->usb.wait(rig->usb.ctx, rig->changes, 10000, NULL),
                     AW_OK);
    /* By the event: not by the look of every second. */
    ck_assert_uint_eq(rounds, 3);
    usb_host_rig_look();
    ck_assert_uint_eq(rig->n, 1);
    fake_libusb.on_events = NULL;
    ck_assert_int_eq(rig->usb.wait(rig->usb.ctx, rig->changes, LIMIT_MS, NULL),
                     AW_ERR_TIMEOUT);
    /* A change that was seen before the wait. */
    ck_assert_int_eq(
        rig->usb.wait(rig->usb.ctx, rig->changes - 1, LIMIT_MS, NULL), AW_OK);
    fake_libusb.event_error = LIBUSB_ERROR_IO;
    ck_assert_int_eq(rig->usb.wait(rig->usb.ctx, rig->changes, 10000, NULL),
                     AW_ERR_IO);
    fake_libusb.event_error = LIBUSB_ERROR_INTERRUPTED;
    fake_libusb.on_events = usb_host_rig_stop;
    ck_assert_int_eq(rig->usb.wait(rig->usb.ctx, rig->changes, 10000, NULL),
                     AW_ERR_CANCELLED);
}
END_TEST

static void plug_unnoticed(void)
{
    (void)fake_libusb_plug(2, 9, true);
    fake_libusb.event = false;
}

static void pause_a_little(void)
{
    (void)usleep(20000);
}

/* Without udev a libusb that was started before hears of nothing. */
START_TEST(no_udev)
{
    (void)fake_libusb_plug(1, 7, true);
    usb_host_rig_look();
    uint32_t arrival = rig->list[0].arrival;

    usb_host_rig_sys("1-2", "busnum", "1\n");
    usb_host_rig_sys("1-2", "devnum", "9\n");
    fake_libusb.on_init = plug_unnoticed;
    fake_libusb.on_events = pause_a_little;
    ck_assert_int_eq(rig->usb.wait(rig->usb.ctx, rig->changes, 60000, NULL),
                     AW_OK);
    usb_host_rig_look();
    ck_assert_uint_eq(rig->n, 2);
    ck_assert_str_eq(rig->list[1].path, "1-2");
    /* What was there has not come anew. */
    ck_assert_uint_eq(rig->list[0].arrival, arrival);
    usb_host_rig_open();
    rig->device.close(rig->device.ctx);
}
END_TEST

START_TEST(opening)
{
    static const struct {
        int error;
        aw_err want;
        enum aw_usb_host_fault fault;
    } rows[] = {
        {LIBUSB_ERROR_ACCESS, AW_ERR_PRECONDITION, AW_USB_HOST_RIGHTS},
        {LIBUSB_ERROR_NO_DEVICE, AW_ERR_GONE, AW_USB_HOST_OTHER},
        {LIBUSB_ERROR_NO_MEM, AW_ERR_RESOURCE, AW_USB_HOST_OTHER},
        {LIBUSB_ERROR_IO, AW_ERR_IO, AW_USB_HOST_OTHER},
    };
    struct libusb_device *d = fake_libusb_plug(1, 7, true);

    usb_host_rig_look();
    for (size_t i = 0; i < COUNT(rows); i++) {
        d->open_error = rows[i].error;
        ck_assert_int_eq(
            rig->usb.open(rig->usb.ctx, &rig->list[0], &rig->device, NULL),
            rows[i].want);
        ck_assert_ptr_nonnull(
            strstr(usb_host_rig_why(rows[i].fault), "/dev/bus/usb/001/007"));
    }
    d->open_error = 0;
    usb_host_rig_open();
    ck_assert_uint_eq(fake_libusb.opened, 1);
    ck_assert_uint_eq(fake_libusb.detach, 1);
    rig->device.close(rig->device.ctx);
}
END_TEST

static void link_to(const char *target, const char *name)
{
    char path[256];

    (void)snprintf(path, sizeof(path), "%s/sys/bus/usb/devices/%s",
                   scratch_dir(), name);
    (void)unlink(path);
    ck_assert_int_eq(symlink(target, path), 0);
}

START_TEST(claims)
{
    (void)fake_libusb_plug(1, 7, false);
    usb_host_rig_sys("1-1:1.0", "bInterfaceClass", "08\n");
    link_to("../../../../bus/usb/drivers/usbfs", "1-1:1.0/driver");
    usb_host_rig_open();
    ck_assert_int_eq(rig->device.claim(rig->device.ctx, 32, NULL),
                     AW_ERR_NOT_FOUND);
    fake_libusb.claim_error = LIBUSB_ERROR_BUSY;
    ck_assert_int_eq(rig->device.claim(rig->device.ctx, 0, NULL),
                     AW_ERR_PRECONDITION);
    ck_assert_ptr_nonnull(
        strstr(usb_host_rig_why(AW_USB_HOST_BUSY), "another program"));
    link_to("../../../../bus/usb/drivers/usb-storage", "1-1:1.0/driver");
    ck_assert_int_eq(rig->device.claim(rig->device.ctx, 0, NULL),
                     AW_ERR_PRECONDITION);
    ck_assert_ptr_nonnull(strstr(usb_host_rig_why(AW_USB_HOST_BUSY),
                                 "kernel driver usb-storage"));
    fake_libusb.claim_error = LIBUSB_ERROR_NOT_FOUND;
    ck_assert_int_eq(rig->device.claim(rig->device.ctx, 3, NULL),
                     AW_ERR_NOT_FOUND);
    fake_libusb.claim_error = LIBUSB_ERROR_NO_DEVICE;
    ck_assert_int_eq(rig->device.claim(rig->device.ctx, 0, NULL), AW_ERR_GONE);
    fake_libusb.claim_error = 0;
    ck_assert_int_eq(rig->device.claim(rig->device.ctx, 0, NULL), AW_OK);
    ck_assert_int_eq(rig->device.claim(rig->device.ctx, 31, NULL), AW_OK);
    ck_assert_uint_eq(fake_libusb.claimed, 0x80000001U);
    rig->device.close(rig->device.ctx);
    ck_assert_uint_eq(fake_libusb.claimed, 0);
}
END_TEST

/* The disk of a recovery that a desktop has mounted. */
START_TEST(mounted)
{
    static const struct {
        const char *mounts;
        const char *swaps;
        aw_err want;
    } rows[] = {
        {"/dev/sda1 /media/x ext4 rw 0 0\n", "", AW_OK},
        {"proc /proc proc rw 0 0\n/dev/sdb /mnt/a vfat rw 0 0\n", "",
         AW_ERR_PRECONDITION},
        {"/dev/sdb12 /mnt/a vfat rw 0 0\n", "", AW_ERR_PRECONDITION},
        {"/dev/sdbb1 /mnt/a vfat rw 0 0\n", "", AW_OK},
        {"", "Filename Type\n/dev/sdb2 partition 1 0 -2\n",
         AW_ERR_PRECONDITION},
        {"", "", AW_OK},
    };

    (void)fake_libusb_plug(1, 7, false);
    usb_host_rig_sys("1-1:1.0/host3/target3:0:0/3:0:0:0/block/sdb", "size",
                     "1\n");
    usb_host_rig_open();
    for (size_t i = 0; i < COUNT(rows); i++) {
        (void)scratch_file("proc/self/mounts", aw_text(rows[i].mounts));
        (void)scratch_file("proc/swaps", aw_text(rows[i].swaps));
        aw_err err = rig->device.claim(rig->device.ctx, 0, NULL);

        ck_assert_msg(err == rows[i].want, "%zu: %s", i, aw_err_name(err));
        if (err != AW_OK) {
            ck_assert_ptr_nonnull(
                strstr(usb_host_rig_why(AW_USB_HOST_MOUNTED), "/dev/sdb"));
        }
    }
    rig->device.close(rig->device.ctx);
}
END_TEST

START_TEST(start)
{
    const struct aw_usb_host_how how = {NULL, NULL};
    struct aw_host_diag diag = {.text = ""};
    struct aw_usb_host *host = NULL;

    fake_libusb_reset();
    fake_libusb.init_error = LIBUSB_ERROR_OTHER;
    ck_assert_int_eq(aw_usb_host_open(&how, &host, &diag), AW_ERR_IO);
    ck_assert_str_eq(diag.text, "libusb: said by libusb");
    fake_libusb.init_error = LIBUSB_ERROR_NO_MEM;
    ck_assert_int_eq(aw_usb_host_open(&how, &host, &diag), AW_ERR_RESOURCE);
    ck_assert_ptr_null(host);
}
END_TEST

Suite *suite_usb_host(void)
{
    Suite *s = suite_create("usb_host");
    TCase *tc = tcase_create("device");
    TCase *plain = tcase_create("start");

    tcase_add_checked_fixture(tc, usb_host_rig_setup, usb_host_rig_teardown);
    tcase_add_test(tc, list);
    tcase_add_test(tc, strings);
    tcase_add_test(tc, arrivals);
    tcase_add_test(tc, waits);
    tcase_add_test(tc, no_udev);
    tcase_add_test(tc, opening);
    tcase_add_test(tc, claims);
    tcase_add_test(tc, mounted);
    tcase_add_test(plain, start);
    suite_add_tcase(s, tc);
    suite_add_tcase(s, plain);
    return s;
}
