/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_BLOCKS_H
#define DEVICE_BLOCKS_H

#include "aw/sdp/storage.h"
#include "common/usb.h"

/* aw device blocks info | read | write | zero | hash */
extern const struct aw_cmd blocks_cmd_info;
extern const struct aw_cmd blocks_cmd_read;
extern const struct aw_cmd blocks_cmd_write;
extern const struct aw_cmd blocks_cmd_zero;
extern const struct aw_cmd blocks_cmd_hash;

/* Which blocks of which device. */
struct blocks_args {
    struct aw_usb_args usb;
    unsigned unit;
};

#define BLOCKS_UNITS "user|boot0|boot1|sd"

/* Rows of an option table for a struct that holds a blocks_args at offset
 * `base`. */
#define BLOCKS_OPTS(base)                                                      \
    AW_USB_OPTS((base) + offsetof(struct blocks_args, usb)),                   \
    {                                                                          \
        .name = "unit", .type = AW_OPT_CHOICE, .arg = BLOCKS_UNITS,            \
        .fallback = "user", .at = (base) + offsetof(struct blocks_args, unit), \
        .help = "Which memory: the user area of the eMMC, one of its boot "    \
                "partitions, or the microSD card."                             \
    }

/* A device that runs a recovery. */
struct blocks_session {
    struct aw_usb_link link;
    struct aw_usb_id id;
    struct aw_usb_device device;
    struct aw_storage storage;
    struct aw_storage_unit unit;
};

/**
 * Waits for a recovery, opens it and finds the unit; writes the members
 * "device" and "unit".
 *
 * @return AW_EXIT_OK; or the exit code of what was reported: nothing is open
 */
AW_MUST_CHECK int blocks_connect(struct aw_ctx *ctx,
                                 const struct blocks_args *args,
                                 struct blocks_session *session);
void blocks_disconnect(struct blocks_session *session);

/** Name of a unit: "user", "boot0", "boot1", "sd", "unknown". */
const char *blocks_unit_name(enum aw_storage_kind kind);

/** Writes the member "unit". */
void blocks_put_unit(struct aw_ctx *ctx, const struct aw_storage_unit *unit);

/** Reports why a call on the session failed.
 *  @param what  what was under way: "reading 4 blocks at 0x5000" */
int blocks_report(struct aw_ctx *ctx, const struct blocks_session *session,
                  aw_err err, const struct aw_diag *diag, const char *what);

/**
 * Takes operands that name blocks.
 *
 * @param count  NULL: there is none
 * @return AW_EXIT_OK, or AW_EXIT_USAGE, reported
 */
AW_MUST_CHECK int blocks_range(struct aw_ctx *ctx, uint64_t *first,
                               uint64_t *count);

/** Blocks that lie on the unit? Else reports it.
 *  @return AW_EXIT_OK or AW_EXIT_REFUSED */
AW_MUST_CHECK int blocks_check(struct aw_ctx *ctx,
                               const struct blocks_session *session,
                               uint64_t first, uint64_t count);

/** Writes the members "first" and "blocks". */
void blocks_put_range(struct aw_ctx *ctx, uint64_t first, uint64_t count);

#endif
