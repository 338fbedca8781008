/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_RPMB_H
#define AW_RPMB_H

#include "aw/bytes.h"

/*
 * Frames of the replay protected memory block (RPMB) of an eMMC: 512 bytes,
 * integers big-endian. Source: JESD84-B51, 6.6.22.
 *
 *   offset  bytes  field
 *        0    196  stuff, zero
 *      196     32  MAC, or the key that is being programmed
 *      228    256  data, one sector
 *      484     16  nonce
 *      500      4  write counter
 *      504      2  address, in sectors of 256 bytes
 *      506      2  block count
 *      508      2  result
 *      510      2  request, or response = request << 8
 *
 * The MAC is HMAC-SHA-256 over bytes 228-511; over several frames it covers
 * those bytes of each in order and stands in the last.
 */
enum {
    AW_RPMB_FRAME = 512,
    AW_RPMB_SECTOR = 256,
    AW_RPMB_KEY_SIZE = 32,
    AW_RPMB_MAC_SIZE = 32,
    AW_RPMB_NONCE_SIZE = 16,
    AW_RPMB_MAC_AT = 196,
    AW_RPMB_COVERED_AT = 228 /* first byte that the MAC covers */
};

enum aw_rpmb_request {
    AW_RPMB_PROGRAM_KEY = 1,
    AW_RPMB_READ_COUNTER = 2,
    AW_RPMB_WRITE = 3,
    AW_RPMB_READ = 4,
    AW_RPMB_READ_RESULT = 5
};

/* Low byte of a result; bit 7 beside it says that the counter has expired. */
enum aw_rpmb_result {
    AW_RPMB_OK = 0,
    AW_RPMB_GENERAL = 1,
    AW_RPMB_AUTHENTICATION = 2,
    AW_RPMB_COUNTER = 3,
    AW_RPMB_ADDRESS = 4,
    AW_RPMB_WRITE_FAILURE = 5,
    AW_RPMB_READ_FAILURE = 6,
    AW_RPMB_NO_KEY = 7,
    AW_RPMB_EXPIRED = 0x80
};

struct aw_rpmb_frame {
    uint8_t mac[AW_RPMB_MAC_SIZE]; /* or key */
    uint8_t data[AW_RPMB_SECTOR];
    uint8_t nonce[AW_RPMB_NONCE_SIZE];
    uint32_t counter;
    uint16_t address;
    uint16_t blocks;
    uint16_t result;
    uint16_t type; /* request, or request << 8 for its response */
};

/** Writes a frame; stuff bytes are zero. */
void aw_rpmb_pack(const struct aw_rpmb_frame *frame,
                  uint8_t raw[AW_RPMB_FRAME]);

/** Reads the fields of a frame, untrusted; nothing is judged. */
void aw_rpmb_unpack(const uint8_t raw[AW_RPMB_FRAME],
                    struct aw_rpmb_frame *frame);

/** MAC over n adjacent frames. */
void aw_rpmb_mac(const uint8_t key[AW_RPMB_KEY_SIZE], const uint8_t *frames,
                 size_t n, uint8_t mac[AW_RPMB_MAC_SIZE]);

/* Requests. Each is written as the device takes it: after CMD23 with the
 * number of frames (with bit 31 for programming and writing), in one CMD25. */

void aw_rpmb_ask_key(const uint8_t key[AW_RPMB_KEY_SIZE],
                     uint8_t raw[AW_RPMB_FRAME]);
void aw_rpmb_ask_counter(const uint8_t nonce[AW_RPMB_NONCE_SIZE],
                         uint8_t raw[AW_RPMB_FRAME]);
/** Asks what became of a key or a write. */
void aw_rpmb_ask_result(uint8_t raw[AW_RPMB_FRAME]);
/** The number of sectors is that of CMD23 before the reading CMD18. */
void aw_rpmb_ask_read(const uint8_t nonce[AW_RPMB_NONCE_SIZE], uint16_t address,
                      uint8_t raw[AW_RPMB_FRAME]);

/**
 * Builds an authenticated write.
 *
 * @param counter  the device's write counter now
 * @param address  of the first sector
 * @param data     whole sectors; the device takes 1, 2 or, where EXT_CSD
 *                 says so, 32 of them
 * @param frames   room for one frame a sector
 *
 * @return AW_OK; AW_ERR_RANGE if data is no positive number of whole sectors
 *         or reaches past the last address.
 */
AW_MUST_CHECK aw_err aw_rpmb_ask_write(const uint8_t key[AW_RPMB_KEY_SIZE],
                                       uint32_t counter, uint16_t address,
                                       aw_bytes data, uint8_t *frames);

/*
 * Responses, untrusted. Common to all checks:
 *
 * @return AW_OK; AW_ERR_FORMAT if the frame answers another request;
 *         AW_ERR_PRECONDITION if the device says that it has no key (nobody
 *         signed that); AW_ERR_IO for any other result but success, diag->at
 *         holds it (not signed either); AW_ERR_SIG if the MAC is wrong, or if
 *         nonce, address, block count or counter are not those asked for: an
 *         old answer, or one to another question.
 */
AW_MUST_CHECK aw_err aw_rpmb_check_key(const uint8_t raw[AW_RPMB_FRAME],
                                       struct aw_diag *diag);

/** @param counter  set on success; untouched on failure */
AW_MUST_CHECK aw_err aw_rpmb_check_counter(
    const uint8_t key[AW_RPMB_KEY_SIZE],
    const uint8_t nonce[AW_RPMB_NONCE_SIZE], const uint8_t raw[AW_RPMB_FRAME],
    uint32_t *counter, struct aw_diag *diag);

/**
 * @param counter  that of the request; the device must show one more
 * @param address  that of the request
 */
AW_MUST_CHECK aw_err aw_rpmb_check_write(const uint8_t key[AW_RPMB_KEY_SIZE],
                                         uint32_t counter, uint16_t address,
                                         const uint8_t raw[AW_RPMB_FRAME],
                                         struct aw_diag *diag);

/* What was asked of a read. */
struct aw_rpmb_asked {
    uint8_t nonce[AW_RPMB_NONCE_SIZE];
    uint16_t address;
    uint16_t sectors; /* at least 1 */
};

/**
 * @param frames  asked->sectors frames
 * @param data    asked->sectors sectors; untouched on failure; may not overlap
 *                frames
 */
AW_MUST_CHECK aw_err aw_rpmb_check_read(const uint8_t key[AW_RPMB_KEY_SIZE],
                                        const struct aw_rpmb_asked *asked,
                                        const uint8_t *frames, uint8_t *data,
                                        struct aw_diag *diag);

#endif
