/* SPDX-License-Identifier: Apache-2.0 */
#include "usb/host.h"

#include <string.h>

#include "aw/err.h"
#include "usb/host_priv.h"

enum stage { STAGE_SETUP, STAGE_DATA, STAGE_STATUS };

enum {
    CONTROL = 0,
    IN = 0x80,
    ERRORS_MAX = 3, /* of a transaction in a row */
    /* Bytes that a transaction takes beside its data: tokens, handshake,
     * gaps. Source: USB 2.0, 5.8.4. */
    OVERHEAD = 55,
    BITS_HIGH = 480000000,
    BITS_FULL = 12000000
};

unsigned tw_usb_pipe_of(uint8_t endpoint)
{
    unsigned number = endpoint & 0x0fU;

    return number == 0 ? CONTROL
                       : number * 2U - ((endpoint & IN) != 0 ? 0U : 1U);
}

static void wake(struct tw_usb_host *host)
{
    if (host->slot.slot == 0) {
        tw_clock_at(host->clock, &host->slot, host->clock->now);
    }
}

/* The bus is taken for as long as the packet lasts. */
static void take_bus(struct tw_usb_host *host, size_t bytes)
{
    uint64_t bits = host->port->full_speed ? BITS_FULL : BITS_HIGH;
    uint64_t ticks = tw_clock_ticks(host->clock, (bytes + OVERHEAD) * 8U, bits);

    tw_clock_at(host->clock, &host->slot, host->clock->now + ticks);
}

static void unlink_urb(struct tw_usb_pipe *pipe, const struct tw_urb *urb)
{
    struct tw_urb *before = NULL;
    struct tw_urb *at = pipe->first;

    while (at != NULL && at != urb) {
        before = at;
        at = at->next;
    }
    if (at == NULL) {
        return;
    }
    if (before == NULL) {
        pipe->first = at->next;
    } else {
        before->next = at->next;
    }
    if (pipe->last == at) {
        pipe->last = before;
    }
}

static void finish(struct tw_usb_pipe *pipe, struct tw_urb *urb,
                   enum tw_urb_result result)
{
    unlink_urb(pipe, urb);
    urb->next = NULL;
    urb->result = result;
    urb->complete(urb->ctx, urb);
}

static unsigned pending(const struct tw_usb_pipe *pipe)
{
    unsigned n = 0;

    for (const struct tw_urb *urb = pipe->first; urb != NULL; urb = urb->next) {
        n++;
    }
    return n;
}

void tw_usb_drop(struct tw_usb_host *host, enum tw_urb_result result)
{
    for (unsigned i = 0; i < TW_USB_PIPES; i++) {
        struct tw_usb_pipe *pipe = &host->pipe[i];

        /* Those that are there now: one that completes may submit another. */
        for (unsigned n = pending(pipe); n > 0 && pipe->first != NULL; n--) {
            finish(pipe, pipe->first, result);
        }
        pipe->waits = false;
    }
}

static bool is_in(const struct tw_urb *urb)
{
    return urb->endpoint == CONTROL ? (urb->setup[0] & IN) != 0
                                    : (urb->endpoint & IN) != 0;
}

/* What the reply to a packet means for its transfer. */
static bool went_wrong(struct tw_usb_pipe *pipe, struct tw_urb *urb,
                       enum tw_usb_reply reply)
{
    switch (reply) {
    case TW_USB_ACK:
        urb->errors = 0;
        return false;
    case TW_USB_NAK:
        urb->errors = 0;
        pipe->waits = true;
        return true;
    case TW_USB_STALL:
        finish(pipe, urb, TW_URB_STALL);
        return true;
    case TW_USB_NONE:
        break;
    }
    urb->errors++;
    if (urb->errors >= ERRORS_MAX) {
        finish(pipe, urb, TW_URB_ERROR);
    }
    return true;
}

