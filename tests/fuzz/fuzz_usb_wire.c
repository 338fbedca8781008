/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"
#include "fuzz_plug.h"
#include "usb/wire.h"

/* A client of a twin's plugs that sends anything: the connection ends or goes
 * on, and no transfer leaves its buffer. A boot ROM without memory is plugged
 * in. */

static struct {
    struct plug plug;
    struct tw_usb_wire wire;
    uint64_t until;
    const bool *done;
} t;

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct tw_wire_owner owner = {.wait = wait, .forget = forget};
    bool good = true;

    plug_in(&t.plug);
    t.done = NULL;
    tw_usb_wire_open(&t.wire, -1, &t.plug.clock, &owner);
    tw_usb_wire_add(&t.wire, &t.plug.host);
    for (size_t i = 0; good && i < size; i++) {
        good = tw_usb_wire_take(&t.wire, (aw_bytes){data + i, 1});
        if (good && t.done != NULL) {
            const bool *done = t.done;

            t.done = NULL;
            tw_usb_run_clock(&t.plug.clock, t.until, done);
            good = tw_usb_wire_over(&t.wire);
        }
    }
    tw_usb_wire_close(&t.wire);
    return 0;
}
