/* SPDX-License-Identifier: Apache-2.0 */
#ifndef USBD_PRIV_H
#define USBD_PRIV_H

#include "fw/time.h"
#include "fw/usbd.h"

/* Registers, from a controller's base. */
enum {
    USBCMD = 0x140,
    USBSTS = 0x144,
    USBINTR = 0x148,
    DEVICEADDR = 0x154,
    ENDPTLISTADDR = 0x158,
    PORTSC1 = 0x184,
    OTGSC = 0x1a4,
    USBMODE = 0x1a8,
    ENDPTSETUPSTAT = 0x1ac,
    ENDPTPRIME = 0x1b0,
    ENDPTFLUSH = 0x1b4,
    ENDPTSTAT = 0x1b8,
    ENDPTCOMPLETE = 0x1bc,
    ENDPTCTRL0 = 0x1c0
};
enum {
    CMD_RS = 1 << 0,
    CMD_RST = 1 << 1,
    CMD_SUTW = 1 << 13,
    STS_UI = 1 << 0,
    STS_UEI = 1 << 1,
    STS_PCI = 1 << 2,
    STS_URI = 1 << 6,
    STS_SLI = 1 << 8,
    ADDR_SHIFT = 25,
    ADDR_ADVANCE = 1 << 24,
    PORT_SUSPEND = 1 << 7,
    PORT_RESET = 1 << 8,
    PORT_SPEED = 3 << 26,
    PORT_HIGH = 2 << 26,
    OTGSC_OT = 1 << 3,
    OTGSC_CHANGES = 0x7f << 16, /* written as 0: left as they are */
    MODE_CM = 3,
    MODE_DEVICE = 2,
    MODE_SLOM = 1 << 3,
    /* Of one direction in ENDPTCTRLn; the other one 16 bits above. */
    CTRL_STALL = 1 << 0,
    CTRL_TYPE = 3 << 2,
    CTRL_TYPE_SHIFT = 2,
    CTRL_TOGGLE = 1 << 6,
    CTRL_ENABLE = 1 << 7
};

/* Words of a queue head, and bits. */
enum {
    HEAD_NEXT = 2,
    HEAD_TOKEN = 3,
    HEAD_SETUP = 10,
    HEAD_IOS = 1 << 15,
    HEAD_MAX_SHIFT = 16,
    HEAD_ZLT = 1 << 29 /* no empty packet of its own */
};

/* Words of a transfer descriptor, and bits. */
enum {
    PART_NEXT = 0,
    PART_TOKEN = 1,
    PART_PAGES = 2,
    LINK_END = 1,
    TOKEN_ERRORS = 0x68, /* halted, data buffer, transaction */
    TOKEN_ACTIVE = 1 << 7,
    TOKEN_IOC = 1 << 15,
    TOKEN_TOTAL_SHIFT = 16,
    TOKEN_TOTAL_MASK = 0x7fff
};

enum { USBD_WAIT_US = 10000, TRIPWIRE_TRIES = 100, FLUSH_TRIES = 10 };

/** Waits for bits of a register; false when they do not come. */
bool usbd_wait(const struct usbd *usbd, uint32_t offset, uint32_t mask,
               uint32_t value);

/** Number of the queue head. */
static inline unsigned usbd_pipe_of(uint8_t endpoint)
{
    return 2U * (endpoint & (USBD_ENDPOINTS - 1U)) + (endpoint >> 7);
}

/** Ends what the controller reports as complete. */
void usbd_take_completions(struct usbd *usbd);

#endif
