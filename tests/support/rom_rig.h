/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ROM_RIG_H
#define ROM_RIG_H

#include "aw/sdp/host.h"
#include "rom_board.h"

/* A board in its boot ROM, what is on its eMMC, and a host that sends. */
enum {
    RG_TIMEOUT_MS = 5000,
    RG_IMAGE_MAX = 65536,
    RG_BOOT_MS = 100,
    RG_INTERNAL = 2 << 24 /* of SBMR2: boot from a medium */
};

/* Of the test image. */
#define RG_ENTRY_AT UINT32_C(0x80010040)

struct rom_rig {
    struct rom_board board;
    struct aw_sdp sdp; /* after rg_connect */
    struct aw_diag diag;
};

extern struct rom_rig rg;

/* Vector: fuses of the fourth SRK. */
extern const char rg_srk4[];

/** A part with no fuse blown. */
void rg_setup(void);

/** An image of the vectors with a CSF behind it, at pad if that is not 0. */
aw_bytes rg_image(const char *name, aw_bytes csf, size_t pad);

/** Puts an image where the ROM looks for it. */
void rg_insert(uint8_t *medium, aw_bytes image);

/** Events in the log at its real place, head record skipped. */
size_t rg_events(aw_bytes *first);

/** Finds the board and opens rg.sdp. */
void rg_connect(void);

aw_err rg_boot(aw_bytes image);

void rg_run_ms(uint32_t ms);

/** One command and its data; the last word that comes back, 0 without one. */
void rg_send(struct aw_usb_device *usb, uint16_t type, uint32_t address,
             aw_bytes bytes, uint32_t *word);

#endif
