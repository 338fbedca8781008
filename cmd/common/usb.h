/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_USB_H
#define COMMON_USB_H

#include "aw/usb.h"
#include "common/cmd.h"

/*
 * Which device a command works on. So far there are twins only:
 * twin=DIR, or twin=DIR:2 for its second plug.
 */
struct aw_usb_args {
    const char *device;
    uint64_t wait_ms;
};

/* Rows of an option table for a struct that holds an aw_usb_args at offset
 * `base`. */
#define AW_USB_OPTS(base)                                                     \
    {.name = "device",                                                        \
     .type = AW_OPT_TEXT,                                                     \
     .at = (base) + offsetof(struct aw_usb_args, device),                     \
     .arg = "twin=DIR",                                                       \
     .required = true,                                                        \
     .help = "Device to work on: the twin that runs in the folder DIR."},     \
    {                                                                         \
        .name = "wait", .type = AW_OPT_DURATION, .arg = "DURATION",           \
        .fallback = "30s",                                                    \
        .at = (base) + offsetof(struct aw_usb_args, wait_ms),                 \
        .help = "How long to wait until the device is there; time of a twin " \
                "is its own."                                                 \
    }

/* A way to devices. */
struct aw_usb_link {
    struct aw_usb usb;
    const char *name;         /* the option's value, for messages */
    const char *path;         /* of the plug; NULL: any */
    struct aw_usb_twin *twin; /* private */
};

/**
 * Opens the way that --device names.
 *
 * @return AW_EXIT_OK, or the exit code of what was reported
 */
AW_MUST_CHECK int aw_usb_connect(struct aw_ctx *ctx,
                                 const struct aw_usb_args *args,
                                 struct aw_usb_link *link);
void aw_usb_disconnect(struct aw_usb_link *link);

/**
 * Waits for one device that fits and describes it; more than one is exit
 * code 32.
 *
 * @param want  its path is filled in
 * @param kind  what it is, for messages: "board in serial download"
 *
 * @return AW_EXIT_OK, or the exit code of what was reported
 */
AW_MUST_CHECK int aw_usb_find(struct aw_ctx *ctx,
                              const struct aw_usb_link *link,
                              const struct aw_usb_want *want, const char *kind,
                              uint64_t wait_ms, struct aw_usb_id *id);

/** Writes the member "device": path, ids, strings. */
void aw_usb_put(struct aw_ctx *ctx, const struct aw_usb_link *link,
                const struct aw_usb_id *id);

#endif
