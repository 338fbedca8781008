/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KEY_RIG_H
#define KEY_RIG_H

#include "models/caam.h"
#include "models/dcp.h"
#include "models/rngb.h"
#include "rig.h"

/*
 * The firmware's key derivation over the twin's models of CAAM, DCP and RNGB:
 * BKEK 00..1f, a DCP key of zeros, the unique id 720A9DEAD4390330.
 */
enum { KEY_RIG_RAM = 0x20000 };

struct key_rig {
    struct rig rig;
    struct tw_dcp dcp;
    struct tw_rngb rngb;
    struct tw_caam caam;
    struct rig_line lines[2 + TW_CAAM_LINES];
    bool dead; /* the engines do not answer */
    _Alignas(64) uint8_t ram[KEY_RIG_RAM];
    uint8_t dirty[KEY_RIG_RAM / TW_LINE];
};

extern struct key_rig key_rig;

/** A fresh one; an i.MX6ULL. */
void key_rig_setup(void);

void key_rig_be_ul(bool ul);
/** Fuses and security state. */
void key_rig_be_closed(bool closed, bool is_trusted);

/** The hook that key_rig_setup installs, for those who add to it. */
struct fake_access;
bool key_rig_access(void *ctx, struct fake_access *a);

/** True for a register of an engine. */
bool key_rig_has(uint32_t address);

#endif
