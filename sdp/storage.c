/* SPDX-License-Identifier: Apache-2.0 */
/* Bulk-only transport. */
#include <string.h>

#include "storage_priv.h"

#define CBW_SIGNATURE UINT32_C(0x43425355)
#define CSW_SIGNATURE UINT32_C(0x53425355)

enum {
    CBW = 31,
    CSW = 13,
    PACKET = 512,
    FLAG_IN = 0x80,
    ENDPOINT_IN = 0x81,
    ENDPOINT_OUT = 0x01,
    INTERFACE = 0,
    RESET = 0xff,
    GET_MAX_LUN = 0xfe,
    TO_INTERFACE = 0x21,
    TO_ENDPOINT = 0x02,
    STATUS_GOOD = 0,
    STATUS_FAILED = 1,
    STATUS_PHASE = 2,
    SENSE_SIZE = 18,
    SENSE_LEAST = 14,
    REQUEST_SENSE = 0x03
};

static aw_err plain_control(struct aw_storage *s, uint8_t type, uint8_t request,
                            uint16_t index, struct aw_diag *diag)
{
    const struct aw_usb_setup setup = {
        .request_type = type, .request = request, .index = index};

    return s->usb.control(s->usb.ctx, &setup, NULL, NULL, s->timeout_ms, diag);
}

static aw_err clear_halt(struct aw_storage *s, uint8_t endpoint,
                         struct aw_diag *diag)
{
    return plain_control(s, TO_ENDPOINT, AW_USB_CLEAR_FEATURE, endpoint, diag);
}

aw_err storage_reset(struct aw_storage *s, struct aw_diag *diag)
{
    aw_err err = plain_control(s, TO_INTERFACE, RESET, INTERFACE, diag);

    /* The Go project's recovery stalls the reset. */
    if (err == AW_OK || err == AW_ERR_STALL) {
        err = clear_halt(s, ENDPOINT_IN, diag);
    }
    return err == AW_OK ? clear_halt(s, ENDPOINT_OUT, diag) : err;
}

/* A device that answered nonsense starts anew; what it did wrong counts. */
static aw_err give_up(struct aw_storage *s, aw_err err)
{
    if (err != AW_ERR_GONE && err != AW_ERR_CANCELLED) {
        (void)!storage_reset(s, NULL);
    }
    return err;
}

aw_err storage_max_lun(struct aw_storage *s, struct aw_diag *diag)
{
    const struct aw_usb_setup setup = {.request_type = TO_INTERFACE | AW_USB_IN,
                                       .request = GET_MAX_LUN,
                                       .index = INTERFACE,
                                       .length = 1};
    uint8_t last = 0;
    size_t done = 0;
    aw_err err =
        s->usb.control(s->usb.ctx, &setup, &last, &done, s->timeout_ms, diag);

    if (err != AW_OK) {
        return err;
    }
    if (done != 1 || last >= AW_STORAGE_UNITS) {
        return aw_fail(diag, AW_ERR_FORMAT, "storage: number of units", last);
    }
    s->units = (uint8_t)(last + 1);
    return AW_OK;
}

static aw_err send_wrapper(struct aw_storage *s,
                           const struct storage_command *c,
                           struct aw_diag *diag)
{
    uint8_t cbw[CBW];
    struct aw_wr w = aw_wr_init(cbw, sizeof(cbw));
    size_t done = 0;

    aw_wr_le32(&w, CBW_SIGNATURE);
    aw_wr_le32(&w, ++s->tag);
    aw_wr_le32(&w, c->n);
    aw_wr_u8(&w, c->in && c->n > 0 ? FLAG_IN : 0);
    aw_wr_u8(&w, c->lun);
    aw_wr_u8(&w, c->cdb_n);
    aw_wr_put(&w, (aw_bytes){c->cdb, STORAGE_CDB});
    aw_err err = s->usb.transfer(s->usb.ctx, ENDPOINT_OUT, cbw, sizeof(cbw),
                                 &done, s->timeout_ms);

    if (err != AW_OK || done != sizeof(cbw)) {
        return aw_fail(diag, err != AW_OK ? err : AW_ERR_IO,
                       "storage: command wrapper", done);
    }
    return AW_OK;
}

/* A halt ends the data; the status says why. */
static aw_err move_data(struct aw_storage *s, const struct storage_command *c,
                        size_t *moved, struct aw_diag *diag)
{
    uint8_t endpoint = c->in ? ENDPOINT_IN : ENDPOINT_OUT;

    *moved = 0;
    if (c->n == 0) {
        return AW_OK;
    }
    aw_err err = s->usb.transfer(s->usb.ctx, endpoint, c->data, c->n, moved,
                                 c->timeout_ms);

    if (err == AW_ERR_STALL) {
        err = clear_halt(s, endpoint, diag);
    } else if (err == AW_ERR_SPACE) {
        err = AW_ERR_FORMAT;
    }
    if (err != AW_OK) {
        return aw_fail(diag, err, "storage: data", *moved);
    }
    AW_BUG_ON(*moved > c->n);
    return AW_OK;
}

