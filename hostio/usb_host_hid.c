/* SPDX-License-Identifier: Apache-2.0 */
#include <hidapi.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aw/hostio/alloc.h"
#include "aw/hostio/usb_sys.h"
#include "usb_host.h"

/* A hidraw node as a device: reports, and nothing else. */
enum {
    INTERFACES = 4, /* looked at */
    REPORT_MAX = 4096,
    CLASS_OUT = 0x21 /* class request to an interface */
};

/* hidapi does not say why; the kernel shows whether it was unplugged. */
static aw_err hid_failed(struct usb_host_device *d, const char *what)
{
    aw_err err = usb_host_present(d) ? AW_ERR_IO : AW_ERR_GONE;

    (void)usb_host_say(d->host, AW_USB_HOST_OTHER, "%s: hidraw: %s: %s",
                       d->path, what, aw_err_text(err));
    return err;
}

static aw_err hid_claim(void *ctx, uint8_t interface, struct aw_diag *diag)
{
    struct usb_host_device *d = ctx;

    /* The node belongs to one interface, which opening it has chosen. */
    if (interface >= INTERFACES || (d->claimed & (1U << interface)) == 0) {
        return aw_fail(diag, AW_ERR_NOT_FOUND, "hidraw: claim", interface);
    }
    return AW_OK;
}

/* Writes a report; the number 0 stands before those that have none. */
static aw_err write_report(struct usb_host_device *d, uint8_t number,
                           const uint8_t *data, size_t size)
{
    uint8_t report[REPORT_MAX + 1];
    const uint8_t *p = data;
    size_t n = size;

    if (size > REPORT_MAX) {
        return AW_ERR_SPACE;
    }
    if (number == 0) {
        report[0] = 0;
        if (size > 0) {
            memcpy(report + 1, data, size);
        }
        p = report;
        n = size + 1;
    }
    return hid_write(d->hid, p, n) < 0 ? hid_failed(d, "write") : AW_OK;
}

static aw_err hid_control(void *ctx, const struct aw_usb_setup *setup,
                          uint8_t *data, size_t *done, uint32_t timeout_ms,
                          struct aw_diag *diag)
{
    struct usb_host_device *d = ctx;
    bool report = setup->request == AW_USB_HID_SET_REPORT &&
                  setup->value >> 8 == AW_USB_HID_OUTPUT;
    aw_err err = AW_OK;

    /* The kernel has a limit of its own, five seconds. */
    (void)timeout_ms;
    if (setup->request_type != CLASS_OUT ||
        (!report && setup->request != AW_USB_HID_SET_IDLE)) {
        return aw_fail(diag, AW_ERR_UNSUPPORTED, "hidraw: request",
                       setup->request);
    }
    /* What the kernel's driver has set already is not set again. */
    if (report) {
        err = write_report(d, (uint8_t)(setup->value & 0xffU), data,
                           setup->length);
    }
    if (err != AW_OK) {
        return aw_fail(diag, err, "hidraw: report", setup->value);
    }
    if (done != NULL) {
        *done = report ? setup->length : 0;
    }
    return AW_OK;
}

static aw_err hid_receive(struct usb_host_device *d, uint8_t *data, size_t size,
                          size_t *done, uint32_t timeout_ms)
{
    uint32_t left = timeout_ms;

    while (left > 0) {
        uint32_t part = left < USB_HOST_LOOK_MS ? left : USB_HOST_LOOK_MS;
        int got = hid_read_timeout(d->hid, data, size, (int)part);

        if (got < 0) {
            return hid_failed(d, "read");
        }
        if (got > 0) {
            *done = (size_t)got < size ? (size_t)got : size;
            return AW_OK;
        }
        if (usb_host_stopped(d->host)) {
            return AW_ERR_CANCELLED;
        }
        left -= part;
    }
    return AW_ERR_TIMEOUT;
}

static aw_err hid_transfer(void *ctx, uint8_t endpoint, uint8_t *data,
                           size_t size, size_t *done, uint32_t timeout_ms)
{
    struct usb_host_device *d = ctx;

    *done = 0;
    if (d->type[usb_host_endpoint(endpoint)] !=
        LIBUSB_TRANSFER_TYPE_INTERRUPT) {
        return AW_ERR_NOT_FOUND;
    }
    if ((endpoint & AW_USB_IN) != 0) {
        return hid_receive(d, data, size, done, timeout_ms);
    }
    aw_err err = write_report(d, 0, data, size);

    if (err == AW_OK) {
        *done = size;
    }
    return err;
}

static void hid_release(void *ctx)
{
    struct usb_host_device *d = ctx;

    hid_close(d->hid);
    d->host->open--;
    free(d);
}

static bool open_node(struct usb_host_device *d, uint8_t interface)
{
    char name[AW_USB_SYS_NAME];
    char node[AW_USB_SYS_NAME];
    char path[PATH_MAX];

    if (!aw_usb_sys_interface(d->host->root, d->path, interface, name) ||
        !aw_usb_sys_hidraw(d->host->root, name, node)) {
        return false;
    }
    (void)snprintf(path, sizeof(path), "%s/dev/%s", d->host->root, node);
    d->hid = hid_open_path(path);
    if (d->hid == NULL) {
        return false;
    }
    d->claimed = 1U << interface;
    return true;
}

aw_err usb_host_hid_open(struct usb_host_device *made,
                         struct aw_usb_device *device)
{
    uint8_t i = 0;

    while (i < INTERFACES && !open_node(made, i)) {
        i++;
    }
    if (i == INTERFACES) {
        return AW_ERR_NOT_FOUND;
    }
    made->host->open++;
    *device = (struct aw_usb_device){
        .ctx = made,
        .claim = hid_claim,
        .control = hid_control,
        .transfer = hid_transfer,
        .close = hid_release,
    };
    return AW_OK;
}
