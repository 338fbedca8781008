/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BOARD_DISK_H
#define BOARD_DISK_H

#include "aw/hostio/blockdev.h"
#include "aw/sdp/storage.h"
#include "common/opt.h"

/*
 * What a recovery shows: the eMMC over USB itself, or, where somebody asks for
 * it as with the Go project's tools, the disk that the kernel makes of it.
 */
struct board_kernel {
    const char *glob; /* --blockdevs: the one of these that is our board's */
    const char *path; /* --blockdev: this one, if it is our board's */
};

#define BOARD_KERNEL_OPTS(base)                                               \
    {.name = "blockdevs",                                                     \
     .type = AW_OPT_TEXT,                                                     \
     .arg = "GLOB",                                                           \
     .at = (base) + offsetof(struct board_kernel, glob),                      \
     .help = "Reach the eMMC through the kernel's disk with such a name; "    \
             "without it, over USB itself, which asks for no root and knows " \
             "more. /dev/disk/by-id/usb-F-Secure_USB_*0:0 is the Go "         \
             "project's. A name that fits no disk although a recovery has "   \
             "one is exit 32."},                                              \
    {                                                                         \
        .name = "blockdev", .type = AW_OPT_TEXT, .arg = "PATH",               \
        .at = (base) + offsetof(struct board_kernel, path),                   \
        .help = "As --blockdevs, for one disk."                               \
    }

struct board;

/* Either of them; plain values. */
struct board_disk {
    struct aw_storage *storage;
    struct aw_storage_unit unit; /* of it */
    struct aw_blockdev *dev;     /* NULL: storage */
    uint64_t blocks;
};

/** Is a disk of the kernel asked for? */
bool board_kernel_asked(const struct board_kernel *kernel);

/** Waits for the disk of this board and no other, and opens it. */
AW_MUST_CHECK int board_kernel_open(struct board *board);

/**
 * Finds the eMMC of a board whose recovery is spoken to.
 *
 * @param need  bytes that it has to have
 */
AW_MUST_CHECK int board_disk_find(struct board *board, uint64_t need,
                                  struct board_disk *disk);

/* Errors as of aw/sdp/storage.h and aw/hostio/blockdev.h. At most
 * AW_STORAGE_PIECE blocks of read and write. */
AW_MUST_CHECK aw_err board_disk_read(const struct board_disk *disk,
                                     uint64_t block, uint8_t *to,
                                     uint32_t blocks, struct aw_diag *diag);
AW_MUST_CHECK aw_err board_disk_write(const struct board_disk *disk,
                                      uint64_t block, const uint8_t *from,
                                      uint32_t blocks, struct aw_diag *diag);
AW_MUST_CHECK aw_err board_disk_zero(const struct board_disk *disk,
                                     uint64_t block, uint64_t blocks,
                                     struct aw_diag *diag);
AW_MUST_CHECK aw_err board_disk_sync(const struct board_disk *disk,
                                     struct aw_diag *diag);

#endif
