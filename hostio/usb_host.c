/* SPDX-License-Identifier: Apache-2.0 */
#include "usb_host.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "aw/hostio/alloc.h"
#include "aw/hostio/usb_sys.h"

enum { RESCAN_MS = 1000 /* where no event comes */ };

aw_err usb_host_err(int error)
{
    switch (error) {
    case LIBUSB_ERROR_ACCESS:
    case LIBUSB_ERROR_BUSY:
        return AW_ERR_PRECONDITION;
    case LIBUSB_ERROR_NO_DEVICE:
        return AW_ERR_GONE;
    case LIBUSB_ERROR_NOT_FOUND:
        return AW_ERR_NOT_FOUND;
    case LIBUSB_ERROR_TIMEOUT:
        return AW_ERR_TIMEOUT;
    case LIBUSB_ERROR_OVERFLOW:
        return AW_ERR_SPACE;
    case LIBUSB_ERROR_PIPE:
        return AW_ERR_STALL;
    case LIBUSB_ERROR_NO_MEM:
        return AW_ERR_RESOURCE;
    case LIBUSB_ERROR_NOT_SUPPORTED:
        return AW_ERR_UNSUPPORTED;
    default:
        return AW_ERR_IO;
    }
}

struct aw_diag *usb_host_say(struct aw_usb_host *host,
                             enum aw_usb_host_fault fault, const char *format,
                             ...)
{
    char text[AW_HOST_TEXT_MAX];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    host->fault = fault;
    return aw_host_say(&host->why, "%s", text);
}

const char *aw_usb_host_why(const struct aw_usb_host *host,
                            enum aw_usb_host_fault *fault)
{
    if (fault != NULL) {
        *fault = host->fault;
    }
    return host->why.text;
}

bool usb_host_stopped(const struct aw_usb_host *host)
{
    return host->stopped != NULL && host->stopped();
}

