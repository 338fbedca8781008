/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "fw/usb_device.h"

/* bmRequestType. */
enum {
    KIND_MASK = 0x60,
    KIND_STANDARD = 0x00,
    TO_MASK = 0x1f,
    TO_DEVICE = 0,
    TO_INTERFACE = 1,
    TO_ENDPOINT = 2
};
enum { FEATURE_HALT = 0, ADDRESS_MAX = 127 };

/* Offsets in endpoint descriptors. */
enum { ENDPOINT_ADDRESS = 2, ENDPOINT_TYPE = 3 };

/* Has a function a descriptor of that type with that number? */
static bool has_descriptor(const struct usb_function *f, uint8_t type,
                           uint8_t number)
{
    for (size_t at = 0; at + 2 < f->n; at += f->descriptors[at]) {
        const uint8_t *d = &f->descriptors[at];

        if (d[1] == type && d[2] == number) {
            return true;
        }
    }
    return false;
}

static const struct usb_function *owner(const struct usb_device *device,
                                        uint8_t type, uint16_t number)
{
    if (device->configuration == 0 || number > UINT8_MAX) {
        return NULL;
    }
    for (size_t i = 0; i < device->n_functions; i++) {
        if (has_descriptor(&device->functions[i], type, (uint8_t)number)) {
            return &device->functions[i];
        }
    }
    return NULL;
}

static const struct usb_function *
endpoint_owner(const struct usb_device *device, uint16_t index)
{
    return owner(device, AW_USB_DESC_ENDPOINT, index);
}

static const struct usb_function *
interface_owner(const struct usb_device *device, uint16_t index)
{
    return owner(device, AW_USB_DESC_INTERFACE, index);
}

static void stall(struct usb_device *device)
{
    device->stage = USB_IDLE;
    usbd_stall(device->usbd, 0);
    usbd_stall(device->usbd, USBD_IN);
}

/* A new setup packet that came meanwhile is seen by the next poll. */
static void start(struct usb_device *device, uint8_t endpoint, void *data,
                  size_t n, bool empty)
{
    aw_err err = usbd_start(device->usbd, endpoint, data, n, empty);

    if (err != AW_OK && err != AW_ERR_CANCELLED) {
        stall(device);
    }
}

/* The empty packet that ends a transfer without data or with data of the
 * host's. */
static void acknowledge(struct usb_device *device)
{
    device->stage = USB_STATUS;
    start(device, USBD_IN, NULL, 0, false);
}

static void send(struct usb_device *device, size_t n)
{
    size_t asked = device->setup.length;
    bool shorter = n < asked;
    size_t sent = shorter ? n : asked;

    device->stage = USB_STATUS;
    start(device, USBD_IN, device->control, sent,
          shorter && sent > 0 && sent % USBD_CONTROL == 0);
    start(device, 0, NULL, 0, false);
}

static void enable_endpoints(struct usb_device *device,
                             const struct usb_function *f)
{
    uint16_t bulk =
        device->usbd->high_speed ? USB_DEVICE_BULK_HIGH : USB_DEVICE_BULK_FULL;

    for (size_t at = 0; at + 2 <= f->n; at += f->descriptors[at]) {
        const uint8_t *d = &f->descriptors[at];

        if (d[1] != AW_USB_DESC_ENDPOINT) {
            continue;
        }
        enum usbd_type type = (enum usbd_type)(d[ENDPOINT_TYPE] & 3);
        uint16_t size = (uint16_t)(d[4] | d[5] << 8);

        usbd_enable(device->usbd, d[ENDPOINT_ADDRESS], type,
                    type == USBD_TYPE_BULK || size > bulk ? bulk : size);
    }
}

static void stop_functions(struct usb_device *device)
{
    for (size_t i = 0; i < device->n_functions && device->configuration != 0;
         i++) {
        device->functions[i].stop(device->functions[i].ctx);
    }
    device->configuration = 0;
}

