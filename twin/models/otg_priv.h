/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_OTG_PRIV_H
#define TWIN_OTG_PRIV_H

#include "models/otg.h"

enum {
    OTG_USBCMD = 0x140,
    OTG_USBSTS = 0x144,
    OTG_USBINTR = 0x148,
    OTG_FRINDEX = 0x14c,
    OTG_DEVICEADDR = 0x154,
    OTG_ENDPTLISTADDR = 0x158,
    OTG_ENDPTNAK = 0x178,
    OTG_ENDPTNAKEN = 0x17c,
    OTG_PORTSC1 = 0x184,
    OTG_OTGSC = 0x1a4,
    OTG_USBMODE = 0x1a8,
    OTG_ENDPTSETUPSTAT = 0x1ac,
    OTG_ENDPTPRIME = 0x1b0,
    OTG_ENDPTFLUSH = 0x1b4,
    OTG_ENDPTSTAT = 0x1b8,
    OTG_ENDPTCOMPLETE = 0x1bc,
    OTG_ENDPTCTRL0 = 0x1c0
};

enum {
    OTG_CMD_RS = 1 << 0,
    OTG_CMD_RST = 1 << 1,
    OTG_CMD_SUTW = 1 << 13,
    OTG_CMD_ATDTW = 1 << 14,
    OTG_STS_UI = 1 << 0,
    OTG_STS_UEI = 1 << 1,
    OTG_STS_PCI = 1 << 2,
    OTG_STS_SEI = 1 << 4,
    OTG_STS_URI = 1 << 6,
    OTG_STS_SRI = 1 << 7,
    OTG_STS_SLI = 1 << 8,
    OTG_STS_NAKI = 1 << 16,
    OTG_ADDR_SHIFT = 25,
    OTG_ADDR_ADVANCE = 1 << 24,
    OTG_PORT_CONNECT = 1 << 0,
    OTG_PORT_SUSPEND = 1 << 7,
    OTG_PORT_RESET = 1 << 8,
    OTG_PORT_PHCD = 1 << 23,
    OTG_PORT_PFSC = 1 << 24,
    OTG_PORT_SPEED = 3 << 26,
    OTG_PORT_HIGH = 2 << 26,
    OTG_MODE_CM = 3,
    OTG_MODE_DEVICE = 2,
    OTG_MODE_HOST = 3,
    OTG_MODE_SLOM = 1 << 3,
    OTG_CTRL_RXS = 1 << 0,
    OTG_CTRL_RXE = 1 << 7,
    OTG_CTRL_TXS = 1 << 16,
    OTG_CTRL_TXE = 1 << 23,
    OTG_CTRL_TYPE = 3, /* at bit 2 and bit 18; 1: isochronous */
    OTG_CTRL_RXT = 2,
    OTG_CTRL_TXT = 18,
    OTG_TYPE_ISO = 1
};

/** Bit of a pipe in ENDPTPRIME, FLUSH, STAT and COMPLETE. */
uint32_t otg_bit(unsigned pipe);

/** Sets status bits, then the interrupt line. */
void otg_status(struct tw_otg *otg, uint32_t bits);
/** The interrupt line as the registers say. */
void otg_irq(struct tw_otg *otg);

/** Primes a pipe: takes its queue head and first descriptor. */
void otg_prime(struct tw_otg *otg, unsigned pipe);

/** Takes a pipe's descriptor away, as flushing does. */
void otg_flush(struct tw_otg *otg, unsigned pipe);

/** Writes a setup packet into the queue head of endpoint 0.
 *  @return false on a bus error */
bool otg_put_setup(struct tw_otg *otg, const uint8_t packet[8]);

/* What became of a packet. */
enum otg_moved { OTG_MOVED, OTG_NAK, OTG_BROKEN };

/** One IN packet out of the pipe's buffer. */
enum otg_moved otg_give(struct tw_otg *otg, unsigned pipe, uint8_t *packet,
                        size_t room, size_t *n);
/** One OUT packet into it. */
enum otg_moved otg_take(struct tw_otg *otg, unsigned pipe,
                        const uint8_t *packet, size_t n);

/** What the host sees. */
void otg_device_init(struct tw_otg *otg);

#endif
