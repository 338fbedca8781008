/* SPDX-License-Identifier: Apache-2.0 */
/* A hostile device, as the control interface's client sees it: the input is the
 * reports that it sends, a byte before each says how many bytes it has or how
 * it fails. The first byte says what the host asks. */
#include <string.h>

#include "aw/sdp/control.h"
#include "aw/settings.h"
#include "fuzz_device.h"

static struct aw_rd script;

static aw_err transfer(void *ctx, uint8_t endpoint, uint8_t *data, size_t size,
                       size_t *done, uint32_t timeout_ms)
{
    static const aw_err fails[] = {AW_ERR_TIMEOUT, AW_ERR_GONE, AW_ERR_STALL,
                                   AW_ERR_SPACE};

    (void)ctx;
    (void)timeout_ms;
    *done = size;
    if ((endpoint & AW_USB_IN) == 0) {
        return AW_OK;
    }
    uint8_t how = aw_rd_u8(&script);
    size_t left = aw_rd_left(&script);

    *done = 0;
    if (script.failed || (how >= 0xf0 && how < 0xf4)) {
        return fails[how & 3];
    }
    memset(data, 0, size);
    size_t n = how < 0xf0 ? size : how & 0xf;
    aw_bytes bytes = aw_rd_take(&script, n < left ? n : left);

    if (bytes.n > 0) {
        memcpy(data, bytes.p, bytes.n);
    }
    *done = n;
    return AW_OK;
}

/* What was read can be written, and read again to the same. */
static void round_trip(const struct aw_ctl_information *i)
{
    static struct aw_ctl_information again;
    static uint8_t bytes[2][2 * AW_CTL_MESSAGE_MAX];
    struct aw_wr one = aw_wr_init(bytes[0], sizeof(bytes[0]));
    struct aw_wr two = aw_wr_init(bytes[1], sizeof(bytes[1]));

    aw_ctl_information_write(i, &one);
    if (one.failed ||
        aw_ctl_information_read(aw_wr_done(&one), &again) != AW_OK) {
        __builtin_trap();
    }
    aw_ctl_information_write(&again, &two);
    if (!aw_bytes_equal(aw_wr_done(&one), aw_wr_done(&two))) {
        __builtin_trap();
    }
}

static void ask(struct aw_control *c, uint8_t what)
{
    static struct aw_ctl_status status;
    static struct aw_ctl_information information;
    static struct aw_ctl_log piece;
    const struct aw_ctl_config config = {.dhcp = true};

    switch (what % 6) {
    case 0:
        (void)!aw_control_status(c, &status, NULL);
        break;
    case 1:
        if (aw_control_information(c, &information, NULL) == AW_OK) {
            round_trip(&information);
        }
        break;
    case 2:
        (void)!aw_control_log(c, AW_CTL_CONSOLE_LOGS, true, &piece, NULL);
        break;
    case 3:
        (void)!aw_control_configure(c, &config, NULL);
        (void)aw_control_fault_text(c->fault);
        break;
    case 4:
        (void)!aw_control_activate(c, NULL);
        break;
    default:
        (void)!aw_control_ping(c, (aw_bytes){(const uint8_t *)"ping", 4}, NULL);
        break;
    }
}

/* Messages as such: what the device reads, too. */
static void read_all(aw_bytes bytes)
{
    static struct aw_ctl_information information;
    struct aw_ctl_config config;
    struct aw_ctl_arm arm;
    struct aw_ctl_config kept;
    static struct aw_ctl_update update;
    uint8_t block[AW_SETTINGS_SIZE] = {0};
    uint32_t seq = 0;
    bool goes_on = false;

    if (aw_ctl_information_read(bytes, &information) == AW_OK) {
        round_trip(&information);
    }
    (void)!aw_ctl_config_read(bytes, &config);
    (void)!aw_ctl_arm_read(bytes, &arm);
    (void)!aw_ctl_log_request_read(bytes, &goes_on);
    (void)!aw_ctl_update_read(bytes, &update);
    if (bytes.n > 0) {
        memcpy(block, bytes.p,
               bytes.n < sizeof(block) ? bytes.n : sizeof(block));
    }
    (void)!aw_settings_parse(block, &seq, &kept);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t nonce[AW_CONTROL_NONCE] = {1, 2, 3, 4, 5, 6, 7, 8};
    const struct aw_usb_device usb = {.claim = device_claim,
                                      .transfer = transfer};
    struct aw_control c;

    if (size == 0) {
        return 0;
    }
    script = aw_rd_init((aw_bytes){data, size});
    uint8_t what = aw_rd_u8(&script);

    if (what >= 0x80) {
        read_all(aw_rd_rest(&script));
        return 0;
    }
    /* Half of the time the session is there already. */
    if (what >= 0x40) {
        c = (struct aw_control){.usb = usb, .timeout_ms = 1, .channel = 9};
        ask(&c, what);
    } else if (aw_control_open(&c, &usb, 1, nonce, NULL) == AW_OK) {
        ask(&c, what);
    }
    return 0;
}