static void cancel_endpoints(struct usb_device *device)
{
    for (unsigned i = 1; i < USBD_ENDPOINTS; i++) {
        usbd_cancel(device->usbd, (uint8_t)i);
        usbd_cancel(device->usbd, (uint8_t)(i | USBD_IN));
    }
}

static bool configure(struct usb_device *device, uint16_t value)
{
    if (value > USB_DEVICE_CONFIG) {
        return false;
    }
    if (device->configuration != 0) {
        cancel_endpoints(device);
        stop_functions(device);
    }
    device->configuration = (uint8_t)value;
    for (size_t i = 0; i < device->n_functions && value != 0; i++) {
        const struct usb_function *f = &device->functions[i];

        enable_endpoints(device, f);
        f->start(f->ctx, device->usbd->high_speed);
    }
    return true;
}

/* Bit 0: halted; devices and interfaces have nothing to tell. */
static bool get_status(struct usb_device *device, uint8_t to)
{
    const struct aw_usb_setup *s = &device->setup;
    uint8_t endpoint = (uint8_t)s->index;
    bool known = to == TO_DEVICE ? s->index == 0
                 : to == TO_INTERFACE
                     ? interface_owner(device, s->index) != NULL
                     : (s->index & 0x7f) == 0 ||
                           endpoint_owner(device, s->index) != NULL;

    if (!known || s->value != 0 || s->length != 2) {
        return false;
    }
    device->control[0] =
        to == TO_ENDPOINT && usbd_stalled(device->usbd, endpoint) ? 1 : 0;
    device->control[1] = 0;
    send(device, 2);
    return true;
}

static bool clear_halt(struct usb_device *device, const struct usb_function *f,
                       uint8_t endpoint)
{
    /* The toggle is reset even if nothing was halted; a transfer that waits
     * goes on. */
    if (f->unhalt(f->ctx, endpoint)) {
        usbd_unstall(device->usbd, endpoint);
    }
    return true;
}

static bool endpoint_feature(struct usb_device *device, bool set)
{
    const struct aw_usb_setup *s = &device->setup;
    const struct usb_function *f = endpoint_owner(device, s->index);

    if (s->value != FEATURE_HALT || s->length != 0) {
        return false;
    }
    if (f == NULL) {
        /* Endpoint 0 is never halted for long. */
        return (s->index & 0x7f) == 0 && !set;
    }
    if (set) {
        usbd_stall(device->usbd, (uint8_t)s->index);
        return true;
    }
    return clear_halt(device, f, (uint8_t)s->index);
}

static bool get_byte(struct usb_device *device, uint8_t value)
{
    if (device->setup.length != 1) {
        return false;
    }
    device->control[0] = value;
    send(device, 1);
    return true;
}

static bool get_descriptor(struct usb_device *device)
{
    const struct aw_usb_setup *s = &device->setup;
    size_t n = usb_device_descriptor(device, (uint8_t)(s->value >> 8),
                                     (uint8_t)s->value);

    if (n > 0) {
        send(device, n);
    }
    return n > 0;
}

static bool ask_function(struct usb_device *device);

static bool standard_in(struct usb_device *device, uint8_t to)
{
    const struct aw_usb_setup *s = &device->setup;

    switch (s->request) {
    case AW_USB_GET_STATUS:
        return to <= TO_ENDPOINT && get_status(device, to);
    case AW_USB_GET_DESCRIPTOR:
        return to == TO_DEVICE ? get_descriptor(device)
                               : to == TO_INTERFACE && ask_function(device);
    case AW_USB_GET_CONFIGURATION:
        return to == TO_DEVICE && s->value == 0 && s->index == 0 &&
               get_byte(device, device->configuration);
    case AW_USB_GET_INTERFACE:
        return to == TO_INTERFACE && s->value == 0 &&
               interface_owner(device, s->index) != NULL && get_byte(device, 0);
    default:
        return false;
    }
}

static bool set_address(struct usb_device *device)
{
    const struct aw_usb_setup *s = &device->setup;

    if (s->value > ADDRESS_MAX || s->index != 0 || s->length != 0) {
        return false;
    }
    usbd_set_address(device->usbd, (uint8_t)s->value);
    return true;
}

