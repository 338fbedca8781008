/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HAB_IVT_H
#define AW_HAB_IVT_H

#include "aw/bytes.h"

/*
 * The head of an i.MX image: image vector table (IVT) at offset 0, boot data
 * where the IVT says. Headers are tag, be16 length, version; the words that
 * follow are little-endian addresses of the running image. An address becomes
 * a file offset by subtracting `self`.
 * Source: IMX6ULLRM rev 1, 8.7.1; docs/formats/imx.md.
 */
enum {
    AW_IVT_TAG = 0xd1,
    AW_IVT_SIZE = 32,
    AW_BOOT_DATA_SIZE = 12,
    AW_IVT_MEDIUM = 0x400, /* where the IVT lies on SD and eMMC */
    AW_ROM_FIRST = 0x1000, /* what the ROM loads before it runs the DCD */
    AW_HAB_MAJOR_MASK = 0xf0,
    AW_HAB_MAJOR = 0x40, /* version byte of every HABv4 object: 0x4m */
};

struct aw_ivt {
    uint8_t version; /* 0x40..0x4f */
    uint32_t entry;
    uint32_t dcd; /* 0: none */
    uint32_t boot_data;
    uint32_t self;
    uint32_t csf; /* 0: none */
};

struct aw_boot_data {
    uint32_t start;  /* address of byte 0 of the medium */
    uint32_t length; /* counted from the start of the medium, CSF included */
    uint32_t plugin; /* 1: entry is called before the real image */
};

/**
 * Reads the IVT at the start of an image. Checks the header as the ROM does;
 * the addresses are whatever the file says.
 *
 * @param image  whole image, IVT at offset 0; untrusted
 * @param ivt    untouched on failure
 * @param diag   may be NULL
 *
 * @return AW_OK; AW_ERR_SHORT below 32 bytes; AW_ERR_FORMAT on a wrong tag,
 *         length or major version.
 */
AW_MUST_CHECK aw_err aw_ivt_parse(aw_bytes image, struct aw_ivt *ivt,
                                  struct aw_diag *diag);

/** Writes 32 bytes, reserved words zero. */
void aw_ivt_write(const struct aw_ivt *ivt, struct aw_wr *w);

/**
 * File offset of an address of the image.
 *
 * @param offset  at most 2^32-1; whether the file is that long is not
 *                looked at; untouched on failure
 *
 * @return AW_OK; AW_ERR_RANGE if the address lies below the image.
 */
AW_MUST_CHECK aw_err aw_ivt_offset(const struct aw_ivt *ivt, uint32_t address,
                                   size_t *offset, struct aw_diag *diag);

/**
 * Reads the boot data that an IVT points to.
 *
 * @return AW_OK; AW_ERR_RANGE if it lies below the image; AW_ERR_SHORT if it
 *         runs past its end.
 */
AW_MUST_CHECK aw_err aw_boot_data_parse(aw_bytes image,
                                        const struct aw_ivt *ivt,
                                        struct aw_boot_data *boot,
                                        struct aw_diag *diag);

/** Writes 12 bytes. */
void aw_boot_data_write(const struct aw_boot_data *boot, struct aw_wr *w);

/**
 * Finds the DCD inside an i.MX image.
 *
 * @param image  whole image, IVT at offset 0; untrusted
 * @param dcd    set to the DCD with its header, borrowed from image;
 *               untouched on failure
 * @param diag   may be NULL
 *
 * @return AW_OK; AW_ERR_NOT_FOUND if the IVT names none; AW_ERR_SHORT if IVT
 *         or DCD runs past the image; AW_ERR_FORMAT on a wrong tag, version
 *         or length field; AW_ERR_RANGE if the DCD lies below the image or is
 *         longer than AW_DCD_MAX.
 */
AW_MUST_CHECK aw_err aw_ivt_find_dcd(aw_bytes image, aw_bytes *dcd,
                                     struct aw_diag *diag);

#endif
