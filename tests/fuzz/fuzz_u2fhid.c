/* SPDX-License-Identifier: Apache-2.0 */
/* Reports of a hostile host to the control interface: a byte says how many
 * bytes the next one has and how much time has passed. */
#include "fuzz.h"
#include "fw/u2fhid.h"

static enum u2fhid_error serve(void *ctx, uint8_t command, aw_bytes request,
                               struct aw_wr *reply)
{
    (void)ctx;
    if ((command & 1) != 0) {
        return U2FHID_BAD_COMMAND;
    }
    aw_wr_put(reply, request);
    return U2FHID_OK;
}

/* All that is to be sent; a message has at most 130 reports, and short
 * answers go before it. */
static void drain(struct u2fhid *h)
{
    uint8_t report[U2FHID_REPORT];
    unsigned n = 0;

    while (u2fhid_send(h, report)) {
        if (++n > 130 + U2FHID_SHORT) {
            __builtin_trap();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct u2fhid h;
    struct aw_rd r = aw_rd_init((aw_bytes){data, size});
    uint64_t now = 0;

    u2fhid_init(&h, serve, NULL);
    while (aw_rd_left(&r) > 0) {
        uint8_t how = aw_rd_u8(&r);
        size_t n = how < 0xf0 ? U2FHID_REPORT : how & 0xf;
        size_t left = aw_rd_left(&r);

        now += how < 0x20 ? how * 20U : 0;
        u2fhid_receive(&h, aw_rd_take(&r, n < left ? n : left), now);
        if ((how & 1) != 0) {
            drain(&h);
        }
    }
    return 0;
}
