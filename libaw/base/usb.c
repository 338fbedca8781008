/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/usb.h"

#include <string.h>

static bool wanted_kind(const struct aw_usb_want *want,
                        const struct aw_usb_id *id)
{
    if (want->fits != NULL) {
        return want->fits(id);
    }
    for (size_t i = 0; i < want->n_product; i++) {
        if (want->product[i] == id->product) {
            return want->vendor == id->vendor;
        }
    }
    return want->n_product == 0 && want->vendor == id->vendor;
}

static bool wanted_serial(const struct aw_usb_want *want, const char *serial)
{
    return want->serial == NULL || strcmp(want->serial, serial) == 0 ||
           (want->or_no_serial && serial[0] == '\0');
}

bool aw_usb_wanted(const struct aw_usb_want *want, const struct aw_usb_id *id)
{
    return wanted_kind(want, id) &&
           (want->path == NULL || strcmp(want->path, id->path) == 0) &&
           wanted_serial(want, id->serial);
}

/* One look at the bus. */
struct look {
    struct aw_usb_id *list;
    size_t n;
    uint32_t changes;
};

static aw_err take_look(const struct aw_usb *usb, struct look *look,
                        struct aw_diag *diag)
{
    aw_err err = usb->list(usb->ctx, look->list, AW_USB_DEVICES, &look->n,
                           &look->changes, diag);

    if (err == AW_OK && look->n > AW_USB_DEVICES) {
        return aw_fail(diag, AW_ERR_RESOURCE, "usb: devices", look->n);
    }
    return err;
}

/* Waits for the next change before a deadline. */
static aw_err next_change(const struct aw_usb *usb, uint32_t changes,
                          uint64_t deadline, struct aw_diag *diag)
{
    uint64_t now = usb->now_ms(usb->ctx);

    if (now >= deadline) {
        return aw_fail(diag, AW_ERR_TIMEOUT, "usb: wait", 0);
    }
    uint64_t left = deadline - now;

    return usb->wait(usb->ctx, changes, (uint32_t)left, diag);
}

static size_t find_wanted(const struct look *look,
                          const struct aw_usb_want *want, size_t *at)
{
    size_t found = 0;

    for (size_t i = 0; i < look->n; i++) {
        if (aw_usb_wanted(want, &look->list[i])) {
            *at = i;
            found++;
        }
    }
    return found;
}

aw_err aw_usb_arrival(const struct aw_usb *usb, const struct aw_usb_want *want,
                      uint32_t timeout_ms, struct aw_usb_id *list,
                      struct aw_usb_id *id, struct aw_diag *diag)
{
    uint64_t deadline = usb->now_ms(usb->ctx) + timeout_ms;
    struct look look = {.list = list};
    aw_err err = take_look(usb, &look, diag);

    while (err == AW_OK) {
        size_t at = 0;
        size_t found = find_wanted(&look, want, &at);

        if (found > 1) {
            return aw_fail(diag, AW_ERR_AMBIGUOUS, "usb: devices", found);
        }
        if (found == 1) {
            *id = list[at];
            return AW_OK;
        }
        err = next_change(usb, look.changes, deadline, diag);
        if (err == AW_OK) {
            err = take_look(usb, &look, diag);
        }
    }
    return err;
}

static bool still_there(const struct look *look, const struct aw_usb_id *id)
{
    for (size_t i = 0; i < look->n; i++) {
        if (strcmp(look->list[i].path, id->path) == 0) {
            return look->list[i].arrival == id->arrival;
        }
    }
    return false;
}

aw_err aw_usb_departure(const struct aw_usb *usb, const struct aw_usb_id *id,
                        uint32_t timeout_ms, struct aw_usb_id *list,
                        struct aw_diag *diag)
{
    uint64_t deadline = usb->now_ms(usb->ctx) + timeout_ms;
    struct look look = {.list = list};
    aw_err err = take_look(usb, &look, diag);

    while (err == AW_OK && still_there(&look, id)) {
        err = next_change(usb, look.changes, deadline, diag);
        if (err == AW_OK) {
            err = take_look(usb, &look, diag);
        }
    }
    return err;
}

void aw_usb_setup_write(const struct aw_usb_setup *setup,
                        uint8_t packet[AW_USB_SETUP])
{
    packet[0] = setup->request_type;
    packet[1] = setup->request;
    packet[2] = (uint8_t)(setup->value & 0xffU);
    packet[3] = (uint8_t)(setup->value >> 8);
    packet[4] = (uint8_t)(setup->index & 0xffU);
    packet[5] = (uint8_t)(setup->index >> 8);
    packet[6] = (uint8_t)(setup->length & 0xffU);
    packet[7] = (uint8_t)(setup->length >> 8);
}

struct aw_usb_setup aw_usb_setup_read(const uint8_t packet[AW_USB_SETUP])
{
    struct aw_rd r = aw_rd_init((aw_bytes){packet, AW_USB_SETUP});
    struct aw_usb_setup setup = {0};

    setup.request_type = aw_rd_u8(&r);
    setup.request = aw_rd_u8(&r);
    setup.value = aw_rd_le16(&r);
    setup.index = aw_rd_le16(&r);
    setup.length = aw_rd_le16(&r);
    return setup;
}
