/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_SDP_CONTROL_H
#define AW_SDP_CONTROL_H

#include "aw/control.h"
#include "aw/usb.h"

/*
 * The host side of a trusted OS's control interface: U2F HID messages in
 * reports of 64 bytes, protobuf in them; our OS's and the Go project's.
 * Sources: FIDO U2F HID Protocol 1.2; docs/formats/control.md.
 *
 * What a device says is untrusted. No call waits longer than some tens of its
 * time limits, whatever the device does.
 */
enum {
    AW_CONTROL_VENDOR = 0x1209,
    AW_CONTROL_PRODUCT = 0x2702,
    AW_CONTROL_REPORT = 64,
    AW_CONTROL_NONCE = 8,
    AW_CONTROL_LOG_MAX = 4 << 20 /* bytes of a log's gzip stream */
};

/* A session; begins with aw_control_open. May be copied. */
struct aw_control {
    struct aw_usb_device usb; /* private; the caller closes it */
    uint32_t timeout_ms;      /* of the first report of an answer */
    uint32_t channel;         /* private */
    /* After AW_ERR_REFUSED: the byte of an ERROR message, or 0 and what the
     * device's Response says. */
    uint8_t fault;
    char reason[AW_CTL_REASON + 1];
};

/*
 * Errors of every call below, beside those that it names:
 *
 *   AW_ERR_REFUSED  the device said no: `fault`, `reason`
 *   AW_ERR_FORMAT   it answered what the protocol does not have
 *   AW_ERR_TIMEOUT  no answer in time
 *   AW_ERR_GONE     it was unplugged
 *   AW_ERR_STALL    it refuses what it may not refuse
 *   AW_ERR_IO       the bus failed
 */

/**
 * Takes the interface and asks for a channel.
 *
 * @param usb    an open device; has to outlive the session
 * @param nonce  differs from that of other programs that ask at the same time
 */
AW_MUST_CHECK aw_err aw_control_open(struct aw_control *c,
                                     const struct aw_usb_device *usb,
                                     uint32_t timeout_ms,
                                     const uint8_t nonce[AW_CONTROL_NONCE],
                                     struct aw_diag *diag);

/**
 * Sends a command, takes the answer. While the device is busy with another
 * program it asks again, a few times.
 *
 * @param request  at most AW_CTL_MESSAGE_MAX bytes
 * @param reply    room; set to what came
 *
 * @return AW_OK; AW_ERR_SPACE: the request is too long, nothing was sent, or
 *         the answer does not fit.
 */
AW_MUST_CHECK aw_err aw_control_call(struct aw_control *c, uint8_t command,
                                     aw_bytes request, struct aw_wr *reply,
                                     struct aw_diag *diag);

/** The device sends the same bytes back. @return AW_OK */
AW_MUST_CHECK aw_err aw_control_ping(struct aw_control *c, aw_bytes bytes,
                                     struct aw_diag *diag);

AW_MUST_CHECK aw_err aw_control_status(struct aw_control *c,
                                       struct aw_ctl_status *status,
                                       struct aw_diag *diag);

/** @return AW_OK; AW_ERR_UNSUPPORTED: this is not our OS. */
AW_MUST_CHECK aw_err aw_control_information(
    struct aw_control *c, struct aw_ctl_information *information,
    struct aw_diag *diag);

/** The Go project's OS restarts its applet before it answers, and may say that
 *  this failed. */
AW_MUST_CHECK aw_err aw_control_configure(struct aw_control *c,
                                          const struct aw_ctl_config *config,
                                          struct aw_diag *diag);

/**
 * Takes the next piece of a log.
 *
 * @param command  AW_CTL_CONSOLE_LOGS or AW_CTL_CRASH_LOGS
 * @param goes_on  false: the first piece of a new snapshot
 */
AW_MUST_CHECK aw_err aw_control_log(struct aw_control *c, uint8_t command,
                                    bool goes_on, struct aw_ctl_log *piece,
                                    struct aw_diag *diag);

/** Names the device and the hash that are meant.
 *  @return AW_OK; AW_ERR_UNSUPPORTED: this is not our OS. */
AW_MUST_CHECK aw_err aw_control_arm(struct aw_control *c,
                                    const struct aw_ctl_arm *arm,
                                    struct aw_diag *diag);

/** Fuses one phase of secure boot, for ever. @return AW_OK: all is done */
AW_MUST_CHECK aw_err aw_control_activate(struct aw_control *c,
                                         struct aw_diag *diag);

/** Programs the RPMB's key again; needs arming.
 *  @return AW_OK; AW_ERR_UNSUPPORTED: this is not our OS. */
AW_MUST_CHECK aw_err aw_control_rpmb_retry(struct aw_control *c,
                                           struct aw_diag *diag);

/** Turns to the next witness key, for good; needs arming.
 *  @return AW_OK; AW_ERR_UNSUPPORTED: this is not our OS. */
AW_MUST_CHECK aw_err aw_control_next_identity(struct aw_control *c,
                                              struct aw_diag *diag);

/** A step of an update; `aw_control_information` says how far one is.
 *  @return AW_OK; AW_ERR_SPACE: the message is too long */
AW_MUST_CHECK aw_err aw_control_update(struct aw_control *c,
                                       const struct aw_ctl_update *update,
                                       struct aw_diag *diag);

/** English words for `fault`: "the device is busy with another program". */
const char *aw_control_fault_text(uint8_t fault);

#endif
