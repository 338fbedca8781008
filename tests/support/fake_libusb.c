/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_libusb.h"

#include <hidapi.h>
#include <stdlib.h>
#include <string.h>

struct fake_libusb fake_libusb;

/* The caller did what no caller may do. */
static void broken_if(bool wrong)
{
    if (wrong) {
        abort();
    }
}

struct libusb_context {
    int unused;
};

struct libusb_device_handle {
    struct libusb_device *device;
};

struct hid_device_ {
    int unused;
};

static struct libusb_context context;
static struct libusb_device_handle handle;
static struct hid_device_ hid;
static struct libusb_transfer *pending;
static libusb_hotplug_callback_fn callback;
static void *callback_ctx;

static const struct libusb_endpoint_descriptor bulk[] = {
    {.bEndpointAddress = 0x81, .bmAttributes = 2},
    {.bEndpointAddress = 0x01, .bmAttributes = 2},
};
static const struct libusb_endpoint_descriptor interrupt[] = {
    {.bEndpointAddress = 0x83, .bmAttributes = 3},
    {.bEndpointAddress = 0x03, .bmAttributes = 3},
    {.bEndpointAddress = 0x81, .bmAttributes = 3}, /* of a boot ROM */
    {.bEndpointAddress = 0x84, .bmAttributes = 1}, /* isochronous */
};
static const struct libusb_interface_descriptor alt[] = {
    {.bNumEndpoints = 2, .endpoint = bulk},
    {.bNumEndpoints = 4, .endpoint = interrupt},
};
static const struct libusb_interface interfaces[] = {
    {.altsetting = &alt[0], .num_altsetting = 1},
    {.altsetting = &alt[1], .num_altsetting = 1},
};
static struct libusb_config_descriptor configs[] = {
    {.bNumInterfaces = 1, .interface = &interfaces[0]},
    {.bNumInterfaces = 1, .interface = &interfaces[1]},
};

void fake_libusb_reset(void)
{
    memset(&fake_libusb, 0, sizeof(fake_libusb));
    fake_libusb.end.moved = -1;
    pending = NULL;
    callback = NULL;
}

struct libusb_device *fake_libusb_plug(uint8_t port, uint8_t address,
                                       bool is_hid)
{
    struct libusb_device *d = fake_libusb.device;

    while (d->there || d->refs > 0) {
        d++;
    }
    broken_if(d >= fake_libusb.device + FAKE_DEVICES);
    *d = (struct libusb_device){
        .there = true,
        .bus = 1,
        .address = address,
        .depth = 1,
        .port = {port},
        .speed = LIBUSB_SPEED_HIGH,
        .descriptor = {.idVendor = 0x1209,
                       .idProduct = 0x2702,
                       .bcdDevice = 0x0100},
        .config = &configs[is_hid ? 1 : 0],
    };
    fake_libusb.event = true;
    return d;
}

int fake_libusb_refs(void)
{
    int n = 0;

    for (size_t i = 0; i < FAKE_DEVICES; i++) {
        n += fake_libusb.device[i].refs;
    }
    return n;
}

int libusb_init(libusb_context **ctx)
{
    *ctx = &context;
    if (fake_libusb.on_init != NULL) {
        fake_libusb.on_init();
        fake_libusb.on_init = NULL;
    }
    return fake_libusb.init_error;
}

void libusb_exit(libusb_context *ctx)
{
    broken_if(ctx != &context);
    callback = NULL;
}

const char *libusb_strerror(int errcode)
{
    (void)errcode;
    return "said by libusb";
}

ssize_t libusb_get_device_list(libusb_context *ctx, libusb_device ***list)
{
    ssize_t n = 0;

    (void)ctx;
    if (fake_libusb.list_error != 0) {
        return fake_libusb.list_error;
    }
    *list = calloc(FAKE_DEVICES + 1, sizeof(libusb_device *));
    for (size_t i = 0; i < FAKE_DEVICES; i++) {
        if (fake_libusb.device[i].there) {
            (*list)[n++] = libusb_ref_device(&fake_libusb.device[i]);
        }
    }
    return n;
}

void libusb_free_device_list(libusb_device **list, int unref_devices)
{
    for (size_t i = 0; unref_devices != 0 && list[i] != NULL; i++) {
        libusb_unref_device(list[i]);
    }
    free((void *)list);
}

