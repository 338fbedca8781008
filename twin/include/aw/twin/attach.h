/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_TWIN_ATTACH_H
#define AW_TWIN_ATTACH_H

#include "aw/bytes.h"
#include "aw/hostio/diag.h"

/*
 * The plugs of a running twin for other programs, by USB/IP: over TCP on this
 * machine's loopback address, or through the virtual host controller of this
 * machine's kernel (vhci_hcd). Protocol: docs/formats/usbip.md.
 */

enum aw_twin_attached {
    AW_TWIN_LISTENS, /* number: port of TCP */
    AW_TWIN_CAME,    /* number: clients now; port of the host controller */
    AW_TWIN_WENT     /* the same */
};

struct aw_twin_attach {
    const char *path;      /* of the twin */
    bool (*stopped)(void); /* asked a few times a second; true ends it */
    void (*tell)(void *ctx, enum aw_twin_attached what, unsigned number);
    void *ctx;
};

/* As Linux names it. */
#define AW_TWIN_VHCI "/sys/devices/platform/vhci_hcd.0"

/**
 * Serves USB/IP on 127.0.0.1 until stopped or until the twin ends.
 *
 * @param port  0: any that is free
 *
 * @return AW_OK; errors of aw_twin_connect; AW_ERR_EXISTS when the port is in
 *         use; AW_ERR_IO, AW_ERR_RESOURCE.
 */
AW_MUST_CHECK aw_err aw_twin_attach_tcp(const struct aw_twin_attach *how,
                                        uint16_t port,
                                        struct aw_host_diag *host);

/**
 * Plugs the twin into this machine's kernel until stopped or until the twin
 * ends; what comes next in the same plug is plugged in, too.
 *
 * @param vhci  folder of the host controller
 * @param plug  1 or 2
 *
 * @return AW_OK; errors of aw_twin_connect; AW_ERR_PRECONDITION without such
 *         a host controller, without the right to use it, when it has no free
 *         port, or when somebody has the plug; AW_ERR_IO.
 */
AW_MUST_CHECK aw_err aw_twin_attach_kernel(const struct aw_twin_attach *how,
                                           const char *vhci, unsigned plug,
                                           struct aw_host_diag *host);

#endif
