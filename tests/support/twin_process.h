/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_TWIN_PROCESS_H
#define SUPPORT_TWIN_PROCESS_H

#include "core/clock.h"
#include "usb/host.h"

/*
 * A process that runs something with a plug behind a socket, in lockstep: it
 * stands still unless its client waits. It ends when the client does.
 */
struct twin_process {
    struct tw_clock *clock;
    struct tw_usb_host *host;
};

/** Starts the process. @return the client's end of the socket */
int twin_process_start(const struct twin_process *what);

#endif
