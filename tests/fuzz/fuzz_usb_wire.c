/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "rom/hid.h"
#include "usb/direct.h"
#include "usb/wire.h"

/* A client of a twin's plugs that sends anything: the connection ends or goes
 * on, and no transfer leaves its buffer. A boot ROM without memory is plugged
 * in. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { IPS = 1000000, AT_ONCE_MS = 200 };

static struct {
    struct tw_clock clock;
    struct tw_usb_port port;
    struct tw_usb_host host;
    struct tw_rom_hid hid;
    struct tw_usb_wire wire;
    uint64_t until;
    const bool *done;
} t;

static bool yes(void *ctx)
{
    (void)ctx;
    return true;
}

static uint32_t none(void *ctx)
{
    (void)ctx;
    return AW_SDP_NO_FAILURE;
}

static uint32_t any(void *ctx, const struct aw_sdp_request *request)
{
    (void)ctx;
    (void)request;
    return AW_SDP_NO_FAILURE;
}

static void fill(void *ctx, uint32_t address, uint8_t format, uint8_t *to,
                 size_t n)
{
    (void)ctx;
    memset(to, (int)((address ^ format) & 0xffU), n);
}

static void drop(void *ctx, uint32_t address, aw_bytes bytes)
{
    (void)ctx;
    (void)address;
    (void)bytes;
}

static uint32_t stay(void *ctx, uint32_t address)
{
    (void)ctx;
    return address;
}

static void wait(void *ctx, struct tw_usb_wire *wire, uint64_t until,
                 const bool *done)
{
    (void)ctx;
    (void)wire;
    t.until = until;
    t.done = done;
}

static void forget(void *ctx, struct tw_usb_wire *wire)
{
    (void)ctx;
    (void)wire;
    t.done = NULL;
}

static void plug_in(void)
{
    static const struct aw_sdp_target target = {
        NULL, yes, none, any, fill, any, any, drop, any, none, stay};
    bool never = false;

    memset(&t.port, 0, sizeof(t.port));
    tw_clock_init(&t.clock, IPS);
    tw_rom_hid_init(&t.hid, &t.port, &t.clock, &target, AW_SDP_PRODUCT_UL);
    tw_usb_host_init(&t.host, &t.port, &t.clock);
    t.port.cable = true;
    tw_usb_attach(&t.port, &t.hid.device);
    tw_usb_run_clock(&t.clock, tw_clock_ticks(&t.clock, AT_ONCE_MS, 1000),
                     &never);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct tw_wire_owner owner = {.wait = wait, .forget = forget};
    bool good = true;

    plug_in();
    t.done = NULL;
    tw_usb_wire_open(&t.wire, -1, &t.clock, &owner);
    tw_usb_wire_add(&t.wire, &t.host);
    for (size_t i = 0; good && i < size; i++) {
        good = tw_usb_wire_take(&t.wire, (aw_bytes){data + i, 1});
        if (good && t.done != NULL) {
            const bool *done = t.done;

            t.done = NULL;
            tw_usb_run_clock(&t.clock, t.until, done);
            good = tw_usb_wire_over(&t.wire);
        }
    }
    tw_usb_wire_close(&t.wire);
    return 0;
}
