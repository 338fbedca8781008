/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_USB_DIRECT_H
#define TWIN_USB_DIRECT_H

#include "usb/host.h"

/*
 * struct aw_usb within the process: the twin runs only while a call waits, and
 * limits count virtual time.
 */
enum { TW_DIRECT_PORTS = 2 };

struct tw_usb_direct {
    struct tw_clock *clock;
    /**
     * Lets the twin run until a tick, or until *done, which an event of the
     * twin sets. The clock may stop short only when *done.
     */
    void (*run)(void *ctx, uint64_t until, const bool *done);
    void *ctx;
    struct tw_usb_host *host[TW_DIRECT_PORTS];
    size_t hosts;
    /* Private. */
    struct tw_usb_direct_device {
        struct tw_usb_direct *bus;
        size_t port;
        uint32_t arrival;
    } device[TW_DIRECT_PORTS];
    bool done;
};

/** Ends when the clock reaches `until` without a processor: for tests of
 *  what is host code. @param ctx  struct tw_clock */
void tw_usb_run_clock(void *ctx, uint64_t until, const bool *done);

/** The seam on it. Port paths are "1-1" and "1-2"; one device of a port is
 *  open at a time. */
struct aw_usb tw_usb_direct(struct tw_usb_direct *bus);

/** Fills a list entry from what a host found. */
void tw_usb_describe(const struct tw_usb_host *host, size_t port,
                     struct aw_usb_id *id);

/** Error of the seam for the end of a transfer. */
aw_err tw_usb_error(enum tw_urb_result result);

#endif