/* One IN packet into the transfer. @return bytes on the bus */
static size_t packet_in(struct tw_usb_host *host, struct tw_usb_pipe *pipe,
                        struct tw_urb *urb)
{
    const struct tw_usb_device *device = host->port->device;
    uint8_t packet[TW_USB_PACKET_MAX] = {0};
    size_t n = 0;
    enum tw_usb_reply reply =
        device->in(device->ctx, host->address, urb->endpoint & 0x0fU, packet,
                   pipe->max_packet, &n);

    if (went_wrong(pipe, urb, reply)) {
        return 0;
    }
    if (urb->wrong == TW_USB_SHORT && n > 1) {
        n /= 2;
        urb->wrong = TW_USB_RIGHT;
    }
    size_t left = urb->size - urb->done;
    size_t take = n < left ? n : left;

    if (take > 0) {
        memcpy(urb->data + urb->done, packet, take);
        urb->done += take;
    }
    if (n > left) {
        finish(pipe, urb, TW_URB_BABBLE);
    } else if (n < pipe->max_packet || urb->done == urb->size) {
        if (urb->endpoint == CONTROL) {
            urb->stage = STAGE_STATUS;
        } else {
            finish(pipe, urb, TW_URB_DONE);
        }
    }
    return n;
}

static size_t packet_out(struct tw_usb_host *host, struct tw_usb_pipe *pipe,
                         struct tw_urb *urb)
{
    const struct tw_usb_device *device = host->port->device;
    size_t left = urb->size - urb->done;
    size_t n = left < pipe->max_packet ? left : pipe->max_packet;
    const uint8_t nothing = 0;
    enum tw_usb_reply reply =
        device->out(device->ctx, host->address, urb->endpoint & 0x0fU,
                    n > 0 ? urb->data + urb->done : &nothing, n);

    if (went_wrong(pipe, urb, reply)) {
        return n;
    }
    urb->done += n;
    if (urb->done < urb->size) {
        return n;
    }
    if (urb->endpoint == CONTROL) {
        urb->stage = STAGE_STATUS;
    } else if (!urb->zero_packet || n < pipe->max_packet) {
        finish(pipe, urb, TW_URB_DONE);
    }
    return n;
}

/* The handshake of a control transfer: an empty packet the other way. */
static void packet_status(struct tw_usb_host *host, struct tw_usb_pipe *pipe,
                          struct tw_urb *urb)
{
    const struct tw_usb_device *device = host->port->device;
    uint8_t packet[TW_USB_PACKET_MAX] = {0};
    size_t n = 0;
    enum tw_usb_reply reply = TW_USB_NONE;

    if (is_in(urb) && urb->size > 0) {
        reply = device->out(device->ctx, host->address, 0, packet, 0);
    } else {
        reply = device->in(device->ctx, host->address, 0, packet,
                           pipe->max_packet, &n);
    }
    if (!went_wrong(pipe, urb, reply)) {
        finish(pipe, urb, n == 0 ? TW_URB_DONE : TW_URB_BABBLE);
    }
}

static void packet_setup(struct tw_usb_host *host, struct tw_usb_pipe *pipe,
                         struct tw_urb *urb)
{
    const struct tw_usb_device *device = host->port->device;
    enum tw_usb_reply reply =
        device->setup(device->ctx, host->address, urb->setup);

    if (!went_wrong(pipe, urb, reply)) {
        urb->stage = urb->size > 0 ? STAGE_DATA : STAGE_STATUS;
    }
}

/* One packet of a pipe. @return bytes of data on the bus */
static size_t transact(struct tw_usb_host *host, struct tw_usb_pipe *pipe)
{
    struct tw_urb *urb = pipe->first;

    if (urb->wrong == TW_USB_STALLED || urb->wrong == TW_USB_LOST) {
        finish(pipe, urb,
               urb->wrong == TW_USB_LOST ? TW_URB_ERROR : TW_URB_STALL);
        return 0;
    }
    if (urb->endpoint == CONTROL && urb->stage == STAGE_SETUP) {
        packet_setup(host, pipe, urb);
        return AW_USB_SETUP;
    }
    if (urb->endpoint == CONTROL && urb->stage == STAGE_STATUS) {
        packet_status(host, pipe, urb);
        return 0;
    }
    return is_in(urb) ? packet_in(host, pipe, urb)
                      : packet_out(host, pipe, urb);
}