struct status {
    uint32_t residue;
    uint8_t code;
};

static aw_err parse_status(const struct aw_storage *s,
                           const struct storage_command *c, aw_bytes bytes,
                           struct status *status, struct aw_diag *diag)
{
    struct aw_rd r = aw_rd_init(bytes);
    uint32_t signature = aw_rd_le32(&r);
    uint32_t tag = aw_rd_le32(&r);
    uint32_t residue = aw_rd_le32(&r);
    uint8_t code = aw_rd_u8(&r);

    if (r.failed || bytes.n != CSW) {
        return aw_fail(diag, AW_ERR_FORMAT, "storage: size of the status",
                       bytes.n);
    }
    if (signature != CSW_SIGNATURE) {
        return aw_fail(diag, AW_ERR_FORMAT, "storage: signature of the status",
                       signature);
    }
    if (tag != s->tag) {
        return aw_fail(diag, AW_ERR_FORMAT,
                       "storage: status of another command", tag);
    }
    if (residue > c->n || code > STATUS_PHASE) {
        return aw_fail(diag, AW_ERR_FORMAT, "storage: status",
                       residue > c->n ? residue : code);
    }
    *status = (struct status){residue, code};
    return AW_OK;
}

static aw_err read_status(struct aw_storage *s, const struct storage_command *c,
                          struct status *status, struct aw_diag *diag)
{
    uint8_t bytes[PACKET];
    size_t n = 0;
    aw_err err = s->usb.transfer(s->usb.ctx, ENDPOINT_IN, bytes, sizeof(bytes),
                                 &n, c->timeout_ms);

    if (err == AW_ERR_STALL) {
        err = clear_halt(s, ENDPOINT_IN, diag);
        if (err == AW_OK) {
            err = s->usb.transfer(s->usb.ctx, ENDPOINT_IN, bytes, sizeof(bytes),
                                  &n, c->timeout_ms);
        }
    }
    if (err != AW_OK) {
        return aw_fail(diag, err == AW_ERR_SPACE ? AW_ERR_FORMAT : err,
                       "storage: status", n);
    }
    AW_BUG_ON(n > sizeof(bytes));
    return parse_status(s, c, (aw_bytes){bytes, n}, status, diag);
}

/* Wrapper, data, status. */
static aw_err exchange(struct aw_storage *s, const struct storage_command *c,
                       size_t *moved, struct status *status,
                       struct aw_diag *diag)
{
    aw_err err = send_wrapper(s, c, diag);

    if (err == AW_OK) {
        err = move_data(s, c, moved, diag);
    }
    if (err == AW_OK) {
        err = read_status(s, c, status, diag);
    }
    if (err == AW_OK && status->code == STATUS_PHASE) {
        err = aw_fail(diag, AW_ERR_FORMAT, "storage: phase error", c->cdb[0]);
    }
    return err == AW_OK ? AW_OK : give_up(s, err);
}

/* Why a command failed. A device that fails this, too, does not say. */
static aw_err take_sense(struct aw_storage *s, const struct storage_command *c,
                         struct aw_diag *diag)
{
    uint8_t data[SENSE_SIZE] = {0};
    const struct storage_command ask = {
        .lun = c->lun,
        .cdb = {REQUEST_SENSE, 0, 0, 0, SENSE_SIZE},
        .cdb_n = 6,
        .in = true,
        .data = data,
        .n = sizeof(data),
        .timeout_ms = s->timeout_ms};
    size_t moved = 0;
    struct status status = {0};
    aw_err err = exchange(s, &ask, &moved, &status, diag);

    if (err != AW_OK) {
        return err;
    }
    s->sense = (struct aw_sense){.key = 0};
    if (status.code == STATUS_GOOD && moved >= SENSE_LEAST) {
        (void)storage_parse_sense((aw_bytes){data, moved}, &s->sense);
    }
    return aw_fail(diag, AW_ERR_REFUSED, "storage: command",
                   (uint64_t)c->cdb[0]);
}

aw_err storage_run(struct aw_storage *s, const struct storage_command *c,
                   uint32_t *done, struct aw_diag *diag)
{
    size_t moved = 0;
    struct status status = {0};
    aw_err err = exchange(s, c, &moved, &status, diag);

    if (err != AW_OK) {
        return err;
    }
    if (status.code == STATUS_FAILED) {
        return take_sense(s, c, diag);
    }
    uint32_t counts = c->n - status.residue;

    if (counts > moved) {
        counts = (uint32_t)moved;
    }
    if (counts != c->n && !c->may_be_short) {
        return aw_fail(diag, AW_ERR_FORMAT, "storage: bytes of the answer",
                       counts);
    }
    if (done != NULL) {
        *done = counts;
    }
    return AW_OK;
}
