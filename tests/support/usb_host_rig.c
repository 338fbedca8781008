/* SPDX-License-Identifier: Apache-2.0 */
#include "usb_host_rig.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "scratch.h"
#include "support.h"

struct usb_host_rig usb_host_rig;

static bool stopped(void)
{
    return usb_host_rig.stop;
}

void usb_host_rig_sys(const char *device, const char *file, const char *text)
{
    char path[256];

    (void)snprintf(path, sizeof(path), "sys/bus/usb/devices/%s/%s", device,
                   file);
    (void)scratch_file(path, aw_text(text));
}

static void sys_device(const char *device, const char *address,
                       const char *serial)
{
    usb_host_rig_sys(device, "busnum", "1\n");
    usb_host_rig_sys(device, "devnum", address);
    usb_host_rig_sys(device, "manufacturer", "WithSecure Foundry\n");
    usb_host_rig_sys(device, "product", "Armory Witness\n");
    usb_host_rig_sys(device, "serial", serial);
}

void usb_host_rig_look(void)
{
    ck_assert_int_eq(
        usb_host_rig.usb.list(usb_host_rig.usb.ctx, usb_host_rig.list,
                              COUNT(usb_host_rig.list), &usb_host_rig.n,
                              &usb_host_rig.changes, NULL),
        AW_OK);
}

void usb_host_rig_setup(void)
{
    const struct aw_usb_host_how how = {scratch_dir(), stopped};

    fake_libusb_reset();
    memset(&usb_host_rig, 0, sizeof(usb_host_rig));
    sys_device("1-1", "7\n", "7A\n");
    ck_assert_int_eq(aw_usb_host_open(&how, &usb_host_rig.host, NULL), AW_OK);
    usb_host_rig.usb = aw_usb_host_seam(usb_host_rig.host);
}

void usb_host_rig_teardown(void)
{
    aw_usb_host_close(usb_host_rig.host);
    ck_assert_int_eq(fake_libusb_refs(), 0);
    ck_assert_uint_eq(fake_libusb.opened, 0);
    ck_assert_uint_eq(fake_libusb.hid_open, 0);
}

void usb_host_rig_open(void)
{
    usb_host_rig_look();
    ck_assert_int_eq(usb_host_rig.usb.open(usb_host_rig.usb.ctx,
                                           &usb_host_rig.list[0],
                                           &usb_host_rig.device, NULL),
                     AW_OK);
}

const char *usb_host_rig_why(enum aw_usb_host_fault want)
{
    enum aw_usb_host_fault fault = AW_USB_HOST_OTHER;
    const char *text = aw_usb_host_why(usb_host_rig.host, &fault);

    ck_assert_int_eq(fault, want);
    return text;
}

void usb_host_rig_stop(void)
{
    usb_host_rig.stop = true;
}
