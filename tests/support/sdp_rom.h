/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_SDP_ROM_H
#define SUPPORT_SDP_ROM_H

#include "aw/sdp/device.h"

/*
 * A boot ROM of two pieces of memory behind struct aw_usb_device, without
 * time: a read with nothing to read is a time-out. What it was told is
 * recorded, what it does wrong is set by the test.
 */
enum {
    SDP_OCRAM = 0x00900000,
    SDP_OCRAM_SIZE = 0x20000,
    SDP_DDR_SIZE = 0x100000,
    SDP_TYPES_MAX = 64
};

#define SDP_DDR UINT32_C(0x80000000)

/* What the ROM says and how the wire behaves. */
struct sdp_behaviour {
    bool closed;
    uint32_t dcd_refusal; /* words; 0: AW_SDP_NO_FAILURE */
    uint32_t jump_refusal;
    bool no_reading;
    bool cut;          /* 64 bytes, then the 65th alone */
    bool leave_byte;   /* the 65th byte comes with the next report */
    size_t leftovers;  /* reports of another session that come first */
    bool babble;       /* nothing but reports that nobody asked for */
    bool mute;         /* answers nothing */
    aw_err fail_with;  /* the SET_REPORT that comes ... */
    size_t fail_after; /* ... after this many fails; 0: none does */
    size_t fail_times;
    bool gone_after_jump;
    bool gone_at_jump; /* before anybody has asked for report 3 */
    bool stop_at_jump; /* who waits for the answer to the jump is stopped */
};

struct sdp_rom {
    struct aw_sdp_device dev;
    uint8_t ocram[SDP_OCRAM_SIZE];
    uint8_t ddr[SDP_DDR_SIZE];
    struct sdp_behaviour how;
    uint32_t status; /* word of ERROR_STATUS; 0: AW_SDP_NO_FAILURE */
    /* Record. */
    uint16_t type[SDP_TYPES_MAX]; /* of commands, in order */
    size_t n_type;
    uint32_t dcd_address;
    uint32_t dcd_count;
    uint32_t jumped; /* 0: not */
    bool skipped;
    size_t sets;      /* SET_REPORTs so far */
    size_t last_data; /* bytes of the last data report, number excluded */
    /* Private. */
    uint8_t held; /* the 65th byte */
    bool holding;
    bool gone;
};

/** The target of the ROM's device side. */
struct aw_sdp_target sdp_rom_target(struct sdp_rom *rom);
/** The ROM as seen by a host. */
struct aw_usb_device sdp_rom_usb(struct sdp_rom *rom);

#endif
