/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aw/hostio/alloc.h"
#include "aw/hostio/usb_sys.h"
#include "usb_host.h"

enum {
    PORTS = 7, /* USB 3.2: no more than this many hubs deep */
    MISSED_MS = 2000
};

/* "1-1.4"; false for a root hub, and for what libusb cannot place. */
static bool path_of(libusb_device *device, char path[AW_USB_PATH])
{
    uint8_t port[PORTS];
    int depth = libusb_get_port_numbers(device, port, PORTS);
    size_t n = 0;

    if (depth <= 0 || depth > PORTS) {
        return false;
    }
    n = (size_t)snprintf(path, AW_USB_PATH, "%u",
                         libusb_get_bus_number(device));
    for (int i = 0; i < depth; i++) {
        n += (size_t)snprintf(path + n, AW_USB_PATH - n, "%c%u",
                              i == 0 ? '-' : '.', port[i]);
    }
    return true;
}

static bool is_hub(libusb_device *device)
{
    struct libusb_device_descriptor d;

    return libusb_get_device_descriptor(device, &d) != LIBUSB_SUCCESS ||
           d.bDeviceClass == LIBUSB_CLASS_HUB;
}

/* The kernel gives a bus's addresses one after the other, so an enumeration
 * is told by its address. */
static struct usb_host_slot *slot_of(struct aw_usb_host *host,
                                     libusb_device *device, const char *path)
{
    uint8_t bus = libusb_get_bus_number(device);
    uint8_t address = libusb_get_device_address(device);

    for (size_t i = 0; i < host->n; i++) {
        struct usb_host_slot *slot = &host->slot[i];

        if (slot->bus == bus && slot->address == address &&
            strcmp(slot->path, path) == 0) {
            return slot;
        }
    }
    return NULL;
}

/* True when the kernel no longer has a device: it knows sooner than libusb,
 * which waits for udev. Where /sys shows no USB, libusb is believed. */
static bool is_gone(const struct aw_usb_host *host, libusb_device *device,
                    const char *path)
{
    unsigned address = 0;

    if (!aw_usb_sys_present(host->root)) {
        return false;
    }
    return !aw_usb_sys_number(host->root, path, "devnum", 10, &address) ||
           address != libusb_get_device_address(device);
}

static void see(struct aw_usb_host *host, libusb_device *device)
{
    struct usb_host_slot *slot = NULL;
    char path[AW_USB_PATH];

    if (!path_of(device, path) || is_hub(device) ||
        is_gone(host, device, path)) {
        return;
    }
    slot = slot_of(host, device, path);
    if (slot == NULL) {
        host->slot =
            aw_grow(host->slot, host->n, host->n + 1, sizeof(host->slot[0]));
        slot = &host->slot[host->n++];
        slot->bus = libusb_get_bus_number(device);
        slot->address = libusb_get_device_address(device);
        slot->arrival = ++host->arrivals;
        memcpy(slot->path, path, sizeof(path));
        host->changes++;
    }
    if (slot->device == NULL) {
        slot->device = libusb_ref_device(device);
    }
    slot->seen = true;
}

static void forget_gone(struct aw_usb_host *host)
{
    size_t kept = 0;

    for (size_t i = 0; i < host->n; i++) {
        if (host->slot[i].seen) {
            host->slot[kept++] = host->slot[i];
        } else if (host->slot[i].device != NULL) {
            libusb_unref_device(host->slot[i].device);
        }
    }
    if (kept != host->n) {
        host->n = kept;
        host->changes++;
    }
}

static int compare(const void *a, const void *b)
{
    const struct usb_host_slot *left = a;
    const struct usb_host_slot *right = b;

    return strverscmp(left->path, right->path);
}

/* No transfer may be made in here: the event is only noted. */
static int LIBUSB_CALL on_hotplug(libusb_context *lib, libusb_device *device,
                                  libusb_hotplug_event event, void *ctx)
{
    struct aw_usb_host *host = ctx;

    (void)lib;
    (void)device;
    (void)event;
    host->event = 1;
    return 0;
}

int usb_host_start(struct aw_usb_host *host)
{
    int error = libusb_init(&host->lib);

    if (error != LIBUSB_SUCCESS) {
        host->lib = NULL;
        return error;
    }
    /* Where it cannot be had, the looks of every second have to do. */
    (void)libusb_hotplug_register_callback(
        host->lib,
        LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED | LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT,
        0, LIBUSB_HOTPLUG_MATCH_ANY, LIBUSB_HOTPLUG_MATCH_ANY,
        LIBUSB_HOTPLUG_MATCH_ANY, on_hotplug, host, &host->callback);
    return LIBUSB_SUCCESS;
}

void usb_host_end(struct aw_usb_host *host)
{
    for (size_t i = 0; i < host->n; i++) {
        if (host->slot[i].device != NULL) {
            libusb_unref_device(host->slot[i].device);
            host->slot[i].device = NULL;
        }
    }
    if (host->lib != NULL) {
        libusb_hotplug_deregister_callback(host->lib, host->callback);
        libusb_exit(host->lib);
        host->lib = NULL;
    }
}

/* Without udev libusb learns of no device that comes later. True when it has
 * missed one for longer than udev takes, and may be started anew. */
static bool has_missed(struct aw_usb_host *host, size_t listed)
{
    uint64_t now = usb_host_now_ms();

    if (host->open > 0 || aw_usb_sys_count(host->root) <= listed) {
        host->missed_ms = 0;
        return false;
    }
    if (host->missed_ms == 0) {
        host->missed_ms = now;
    }
    if (now - host->missed_ms < MISSED_MS) {
        return false;
    }
    host->missed_ms = 0;
    return true;
}

static aw_err fail_scan(struct aw_usb_host *host, int error,
                        struct aw_diag *diag)
{
    (void)usb_host_say(host, AW_USB_HOST_OTHER, "USB devices: %s",
                       libusb_strerror(error));
    return aw_fail(diag, usb_host_err(error), "usb: list", 0);
}

/* @param listed  devices that libusb has, hubs, too */
static aw_err look(struct aw_usb_host *host, size_t *listed,
                   struct aw_diag *diag)
{
    libusb_device **list = NULL;
    int error = host->lib == NULL ? usb_host_start(host) : LIBUSB_SUCCESS;

    if (error != LIBUSB_SUCCESS) {
        return fail_scan(host, error, diag);
    }
    host->event = 0; /* before the look: what comes now counts */
    ssize_t n = libusb_get_device_list(host->lib, &list);

    if (n < 0) {
        return fail_scan(host, (int)n, diag);
    }
    for (size_t i = 0; i < host->n; i++) {
        host->slot[i].seen = false;
    }
    for (ssize_t i = 0; i < n; i++) {
        see(host, list[i]);
    }
    libusb_free_device_list(list, 1);
    forget_gone(host);
    if (host->n > 1) {
        qsort(host->slot, host->n, sizeof(host->slot[0]), compare);
    }
    *listed = (size_t)n;
    return AW_OK;
}

aw_err usb_host_scan(struct aw_usb_host *host, struct aw_diag *diag)
{
    size_t listed = 0;
    aw_err err = look(host, &listed, diag);

    if (err != AW_OK || !has_missed(host, listed)) {
        return err;
    }
    usb_host_end(host);
    return look(host, &listed, diag);
}
