/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HAB_IMX_H
#define AW_HAB_IMX_H

#include "aw/hab/dcd.h"
#include "aw/hab/ivt.h"

/*
 * Making an i.MX image for SD or eMMC, as mkimage lays it out: IVT, boot data,
 * DCD, the program at 0xc00, zeros up to a multiple of 4096 of the medium. The
 * CSF is appended later. Source: docs/formats/imx.md.
 */
enum {
    AW_IMX_PROGRAM = 0xc00, /* file offset of the program */
    AW_IMX_PAGE = 4096,
    AW_IMX_CSF_MAX = 0x100000
};

struct aw_imx_plan {
    uint32_t base;  /* address of the program; 0x1000 above the load address */
    uint32_t entry; /* inside the program */
    aw_bytes program;
    aw_bytes dcd;      /* a DCD exactly; empty: none */
    uint32_t csf_size; /* bytes kept for the CSF; 0: unsigned image */
};

/**
 * Writes an image, CSF not included.
 *
 * @return AW_OK; AW_ERR_RANGE if the program is empty, base is below 0x1000 or
 *         not a multiple of 4, entry is not in the program, csf_size is above
 *         AW_IMX_CSF_MAX or no multiple of 4, or the image does not fit below
 *         4 GiB; AW_ERR_FORMAT if the DCD is not one; AW_ERR_SPACE if w is
 *         full. w is undefined on failure.
 */
AW_MUST_CHECK aw_err aw_imx_write(const struct aw_imx_plan *plan,
                                  struct aw_wr *w, struct aw_diag *diag);

/** Bytes that aw_imx_write writes for a program of n bytes; 0 if n is above
 *  2^31. */
size_t aw_imx_size(size_t n);

/* What a register list holds beside its entries. */
struct aw_dcd_list {
    struct aw_dcd_entry *entry; /* the caller's array */
    size_t cap;
    size_t n;
    uint32_t csf_size; /* of its CSF line; 0: none */
};

/**
 * Reads a register list: the lines DATA, SET_BIT, CLR_BIT, CHECK_BITS_SET,
 * CHECK_BITS_CLR, NOP and CSF of mkimage's imximage configuration, `#` begins a
 * comment. IMAGE_VERSION 2 and BOOT_FROM are accepted and mean nothing.
 *
 * @param list  entry and cap are set by the caller, entries are appended;
 *              n and csf_size are untouched on failure
 *
 * @return AW_OK; AW_ERR_FORMAT if a line is not of this kind, the line's
 *         number is in diag; AW_ERR_RANGE if a number is too large for its
 *         place; AW_ERR_SPACE when there are more entries than fit.
 */
AW_MUST_CHECK aw_err aw_dcd_list_parse(aw_bytes text, struct aw_dcd_list *list,
                                       struct aw_diag *diag);

#endif
