/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OTG_RIG_H
#define OTG_RIG_H

#include "aw/usb.h"
#include "models/otg.h"
#include "rig.h"
#include "usb/direct.h"
#include "usb/host.h"

/* A driver in the manner of firmware, all through the bus, and a host. */
#define OG_MEMORY UINT32_C(0x80000000)
enum {
    OTG_USBCMD = TW_OTG_BASE + 0x140,
    OTG_USBSTS = TW_OTG_BASE + 0x144,
    OTG_USBINTR = TW_OTG_BASE + 0x148,
    OTG_FRINDEX = TW_OTG_BASE + 0x14c,
    OTG_DEVICEADDR = TW_OTG_BASE + 0x154,
    OTG_LISTADDR = TW_OTG_BASE + 0x158,
    OTG_NAK = TW_OTG_BASE + 0x178,
    OTG_NAKEN = TW_OTG_BASE + 0x17c,
    OTG_PORTSC1 = TW_OTG_BASE + 0x184,
    OTG_OTGSC = TW_OTG_BASE + 0x1a4,
    OTG_USBMODE = TW_OTG_BASE + 0x1a8,
    OTG_SETUPSTAT = TW_OTG_BASE + 0x1ac,
    OTG_PRIME = TW_OTG_BASE + 0x1b0,
    OTG_FLUSH = TW_OTG_BASE + 0x1b4,
    OTG_STAT = TW_OTG_BASE + 0x1b8,
    OTG_COMPLETE = TW_OTG_BASE + 0x1bc,
    OTG_CTRL0 = TW_OTG_BASE + 0x1c0,
    OTG_CTRL1 = TW_OTG_BASE + 0x1c4,
    OG_MEMORY_SIZE = 0x80000,
    OG_BULK = 512,
    OG_TIMEOUT_MS = 1000,
    /* Memory map of the driver, from OG_MEMORY on. */
    OG_HEADS = 0,
    OG_TDS = 0x1000,      /* one of 32 bytes for each pipe and chain place */
    OG_BUFFERS = 0x10000, /* 64 KiB for each of pipes 0 to 3 */
    OG_BUFFER = 0x10000,
    OG_CHAIN = 4
};

struct otg_rig {
    struct rig rig;
    uint8_t memory[OG_MEMORY_SIZE];
    struct tw_usb_port port;
    struct tw_usb_host host;
    struct tw_usb_direct direct;
    struct tw_otg otg;
    struct rig_line irq;
    struct aw_usb_device usb;
    /* The driver. */
    uint32_t configuration;
    uint32_t out_n;       /* of the last transfer on endpoint 1 */
    unsigned completions; /* on endpoint 1, both ways */
    unsigned setups;
    unsigned resets;
    bool deaf; /* leaves setup packets where they are */
};

extern struct otg_rig og;

/** The controller at reset, no cable. */
void og_setup(void);

uint32_t og_read(uint32_t address);
void og_write(uint32_t address, uint32_t value);

/** Words of memory, by their offset. */
uint32_t og_word(uint32_t at);
void og_set_word(uint32_t at, uint32_t value);

/** Pipe 2n is endpoint n to the device, 2n + 1 to the host: its bit in
 *  registers, and the offsets of its descriptors and of its buffer. */
uint32_t og_bit_of(unsigned pipe);
uint32_t og_td_at(unsigned pipe, unsigned i);
uint32_t og_buffer_at(unsigned pipe);

/** Writes a queue head. */
void og_head(unsigned pipe, uint32_t max_packet, bool zlt);

/** Descriptor i of a pipe's chain: n bytes from an offset of its buffer. */
void og_td(unsigned pipe, unsigned i, uint32_t offset, uint32_t n, bool last);

void og_prime(unsigned pipe);
void og_flush(uint32_t bits);

/** What a driver does first. */
void og_start_controller(void);

/** An empty packet to the host, on endpoint 0. */
void og_ack(void);

/** Endpoint 1 both ways: what comes in one transfer is echoed. */
void og_listen_bulk(uint32_t n);

/** Time passes; the driver serves its interrupts. */
void og_run_ms(uint32_t ms);

/** Starts driver and host, and waits for the configuration. */
void og_plug_in(void);

aw_err og_control(uint8_t type, uint8_t request, uint8_t *data, uint16_t n,
                  size_t *done);

#endif