/* Next pipe with something to do, in turn. */
static struct tw_usb_pipe *next_pipe(struct tw_usb_host *host)
{
    for (unsigned i = 1; i <= TW_USB_PIPES; i++) {
        unsigned at = (host->turn + i) % TW_USB_PIPES;

        if (host->pipe[at].first != NULL && !host->pipe[at].waits) {
            host->turn = (uint8_t)at;
            return &host->pipe[at];
        }
    }
    return NULL;
}

static void slot(void *ctx)
{
    struct tw_usb_host *host = ctx;
    struct tw_usb_pipe *pipe = next_pipe(host);

    if (pipe == NULL) {
        return; /* the next submit or ready wakes us */
    }
    if (!host->attached) {
        tw_usb_drop(host, TW_URB_GONE);
        return;
    }
    size_t bytes = transact(host, pipe);

    take_bus(host, bytes);
}

static void port_ready(void *ctx)
{
    struct tw_usb_host *host = ctx;

    for (unsigned i = 0; i < TW_USB_PIPES; i++) {
        host->pipe[i].waits = false;
    }
    wake(host);
}

static void port_changed(void *ctx)
{
    struct tw_usb_host *host = ctx;
    bool attached = host->port->cable && host->port->device != NULL;

    if (attached == host->attached) {
        return;
    }
    host->attached = attached;
    tw_usb_drop(host, TW_URB_GONE);
    if (!attached) {
        tw_clock_cancel(host->clock, &host->slot);
    }
    tw_usb_enumerate(host);
}

void tw_usb_host_init(struct tw_usb_host *host, struct tw_usb_port *port,
                      struct tw_clock *clock)
{
    *host = (struct tw_usb_host){
        .port = port,
        .clock = clock,
        .configure = true,
        .slot = {.fire = slot, .ctx = host},
        .settle = {.fire = tw_usb_step, .ctx = host},
    };
    port->host_ctx = host;
    port->changed = port_changed;
    port->ready = port_ready;
    port_changed(host);
}

bool tw_usb_has_endpoint(const struct tw_usb_host *host, uint8_t endpoint)
{
    return (endpoint & 0x70U) == 0 &&
           host->pipe[tw_usb_pipe_of(endpoint)].max_packet != 0;
}

/* A fault that is due goes into the transfer. */
static void strike(struct tw_usb_fault *fault, struct tw_urb *urb)
{
    urb->wrong = TW_USB_RIGHT;
    if (fault->times == 0 || fault->endpoint != urb->endpoint) {
        return;
    }
    if (fault->skip > 0) {
        fault->skip--;
        return;
    }
    fault->times--;
    urb->wrong = fault->wrong;
    if (urb->wrong == TW_USB_SHORT && !is_in(urb)) {
        urb->size /= 2;
    }
}

void tw_usb_submit(struct tw_usb_host *host, struct tw_urb *urb)
{
    urb->done = 0;
    urb->stage = STAGE_SETUP;
    urb->errors = 0;
    urb->next = NULL;
    urb->result = TW_URB_PENDING;
    AW_BUG_ON(urb->endpoint == CONTROL &&
              aw_usb_setup_read(urb->setup).length != urb->size);
    if (!host->attached || !tw_usb_has_endpoint(host, urb->endpoint)) {
        urb->result = host->attached ? TW_URB_NO_ENDPOINT : TW_URB_GONE;
        urb->complete(urb->ctx, urb);
        return;
    }
    struct tw_usb_pipe *pipe = &host->pipe[tw_usb_pipe_of(urb->endpoint)];

    strike(&host->fault, urb);
    if (pipe->last == NULL) {
        pipe->first = urb;
        pipe->waits = false;
    } else {
        pipe->last->next = urb;
    }
    pipe->last = urb;
    wake(host);
}