uint64_t usb_host_now_ms(void)
{
    struct timespec now = {.tv_sec = 0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000U + (uint64_t)now.tv_nsec / 1000000U;
}

static uint64_t host_now(void *ctx)
{
    (void)ctx;
    return usb_host_now_ms();
}

/* The kernel has read the strings when the device came. They are of this
 * arrival only if its address still is. */
static void read_strings(const struct aw_usb_host *host,
                         const struct usb_host_slot *slot, struct aw_usb_id *id)
{
    unsigned bus = 0;
    unsigned address = 0;

    if (!aw_usb_sys_number(host->root, slot->path, "busnum", 10, &bus) ||
        !aw_usb_sys_number(host->root, slot->path, "devnum", 10, &address) ||
        bus != libusb_get_bus_number(slot->device) ||
        address != libusb_get_device_address(slot->device)) {
        return;
    }
    id->has_strings = true;
    /* A string that a device does not have has no file. */
    (void)aw_usb_sys_text(host->root, slot->path, "manufacturer", id->maker,
                          sizeof(id->maker));
    (void)aw_usb_sys_text(host->root, slot->path, "product", id->model,
                          sizeof(id->model));
    (void)aw_usb_sys_text(host->root, slot->path, "serial", id->serial,
                          sizeof(id->serial));
}

static uint8_t speed_of(libusb_device *device)
{
    switch (libusb_get_device_speed(device)) {
    case LIBUSB_SPEED_LOW:
        return AW_USB_SPEED_LOW;
    case LIBUSB_SPEED_FULL:
        return AW_USB_SPEED_FULL;
    case LIBUSB_SPEED_HIGH:
        return AW_USB_SPEED_HIGH;
    case LIBUSB_SPEED_SUPER:
    case LIBUSB_SPEED_SUPER_PLUS:
        return AW_USB_SPEED_SUPER;
    default:
        return AW_USB_SPEED_UNKNOWN;
    }
}

static void describe(const struct aw_usb_host *host,
                     const struct usb_host_slot *slot, struct aw_usb_id *id)
{
    struct libusb_device_descriptor d = {.bLength = 0};

    memset(id, 0, sizeof(*id));
    memcpy(id->path, slot->path, sizeof(id->path));
    id->arrival = slot->arrival;
    if (libusb_get_device_descriptor(slot->device, &d) == LIBUSB_SUCCESS) {
        id->vendor = d.idVendor;
        id->product = d.idProduct;
        id->release = d.bcdDevice;
    }
    id->speed = speed_of(slot->device);
    read_strings(host, slot, id);
}

static aw_err host_list(void *ctx, struct aw_usb_id *id, size_t room, size_t *n,
                        uint32_t *changes, struct aw_diag *diag)
{
    struct aw_usb_host *host = ctx;
    aw_err err = usb_host_scan(host, diag);

    if (err != AW_OK) {
        return err;
    }
    for (size_t i = 0; i < host->n && i < room; i++) {
        describe(host, &host->slot[i], &id[i]);
    }
    *n = host->n;
    *changes = host->changes;
    return AW_OK;
}

static aw_err host_open(void *ctx, const struct aw_usb_id *id,
                        struct aw_usb_device *device, struct aw_diag *diag)
{
    struct aw_usb_host *host = ctx;
    aw_err err = usb_host_scan(host, diag);

    if (err != AW_OK) {
        return err;
    }
    for (size_t i = 0; i < host->n; i++) {
        const struct usb_host_slot *slot = &host->slot[i];

        if (slot->arrival == id->arrival && slot->device != NULL &&
            strcmp(slot->path, id->path) == 0) {
            return usb_host_device_open(host, slot, device, diag);
        }
    }
    (void)usb_host_say(host, AW_USB_HOST_OTHER, "%s: no longer plugged in",
                       id->path);
    return aw_fail(diag, AW_ERR_GONE, "usb: open", id->arrival);
}

/* Serves events for a moment. */
static aw_err serve(struct aw_usb_host *host, uint64_t left_ms)
{
    uint64_t ms = left_ms < USB_HOST_LOOK_MS ? left_ms : USB_HOST_LOOK_MS;
    struct timeval limit = {.tv_usec = (suseconds_t)(ms * 1000U)};
    int error =
        libusb_handle_events_timeout_completed(host->lib, &limit, &host->event);

    if (error == LIBUSB_SUCCESS || error == LIBUSB_ERROR_INTERRUPTED ||
        error == LIBUSB_ERROR_TIMEOUT) {
        return usb_host_stopped(host) ? AW_ERR_CANCELLED : AW_OK;
    }
    (void)usb_host_say(host, AW_USB_HOST_OTHER, "waiting for USB events: %s",
                       libusb_strerror(error));
    return AW_ERR_IO;
}

/* Until a device comes or goes, or it is time for a look. */
static aw_err await_event(struct aw_usb_host *host, uint64_t end)
{
    uint64_t now = usb_host_now_ms();
    uint64_t look = now + RESCAN_MS < end ? now + RESCAN_MS : end;
    aw_err err = AW_OK;

    while (err == AW_OK && host->event == 0 && now < look) {
        err = serve(host, look - now);
        now = usb_host_now_ms();
    }
    return err;
}

static aw_err host_wait(void *ctx, uint32_t changes, uint32_t timeout_ms,
                        struct aw_diag *diag)
{
    struct aw_usb_host *host = ctx;
    uint64_t end = usb_host_now_ms() + timeout_ms;
    aw_err err = usb_host_scan(host, diag);

    while (err == AW_OK && host->changes == changes) {
        if (usb_host_now_ms() >= end) {
            return aw_fail(diag, AW_ERR_TIMEOUT, "usb: wait", 0);
        }
        err = await_event(host, end);
        if (err != AW_OK) {
            return aw_fail(diag, err, "usb: wait", 0);
        }
        err = usb_host_scan(host, diag);
    }
    return err;
}

struct aw_usb aw_usb_host_seam(struct aw_usb_host *host)
{
    return (struct aw_usb){
        .ctx = host,
        .list = host_list,
        .open = host_open,
        .wait = host_wait,
        .now_ms = host_now,
    };
}

aw_err aw_usb_host_open(const struct aw_usb_host_how *how,
                        struct aw_usb_host **host, struct aw_host_diag *diag)
{
    struct aw_usb_host *made = aw_alloc(1, sizeof(*made));
    int error = usb_host_start(made);

    if (error != LIBUSB_SUCCESS) {
        free(made);
        return aw_fail(aw_host_say(diag, "libusb: %s", libusb_strerror(error)),
                       usb_host_err(error) == AW_ERR_RESOURCE ? AW_ERR_RESOURCE
                                                              : AW_ERR_IO,
                       "usb: start", 0);
    }
    made->root = how->root == NULL ? "" : how->root;
    made->stopped = how->stopped;
    *host = made;
    return AW_OK;
}

void aw_usb_host_close(struct aw_usb_host *host)
{
    usb_host_end(host);
    free(host->slot);
    free(host);
}