static bool standard_out(struct usb_device *device, uint8_t to)
{
    const struct aw_usb_setup *s = &device->setup;

    switch (s->request) {
    case AW_USB_SET_ADDRESS:
        return to == TO_DEVICE && set_address(device);
    case AW_USB_SET_CONFIGURATION:
        return to == TO_DEVICE && s->length == 0 && configure(device, s->value);
    case AW_USB_SET_INTERFACE:
        return to == TO_INTERFACE && s->value == 0 && s->length == 0 &&
               interface_owner(device, s->index) != NULL;
    case AW_USB_CLEAR_FEATURE:
    case AW_USB_SET_FEATURE:
        return to == TO_ENDPOINT &&
               endpoint_feature(device, s->request == AW_USB_SET_FEATURE);
    default:
        return false;
    }
}

/* A request that a function answers or takes. */
static bool ask_function(struct usb_device *device)
{
    const struct aw_usb_setup *s = &device->setup;
    bool in = (s->request_type & USBD_IN) != 0;
    uint8_t to = s->request_type & TO_MASK;
    const struct usb_function *f =
        to == TO_INTERFACE  ? interface_owner(device, s->index & 0xff)
        : to == TO_ENDPOINT ? endpoint_owner(device, s->index)
                            : NULL;
    size_t n = 0;

    if (f == NULL || s->length > USB_DEVICE_CONTROL ||
        !f->request(f->ctx, s, device->control, &n)) {
        return false;
    }
    if (in) {
        send(device, n);
    }
    return true;
}

/* Data of the host's come before the request is judged. */
static void take_data(struct usb_device *device)
{
    if (device->setup.length > USB_DEVICE_CONTROL) {
        stall(device);
        return;
    }
    device->stage = USB_DATA_OUT;
    start(device, 0, device->control, device->setup.length, false);
}

static void on_setup(void *ctx, const uint8_t packet[8])
{
    struct usb_device *device = ctx;

    device->setup = aw_usb_setup_read(packet);
    const struct aw_usb_setup *s = &device->setup;
    bool in = (s->request_type & USBD_IN) != 0;
    bool standard = (s->request_type & KIND_MASK) == KIND_STANDARD;
    uint8_t to = s->request_type & TO_MASK;

    if (!in && s->length > 0 && !standard) {
        take_data(device);
        return;
    }
    bool taken = !standard ? ask_function(device)
                 : in      ? standard_in(device, to)
                           : standard_out(device, to);

    if (!taken) {
        stall(device);
    } else if (!in) {
        acknowledge(device);
    }
}

static void on_control_done(struct usb_device *device, uint8_t endpoint,
                            size_t n, bool good)
{
    if (device->stage != USB_DATA_OUT || endpoint != 0) {
        return;
    }
    if (!good || n != device->setup.length || !ask_function(device)) {
        stall(device);
    } else {
        acknowledge(device);
    }
}

static void on_done(void *ctx, uint8_t endpoint, size_t n, bool good)
{
    struct usb_device *device = ctx;
    const struct usb_function *f = NULL;

    if ((endpoint & 0x7f) == 0) {
        on_control_done(device, endpoint, n, good);
        return;
    }
    f = endpoint_owner(device, endpoint);
    if (f != NULL) {
        f->done(f->ctx, endpoint, n, good);
    }
}

static void on_reset(void *ctx)
{
    struct usb_device *device = ctx;

    device->stage = USB_IDLE;
    stop_functions(device);
}

struct usbd_events usb_device_init(struct usb_device *device, struct usbd *usbd,
                                   const struct usb_identity *identity,
                                   const struct usb_function *functions,
                                   size_t n_functions)
{
    device->usbd = usbd;
    device->identity = identity;
    device->functions = functions;
    device->n_functions = n_functions;
    device->configuration = 0;
    device->stage = USB_IDLE;
    return (struct usbd_events){
        .ctx = device, .reset = on_reset, .setup = on_setup, .done = on_done};
}