void tw_usb_cancel(struct tw_usb_host *host, struct tw_urb *urb)
{
    if (urb->result == TW_URB_PENDING) {
        struct tw_usb_pipe *pipe = &host->pipe[tw_usb_pipe_of(urb->endpoint)];

        if (pipe->first == urb) {
            pipe->waits = false;
        }
        finish(pipe, urb, TW_URB_CANCELLED);
        wake(host);
    }
}

static void host_reset(void *model, enum tw_reset kind)
{
    (void)model; /* the host is not the board: it sees the pull-up go */
    (void)kind;
}

static void host_save(void *model, struct tw_saver *to)
{
    const struct tw_usb_host *host = model;

    tw_save_u8(to, host->attached ? 1 : 0);
    tw_save_u8(to, host->found.present ? 1 : 0);
    tw_save_u8(to, host->address);
    tw_save_bytes(to, host->found.device, sizeof(host->found.device));
    tw_save_u16(to, host->found.config_size);
    tw_save_bytes(to, host->found.config, host->found.config_size);
    tw_save_bytes(to, host->found.maker, sizeof(host->found.maker));
    tw_save_bytes(to, host->found.model, sizeof(host->found.model));
    tw_save_bytes(to, host->found.serial, sizeof(host->found.serial));
    tw_save_u8(to, (uint8_t)host->fault.wrong);
    tw_save_u8(to, host->fault.endpoint);
    tw_save_u32(to, host->fault.skip);
    tw_save_u32(to, host->fault.times);
    tw_save_u8(to, host->turn);
    tw_save_event(to, &host->slot);
}

static void load_text(struct tw_loader *from, char text[AW_USB_STRING])
{
    if (!tw_load_bytes(from, text, AW_USB_STRING) ||
        memchr(text, 0, AW_USB_STRING) == NULL) {
        from->failed = true;
        text[0] = '\0';
    }
}

static void load_fault(struct tw_loader *from, struct tw_usb_fault *fault)
{
    uint8_t wrong = tw_load_u8(from);

    if (wrong > TW_USB_LOST) {
        from->failed = true;
        wrong = TW_USB_RIGHT;
    }
    fault->wrong = (enum tw_usb_wrong)wrong;
    fault->endpoint = tw_load_u8(from);
    fault->skip = tw_load_u32(from);
    fault->times = tw_load_u32(from);
}

/* A device that was enumerated stays so; one that was not is enumerated from
 * the start. */
static bool host_load(void *model, struct tw_loader *from)
{
    struct tw_usb_host *host = model;
    struct tw_usb_found found = {.present = false};

    tw_usb_drop(host, TW_URB_GONE);
    host->attached = tw_load_u8(from) != 0;
    found.present = tw_load_u8(from) != 0;
    host->address = tw_load_u8(from);
    (void)tw_load_bytes(from, found.device, sizeof(found.device));
    found.config_size = tw_load_u16(from);
    if (found.config_size > sizeof(found.config)) {
        from->failed = true;
        found.config_size = 0;
    }
    (void)tw_load_bytes(from, found.config, found.config_size);
    load_text(from, found.maker);
    load_text(from, found.model);
    load_text(from, found.serial);
    load_fault(from, &host->fault);
    host->turn = tw_load_u8(from) % TW_USB_PIPES;
    /* A packet of another time must not keep the bus. */
    tw_load_event(from, host->clock, &host->slot);
    tw_clock_cancel(host->clock, &host->settle);
    host->arrivals++;
    found.arrival = host->arrivals;
    found.present = found.present && host->attached && !from->failed;
    host->found = found;
    host->changes++;
    if (host->changed != NULL) {
        host->changed(host->ctx);
    }
    tw_usb_set_pipes(host);
    if (!found.present) {
        tw_usb_enumerate(host);
    }
    return !from->failed;
}

struct tw_device tw_usb_host_device(struct tw_usb_host *host, const char *name)
{
    return (struct tw_device){.name = name,
                              .model = host,
                              .reset = host_reset,
                              .save = host_save,
                              .load = host_load};
}
