/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "usb/host_priv.h"

/*
 * Enumeration, as a host does it for every device that pulls up: reset,
 * address, descriptors, configuration. One control transfer a step.
 */
enum step {
    STEP_NONE,
    STEP_RESET,
    STEP_FIRST, /* first 8 bytes of the device descriptor: packet size */
    STEP_ADDRESS,
    STEP_DEVICE,
    STEP_CONFIG_HEAD,
    STEP_CONFIG,
    STEP_LANGUAGE,
    STEP_MAKER,
    STEP_MODEL,
    STEP_SERIAL,
    STEP_CONFIGURE,
    STEP_DONE
};

enum {
    DEBOUNCE_MS = 100, /* USB 2.0, 7.1.7.3 */
    RECOVERY_MS = 10,
    ANSWER_MS = 5000, /* 9.2.6.1 */
    MS_PER_S = 1000,
    TRIES = 3,
    ADDRESS = 1,
    FIRST_SIZE = 8,
    DEVICE_SIZE = 18,
    CONFIG_HEAD_SIZE = 9,
    STRING_MAX = 255,
    PACKET0_LEAST = 8,
    PACKET0_MOST = 64,
    ENDPOINT_SIZE = 7
};

static void step_in(struct tw_usb_host *host, uint32_t ms)
{
    tw_clock_at(host->clock, &host->settle,
                host->clock->now + tw_clock_ticks(host->clock, ms, MS_PER_S));
}

static void announce(struct tw_usb_host *host, bool present)
{
    if (host->found.present == present) {
        return;
    }
    host->found.present = present;
    host->changes++;
    if (host->changed != NULL) {
        host->changed(host->ctx);
    }
}

static void forget_pipes(struct tw_usb_host *host)
{
    for (unsigned i = 0; i < TW_USB_PIPES; i++) {
        host->pipe[i].max_packet = 0;
    }
    host->pipe[0].max_packet = PACKET0_MOST;
}

void tw_usb_enumerate(struct tw_usb_host *host)
{
    announce(host, false);
    forget_pipes(host);
    host->tries = 0;
    host->step = STEP_NONE;
    tw_clock_cancel(host->clock, &host->settle);
    if (host->attached) {
        host->step = STEP_RESET;
        step_in(host, DEBOUNCE_MS);
    }
}

/* One endpoint descriptor, if that is what it is. */
static void set_pipe(struct tw_usb_host *host, aw_bytes descriptor)
{
    struct aw_rd r = aw_rd_init(descriptor);

    if (descriptor.n < ENDPOINT_SIZE) {
        return;
    }
    (void)aw_rd_u8(&r);
    if (aw_rd_u8(&r) != AW_USB_DESC_ENDPOINT) {
        return;
    }
    uint8_t address = aw_rd_u8(&r);

    (void)aw_rd_u8(&r);
    uint16_t size = aw_rd_le16(&r) & 0x7ffU;

    if ((address & 0x70U) != 0 || (address & 0x0fU) == 0) {
        return;
    }
    struct tw_usb_pipe *pipe = &host->pipe[tw_usb_pipe_of(address)];

    if (pipe->max_packet == 0) {
        pipe->max_packet = size < TW_USB_PACKET_MAX ? size : TW_USB_PACKET_MAX;
    }
}

/* Next descriptor of a configuration; empty at the end. */
static aw_bytes next_descriptor(struct aw_rd *r)
{
    struct aw_rd ahead = *r;
    uint8_t length = aw_rd_u8(&ahead);

    if (length < 2 || length > aw_rd_left(r)) {
        return (aw_bytes){NULL, 0};
    }
    return aw_rd_take(r, length);
}

void tw_usb_set_pipes(struct tw_usb_host *host)
{
    struct aw_rd r =
        aw_rd_init((aw_bytes){host->found.config, host->found.config_size});
    aw_bytes descriptor = next_descriptor(&r);

    forget_pipes(host);
    host->pipe[0].max_packet = host->found.device[7];
    if (host->pipe[0].max_packet < PACKET0_LEAST) {
        host->pipe[0].max_packet = PACKET0_MOST;
    }
    while (descriptor.n > 0) {
        set_pipe(host, descriptor);
        descriptor = next_descriptor(&r);
    }
}

bool tw_usb_has_interface(const struct tw_usb_host *host, uint8_t interface)
{
    struct aw_rd r =
        aw_rd_init((aw_bytes){host->found.config, host->found.config_size});
    aw_bytes descriptor = next_descriptor(&r);

    while (descriptor.n > 0) {
        if (descriptor.n > 2 && descriptor.p[1] == AW_USB_DESC_INTERFACE &&
            descriptor.p[2] == interface) {
            return true;
        }
        descriptor = next_descriptor(&r);
    }
    return false;
}

