/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "aw/hostio/alloc.h"
#include "aw/hostio/usb_sys.h"
#include "usb_host.h"

enum {
    PART = 1 << 20, /* bytes of one transfer; the kernel's pool is 16 MiB */
    LOOK_US = USB_HOST_LOOK_MS * 1000,
    TRIES = 8,        /* of an event loop that fails */
    INTERFACES = 32,  /* that a device of ours can have */
    FEATURE_HALT = 0, /* USB 2.0, table 9-6 */
    TO_INTERFACE = 1, /* recipients in request_type */
    TO_ENDPOINT = 2
};

/* A transfer under way. */
struct flight {
    int done;
};

static void LIBUSB_CALL on_done(struct libusb_transfer *transfer)
{
    struct flight *flight = transfer->user_data;

    flight->done = 1;
}

size_t usb_host_endpoint(uint8_t address)
{
    return (address & 0x0fU) | ((address & AW_USB_IN) != 0 ? 0x10U : 0U);
}

bool usb_host_present(const struct usb_host_device *device)
{
    unsigned bus = 0;
    unsigned address = 0;

    return aw_usb_sys_number(device->host->root, device->path, "busnum", 10,
                             &bus) &&
           aw_usb_sys_number(device->host->root, device->path, "devnum", 10,
                             &address) &&
           bus == device->bus && address == device->address;
}

static aw_err err_of_status(const struct usb_host_device *d,
                            enum libusb_transfer_status status)
{
    switch (status) {
    case LIBUSB_TRANSFER_COMPLETED:
        return AW_OK;
    case LIBUSB_TRANSFER_TIMED_OUT:
        return AW_ERR_TIMEOUT;
    case LIBUSB_TRANSFER_CANCELLED:
        return AW_ERR_CANCELLED;
    case LIBUSB_TRANSFER_STALL:
        return AW_ERR_STALL;
    case LIBUSB_TRANSFER_NO_DEVICE:
        return AW_ERR_GONE;
    case LIBUSB_TRANSFER_OVERFLOW:
        return AW_ERR_SPACE;
    case LIBUSB_TRANSFER_ERROR:
    default:
        /* Transfers fail some time before the kernel has seen an unplug. */
        return usb_host_present(d) ? AW_ERR_IO : AW_ERR_GONE;
    }
}

/* Submits a transfer and serves events until it has ended, within the limit
 * that it carries. */
static aw_err fly(struct usb_host_device *d, struct libusb_transfer *transfer,
                  struct flight *flight)
{
    struct aw_usb_host *host = d->host;
    int error = libusb_submit_transfer(transfer);
    unsigned failures = 0;

    if (error != LIBUSB_SUCCESS) {
        flight->done = 1; /* it never began */
        return usb_host_err(error);
    }
    while (flight->done == 0 && failures < TRIES) {
        struct timeval limit = {.tv_usec = LOOK_US};

        error = libusb_handle_events_timeout_completed(host->lib, &limit,
                                                       &flight->done);
        if (error != LIBUSB_SUCCESS && error != LIBUSB_ERROR_INTERRUPTED) {
            failures++;
        }
        if (flight->done == 0 && (failures > 0 || usb_host_stopped(host))) {
            /* Its end is still to come; a second cancel does no harm. */
            (void)libusb_cancel_transfer(transfer);
        }
    }
    return flight->done != 0 ? err_of_status(d, transfer->status) : AW_ERR_IO;
}

/* Memory of a transfer that never ended is the kernel's to write to: it is
 * lost rather than freed. */
static void land(struct libusb_transfer *transfer, struct flight *flight)
{
    if (flight->done != 0) {
        libusb_free_transfer(transfer);
        free(flight);
    }
}

/* What goes out, or room for what comes in, of a transfer. */
struct load {
    uint8_t *p;
    size_t n;
    size_t *done;
};

static aw_err fail_io(struct usb_host_device *d, aw_err err, const char *what)
{
    (void)usb_host_say(d->host, AW_USB_HOST_OTHER, "%s: %s: %s", d->path, what,
                       aw_err_text(err));
    return err;
}

static aw_err device_control_raw(struct usb_host_device *d,
                                 const struct aw_usb_setup *setup,
                                 uint8_t *data, size_t *done,
                                 uint32_t timeout_ms)
{
    struct libusb_transfer *transfer = libusb_alloc_transfer(0);
    struct flight *flight = aw_alloc(1, sizeof(*flight));
    size_t size = LIBUSB_CONTROL_SETUP_SIZE + (size_t)setup->length;
    uint8_t *buffer = aw_alloc(size, 1);
    bool in = (setup->request_type & AW_USB_IN) != 0;

    if (transfer == NULL) {
        free(flight);
        free(buffer);
        return AW_ERR_RESOURCE;
    }
    aw_usb_setup_write(setup, buffer);
    if (!in && setup->length > 0) {
        memcpy(buffer + LIBUSB_CONTROL_SETUP_SIZE, data, setup->length);
    }
    libusb_fill_control_transfer(transfer, d->handle, buffer, on_done, flight,
                                 timeout_ms);
    aw_err err = fly(d, transfer, flight);
    int moved = transfer->actual_length;
    bool ended = flight->done != 0;

    if (err == AW_OK && (moved < 0 || moved > (int)setup->length)) {
        err = AW_ERR_IO;
    }
    if (err == AW_OK && in && moved > 0) {
        memcpy(data, buffer + LIBUSB_CONTROL_SETUP_SIZE, (size_t)moved);
    }
    if (err == AW_OK && done != NULL) {
        *done = (size_t)moved;
    }
    if (ended) {
        free(buffer);
    }
    land(transfer, flight);
    return err;
}