libusb_device *libusb_ref_device(libusb_device *dev)
{
    dev->refs++;
    return dev;
}

void libusb_unref_device(libusb_device *dev)
{
    broken_if(dev->refs <= 0);
    dev->refs--;
}

int libusb_get_port_numbers(libusb_device *dev, uint8_t *port_numbers,
                            int port_numbers_len)
{
    broken_if(port_numbers_len < FAKE_PORTS);
    memcpy(port_numbers, dev->port, FAKE_PORTS);
    return dev->depth;
}

uint8_t libusb_get_bus_number(libusb_device *dev)
{
    return dev->bus;
}

uint8_t libusb_get_device_address(libusb_device *dev)
{
    return dev->address;
}

int libusb_get_device_speed(libusb_device *dev)
{
    return dev->speed;
}

int libusb_get_device_descriptor(libusb_device *dev,
                                 struct libusb_device_descriptor *desc)
{
    *desc = dev->descriptor;
    return LIBUSB_SUCCESS;
}

int libusb_get_active_config_descriptor(
    libusb_device *dev, struct libusb_config_descriptor **config)
{
    *config = dev->config;
    return dev->config == NULL ? LIBUSB_ERROR_NOT_FOUND : LIBUSB_SUCCESS;
}

void libusb_free_config_descriptor(struct libusb_config_descriptor *config)
{
    (void)config;
}

/* NOLINTNEXTLINE(readability-function-size) the library's own parameters */
int libusb_hotplug_register_callback(
    libusb_context *ctx, int events, int flags, int vendor_id, int product_id,
    int dev_class, libusb_hotplug_callback_fn cb_fn, void *user_data,
    libusb_hotplug_callback_handle *callback_handle)
{
    (void)ctx;
    (void)events;
    (void)flags;
    (void)vendor_id;
    (void)product_id;
    (void)dev_class;
    callback = cb_fn;
    callback_ctx = user_data;
    *callback_handle = 1;
    return LIBUSB_SUCCESS;
}

void libusb_hotplug_deregister_callback(
    libusb_context *ctx, libusb_hotplug_callback_handle callback_handle)
{
    (void)ctx;
    broken_if(callback_handle != 1);
    callback = NULL;
}

int libusb_open(libusb_device *dev, libusb_device_handle **dev_handle)
{
    if (dev->open_error != 0) {
        return dev->open_error;
    }
    handle.device = dev;
    *dev_handle = &handle;
    fake_libusb.opened++;
    fake_libusb.times_opened++;
    return LIBUSB_SUCCESS;
}

void libusb_close(libusb_device_handle *dev_handle)
{
    broken_if(dev_handle != &handle);
    fake_libusb.opened--;
}

int libusb_set_auto_detach_kernel_driver(libusb_device_handle *dev_handle,
                                         int enable)
{
    (void)dev_handle;
    fake_libusb.detach += enable == 1 ? 1 : 0;
    return LIBUSB_SUCCESS;
}

int libusb_claim_interface(libusb_device_handle *dev_handle,
                           int interface_number)
{
    (void)dev_handle;
    if (fake_libusb.claim_error == 0) {
        fake_libusb.claimed |= 1U << interface_number;
    }
    return fake_libusb.claim_error;
}

int libusb_release_interface(libusb_device_handle *dev_handle,
                             int interface_number)
{
    (void)dev_handle;
    fake_libusb.claimed &= ~(1U << interface_number);
    return LIBUSB_SUCCESS;
}

int libusb_set_interface_alt_setting(libusb_device_handle *dev_handle,
                                     int interface_number,
                                     int alternate_setting)
{
    (void)dev_handle;
    (void)interface_number;
    (void)alternate_setting;
    fake_libusb.altsettings++;
    return LIBUSB_SUCCESS;
}

int libusb_set_configuration(libusb_device_handle *dev_handle,
                             int configuration)
{
    (void)dev_handle;
    (void)configuration;
    fake_libusb.configurations++;
    return LIBUSB_SUCCESS;
}

int libusb_clear_halt(libusb_device_handle *dev_handle, unsigned char endpoint)
{
    (void)dev_handle;
    fake_libusb.halts++;
    fake_libusb.endpoint = endpoint;
    return fake_libusb.halt_error;
}

