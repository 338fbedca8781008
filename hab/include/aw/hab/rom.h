/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HAB_ROM_H
#define AW_HAB_ROM_H

#include "aw/hab/csf.h"
#include "aw/hab/dcd.h"
#include "aw/hab/event.h"
#include "aw/hab/ivt.h"
#include "aw/sha256.h"

/*
 * What the boot ROM of an i.MX6UL, ULL or ULZ decides about an image, and what
 * it logs. The rules and their order are docs/formats/hab-events.md; where the
 * vendor's manual is silent we refuse.
 *
 * aw_hab_rom_verify judges a file. A simulated ROM, which has memory, goes
 * through the stages itself: aw_rom_start, aw_rom_dcd, aw_rom_ivt,
 * aw_rom_load, aw_rom_authenticate, aw_rom_boots.
 */

/* Fuses that count. */
struct aw_rom_fuses {
    uint8_t srk_hash[AW_SHA256_SIZE];
    uint8_t srk_revoke; /* bits 0 to 2 of word 5/7 */
    bool closed;        /* SEC_CONFIG */
};

/* Memory of the part, as far as there is any. */
struct aw_hab_region {
    uint32_t address;
    aw_bytes bytes;
};

enum { AW_ROM_BLOCKS_MAX = AW_CSF_MAX / 8 };

/* The event log: records one after the other, each at a multiple of four. */
struct aw_rom_log {
    size_t n;      /* bytes used */
    size_t events; /* also those that did not fit */
    bool full;     /* one did not fit */
    uint8_t bytes[AW_HAB_LOG_SIZE];
};

/* One run of the ROM. May be copied; fields are for reading. */
struct aw_rom {
    struct aw_rom_fuses fuses;
    struct aw_rom_log log;
    bool stopped; /* nothing of the image can run, open part or not */
    bool loaded;  /* the image is in memory, at allowed addresses */
    struct aw_ivt ivt;
    struct aw_boot_data boot;
    struct aw_csf_block image_dcd; /* that ran from the image; length 0: none */
    struct aw_csf_block sent_dcd;  /* that was sent; length 0: none */
    /* What the CSF did; only blocks of signatures that verified. */
    bool csf_verified;
    bool fast; /* the SRK signs directly */
    uint8_t srk_index;
    size_t n_blocks;
    struct aw_csf_block block[AW_ROM_BLOCKS_MAX];
    uint32_t unlocked_ocotp; /* features of Unlock */
    uint32_t unlocked_caam;
    uint32_t unlocked_snvs;
};

/** Begins a run: nothing logged. */
void aw_rom_start(struct aw_rom *rom, const struct aw_rom_fuses *fuses);

/**
 * Runs a DCD. A failure on a closed part stops the run; so does one that is
 * sent to memory where no image could be loaded either.
 *
 * @param dcd      DCD with all that follows it in memory; untrusted
 * @param address  where it lies
 * @param sent     it came over serial download, not with the image
 * @param bus      NULL: check only
 */
void aw_rom_dcd(struct aw_rom *rom, aw_bytes dcd, uint32_t address, bool sent,
                const struct aw_dcd_bus *bus);

/**
 * Takes the IVT. A bad one stops the run.
 *
 * @param first  the first part of the image, IVT at its start; untrusted
 */
void aw_rom_ivt(struct aw_rom *rom, aw_bytes first);

/**
 * Runs the DCD that the IVT points to, if it does; it has to lie in the first
 * part.
 */
void aw_rom_image_dcd(struct aw_rom *rom, aw_bytes first,
                      const struct aw_dcd_bus *bus);

/**
 * Takes the boot data and checks where the image is to be loaded; after that
 * a simulated ROM loads it.
 *
 * @param image   the image, IVT at its start; untrusted
 * @param medium  the image comes from a medium: start has to be 0x400 below
 *                the IVT
 */
void aw_rom_load(struct aw_rom *rom, aw_bytes image, bool medium);

/**
 * Runs the CSF and asserts that all that counts is signed. Everything is read
 * from the memory that will be executed.
 *
 * @param memory  n regions, borrowed; untrusted
 */
void aw_rom_authenticate(struct aw_rom *rom, const struct aw_hab_region *memory,
                         size_t n);

/** The decision: true when the ROM jumps to rom->ivt.entry. */
bool aw_rom_boots(const struct aw_rom *rom);

/** The event log as bytes, borrowed; for aw_hab_log_next. */
aw_bytes aw_rom_events(const struct aw_rom *rom);

/** True when [start, start + length) lies inside one authenticated block. */
bool aw_rom_covers(const struct aw_rom *rom, uint32_t start, uint32_t length);

/* How an image reaches the ROM. */
struct aw_rom_input {
    aw_bytes file; /* image and CSF, IVT at the start; untrusted */
    aw_bytes csf;  /* CSF directly behind file, if it is not in there */
    bool serial;   /* over serial download; else from a medium */
    /* Serial download: the DCD that the host sends first; empty: none. */
    aw_bytes dcd;
    uint32_t dcd_address; /* 0x00910000 with the clients of this project */
};

/**
 * Judges a file as the ROM does. Over serial download the file is taken as
 * sent: clients clear the IVT's DCD pointer first.
 *
 * @param rom  cleared first, then the run; see aw_rom_boots, aw_rom_events
 */
void aw_hab_rom_verify(const struct aw_rom_input *in,
                       const struct aw_rom_fuses *fuses, struct aw_rom *rom);

#endif
