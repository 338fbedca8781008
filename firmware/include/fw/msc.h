/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_MSC_H
#define FW_MSC_H

#include "aw/sha256.h"
#include "fw/usb_device.h"

/*
 * USB mass storage: bulk-only transport with SCSI commands. Sources: USB Mass
 * Storage Class, Bulk-Only Transport 1.0; SPC-4; SBC-3. Commands, identity and
 * the two that are ours: docs/formats/recovery.md.
 *
 * Transfers go on by themselves; work on a medium is done in msc_step, a piece
 * at a time, so that the bus is served in between and one piece moves while
 * the medium has the other.
 */
enum {
    MSC_BLOCK = 512,
    MSC_PIECE = USBD_TRANSFER_MAX,
    MSC_PIECE_BLOCKS = MSC_PIECE / MSC_BLOCK,
    MSC_UNITS = 8,
    MSC_REPLY = 1024, /* data that are not blocks, at most */
    MSC_CBW = 31,
    MSC_CSW = 13,
    MSC_CDB = 16,
    MSC_INFO = 576, /* of DEVICE INFORMATION */
    MSC_TEXT = 32,
    MSC_COMMIT = 40
};

/* A logical unit. Buffers begin on cache lines; blocks have been checked to
 * lie on it. */
struct msc_unit {
    void *ctx;
    uint8_t kind;    /* of VPD page 0xc0 */
    uint32_t blocks; /* 0: no medium */
    bool read_only;
    aw_err (*read)(void *ctx, uint32_t lba, uint8_t *to, uint32_t blocks);
    aw_err (*write)(void *ctx, uint32_t lba, const uint8_t *from,
                    uint32_t blocks);
    /** Makes blocks read as zeros; AW_ERR_UNSUPPORTED: write them. */
    aw_err (*erase)(void *ctx, uint32_t lba, uint32_t blocks);
    aw_err (*flush)(void *ctx);
};

/* What the device says of itself. */
struct msc_identity {
    const char *vendor;   /* INQUIRY, 8 characters at most */
    const char *product;  /* 16 */
    const char *revision; /* 4 */
    const char *serial;   /* of VPD page 0x80 */
    const char *version;  /* of VPD page 0xc0, MSC_TEXT - 1 at most */
    const char *commit;   /* MSC_COMMIT at most */
    bool read_only;       /* variant of the image */
    const uint8_t *info;  /* MSC_INFO bytes */
};

struct msc_sense {
    uint8_t key;
    uint8_t asc;
    uint8_t ascq;
    bool has_block;
    uint32_t block;
};

/* What a command does. */
enum msc_work {
    MSC_NOTHING, /* has been done, or has failed */
    MSC_ANSWER,  /* reply to the host */
    MSC_READ,
    MSC_WRITE,
    MSC_COMPARE, /* blocks of the host with those of the medium */
    MSC_SAME,    /* the block in reply to all blocks of the range */
    MSC_ERASE,   /* the range, or the list of ranges in reply */
    MSC_VERIFY,
    MSC_HASH
};

struct msc_plan {
    enum msc_work work;
    bool to_host; /* direction of length bytes */
    uint64_t length;
    uint32_t lba;
    uint32_t blocks;
};

/* All below is private. */
enum msc_state {
    MSC_OFF,     /* not configured */
    MSC_COMMAND, /* a command block is expected */
    MSC_DATA,    /* the plan's data move */
    MSC_WORKING, /* nothing moves */
    MSC_HALTED,  /* the status waits until the host has cleared a halt */
    MSC_STATUS,  /* it is sent */
    MSC_WEDGED   /* only a reset helps */
};

enum msc_piece_state { MSC_EMPTY, MSC_MOVING, MSC_FULL };

struct msc_piece {
    enum msc_piece_state state;
    uint32_t n; /* bytes */
};

struct msc {
    struct usbd *usbd;
    const struct msc_identity *identity;
    struct msc_unit *units;
    size_t n_units;
    uint8_t in;
    uint8_t out;
    /** Called for each piece of work; may be NULL. */
    void (*working)(void *ctx);
    void *working_ctx;

    enum msc_state state;
    bool high_speed;
    bool arm; /* expect a command as soon as OUT is not halted */
    uint32_t tag;
    uint8_t lun;
    uint32_t host_n; /* bytes that the host wants to move */
    bool host_in;
    uint8_t status;
    uint32_t bus;   /* of host_n, that have moved */
    uint32_t moved; /* and that were processed */
    uint8_t cdb[MSC_CDB];
    struct msc_plan plan;
    struct msc_sense sense[MSC_UNITS + 1]; /* the last: unknown units */
    uint32_t lba;                          /* next block of the medium */
    uint32_t left;                         /* blocks to do there */
    uint64_t left_bus;                     /* bytes to start on the bus */
    struct msc_piece piece[2];
    unsigned first; /* piece that is processed next */
    unsigned next;  /* piece that is filled next */
    bool broken;    /* the host ended the data early */
    struct aw_sha256 hash;
    size_t reply_n;
    size_t list_at; /* next range of an UNMAP in reply */
    DMA_ALIGNED uint8_t wrapper[MSC_BLOCK];
    DMA_ALIGNED uint8_t reply[MSC_REPLY];
    DMA_ALIGNED uint8_t data[2][MSC_PIECE];
    DMA_ALIGNED uint8_t scratch[MSC_PIECE];
};

/** Nothing is sent yet; the caller sets in and out.
 *  @param msc  memory for DMA */
void msc_init(struct msc *msc, struct usbd *usbd,
              const struct msc_identity *identity, struct msc_unit *units,
              size_t n_units);

/** The function of a device; its interface has the number 0.
 *  @param descriptors  of interface and endpoints, kept */
struct usb_function msc_function(struct msc *msc, const uint8_t *descriptors,
                                 size_t n);

/** Goes on. @return false: there is nothing to do before the next event */
bool msc_step(struct msc *msc);

#endif