struct libusb_transfer *libusb_alloc_transfer(int iso_packets)
{
    (void)iso_packets;
    return calloc(1, sizeof(struct libusb_transfer));
}

void libusb_free_transfer(struct libusb_transfer *transfer)
{
    broken_if(transfer == pending);
    free(transfer);
}

static bool is_in(const struct libusb_transfer *t)
{
    return t->type == LIBUSB_TRANSFER_TYPE_CONTROL
               ? (t->buffer[0] & LIBUSB_ENDPOINT_IN) != 0
               : (t->endpoint & LIBUSB_ENDPOINT_IN) != 0;
}

int libusb_submit_transfer(struct libusb_transfer *transfer)
{
    size_t n = (size_t)transfer->length;

    if (fake_libusb.end.submit != 0) {
        return fake_libusb.end.submit;
    }
    broken_if(pending != NULL || transfer->timeout == 0);
    pending = transfer;
    fake_libusb.submitted++;
    fake_libusb.timeout_ms = transfer->timeout;
    fake_libusb.type = transfer->type;
    fake_libusb.endpoint = transfer->endpoint;
    if (n > 0 &&
        (!is_in(transfer) || transfer->type == LIBUSB_TRANSFER_TYPE_CONTROL)) {
        memcpy(fake_libusb.out, transfer->buffer,
               n < FAKE_DATA ? n : (size_t)FAKE_DATA);
    }
    fake_libusb.out_n += n;
    return LIBUSB_SUCCESS;
}

int libusb_cancel_transfer(struct libusb_transfer *transfer)
{
    broken_if(transfer != pending);
    fake_libusb.cancelled++;
    return LIBUSB_SUCCESS;
}

static void end_transfer(struct libusb_transfer *t)
{
    int head =
        t->type == LIBUSB_TRANSFER_TYPE_CONTROL ? LIBUSB_CONTROL_SETUP_SIZE : 0;
    int room = t->length - head;

    t->status = fake_libusb.cancelled > 0 ? LIBUSB_TRANSFER_CANCELLED
                                          : fake_libusb.end.status;
    t->actual_length = fake_libusb.end.moved < 0 ? room : fake_libusb.end.moved;
    if (is_in(t) && fake_libusb.in != NULL && t->actual_length > 0) {
        int n = t->actual_length < room ? t->actual_length : room;

        memcpy(t->buffer + head, fake_libusb.in, (size_t)n);
    }
    pending = NULL;
    t->callback(t);
}

int libusb_handle_events_timeout_completed(libusb_context *ctx,
                                           struct timeval *tv, int *completed)
{
    (void)tv;
    (void)completed;
    if (fake_libusb.on_events != NULL) {
        fake_libusb.on_events();
    }
    if (fake_libusb.event && callback != NULL) {
        fake_libusb.event = false;
        (void)callback(ctx, NULL, LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED,
                       callback_ctx);
    }
    if (fake_libusb.event_error != 0) {
        return fake_libusb.event_error;
    }
    if (pending != NULL &&
        (!fake_libusb.end.hangs || fake_libusb.cancelled > 0)) {
        end_transfer(pending);
    }
    return LIBUSB_SUCCESS;
}

hid_device *hid_open_path(const char *path)
{
    if (fake_libusb.node == NULL || strcmp(path, fake_libusb.node) != 0) {
        return NULL;
    }
    fake_libusb.hid_open++;
    return &hid;
}

void hid_close(hid_device *dev)
{
    broken_if(dev != &hid);
    fake_libusb.hid_open--;
}

int hid_write(hid_device *dev, const unsigned char *data, size_t length)
{
    (void)dev;
    memcpy(fake_libusb.out, data, length);
    fake_libusb.out_n = length;
    return fake_libusb.hid_result < 0 ? -1 : (int)length;
}

int hid_read_timeout(hid_device *dev, unsigned char *data, size_t length,
                     int milliseconds)
{
    size_t n = fake_libusb.in_n < length ? fake_libusb.in_n : length;

    (void)dev;
    fake_libusb.timeout_ms += (unsigned)milliseconds;
    if (n > 0) {
        memcpy(data, fake_libusb.in, n);
    }
    return fake_libusb.hid_result < 0 ? -1 : (int)n;
}
