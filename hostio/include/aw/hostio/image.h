/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HOSTIO_IMAGE_H
#define AW_HOSTIO_IMAGE_H

#include "aw/medium.h"

/* An eMMC image file or a block device, opened for reading only. */
struct aw_image;

/**
 * Opens a regular file or a block device.
 *
 * @param image   to be closed with aw_image_close
 * @param medium  valid until the image is closed; usable by one thread
 * @return AW_OK; AW_ERR_NOT_FOUND; AW_ERR_TYPE for anything that is neither a
 *         file nor a block device; AW_ERR_IO; AW_ERR_RESOURCE.
 */
AW_MUST_CHECK aw_err aw_image_open(const char *path, struct aw_image **image,
                                   struct aw_medium *medium,
                                   struct aw_diag *diag);

/** Closes; NULL is ignored. */
void aw_image_close(struct aw_image *image);

#endif
