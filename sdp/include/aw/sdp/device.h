/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_SDP_DEVICE_H
#define AW_SDP_DEVICE_H

#include "aw/sdp/report.h"

/*
 * The device side of SDP: what a boot ROM does with reports. Moving them is
 * left to the caller, memory and registers to a target, so nothing here waits.
 * Reports from the host are untrusted: no byte is stored outside the range
 * that a command announced.
 */

/* What the ROM works on. A call that is refused returns a HAB word, which the
 * host gets; AW_SDP_NO_FAILURE lets it pass. Words are little-endian. */
struct aw_sdp_target {
    void *ctx;
    bool (*closed)(void *ctx);
    /** ERROR_STATUS: the word to report. */
    uint32_t (*status)(void *ctx);
    /** May these `count` bytes be read with this width? Asked once before
     *  read, which gives one part and cannot fail. */
    uint32_t (*may_read)(void *ctx, const struct aw_sdp_request *request);
    void (*read)(void *ctx, uint32_t address, uint8_t format, uint8_t *to,
                 size_t n);
    uint32_t (*write)(void *ctx, const struct aw_sdp_request *request);
    /** May data go to these `count` bytes (more than 0, no wrap)? Asked at
     *  the start of WRITE_FILE, WRITE_CSF and DCD_WRITE. */
    uint32_t (*may_store)(void *ctx, const struct aw_sdp_request *request);
    void (*store)(void *ctx, uint32_t address, aw_bytes bytes);
    /** Data are complete: runs a DCD, takes note of a file. */
    uint32_t (*stored)(void *ctx, const struct aw_sdp_request *request);
    uint32_t (*skip_dcd)(void *ctx);
    /** AW_SDP_NO_FAILURE: the ROM is going to start the image. */
    uint32_t (*jump)(void *ctx, uint32_t address);
};

/* State of the protocol; copyable. Zeroed is ready for the first command.
 * All fields are private. */
struct aw_sdp_device {
    struct aw_sdp_request request;
    uint32_t got;     /* bytes of data received */
    uint32_t refusal; /* word to answer with when they are complete */
    uint32_t word;    /* for report 4 */
    uint32_t read_at; /* next address for report 4 */
    uint32_t read_left;
    bool receiving;
    bool security_due; /* report 3 */
    bool word_due;     /* report 4 with a word */
};

/**
 * Takes one report from the host.
 *
 * @param report  with its number; untrusted
 *
 * @return false for a report that a ROM does not have: the request that
 *         carried it is stalled
 */
bool aw_sdp_device_take(struct aw_sdp_device *dev,
                        const struct aw_sdp_target *target, aw_bytes report);

/** True when a report waits for the host. */
bool aw_sdp_device_has(const struct aw_sdp_device *dev);

/**
 * Takes the next report for the host.
 *
 * @param report  room for the longest
 * @return        its length with the number; 0: none is due
 */
size_t aw_sdp_device_next(struct aw_sdp_device *dev,
                          const struct aw_sdp_target *target,
                          uint8_t report[AW_SDP_ANSWER_SIZE]);

#endif
