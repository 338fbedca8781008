/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HOSTIO_IMAGE_H
#define AW_HOSTIO_IMAGE_H

#include "aw/hostio/diag.h"
#include "aw/medium.h"

/* An eMMC image file or a block device, opened for reading only. */
struct aw_image;

/**
 * Opens a regular file or a block device.
 *
 * @param image   to be closed with aw_image_close; untouched on failure
 * @param medium  valid until the image is closed; usable by one thread;
 *                untouched on failure. Its read fails with AW_ERR_SHORT when
 *                the file has been cut meanwhile.
 * @param host    may be NULL
 *
 * @return AW_OK; AW_ERR_TYPE for anything that is neither a file nor a block
 *         device; errors of aw_host_err: AW_ERR_NOT_FOUND, AW_ERR_RESOURCE,
 *         AW_ERR_IO, with the value of errno in host->diag.at.
 */
AW_MUST_CHECK aw_err aw_image_open(const char *path, struct aw_image **image,
                                   struct aw_medium *medium,
                                   struct aw_host_diag *host);

/** Closes; NULL is ignored. */
void aw_image_close(struct aw_image *image);

#endif
