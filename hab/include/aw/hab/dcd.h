/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HAB_DCD_H
#define AW_HAB_DCD_H

#include "aw/bytes.h"
#include "aw/hab/cmd.h"

/*
 * Device configuration data (DCD): tag, be16 length, version, commands.
 * Sizes in bytes, header included; all fields big-endian. The ROM runs it
 * before any signature is checked, so the list of addresses that it may write
 * is its only protection. Source: IMX6ULLRM rev 1, 8.7.2.
 */
enum { AW_DCD_TAG = 0xd2, AW_DCD_HEADER = 4, AW_DCD_MAX = 1768 };

/**
 * Checks the header of a DCD.
 *
 * @param dcd  DCD from its tag on; may be followed by other bytes; untrusted
 * @param r    set to a cursor at the first command that ends with the last
 *             one; untouched on failure
 *
 * @return AW_OK; AW_ERR_SHORT if header or body runs past dcd; AW_ERR_FORMAT
 *         on a wrong tag or version, or a length below 4; AW_ERR_RANGE if the
 *         length is above AW_DCD_MAX.
 */
AW_MUST_CHECK aw_err aw_dcd_open(aw_bytes dcd, struct aw_rd *r,
                                 struct aw_diag *diag);

/* What one entry of a command does. */
enum aw_dcd_op {
    AW_DCD_STORE,     /* *a = v */
    AW_DCD_CLEAR,     /* *a &= ~v */
    AW_DCD_SET,       /* *a |= v */
    AW_DCD_ALL_CLEAR, /* wait until all bits of v are clear */
    AW_DCD_ALL_SET,   /* wait until all bits of v are set */
    AW_DCD_ANY_CLEAR, /* wait until some bit of v is clear */
    AW_DCD_ANY_SET,   /* wait until some bit of v is set */
    AW_DCD_NOP
};

/* One register access of a DCD. */
struct aw_dcd_entry {
    uint32_t address;
    uint32_t value; /* or mask */
    uint32_t count; /* polls of a wait, if `counted` */
    uint8_t op;     /* enum aw_dcd_op */
    uint8_t width;  /* 1, 2 or 4 bytes */
    bool counted;   /* false: the ROM waits for ever */
};

/** Number of entries of a command: pairs of a write, 1 of a check. */
size_t aw_dcd_entries(const struct aw_hab_cmd *cmd);

/**
 * Reads entry i < aw_dcd_entries(cmd).
 *
 * @return AW_OK; AW_ERR_UNSUPPORTED if the tag is not Write Data, Check Data
 *         or NOP; AW_ERR_FORMAT if the length does not fit the tag or unknown
 *         flags are set; AW_ERR_RANGE if the width is not 1, 2 or 4 or the
 *         value is wider than that.
 */
AW_MUST_CHECK aw_err aw_dcd_entry_parse(const struct aw_hab_cmd *cmd, size_t i,
                                        struct aw_dcd_entry *entry,
                                        struct aw_diag *diag);

/* A run of addresses, both ends included. */
struct aw_hab_range {
    uint32_t first;
    uint32_t last;
};

/* Where the ROM of the i.MX6UL, ULL and ULZ lets a DCD write: OCRAM beside
 * the ROM's own data, clock controller and analog block, pads and general
 * purpose registers, DDR controller, DDR. Source: IMX6ULLRM rev 1, 8.7.2.2;
 * the end of OCRAM from an NXP note on silicon 1.2. */
extern const struct aw_hab_range aw_dcd_ranges[];
extern const size_t aw_dcd_ranges_n;

/** True when [address, address + size) lies inside one range; size > 0. */
bool aw_hab_range_has(const struct aw_hab_range *range, size_t n,
                      uint32_t address, uint32_t size);

/* Registers of a part, real or simulated. */
struct aw_dcd_bus {
    void *ctx;
    uint32_t (*read)(void *ctx, uint32_t address, unsigned width);
    void (*write)(void *ctx, uint32_t address, unsigned width, uint32_t value);
    uint32_t polls_max; /* of a wait without count, which a ROM never ends */
};

/* Why a DCD was refused: an event of the ROM without its header. */
struct aw_dcd_fault {
    uint8_t reason;  /* enum aw_hab_reason */
    uint8_t context; /* enum aw_hab_context */
    aw_bytes data;   /* the failing command, borrowed, or empty */
    size_t at;       /* offset of the failing command */
};

/**
 * Runs a DCD as the ROM does. Every entry of a command is checked before the
 * first one of it takes effect; commands before a failing one have taken
 * effect.
 *
 * @param dcd    DCD from its tag on; untrusted
 * @param range  addresses allowed, n of them
 * @param bus    NULL: only check, waits succeed
 * @param fault  set on failure only; may be NULL
 *
 * @return AW_OK; AW_ERR_FORMAT for a bad header or command, AW_ERR_UNSUPPORTED
 *         for one that a DCD may not hold, AW_ERR_RANGE for an address or
 *         value, AW_ERR_TIMEOUT when a wait ran out.
 */
AW_MUST_CHECK aw_err aw_dcd_run(aw_bytes dcd, const struct aw_hab_range *range,
                                size_t n, const struct aw_dcd_bus *bus,
                                struct aw_dcd_fault *fault);

/**
 * Writes a DCD of the entries, adjacent writes of one kind merged into one
 * command as mkimage does.
 *
 * @return AW_OK; AW_ERR_RANGE on an unknown operation, a width that is not 1,
 *         2 or 4, or a value wider than that; AW_ERR_SPACE if the DCD is
 *         longer than AW_DCD_MAX or w is full. w is then undefined.
 */
AW_MUST_CHECK aw_err aw_dcd_write(const struct aw_dcd_entry *entry, size_t n,
                                  struct aw_wr *w, struct aw_diag *diag);

#endif
