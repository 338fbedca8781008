/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_SERVER_H
#define WIRE_SERVER_H

#include "usb/wire.h"

/* A device behind the USB socket of a twin's folder, without the rest of a
 * twin: what romd and diskd are. */

struct wire_server {
    struct tw_clock *clock;
    struct tw_usb_host *host; /* the plug; its `changed` is taken */
    void *ctx;                /* for run */
    /** Runs the device until *done, at most to the tick. */
    void (*run)(void *ctx, uint64_t until, const bool *done);
};

/** Serves one client after the other until standard input ends; says "ready"
 *  on standard output when a client can come. @return false: no socket */
bool wire_serve(const char *folder, const struct wire_server *device);

#endif