/* Requests that change what kernel and libusb know of the device have calls
 * of their own: the data toggle is kept at both ends.
 * @return false: it is none of them */
static bool special(struct usb_host_device *d, const struct aw_usb_setup *s,
                    int *error)
{
    if (s->request_type == TO_ENDPOINT && s->request == AW_USB_CLEAR_FEATURE &&
        s->value == FEATURE_HALT) {
        *error = libusb_clear_halt(d->handle, (unsigned char)s->index);
        return true;
    }
    if (s->request_type == TO_INTERFACE && s->request == AW_USB_SET_INTERFACE) {
        *error =
            libusb_set_interface_alt_setting(d->handle, s->index, s->value);
        return true;
    }
    if (s->request_type == 0 && s->request == AW_USB_SET_CONFIGURATION) {
        *error = libusb_set_configuration(d->handle, s->value);
        return true;
    }
    return false;
}

static aw_err device_control(void *ctx, const struct aw_usb_setup *setup,
                             uint8_t *data, size_t *done, uint32_t timeout_ms,
                             struct aw_diag *diag)
{
    struct usb_host_device *d = ctx;
    int error = 0;
    aw_err err = AW_OK;

    if (special(d, setup, &error)) {
        err = error == LIBUSB_SUCCESS ? AW_OK : usb_host_err(error);
        if (err == AW_OK && done != NULL) {
            *done = 0;
        }
    } else {
        err = device_control_raw(d, setup, data, done, timeout_ms);
    }
    if (err != AW_OK) {
        (void)fail_io(d, err, "control transfer");
        return aw_fail(diag, err, "usb: control transfer", setup->request);
    }
    return AW_OK;
}

/* At most PART bytes. */
static aw_err transfer_part(struct usb_host_device *d, uint8_t endpoint,
                            const struct load *load, uint32_t timeout_ms)
{
    struct libusb_transfer *transfer = libusb_alloc_transfer(0);
    struct flight *flight = NULL;

    if (transfer == NULL) {
        return AW_ERR_RESOURCE;
    }
    flight = aw_alloc(1, sizeof(*flight));
    libusb_fill_bulk_transfer(transfer, d->handle, endpoint, load->p,
                              (int)load->n, on_done, flight, timeout_ms);
    transfer->type = d->type[usb_host_endpoint(endpoint)];
    aw_err err = fly(d, transfer, flight);
    int moved = transfer->actual_length;

    if (moved > 0 && (size_t)moved <= load->n) {
        *load->done = (size_t)moved;
    } else if (moved != 0 && err == AW_OK) {
        err = AW_ERR_IO;
    }
    land(transfer, flight);
    return err;
}

static aw_err device_transfer(void *ctx, uint8_t endpoint, uint8_t *data,
                              size_t size, size_t *done, uint32_t timeout_ms)
{
    struct usb_host_device *d = ctx;
    size_t left = size;
    size_t moved = 0;
    size_t part = 0;
    aw_err err = AW_OK;

    *done = 0;
    if (d->type[usb_host_endpoint(endpoint)] == 0) {
        return fail_io(d, AW_ERR_NOT_FOUND, "endpoint");
    }
    do {
        /* A multiple of every packet size, so that no part ends early. */
        part = left < PART ? left : (size_t)PART;
        moved = 0;
        err = transfer_part(d, endpoint,
                            &(struct load){data + *done, part, &moved},
                            timeout_ms);
        *done += moved;
        left -= moved;
    } while (err == AW_OK && left > 0 && moved == part);
    return err == AW_OK ? AW_OK : fail_io(d, err, "transfer");
}

/* A disk that is in use is not pulled away from under its file system. */
static bool in_use(struct usb_host_device *d, const char *interface)
{
    char disk[AW_USB_SYS_NAME];
    char where[AW_USB_SYS_NAME];

    if (!aw_usb_sys_disk(d->host->root, interface, disk) ||
        !aw_usb_sys_mounted(d->host->root, disk, where)) {
        return false;
    }
    (void)usb_host_say(d->host, AW_USB_HOST_MOUNTED,
                       "%s: its disk /dev/%s is in use: %s", d->path, disk,
                       where);
    return true;
}

