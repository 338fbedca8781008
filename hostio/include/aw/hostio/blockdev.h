/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HOSTIO_BLOCKDEV_H
#define AW_HOSTIO_BLOCKDEV_H

#include "aw/hostio/diag.h"

/*
 * A disk of the Linux kernel, as USB mass storage gives one: whole, with blocks
 * of 512 bytes, past the page cache (O_DIRECT), and in nobody else's use
 * (O_EXCL). It is never made, and what is known of it is asked of the open
 * descriptor, not of its name.
 */
enum {
    AW_BLOCKDEV_BLOCK = 512,
    AW_BLOCKDEV_PIECE = 2048 /* blocks of one transfer, at most */
};

struct aw_blockdev;

/**
 * Opens a disk.
 *
 * @param write  to write, too
 *
 * @return AW_OK; AW_ERR_NOT_FOUND: no such file; AW_ERR_TYPE: not a block
 *         device; AW_ERR_UNSUPPORTED: blocks of another size;
 *         AW_ERR_PRECONDITION: no right to it, mounted, or write protected;
 *         AW_ERR_IO.
 */
AW_MUST_CHECK aw_err aw_blockdev_open(const char *path, bool write,
                                      struct aw_blockdev **dev,
                                      struct aw_host_diag *host);
void aw_blockdev_close(struct aw_blockdev *dev);

uint64_t aw_blockdev_blocks(const struct aw_blockdev *dev);

/*
 * Blocks from `block` on; at most AW_BLOCKDEV_PIECE of read and write.
 *
 * @return AW_OK; AW_ERR_RANGE: outside the disk; AW_ERR_SPACE; AW_ERR_GONE: the
 *         disk is no more; AW_ERR_IO.
 */
AW_MUST_CHECK aw_err aw_blockdev_read(struct aw_blockdev *dev, uint64_t block,
                                      uint8_t *to, uint32_t blocks,
                                      struct aw_diag *diag);
AW_MUST_CHECK aw_err aw_blockdev_write(struct aw_blockdev *dev, uint64_t block,
                                       const uint8_t *from, uint32_t blocks,
                                       struct aw_diag *diag);
AW_MUST_CHECK aw_err aw_blockdev_zero(struct aw_blockdev *dev, uint64_t block,
                                      uint64_t blocks, struct aw_diag *diag);
/** What was written is on the medium. @return as above */
AW_MUST_CHECK aw_err aw_blockdev_sync(struct aw_blockdev *dev,
                                      struct aw_diag *diag);

/* Where a disk is on USB, as /sys says of the device of the descriptor. */
struct aw_blockdev_usb {
    char path[64];   /* of the port: "1-1.4" */
    char serial[64]; /* of the device; "" without one */
    unsigned vendor;
    unsigned product;
    unsigned lun;
    bool partition; /* a part of a disk */
};

/** @return AW_OK; AW_ERR_NOT_FOUND: it is not on USB, or /sys does not say */
AW_MUST_CHECK aw_err aw_blockdev_usb(const struct aw_blockdev *dev,
                                     struct aw_blockdev_usb *usb);

/**
 * Names all disks and partitions that the kernel has on USB, by /sys; none is
 * opened.
 *
 * @param each  gets "/dev/sda" and where it is; both end with the call
 */
void aw_blockdev_each(void (*each)(void *ctx, const char *path,
                                   const struct aw_blockdev_usb *usb),
                      void *ctx);

#endif