/* Appends a code point as UTF-8, without ending the text. */
static void put_utf8(struct aw_wr *w, uint32_t c)
{
    if (c < 0x80U) {
        aw_wr_u8(w, (uint8_t)c);
    } else if (c < 0x800U) {
        aw_wr_u8(w, (uint8_t)(0xc0U | c >> 6));
        aw_wr_u8(w, (uint8_t)(0x80U | (c & 0x3fU)));
    } else if (c < 0x10000U) {
        aw_wr_u8(w, (uint8_t)(0xe0U | c >> 12));
        aw_wr_u8(w, (uint8_t)(0x80U | (c >> 6 & 0x3fU)));
        aw_wr_u8(w, (uint8_t)(0x80U | (c & 0x3fU)));
    } else {
        aw_wr_u8(w, (uint8_t)(0xf0U | c >> 18));
        aw_wr_u8(w, (uint8_t)(0x80U | (c >> 12 & 0x3fU)));
        aw_wr_u8(w, (uint8_t)(0x80U | (c >> 6 & 0x3fU)));
        aw_wr_u8(w, (uint8_t)(0x80U | (c & 0x3fU)));
    }
}

/* Next code point of UTF-16; what is none becomes the replacement character,
 * and so does NUL, which would end the text. */
static uint32_t next_utf16(struct aw_rd *r)
{
    uint32_t high = aw_rd_le16(r);

    if (high >= 0xd800U && high < 0xdc00U) {
        struct aw_rd ahead = *r;
        uint32_t low = aw_rd_le16(&ahead);

        if (!ahead.failed && low >= 0xdc00U && low < 0xe000U) {
            *r = ahead;
            return 0x10000U + ((high - 0xd800U) << 10) + (low - 0xdc00U);
        }
    }
    return high == 0 || (high >= 0xd800U && high < 0xe000U) ? 0xfffdU : high;
}

static void decode_string(aw_bytes descriptor, char text[AW_USB_STRING])
{
    struct aw_wr w = aw_wr_init(text, AW_USB_STRING - 1);
    struct aw_rd r = aw_rd_init(descriptor);
    size_t length = aw_rd_u8(&r);

    text[0] = '\0';
    if (aw_rd_u8(&r) != AW_USB_DESC_STRING || r.failed ||
        length > descriptor.n) {
        return;
    }
    r = aw_rd_init((aw_bytes){descriptor.p, length});
    (void)aw_rd_le16(&r);
    while (aw_rd_left(&r) >= 2) {
        put_utf8(&w, next_utf16(&r));
    }
    text[w.n] = '\0';
}

static void complete(void *ctx, struct tw_urb *urb);

/* Sends the request of a step. */
static void ask(struct tw_usb_host *host, const struct aw_usb_setup *setup)
{
    host->urb = (struct tw_urb){
        .data = host->buffer,
        .size = setup->length,
        .complete = complete,
        .ctx = host,
    };
    aw_usb_setup_write(setup, host->urb.setup);
    step_in(host, ANSWER_MS);
    tw_usb_submit(host, &host->urb);
}

static void ask_descriptor(struct tw_usb_host *host, uint8_t type,
                           uint8_t index, uint16_t size)
{
    const struct aw_usb_setup setup = {
        .request_type = AW_USB_IN,
        .request = AW_USB_GET_DESCRIPTOR,
        .value = (uint16_t)(type << 8 | index),
        .index = type == AW_USB_DESC_STRING ? host->language : (uint16_t)0,
        .length = size,
    };

    ask(host, &setup);
}

static void ask_simple(struct tw_usb_host *host, uint8_t request,
                       uint16_t value)
{
    const struct aw_usb_setup setup = {.request = request, .value = value};

    ask(host, &setup);
}

static void run_step(struct tw_usb_host *host);

/* Strings that the device does not have are not asked for. */
static void ask_string(struct tw_usb_host *host, unsigned which)
{
    if (host->string_index[which] == 0 || host->language == 0) {
        host->step++;
        run_step(host);
        return;
    }
    ask_descriptor(host, AW_USB_DESC_STRING, host->string_index[which],
                   STRING_MAX);
}

static void reset_bus(struct tw_usb_host *host)
{
    const struct tw_usb_device *device = host->port->device;

    forget_pipes(host);
    host->address = 0;
    host->language = 0;
    host->found.maker[0] = '\0';
    host->found.model[0] = '\0';
    host->found.serial[0] = '\0';
    host->port->full_speed = false;
    device->bus_reset(device->ctx, true);
    host->step = STEP_FIRST;
    step_in(host, RECOVERY_MS);
}

static void arrived(struct tw_usb_host *host)
{
    host->step = STEP_DONE;
    tw_clock_cancel(host->clock, &host->settle);
    host->arrivals++;
    host->found.arrival = host->arrivals;
    announce(host, true);
}

static void ask_config(struct tw_usb_host *host, uint16_t size)
{
    ask_descriptor(host, AW_USB_DESC_CONFIG, 0,
                   size < TW_USB_CONFIG_MAX ? size
                                            : (uint16_t)TW_USB_CONFIG_MAX);
}

