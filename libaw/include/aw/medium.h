/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_MEDIUM_H
#define AW_MEDIUM_H

#include "aw/bytes.h"

/*
 * Read access to a storage medium by byte offset: an eMMC image file or a
 * block device (hostio/), or a device over USB. What comes back is untrusted.
 */
struct aw_medium {
    void *ctx;
    uint64_t size; /* bytes */
    /**
     * Reads exactly n bytes from `offset`, which the caller has checked to lie
     * inside `size`.
     *
     * @return AW_OK; AW_ERR_IO, AW_ERR_TIMEOUT or AW_ERR_SHORT.
     */
    aw_err (*read)(void *ctx, uint64_t offset, uint8_t *buf, size_t n,
                   struct aw_diag *diag);
    /**
     * First offset at or after `offset` that may hold anything but zeros, or
     * `size`. May be NULL: then every byte may. Lets holes of a sparse file
     * be skipped.
     */
    uint64_t (*next_data)(void *ctx, uint64_t offset);
};

#endif
