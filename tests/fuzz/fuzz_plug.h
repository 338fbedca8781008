/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FUZZ_PLUG_H
#define FUZZ_PLUG_H

#include <string.h>

#include "rom/hid.h"
#include "usb/direct.h"

/* A plug with a boot ROM without memory in it, for targets that are at the
 * other end of the cable. */
enum { PLUG_IPS = 1000000, PLUG_MS = 200 };

struct plug {
    struct tw_clock clock;
    struct tw_usb_port port;
    struct tw_usb_host host;
    struct tw_rom_hid hid;
};

static inline bool plug_yes(void *ctx)
{
    (void)ctx;
    return true;
}

static inline uint32_t plug_none(void *ctx)
{
    (void)ctx;
    return AW_SDP_NO_FAILURE;
}

static inline uint32_t plug_any(void *ctx, const struct aw_sdp_request *request)
{
    (void)ctx;
    (void)request;
    return AW_SDP_NO_FAILURE;
}

static inline void plug_fill(void *ctx, uint32_t address, uint8_t format,
                             uint8_t *to, size_t n)
{
    (void)ctx;
    memset(to, (int)((address ^ format) & 0xffU), n);
}

static inline void plug_drop(void *ctx, uint32_t address, aw_bytes bytes)
{
    (void)ctx;
    (void)address;
    (void)bytes;
}

static inline uint32_t plug_stay(void *ctx, uint32_t address)
{
    (void)ctx;
    return address;
}

/** Enumerated, ready for transfers. */
static inline void plug_in(struct plug *plug)
{
    static const struct aw_sdp_target target = {
        NULL,     plug_yes,  plug_none, plug_any,  plug_fill, plug_any,
        plug_any, plug_drop, plug_any,  plug_none, plug_stay};
    bool never = false;

    memset(&plug->port, 0, sizeof(plug->port));
    tw_clock_init(&plug->clock, PLUG_IPS);
    tw_rom_hid_init(&plug->hid, &plug->port, &plug->clock, &target,
                    AW_SDP_PRODUCT_UL);
    tw_usb_host_init(&plug->host, &plug->port, &plug->clock);
    plug->port.cable = true;
    tw_usb_attach(&plug->port, &plug->hid.device);
    tw_usb_run_clock(&plug->clock, tw_clock_ticks(&plug->clock, PLUG_MS, 1000),
                     &never);
}

#endif