static void run_step(struct tw_usb_host *host)
{
    switch (host->step) {
    case STEP_RESET:
        reset_bus(host);
        break;
    case STEP_FIRST:
        ask_descriptor(host, AW_USB_DESC_DEVICE, 0, FIRST_SIZE);
        break;
    case STEP_ADDRESS:
        ask_simple(host, AW_USB_SET_ADDRESS, ADDRESS);
        break;
    case STEP_DEVICE:
        ask_descriptor(host, AW_USB_DESC_DEVICE, 0, DEVICE_SIZE);
        break;
    case STEP_CONFIG_HEAD:
        ask_config(host, CONFIG_HEAD_SIZE);
        break;
    case STEP_CONFIG:
        ask_config(host, host->found.config_size);
        break;
    case STEP_LANGUAGE:
        ask_descriptor(host, AW_USB_DESC_STRING, 0, STRING_MAX);
        break;
    case STEP_MAKER:
    case STEP_MODEL:
    case STEP_SERIAL:
        ask_string(host, host->step - (unsigned)STEP_MAKER);
        break;
    case STEP_CONFIGURE:
        if (host->configure) {
            ask_simple(host, AW_USB_SET_CONFIGURATION, host->found.config[5]);
            break;
        }
        arrived(host);
        break;
    default:
        break;
    }
}

static void give_up(struct tw_usb_host *host)
{
    host->tries++;
    host->step = host->tries < TRIES ? STEP_RESET : STEP_NONE;
    tw_clock_cancel(host->clock, &host->settle);
    if (host->step == STEP_RESET) {
        step_in(host, DEBOUNCE_MS);
    }
}

static bool took_first(struct tw_usb_host *host, aw_bytes got)
{
    if (got.n < FIRST_SIZE || got.p[7] < PACKET0_LEAST ||
        got.p[7] > PACKET0_MOST) {
        return false;
    }
    host->pipe[0].max_packet = got.p[7];
    return true;
}

static bool took_device(struct tw_usb_host *host, aw_bytes got)
{
    if (got.n < DEVICE_SIZE || got.p[1] != AW_USB_DESC_DEVICE) {
        return false;
    }
    memcpy(host->found.device, got.p, DEVICE_SIZE);
    memcpy(host->string_index, &got.p[14], sizeof(host->string_index));
    return true;
}

static bool took_config(struct tw_usb_host *host, aw_bytes got)
{
    struct aw_rd r = aw_rd_init(got);

    (void)aw_rd_le16(&r);
    uint16_t total = aw_rd_le16(&r);

    if (got.n < CONFIG_HEAD_SIZE || got.p[1] != AW_USB_DESC_CONFIG) {
        return false;
    }
    host->found.config_size = total;
    if (host->step == STEP_CONFIG) {
        host->found.config_size = (uint16_t)got.n;
        memcpy(host->found.config, got.p, got.n);
        tw_usb_set_pipes(host);
    }
    return true;
}

/* Strings are not worth failing for. */
static bool took_string(struct tw_usb_host *host, aw_bytes got)
{
    struct aw_rd r = aw_rd_init(got);

    switch (host->step) {
    case STEP_LANGUAGE:
        (void)aw_rd_le16(&r);
        host->language = aw_rd_le16(&r);
        break;
    case STEP_MAKER:
        decode_string(got, host->found.maker);
        break;
    case STEP_MODEL:
        decode_string(got, host->found.model);
        break;
    default:
        decode_string(got, host->found.serial);
        break;
    }
    return true;
}

static bool took(struct tw_usb_host *host, aw_bytes got)
{
    switch (host->step) {
    case STEP_FIRST:
        return took_first(host, got);
    case STEP_DEVICE:
        return took_device(host, got);
    case STEP_CONFIG_HEAD:
    case STEP_CONFIG:
        return took_config(host, got);
    case STEP_LANGUAGE:
    case STEP_MAKER:
    case STEP_MODEL:
    case STEP_SERIAL:
        return took_string(host, got);
    case STEP_ADDRESS:
        host->address = ADDRESS;
        return true;
    default:
        return true;
    }
}

static void complete(void *ctx, struct tw_urb *urb)
{
    struct tw_usb_host *host = ctx;
    aw_bytes got = {host->buffer, urb->done};
    bool refusable = host->step >= STEP_LANGUAGE && host->step <= STEP_SERIAL;

    if (urb->result == TW_URB_GONE) {
        return; /* unplugging starts or ends enumeration by itself */
    }
    if (urb->result == TW_URB_STALL && refusable) {
        got.n = 0;
    } else if (urb->result != TW_URB_DONE) {
        give_up(host);
        return;
    }
    if (!took(host, got)) {
        give_up(host);
        return;
    }
    if (host->step == STEP_CONFIGURE) {
        arrived(host);
        return;
    }
    host->step++;
    step_in(host, host->step == STEP_DEVICE ? RECOVERY_MS : 0);
}

void tw_usb_step(void *ctx)
{
    struct tw_usb_host *host = ctx;

    if (host->urb.result == TW_URB_PENDING && host->urb.complete != NULL) {
        tw_usb_cancel(host, &host->urb); /* no answer in time */
        return;
    }
    run_step(host);
}
