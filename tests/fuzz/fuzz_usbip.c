/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"
#include "fuzz_plug.h"
#include "usb/usbip.h"

/* A kernel, or somebody else, that sends anything over USB/IP: the connection
 * ends or goes on, and no transfer leaves its buffer. The first byte says how
 * the rest is cut, each cut is time for the twin. */

enum { STEP_MS = 2, SENT_MAX = 1 << 22 };

static struct {
    struct plug plug;
    struct tw_usbip usbip;
    size_t bytes; /* sent */
} t;

static bool sent(void *ctx, aw_bytes bytes)
{
    (void)ctx;
    trap_unless(bytes.n > 0 && bytes.n <= TW_USBIP_DATA);
    t.bytes += bytes.n;
    return t.bytes < SENT_MAX;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct tw_usbip_owner owner = {.send = sent};
    struct aw_rd r = aw_rd_init((aw_bytes){data, size});
    size_t cut = (size_t)aw_rd_u8(&r) + 1;
    bool good = true;
    bool never = false;

    plug_in(&t.plug);
    t.bytes = 0;
    tw_usbip_open(&t.usbip, &owner);
    tw_usbip_add(&t.usbip, &t.plug.host);
    while (good && aw_rd_left(&r) > 0) {
        size_t n = aw_rd_left(&r) < cut ? aw_rd_left(&r) : cut;

        good = tw_usbip_take(&t.usbip, aw_rd_take(&r, n));
        tw_usb_run_clock(&t.plug.clock,
                         t.plug.clock.now +
                             tw_clock_ticks(&t.plug.clock, STEP_MS, 1000),
                         &never);
    }
    tw_usbip_close(&t.usbip);
    return 0;
}
