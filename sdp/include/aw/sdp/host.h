/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_SDP_HOST_H
#define AW_SDP_HOST_H

#include "aw/hab/event.h"
#include "aw/release.h"
#include "aw/sdp/report.h"

/*
 * The host side of SDP. Each call sends one command and reads all of its
 * answer; every byte of an answer is compared. No call waits longer than a few
 * times the time limit, whatever the device sends.
 *
 * A call that ends with AW_ERR_REFUSED has the device's reason in `word`.
 */

/* A session; begins with aw_sdp_open. */
struct aw_sdp {
    struct aw_usb_device usb;  /* private; the caller closes it */
    uint32_t timeout_ms;       /* of one transfer */
    bool known;                /* the device has told its security state */
    bool closed;               /* and it is closed */
    bool has_word;             /* the last command was answered by a word */
    uint8_t word[AW_SDP_WORD]; /* as on the wire: see aw_sdp_event */
};

/*
 * Errors of every call below, beside those that it names:
 *
 *   AW_ERR_REFUSED  the device answered with a failure: `word`
 *   AW_ERR_FORMAT   it answered what this protocol does not have; diag->at is
 *                   the word that came, or the size of the report
 *   AW_ERR_TIMEOUT  no answer in time
 *   AW_ERR_GONE     it was unplugged
 *   AW_ERR_STALL    it refuses the request that carries a report
 *   AW_ERR_IO       the bus failed
 */

/**
 * Begins a session: takes the interface and drops reports that are left over
 * from an earlier one.
 *
 * @param usb  an open device with SDP's ids; has to outlive the session
 *
 * @return AW_OK; or what claim returns.
 */
AW_MUST_CHECK aw_err aw_sdp_open(struct aw_sdp *sdp,
                                 const struct aw_usb_device *usb,
                                 uint32_t timeout_ms, struct aw_diag *diag);

/** What the last word says, as an event of HAB. */
struct aw_hab_event aw_sdp_event(const struct aw_sdp *sdp);

/**
 * Asks for HAB's status (ERROR_STATUS). Any word is a good answer.
 *
 * @return AW_OK: sdp->word is the status.
 */
AW_MUST_CHECK aw_err aw_sdp_status(struct aw_sdp *sdp, struct aw_diag *diag);

/**
 * Reads memory or registers (READ_REGISTER), in memory order.
 *
 * @param format  width of an access in bits: 8, 16 or 32
 * @param to      n bytes, undefined after a failure
 *
 * @return AW_OK; AW_ERR_RANGE: another format, address or n no multiple of
 *         it, or past the end of the address space.
 */
AW_MUST_CHECK aw_err aw_sdp_read(struct aw_sdp *sdp, uint32_t address,
                                 uint8_t format, uint8_t *to, size_t n,
                                 struct aw_diag *diag);

/**
 * Writes a register (WRITE_REGISTER).
 *
 * @return AW_OK; AW_ERR_RANGE: a format that is not 8, 16 or 32, an address
 *         that is no multiple of it, or a value that is wider.
 */
AW_MUST_CHECK aw_err aw_sdp_write(struct aw_sdp *sdp, uint32_t address,
                                  uint8_t format, uint32_t value,
                                  struct aw_diag *diag);

/* Where long work stands. */
struct aw_sdp_progress {
    void *ctx;
    /** Called now and then. @return false: stop */
    bool (*step)(void *ctx, uint64_t done, uint64_t total);
};

enum aw_sdp_stage { /* of a boot, in order */
                    AW_SDP_CHECKING,
                    AW_SDP_CONNECTING,
                    AW_SDP_DCD,
                    AW_SDP_FILE,
                    AW_SDP_JUMP,
                    AW_SDP_STARTED
};

/* How to boot. Zeroed fields are the usual. */
struct aw_sdp_how {
    uint32_t dcd_address; /* 0: AW_SDP_DCD_ADDRESS */
    /* Send the IVT as it is and SKIP_DCD_HEADER before the jump. Usually the
     * IVT is sent with its DCD pointer cleared, which is what a signature for
     * serial download covers. */
    bool skip_dcd;
    const struct aw_sdp_progress *progress; /* NULL: nobody looks */
};

/* What became of it. */
struct aw_sdp_boot {
    enum aw_sdp_stage stage; /* where it ended; AW_SDP_STARTED: the ROM said
                              * nothing against the image */
    uint32_t address;        /* of the IVT */
    size_t dcd_bytes;        /* sent; 0 for an image without DCD */
    size_t file_bytes;       /* sent, CSF included */
};

/**
 * Boots a verified release over SDP: DCD, image and CSF, jump.
 *
 * @param boot  set, also on failure
 *
 * @return AW_OK: the device went away or is silent after the jump, as it is
 *         when the image runs; AW_ERR_PRECONDITION: the release has no seal,
 *         image or HAB signature, or is no component that the ROM starts;
 *         AW_ERR_SHORT, AW_ERR_FORMAT (of the image), AW_ERR_RANGE as
 *         aw_ivt_parse and aw_ivt_find_dcd; AW_ERR_RANGE also if the CSF would
 *         not lie where the IVT says; AW_ERR_CANCELLED: progress said stop.
 */
AW_MUST_CHECK aw_err aw_sdp_boot(struct aw_sdp *sdp,
                                 const struct aw_release *release,
                                 const struct aw_sdp_how *how,
                                 struct aw_sdp_boot *boot,
                                 struct aw_diag *diag);

/**
 * Boots an image that nobody has verified: for tests and for firmware under
 * work. Callers must make their user ask for it by name.
 *
 * @param image  IVT at its start; with its CSF or without
 * @param boot   set, also on failure
 *
 * @return as aw_sdp_boot, but for the release; AW_ERR_SPACE: longer than
 *         AW_FIRMWARE_MAX.
 */
AW_MUST_CHECK aw_err aw_sdp_boot_unverified(struct aw_sdp *sdp, aw_bytes image,
                                            const struct aw_sdp_how *how,
                                            struct aw_sdp_boot *boot,
                                            struct aw_diag *diag);

#endif
