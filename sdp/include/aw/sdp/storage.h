/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_SDP_STORAGE_H
#define AW_SDP_STORAGE_H

#include "aw/sha256.h"
#include "aw/usb.h"

/*
 * The host side of a recovery: USB mass storage, bulk-only transport, SCSI;
 * ours and the Go project's. Sources: USB Mass Storage Class, Bulk-Only
 * Transport 1.0; SPC-4; SBC-3; docs/formats/recovery.md.
 *
 * What a device says is untrusted: every status wrapper, length and number is
 * checked. After an answer that makes no sense the transport is reset, so
 * that the next call starts clean. No call waits longer than a few times its
 * time limit for each MiB, whatever the device does.
 */
enum {
    AW_STORAGE_VENDOR = 0x1209,
    AW_STORAGE_PRODUCT = 0x2702,
    AW_STORAGE_BLOCK = 512,
    AW_STORAGE_UNITS = 16,
    AW_STORAGE_PIECE = 2048, /* blocks of one command: 1 MiB */
    AW_STORAGE_TEXT = 48     /* version or commit, with its NUL */
};

/* Why the device failed a command. */
struct aw_sense {
    uint8_t key;
    uint8_t asc;
    uint8_t ascq;
    bool has_block;
    uint32_t block; /* that it is about */
};

/* A session; begins with aw_storage_open. */
struct aw_storage {
    struct aw_usb_device usb; /* private; the caller closes it */
    uint32_t timeout_ms;      /* of one transfer */
    uint32_t tag;             /* private */
    uint8_t units;            /* that the device has */
    struct aw_sense sense;    /* after AW_ERR_REFUSED */
};

/* What a unit stands for: our recovery says so. */
enum aw_storage_kind {
    AW_STORAGE_USER = 0,
    AW_STORAGE_BOOT0 = 1,
    AW_STORAGE_BOOT1 = 2,
    AW_STORAGE_SD = 3,
    AW_STORAGE_UNKNOWN = 255 /* another recovery */
};

/* A logical unit. Texts are printable ASCII. */
struct aw_storage_unit {
    uint64_t blocks;
    /* AW_STORAGE_UNKNOWN of another recovery. */
    enum aw_storage_kind kind;
    uint8_t lun;
    bool read_only;
    bool ours;            /* our recovery; else what follows is empty */
    bool read_only_image; /* variant that refuses every write */
    char version[AW_STORAGE_TEXT];
    char commit[AW_STORAGE_TEXT];
    /* INQUIRY, of every recovery. */
    char vendor[9];
    char product[17];
    char revision[5];
};

/* DEVICE INFORMATION of our recovery. */
struct aw_storage_info {
    uint8_t unit[8]; /* unique id, in memory order */
    uint8_t cid[16];
    uint8_t ext_csd[512];
    bool read_only_image;
    /* What HAB said of the start of the recovery. */
    struct {
        bool reported;  /* false: no ROM of this kind, or an older recovery;
                         * what follows is 0 */
        bool whole;     /* the log was read to its end: `events` is known */
        uint8_t status; /* bytes of HAB's report: aw/hab/event.h */
        uint8_t config;
        uint8_t state;
        uint32_t events;
    } hab;
};

/*
 * Errors of every call below, beside those that it names:
 *
 *   AW_ERR_REFUSED  the device failed the command: `sense`
 *   AW_ERR_FORMAT   it answered what the protocol does not have
 *   AW_ERR_TIMEOUT  no answer in time
 *   AW_ERR_GONE     it was unplugged
 *   AW_ERR_STALL    it refuses what it may not refuse
 *   AW_ERR_IO       the bus failed
 */

/**
 * Begins a session: takes the interface, resets the transport and asks how
 * many units there are.
 *
 * @param usb  an open device; has to outlive the session
 */
AW_MUST_CHECK aw_err aw_storage_open(struct aw_storage *s,
                                     const struct aw_usb_device *usb,
                                     uint32_t timeout_ms, struct aw_diag *diag);

/**
 * Describes a unit.
 *
 * @param unit  set; untouched on failure
 *
 * @return AW_OK; AW_ERR_NOT_FOUND: no such unit, or no medium in it;
 *         AW_ERR_UNSUPPORTED: blocks of another size than 512 bytes.
 */
AW_MUST_CHECK aw_err aw_storage_unit(struct aw_storage *s, uint8_t lun,
                                     struct aw_storage_unit *unit,
                                     struct aw_diag *diag);

/**
 * Reads or writes blocks. A write is on the medium when it returns.
 *
 * @param bytes  blocks * 512; undefined after a read that failed, and of a
 *               write that failed any part may have been written
 *
 * @return AW_OK; AW_ERR_RANGE: the blocks do not lie on the unit;
 *         AW_ERR_PRECONDITION: a write to a unit that refuses writes.
 */
AW_MUST_CHECK aw_err aw_storage_read(struct aw_storage *s,
                                     const struct aw_storage_unit *unit,
                                     uint64_t lba, uint8_t *bytes,
                                     uint32_t blocks, struct aw_diag *diag);
AW_MUST_CHECK aw_err aw_storage_write(struct aw_storage *s,
                                      const struct aw_storage_unit *unit,
                                      uint64_t lba, const uint8_t *bytes,
                                      uint32_t blocks, struct aw_diag *diag);

/** Makes blocks zeros, with WRITE SAME where the recovery is ours.
 *  @return as aw_storage_write */
AW_MUST_CHECK aw_err aw_storage_zero(struct aw_storage *s,
                                     const struct aw_storage_unit *unit,
                                     uint64_t lba, uint64_t blocks,
                                     struct aw_diag *diag);

/** Everything written survives a loss of power. The Go project's recovery
 *  knows no such command: there it is so already. */
AW_MUST_CHECK aw_err aw_storage_sync(struct aw_storage *s,
                                     const struct aw_storage_unit *unit,
                                     struct aw_diag *diag);

/**
 * SHA-256 of blocks, which the device computes: nobody can tell by it what
 * the medium holds who does not trust the recovery that runs there.
 *
 * @return AW_OK; AW_ERR_RANGE: the blocks do not lie on the unit, or are 4 Gi
 *         or more; AW_ERR_UNSUPPORTED: the recovery is not ours.
 */
AW_MUST_CHECK aw_err aw_storage_hash(struct aw_storage *s,
                                     const struct aw_storage_unit *unit,
                                     uint64_t lba, uint64_t blocks,
                                     uint8_t digest[AW_SHA256_SIZE],
                                     struct aw_diag *diag);

/** Asks for DEVICE INFORMATION.
 *  @return AW_OK; AW_ERR_UNSUPPORTED: the recovery is not ours. */
AW_MUST_CHECK aw_err aw_storage_info(struct aw_storage *s,
                                     const struct aw_storage_unit *unit,
                                     struct aw_storage_info *info,
                                     struct aw_diag *diag);

/** English words for sense data: "medium error: cannot be read". */
const char *aw_sense_text(const struct aw_sense *sense);

#endif
