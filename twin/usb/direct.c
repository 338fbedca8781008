/* SPDX-License-Identifier: Apache-2.0 */
#include "usb/direct.h"

#include <stdio.h>
#include <string.h>

enum { MS_PER_S = 1000 };

static uint64_t ticks_of(const struct tw_usb_direct *bus, uint32_t ms)
{
    return tw_clock_ticks(bus->clock, ms, MS_PER_S);
}

void tw_usb_run_clock(void *ctx, uint64_t until, const bool *done)
{
    struct tw_clock *clock = ctx;

    while (!*done && clock->next <= until) {
        if (clock->now < clock->next) {
            clock->now = clock->next;
        }
        tw_clock_fire(clock);
    }
    if (!*done && clock->now < until) {
        clock->now = until;
    }
}

aw_err tw_usb_error(enum tw_urb_result result)
{
    switch (result) {
    case TW_URB_DONE:
        return AW_OK;
    case TW_URB_STALL:
        return AW_ERR_STALL;
    case TW_URB_BABBLE:
        return AW_ERR_SPACE;
    case TW_URB_GONE:
        return AW_ERR_GONE;
    case TW_URB_CANCELLED:
        return AW_ERR_TIMEOUT;
    case TW_URB_NO_ENDPOINT:
        return AW_ERR_NOT_FOUND;
    case TW_URB_PENDING:
    case TW_URB_ERROR:
        break;
    }
    return AW_ERR_IO;
}

void tw_usb_describe(const struct tw_usb_host *host, size_t port,
                     struct aw_usb_id *id)
{
    const struct tw_usb_found *found = &host->found;
    struct aw_rd r =
        aw_rd_init((aw_bytes){found->device, sizeof(found->device)});

    memset(id, 0, sizeof(*id));
    (void)snprintf(id->path, sizeof(id->path), "1-%zu", port + 1);
    (void)aw_rd_le64(&r);
    id->vendor = aw_rd_le16(&r);
    id->product = aw_rd_le16(&r);
    id->release = aw_rd_le16(&r);
    id->speed = host->port->full_speed ? AW_USB_SPEED_FULL : AW_USB_SPEED_HIGH;
    id->arrival = found->arrival;
    id->has_strings = true;
    memcpy(id->maker, found->maker, sizeof(id->maker));
    memcpy(id->model, found->model, sizeof(id->model));
    memcpy(id->serial, found->serial, sizeof(id->serial));
}

static uint32_t changes_of(const struct tw_usb_direct *bus)
{
    uint32_t changes = 0;

    for (size_t i = 0; i < bus->hosts; i++) {
        changes += bus->host[i]->changes;
    }
    return changes;
}

static aw_err direct_list(void *ctx, struct aw_usb_id *id, size_t room,
                          size_t *n, uint32_t *changes, struct aw_diag *diag)
{
    const struct tw_usb_direct *bus = ctx;
    size_t found = 0;

    (void)diag;
    for (size_t i = 0; i < bus->hosts; i++) {
        if (!bus->host[i]->found.present) {
            continue;
        }
        if (found < room) {
            tw_usb_describe(bus->host[i], i, &id[found]);
        }
        found++;
    }
    *n = found;
    *changes = changes_of(bus);
    return AW_OK;
}

static aw_err direct_wait(void *ctx, uint32_t changes, uint32_t timeout_ms,
                          struct aw_diag *diag)
{
    struct tw_usb_direct *bus = ctx;
    uint64_t until = bus->clock->now + ticks_of(bus, timeout_ms);

    while (changes_of(bus) == changes) {
        if (bus->clock->now >= until) {
            return aw_fail(diag, AW_ERR_TIMEOUT, "usb: wait", timeout_ms);
        }
        bus->done = false;
        bus->run(bus->ctx, until, &bus->done);
    }
    return AW_OK;
}

static uint64_t direct_now(void *ctx)
{
    const struct tw_usb_direct *bus = ctx;

    return tw_clock_periods(bus->clock, bus->clock->now, MS_PER_S);
}

