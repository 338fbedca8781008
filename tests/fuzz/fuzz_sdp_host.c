/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aw/sdp/host.h"
#include "fuzz_device.h"

/* A device that answers anything: the host ends, and says that an image
 * started only if the device was silent after the jump. The input is the
 * image, behind its length, then one byte and a report for each transfer. */

struct device {
    struct aw_rd r;
    unsigned transfers;
    bool answered; /* the last read gave a report */
    uint16_t last; /* command */
};

enum { TRANSFERS_MAX = 20000 };

static aw_err control(void *ctx, const struct aw_usb_setup *setup,
                      uint8_t *data, size_t *done, uint32_t timeout_ms,
                      struct aw_diag *diag)
{
    struct device *dev = ctx;
    struct aw_sdp_request request;

    trap_unless(timeout_ms > 0 && ++dev->transfers < TRANSFERS_MAX);
    if (aw_sdp_request_parse((aw_bytes){data, setup->length}, &request, NULL) ==
        AW_OK) {
        dev->last = request.type;
        uint8_t how = aw_rd_u8(&dev->r);

        if (how >= 0xf8) {
            return aw_fail(diag, device_error(how), "fuzz: control", how);
        }
    }
    *done = setup->length;
    return AW_OK;
}

static aw_err transfer(void *ctx, uint8_t endpoint, uint8_t *data, size_t size,
                       size_t *done, uint32_t timeout_ms)
{
    struct device *dev = ctx;
    uint8_t how = aw_rd_u8(&dev->r);
    size_t left = aw_rd_left(&dev->r);
    size_t n = how;

    trap_unless(timeout_ms > 0 && ++dev->transfers < TRANSFERS_MAX);
    trap_unless(endpoint == AW_SDP_ENDPOINT);
    *done = 0;
    dev->answered = false;
    if (how >= 0xf0 || dev->r.failed) {
        return device_error(how);
    }
    n = n < left ? n : left;
    n = n < size ? n : size;
    aw_bytes report = aw_rd_take(&dev->r, n);

    if (n > 0) {
        memcpy(data, report.p, n);
    }
    *done = n;
    dev->answered = n >= 5 && report.p[0] == AW_SDP_ANSWER;
    return AW_OK;
}

static void no_close(void *ctx)
{
    (void)ctx;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct device dev = {.r = aw_rd_init((aw_bytes){data, size})};
    const struct aw_usb_device usb = {&dev, device_claim, control, transfer,
                                      no_close};
    uint8_t mode = aw_rd_u8(&dev.r);
    size_t n = aw_rd_be16(&dev.r);
    aw_bytes image = aw_rd_take(&dev.r, n);
    const struct aw_sdp_how how = {.skip_dcd = (mode & 1U) != 0};
    struct aw_diag diag = {.err = AW_OK};
    uint8_t bytes[100];
    struct aw_sdp_boot boot;
    struct aw_sdp sdp;

    if (aw_sdp_open(&sdp, &usb, 1, &diag) != AW_OK) {
        return 0;
    }
    if ((mode & 2U) != 0) {
        (void)aw_sdp_read(&sdp, 0x80000000, 8, bytes, sizeof(bytes), &diag);
        (void)aw_sdp_write(&sdp, 0x80000000, 32, 1, &diag);
    }
    aw_err err = aw_sdp_boot_unverified(&sdp, image, &how, &boot, &diag);

    trap_unless((err == AW_OK) == (boot.stage == AW_SDP_STARTED));
    if (err == AW_OK) {
        trap_unless(dev.last == AW_SDP_JUMP_ADDRESS && !dev.answered);
        trap_unless(boot.file_bytes == image.n);
    } else {
        trap_unless(diag.err == err && diag.where != NULL);
        (void)aw_sdp_event(&sdp);
    }
    return 0;
}
