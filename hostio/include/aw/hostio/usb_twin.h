/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HOSTIO_USB_TWIN_H
#define AW_HOSTIO_USB_TWIN_H

#include "aw/hostio/diag.h"
#include "aw/usb.h"

/*
 * The USB plugs of a running twin as struct aw_usb, over the socket in the
 * twin's folder; needs no root and no kernel support. Time limits count the
 * twin's virtual time. Protocol: docs/formats/twin-usb.md.
 */

/* A connection; one of them at a time has the plugs of a twin. Opaque. */
struct aw_usb_twin;

/**
 * Connects to a twin.
 *
 * @param dir      folder of the twin
 * @param stopped  asked while the twin is waited for: true ends the wait with
 *                 AW_ERR_CANCELLED; may be NULL
 * @param twin     set; close it; untouched on failure
 *
 * @return AW_OK; AW_ERR_NOT_FOUND: no such folder, or the twin in it does not
 *         run; AW_ERR_PRECONDITION: another program has its plugs, or it
 *         speaks another version; AW_ERR_SPACE: the path is too long;
 *         AW_ERR_CANCELLED; AW_ERR_RESOURCE; AW_ERR_IO.
 */
AW_MUST_CHECK aw_err aw_usb_twin_open(const char *dir, bool (*stopped)(void),
                                      struct aw_usb_twin **twin,
                                      struct aw_host_diag *host);

/** The same over a connected stream socket, which becomes ours on success. */
AW_MUST_CHECK aw_err aw_usb_twin_adopt(int fd, bool (*stopped)(void),
                                       struct aw_usb_twin **twin,
                                       struct aw_host_diag *host);

/**
 * The seam. Paths are "1-1" for the plug and "1-2" for the receptacle of the
 * gamma board. Beside its own errors every call returns AW_ERR_CANCELLED, and
 * AW_ERR_GONE when the twin ended.
 */
struct aw_usb aw_usb_twin_seam(struct aw_usb_twin *twin);

/** Ends the connection and frees it; devices of it are void. */
void aw_usb_twin_close(struct aw_usb_twin *twin);

/* Protocol; fields little-endian. A message is its header and `size` bytes. */
enum {
    AW_USB_TWIN_VERSION = 1,
    AW_USB_TWIN_DATA = 1 << 20, /* most bytes of one transfer */
    AW_USB_TWIN_BODY = AW_USB_TWIN_DATA + 64,
    AW_USB_TWIN_REQUEST = 12, /* size 4, type 2, port 2, timeout_ms 4 */
    AW_USB_TWIN_REPLY = 20    /* size 4, type 2, error 2, now_us 8, done 4 */
};

enum aw_usb_twin_type {
    AW_USB_TWIN_HELLO = 1,    /* version 2 -> version 2 */
    AW_USB_TWIN_LIST = 2,     /* -> changes 4, n 1, devices */
    AW_USB_TWIN_CLAIM = 3,    /* arrival 4, interface 1 */
    AW_USB_TWIN_CONTROL = 4,  /* arrival 4, setup 8, data OUT -> data IN */
    AW_USB_TWIN_TRANSFER = 5, /* arrival 4, endpoint 1, size 4, data -> data */
    AW_USB_TWIN_WAIT = 6,     /* changes 4 */
    AW_USB_TWIN_ANSWER = 0x8000 /* added to the type of a reply */
};

/** Name of the socket in a twin's folder. */
#define AW_USB_TWIN_SOCKET "usb"

#endif