static struct tw_usb_host *host_of(const struct tw_usb_direct_device *device)
{
    return device->bus->host[device->port];
}

static bool is_there(const struct tw_usb_direct_device *device)
{
    const struct tw_usb_found *found = &host_of(device)->found;

    return found->present && found->arrival == device->arrival;
}

static void complete(void *ctx, struct tw_urb *urb)
{
    struct tw_usb_direct *bus = ctx;

    (void)urb;
    bus->done = true;
}

static aw_err run_urb(struct tw_usb_direct_device *device, struct tw_urb *urb,
                      uint32_t timeout_ms)
{
    struct tw_usb_direct *bus = device->bus;
    uint64_t until = bus->clock->now + ticks_of(bus, timeout_ms);

    if (!is_there(device)) {
        return AW_ERR_GONE;
    }
    bus->done = false;
    urb->complete = complete;
    urb->ctx = bus;
    tw_usb_submit(host_of(device), urb);
    while (urb->result == TW_URB_PENDING && bus->clock->now < until) {
        bus->done = false;
        bus->run(bus->ctx, until, &bus->done);
    }
    tw_usb_cancel(host_of(device), urb);
    return tw_usb_error(urb->result);
}

static aw_err device_claim(void *ctx, uint8_t interface, struct aw_diag *diag)
{
    const struct tw_usb_direct_device *device = ctx;

    if (!is_there(device)) {
        return aw_fail(diag, AW_ERR_GONE, "usb: device", 0);
    }
    if (!tw_usb_has_interface(host_of(device), interface)) {
        return aw_fail(diag, AW_ERR_NOT_FOUND, "usb: interface", interface);
    }
    return AW_OK;
}

static aw_err device_control(void *ctx, const struct aw_usb_setup *setup,
                             uint8_t *data, size_t *done, uint32_t timeout_ms,
                             struct aw_diag *diag)
{
    struct tw_urb urb = {.data = data, .size = setup->length};

    aw_usb_setup_write(setup, urb.setup);
    aw_err err = run_urb(ctx, &urb, timeout_ms);

    if (err != AW_OK) {
        return aw_fail(diag, err, "usb: control transfer", urb.done);
    }
    if (done != NULL) {
        *done = urb.done;
    }
    return AW_OK;
}

static aw_err device_transfer(void *ctx, uint8_t endpoint, uint8_t *data,
                              size_t size, size_t *done, uint32_t timeout_ms)
{
    struct tw_urb urb = {.endpoint = endpoint, .data = data, .size = size};
    aw_err err = run_urb(ctx, &urb, timeout_ms);

    *done = urb.done;
    return err;
}

static void device_close(void *ctx)
{
    (void)ctx; /* nothing is held */
}

static aw_err direct_open(void *ctx, const struct aw_usb_id *id,
                          struct aw_usb_device *device, struct aw_diag *diag)
{
    struct tw_usb_direct *bus = ctx;
    struct aw_usb_id there;

    for (size_t i = 0; i < bus->hosts; i++) {
        tw_usb_describe(bus->host[i], i, &there);
        if (!bus->host[i]->found.present || strcmp(there.path, id->path) != 0 ||
            there.arrival != id->arrival) {
            continue;
        }
        bus->device[i] = (struct tw_usb_direct_device){bus, i, id->arrival};
        *device = (struct aw_usb_device){
            .ctx = &bus->device[i],
            .claim = device_claim,
            .control = device_control,
            .transfer = device_transfer,
            .close = device_close,
        };
        return AW_OK;
    }
    return aw_fail(diag, AW_ERR_GONE, "usb: device", 0);
}

struct aw_usb tw_usb_direct(struct tw_usb_direct *bus)
{
    return (struct aw_usb){
        .ctx = bus,
        .list = direct_list,
        .open = direct_open,
        .wait = direct_wait,
        .now_ms = direct_now,
    };
}
