/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aw/sdp/storage.h"
#include "fuzz_device.h"

/* A recovery that answers anything. The first byte of each transfer says how:
 * an error, so many bytes of the input, or a status that fits, with the tag of
 * the last command. What the client returns as good has to have come. */

enum { TRANSFERS_MAX = 20000, TAG = 4, CBW = 31, CSW = 13 };
enum { HOW_ERROR = 0xf0, HOW_STATUS = 0xe0, HOW_LONG = 0xd0 };

struct device {
    struct aw_rd r;
    unsigned transfers;
    uint8_t tag[4];
};

static aw_err control(void *ctx, const struct aw_usb_setup *setup,
                      uint8_t *data, size_t *done, uint32_t timeout_ms,
                      struct aw_diag *diag)
{
    struct device *dev = ctx;
    uint8_t how = aw_rd_u8(&dev->r);

    trap_unless(timeout_ms > 0 && ++dev->transfers < TRANSFERS_MAX);
    if (how >= HOW_ERROR) {
        return aw_fail(diag, device_error(how), "fuzz: control", how);
    }
    if (setup->length > 0) {
        trap_unless(setup->length == 1);
        data[0] = how;
    }
    if (done != NULL) {
        *done = setup->length;
    }
    return AW_OK;
}

static size_t answer(struct device *dev, uint8_t how, uint8_t *data,
                     size_t size)
{
    uint8_t csw[CSW] = "USBS";

    if (how >= HOW_STATUS) {
        memcpy(csw + TAG, dev->tag, TAG);
        csw[8] = how == HOW_STATUS ? 0 : aw_rd_u8(&dev->r);
        csw[12] = how & 3;
        memcpy(data, csw, size < CSW ? size : (size_t)CSW);
        return size < CSW ? size : (size_t)CSW;
    }
    if (how >= HOW_LONG) {
        memset(data, how, size);
        return size;
    }
    size_t n = aw_rd_left(&dev->r);

    n = n < how ? n : how;
    n = n < size ? n : size;
    aw_bytes part = aw_rd_take(&dev->r, n);

    if (n > 0) {
        memcpy(data, part.p, n);
    }
    return n;
}

static aw_err transfer(void *ctx, uint8_t endpoint, uint8_t *data, size_t size,
                       size_t *done, uint32_t timeout_ms)
{
    struct device *dev = ctx;
    uint8_t how = aw_rd_u8(&dev->r);

    trap_unless(timeout_ms > 0 && ++dev->transfers < TRANSFERS_MAX);
    *done = 0;
    if (how >= HOW_ERROR || dev->r.failed) {
        return device_error(how);
    }
    if ((endpoint & AW_USB_IN) == 0) {
        if (size == CBW) {
            memcpy(dev->tag, data + TAG, TAG);
        }
        *done = size;
        return AW_OK;
    }
    *done = answer(dev, how, data, size);
    return AW_OK;
}

static void check_text(const char *text, size_t room)
{
    size_t n = strlen(text);

    trap_unless(n < room);
    for (size_t i = 0; i < n; i++) {
        trap_unless(text[i] >= ' ' && text[i] <= '~');
    }
}

static void use(struct aw_storage *s, const struct aw_storage_unit *u,
                uint8_t what)
{
    static uint8_t blocks[3 * AW_STORAGE_BLOCK];
    uint8_t digest[AW_SHA256_SIZE];
    struct aw_storage_info info;
    struct aw_diag diag = {.err = AW_OK};
    aw_err err = AW_OK;

    switch (what % 6) {
    case 0:
        err = aw_storage_read(s, u, 1, blocks, 3, &diag);
        break;
    case 1:
        err = aw_storage_write(s, u, 1, blocks, 3, &diag);
        break;
    case 2:
        err = aw_storage_hash(s, u, 1, 3, digest, &diag);
        break;
    case 3:
        err = aw_storage_zero(s, u, 1, 200, &diag);
        break;
    case 4:
        err = aw_storage_info(s, u, &info, &diag);
        break;
    default:
        err = aw_storage_sync(s, u, &diag);
        break;
    }
    trap_unless(err == AW_OK || (diag.err == err && diag.where != NULL));
    if (err == AW_ERR_REFUSED) {
        check_text(aw_sense_text(&s->sense), 64);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct device dev = {.r = aw_rd_init((aw_bytes){data, size})};
    const struct aw_usb_device usb = {&dev, device_claim, control, transfer,
                                      NULL};
    uint8_t what = aw_rd_u8(&dev.r);
    struct aw_diag diag = {.err = AW_OK};
    struct aw_storage_unit unit;
    struct aw_storage s;

    if (aw_storage_open(&s, &usb, 1, &diag) != AW_OK) {
        return 0;
    }
    trap_unless(s.units > 0 && s.units <= AW_STORAGE_UNITS);
    if (aw_storage_unit(&s, 0, &unit, &diag) == AW_OK) {
        check_text(unit.vendor, sizeof(unit.vendor));
        check_text(unit.product, sizeof(unit.product));
        check_text(unit.version, sizeof(unit.version));
        check_text(unit.commit, sizeof(unit.commit));
        trap_unless(unit.blocks > 0);
        use(&s, &unit, what);
        use(&s, &unit, what / 6);
    }
    return 0;
}
