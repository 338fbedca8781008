/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_USB_H
#define COMMON_USB_H

#include "aw/hostio/usb_host.h"
#include "aw/usb.h"
#include "common/cmd.h"

/*
 * Which device a command works on:
 *
 *   port=1-1.4       what is plugged in there
 *   serial=ID        unique id of the chip, 16 hex digits; a board in serial
 *                    download does not show it over USB
 *   twin=DIR[:2]     a twin that runs in a folder, :2 its second plug
 *   (nothing)        the only one that fits
 */
struct aw_usb_args {
    const char *device;
    uint64_t wait_ms;
};

enum { AW_UNIT_SERIAL = 17 }; /* 16 upper-case hex digits and NUL */

#define AW_USB_DEVICE_OPT(base)                                              \
    {                                                                        \
        .name = "device", .type = AW_OPT_TEXT,                               \
        .at = (base) + offsetof(struct aw_usb_args, device),                 \
        .arg = "port=PATH|serial=ID|twin=DIR",                               \
        .help = "Device to work on: what is plugged in at a port, the chip " \
                "with this unique id, or the twin that runs in the folder "  \
                "DIR. Without it, the only one that fits; aw device list "   \
                "shows what there is."                                       \
    }
#define AW_USB_WAIT_OPT(base)                                                 \
    {                                                                         \
        .name = "wait", .type = AW_OPT_DURATION, .arg = "DURATION",           \
        .fallback = "30s",                                                    \
        .at = (base) + offsetof(struct aw_usb_args, wait_ms),                 \
        .help = "How long to wait until the device is there; time of a twin " \
                "is its own."                                                 \
    }

/* Rows of an option table for a struct that holds an aw_usb_args at offset
 * `base`. */
#define AW_USB_OPTS(base) AW_USB_DEVICE_OPT(base), AW_USB_WAIT_OPT(base)

/* What a board of ours is on the bus. */
enum aw_usb_mode {
    AW_USB_MODE_OTHER,    /* none, or none that is known */
    AW_USB_MODE_DOWNLOAD, /* boot ROM in serial download */
    AW_USB_MODE_RECOVERY, /* mass storage */
    AW_USB_MODE_CONTROL   /* trusted OS */
};

/* A way to devices. */
struct aw_usb_link {
    struct aw_usb usb;
    const char *name;   /* of the device, for messages */
    const char *path;   /* asked for; NULL: any */
    const char *serial; /* asked for; NULL: any */
    bool bound;  /* the path is where our board is, not what was asked for */
    bool waited; /* the caller has waited that long: one look is enough */
    enum aw_usb_mode to; /* for messages: what is waited for; OTHER: anything */
    const char *hint;    /* for messages: what else to look at; NULL: nothing */
    const char *dir;     /* of a twin, for messages; NULL: none */
    struct aw_usb_twin *twin; /* private */
    struct aw_usb_host *host; /* private */
    const char *root;         /* private */
};

/**
 * Opens the way that --device names.
 *
 * @return AW_EXIT_OK, or the exit code of what was reported
 */
AW_MUST_CHECK int aw_usb_connect(struct aw_ctx *ctx,
                                 const struct aw_usb_args *args,
                                 struct aw_usb_link *link);
/** The same, with what is read of this machine below a folder in place of
 *  "/"; NULL for the machine's own. @param root  borrowed until disconnect */
AW_MUST_CHECK int aw_usb_connect_at(struct aw_ctx *ctx,
                                    const struct aw_usb_args *args,
                                    const char *root, struct aw_usb_link *link);
void aw_usb_disconnect(struct aw_usb_link *link);

/**
 * Waits for one device that fits and describes it; link->name becomes its
 * name. More than one is exit code 32, and so is a port or serial at which
 * nothing is in the end.
 *
 * A device that shows no serial fits any that was asked for: aw_unit_see has
 * to be asked once its unique id is known.
 *
 * @param want  its path and serial are filled in
 * @param kind  what it is, for messages: "board in serial download"
 *
 * @return AW_EXIT_OK, or the exit code of what was reported
 */
AW_MUST_CHECK int aw_usb_find(struct aw_ctx *ctx, struct aw_usb_link *link,
                              const struct aw_usb_want *want, const char *kind,
                              uint64_t wait_ms, struct aw_usb_id *id);

/**
 * Opens a device that was found.
 *
 * @return AW_EXIT_OK, or the exit code of what was reported
 */
AW_MUST_CHECK int aw_usb_open(struct aw_ctx *ctx,
                              const struct aw_usb_link *link,
                              const struct aw_usb_id *id,
                              struct aw_usb_device *device);

/** Adds to a finding about the last call that failed what is known of it: what
 *  the system said, and the remedy for missing rights and busy devices.
 *  @param pool  of the texts */
void aw_usb_explain(struct aw_pool *pool, const struct aw_usb_link *link,
                    struct aw_finding *finding);

/** Writes the member "device": path, ids, strings. */
void aw_usb_put(struct aw_ctx *ctx, const struct aw_usb_link *link,
                const struct aw_usb_id *id);

/** "port=1-1.4 (15a2:0080 SE Blank 6ULL)". */
const char *aw_usb_label(struct aw_pool *pool, const struct aw_usb_id *id);

enum {
    AW_USB_VENDOR_ROM = 0x15a2,
    AW_USB_VENDOR_UNIT = 0x1209,
    AW_USB_PRODUCT_UNIT = 0x2702
};

/* Where no trusted OS comes. */
#define AW_USB_SECOND_PLUG                                           \
    "a gamma board (i.MX6ULZ) has it at its second USB plug, which " \
    "needs a cable of its own (of a twin: aw twin plug DIR --plug=2)"

/** By vendor, product and strings, which any device can have. */
enum aw_usb_mode aw_usb_mode(const struct aw_usb_id *id);
/** "serial download", "recovery", "control", "other". */
const char *aw_usb_mode_name(enum aw_usb_mode mode);
/** Ours or the Go project's, and certainly no trusted OS; for aw_usb_want. */
bool aw_usb_may_be_recovery(const struct aw_usb_id *id);
/** The same, and certainly no recovery. */
bool aw_usb_may_be_control(const struct aw_usb_id *id);

/** "low", "full", "high", "super" or "unknown". */
const char *aw_usb_speed_name(uint8_t speed);

/*
 * One board over all its lives on the bus: bound at first sight to where it is
 * plugged in and, as soon as it is known, to the unique id of its chip.
 */
struct aw_unit {
    char path[AW_USB_PATH];      /* "": not seen yet */
    char serial[AW_UNIT_SERIAL]; /* "": not known yet */
};

/**
 * Compares a device with the unit; what was not known yet is taken over. A
 * device elsewhere is the same board only if its unique id says so.
 *
 * @param serial  unique id as the device shows it, any case; "" or NULL: not
 *                known
 *
 * @return AW_EXIT_OK; or AW_EXIT_DEVICE, reported: another board
 */
AW_MUST_CHECK int aw_unit_see(struct aw_ctx *ctx, struct aw_unit *unit,
                              const struct aw_usb_id *id, const char *serial);

#endif
