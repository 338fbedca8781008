/* SPDX-License-Identifier: Apache-2.0 */
/* What the applet may know of the device, and show. */
#include <string.h>

#include "fw/led.h"
#include "fw/policy.h"
#include "fw/ring.h"
#include "os/call/call.h"
#include "os/net.h"

/* The rest of the field is zero already. */
static void put_text(char *to, size_t size, const char *text)
{
    for (size_t i = 0; i + 1 < size && text[i] != '\0'; i++) {
        to[i] = text[i];
    }
}

int32_t call_config(struct os *os, const uint32_t *arg)
{
    return call_error(
        space_out(&os->applet.space, arg[0], &os->config, sizeof(os->config)));
}

int32_t call_status(struct os *os, const uint32_t *arg)
{
    const struct identity *id = &os->identity;
    struct abi_status status = {.hab = id->kind == IDENTITY_OWN ? 1 : 0,
                                .identity_counter = id->who.counter};

    status.link = net_link() ? 1 : 0;
    (void)net_address(status.mac);
    put_text(status.serial, sizeof(status.serial), id->who.serial);
    put_text(status.version, sizeof(status.version), policy.version);
    put_text(status.revision, sizeof(status.revision), policy.revision);
    put_text(status.srk_hash, sizeof(status.srk_hash), policy.srk_hash);
    return call_error(
        space_out(&os->applet.space, arg[0], &status, sizeof(status)));
}

int32_t call_set_witness_status(struct os *os, const uint32_t *arg)
{
    struct abi_witness_status status;
    aw_err err = space_in(&os->applet.space, arg[0], &status, sizeof(status));

    if (err == AW_OK && memchr(status.ip, '\0', sizeof(status.ip)) == NULL) {
        err = AW_ERR_FORMAT;
    }
    if (err == AW_OK) {
        os->witness = status;
    }
    return call_error(err);
}

int32_t call_led(struct os *os, const uint32_t *arg)
{
    (void)os;
    if (arg[1] > 1) {
        return call_error(AW_ERR_USAGE);
    }
    switch (arg[0]) {
    case ABI_LED_BLUE:
        led_set(LED_BLUE, arg[1] == 1);
        return 0;
    case ABI_LED_GREEN:
        return call_error(net_led(LAN_GREEN, arg[1] == 1));
    case ABI_LED_YELLOW:
        return call_error(net_led(LAN_YELLOW, arg[1] == 1));
    default:
        return call_error(AW_ERR_REFUSED);
    }
}

int32_t call_reboot(struct os *os, const uint32_t *arg)
{
    (void)arg;
    os->reboot = true;
    return 0;
}

int32_t call_console_log(struct os *os, const uint32_t *arg)
{
    uint8_t *to = NULL;
    size_t held = ring_held();
    aw_err err = AW_ERR_RANGE;

    if (arg[1] <= ABI_TRANSFER_MAX) {
        err = space_at(&os->applet.space, arg[0], arg[1], true, &to);
    }
    if (err != AW_OK) {
        return call_error(err);
    }
    if (arg[2] >= held || arg[1] == 0) {
        return 0;
    }
    return (int32_t)ring_part(arg[2], to, arg[1]);
}

int32_t call_versions(struct os *os, const uint32_t *arg)
{
    return call_error(space_out(&os->applet.space, arg[0], &os->versions,
                                sizeof(os->versions)));
}