static aw_err say_claim(struct usb_host_device *d, const char *interface,
                        int error)
{
    char driver[AW_USB_SYS_NAME] = "";

    if (error == LIBUSB_ERROR_BUSY) {
        bool known = aw_usb_sys_driver(d->host->root, interface, driver) &&
                     strcmp(driver, "usbfs") != 0;

        (void)usb_host_say(d->host, AW_USB_HOST_BUSY,
                           "%s: interface %s is held by %s%s", d->path,
                           interface, known ? "the kernel driver " : "",
                           known ? driver : "another program");
    } else {
        (void)usb_host_say(d->host,
                           error == LIBUSB_ERROR_ACCESS ? AW_USB_HOST_RIGHTS
                                                        : AW_USB_HOST_OTHER,
                           "%s: interface %s: %s", d->path, interface,
                           libusb_strerror(error));
    }
    return usb_host_err(error);
}

static aw_err device_claim(void *ctx, uint8_t interface, struct aw_diag *diag)
{
    struct usb_host_device *d = ctx;
    char name[AW_USB_SYS_NAME];

    if (interface >= INTERFACES) {
        return aw_fail(diag, AW_ERR_NOT_FOUND, "usb: claim", interface);
    }
    if (!aw_usb_sys_interface(d->host->root, d->path, interface, name)) {
        name[0] = '?';
        name[1] = '\0';
    } else if (in_use(d, name)) {
        return aw_fail(diag, AW_ERR_PRECONDITION, "usb: claim", interface);
    }
    int error = libusb_claim_interface(d->handle, interface);

    if (error != LIBUSB_SUCCESS) {
        return aw_fail(diag, say_claim(d, name, error), "usb: claim",
                       interface);
    }
    d->claimed |= 1U << interface;
    return AW_OK;
}

/* Kernel drivers that were detached come back with the release. */
static void device_close(void *ctx)
{
    struct usb_host_device *d = ctx;

    for (int i = 0; i < INTERFACES; i++) {
        if ((d->claimed & (1U << i)) != 0) {
            (void)libusb_release_interface(d->handle, i);
        }
    }
    libusb_close(d->handle);
    d->host->open--;
    free(d);
}

static void note_endpoints(struct usb_host_device *d,
                           const struct libusb_interface_descriptor *alt)
{
    for (uint8_t i = 0; i < alt->bNumEndpoints; i++) {
        const struct libusb_endpoint_descriptor *e = &alt->endpoint[i];
        uint8_t type = e->bmAttributes & LIBUSB_TRANSFER_TYPE_MASK;

        if (type == LIBUSB_TRANSFER_TYPE_BULK ||
            type == LIBUSB_TRANSFER_TYPE_INTERRUPT) {
            d->type[usb_host_endpoint(e->bEndpointAddress)] = type;
        }
    }
}

/* Which endpoints there are, from what the kernel has read. */
static void find_endpoints(struct usb_host_device *d, libusb_device *device)
{
    struct libusb_config_descriptor *config = NULL;

    if (libusb_get_active_config_descriptor(device, &config) !=
        LIBUSB_SUCCESS) {
        return;
    }
    for (uint8_t i = 0; i < config->bNumInterfaces; i++) {
        for (int k = 0; k < config->interface[i].num_altsetting; k++) {
            note_endpoints(d, &config->interface[i].altsetting[k]);
        }
    }
    libusb_free_config_descriptor(config);
}

static aw_err open_failed(struct usb_host_device *made, int error,
                          struct aw_usb_device *device, struct aw_diag *diag)
{
    struct aw_usb_host *host = made->host;
    bool rights = error == LIBUSB_ERROR_ACCESS;

    if (rights && usb_host_hid_open(made, device) == AW_OK) {
        return AW_OK;
    }
    (void)usb_host_say(host, rights ? AW_USB_HOST_RIGHTS : AW_USB_HOST_OTHER,
                       "%s: /dev/bus/usb/%03u/%03u: %s", made->path, made->bus,
                       made->address, libusb_strerror(error));
    free(made);
    return aw_fail(diag, usb_host_err(error), "usb: open", 0);
}

aw_err usb_host_device_open(struct aw_usb_host *host,
                            const struct usb_host_slot *slot,
                            struct aw_usb_device *device, struct aw_diag *diag)
{
    struct usb_host_device *made = aw_alloc(1, sizeof(*made));

    made->host = host;
    made->bus = libusb_get_bus_number(slot->device);
    made->address = libusb_get_device_address(slot->device);
    memcpy(made->path, slot->path, sizeof(made->path));
    find_endpoints(made, slot->device);
    int error = libusb_open(slot->device, &made->handle);

    if (error != LIBUSB_SUCCESS) {
        return open_failed(made, error, device, diag);
    }
    /* Where the system cannot do it, a claim says which driver is there. */
    (void)libusb_set_auto_detach_kernel_driver(made->handle, 1);
    host->open++;
    *device = (struct aw_usb_device){
        .ctx = made,
        .claim = device_claim,
        .control = device_control,
        .transfer = device_transfer,
        .close = device_close,
    };
    return AW_OK;
}
