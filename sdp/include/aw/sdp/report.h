/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_SDP_REPORT_H
#define AW_SDP_REPORT_H

#include "aw/usb.h"

/*
 * Serial download protocol (SDP) of the i.MX6UL, ULL and ULZ boot ROM, as HID
 * reports. The host sends commands (report 1) and data (report 2) with
 * SET_REPORT on endpoint 0; the ROM answers each command with its security
 * state (report 3), then a status word or data (report 4), on an interrupt
 * endpoint. Source: docs/formats/sdp.md.
 */
enum {
    AW_SDP_VENDOR = 0x15a2,
    AW_SDP_PRODUCT_UL = 0x007d,
    AW_SDP_PRODUCT_ULL = 0x0080, /* and ULZ */
    AW_SDP_ENDPOINT = 0x81,
    AW_SDP_DCD_ADDRESS = 0x00910000 /* where the ROM keeps a DCD sent to it */
};

/* Report numbers; sizes in bytes with the number. */
enum {
    AW_SDP_COMMAND = 1,
    AW_SDP_DATA = 2,
    AW_SDP_SECURITY = 3,
    AW_SDP_ANSWER = 4,
    AW_SDP_COMMAND_SIZE = 17,
    AW_SDP_CHUNK = 1024, /* most data of one report 2 */
    AW_SDP_DATA_SIZE = 1 + AW_SDP_CHUNK,
    AW_SDP_WORD = 4,
    AW_SDP_SECURITY_SIZE = 1 + AW_SDP_WORD,
    AW_SDP_PART = 64, /* data of one report 4 */
    AW_SDP_ANSWER_SIZE = 1 + AW_SDP_PART
};

enum aw_sdp_type {
    AW_SDP_READ_REGISTER = 0x0101,
    AW_SDP_WRITE_REGISTER = 0x0202,
    AW_SDP_WRITE_FILE = 0x0404,
    AW_SDP_ERROR_STATUS = 0x0505,
    AW_SDP_WRITE_CSF = 0x0606, /* of other families */
    AW_SDP_DCD_WRITE = 0x0a0a,
    AW_SDP_JUMP_ADDRESS = 0x0b0b,
    AW_SDP_SKIP_DCD_HEADER = 0x0c0c
};

/* Words of reports 3 and 4, read little-endian. Failures are HAB words, see
 * aw_hab_event_of_word: status is the byte that comes first. */
#define AW_SDP_OPEN       UINT32_C(0x56787856)
#define AW_SDP_CLOSED     UINT32_C(0x12343412)
#define AW_SDP_WRITTEN    UINT32_C(0x128a8a12)
#define AW_SDP_FILE_DONE  UINT32_C(0x88888888)
#define AW_SDP_SKIPPED    UINT32_C(0x900dd009)
#define AW_SDP_NO_FAILURE UINT32_C(0xf0f0f0f0)

/* A command. */
struct aw_sdp_request {
    uint16_t type; /* enum aw_sdp_type */
    uint32_t address;
    uint8_t format; /* access width in bits: 8, 16, 32; 0 where unused */
    uint32_t count; /* bytes */
    uint32_t data;  /* of WRITE_REGISTER */
    uint8_t reserved;
};

/** Writes report 1 with its number. */
void aw_sdp_request_write(const struct aw_sdp_request *request,
                          uint8_t report[AW_SDP_COMMAND_SIZE]);

/**
 * Reads report 1 with its number.
 *
 * @param report   untrusted; bytes behind the 17th are ignored
 * @param request  type and format are whatever the report says; untouched on
 *                 failure
 *
 * @return AW_OK; AW_ERR_SHORT; AW_ERR_FORMAT: another report.
 */
AW_MUST_CHECK aw_err aw_sdp_request_parse(aw_bytes report,
                                          struct aw_sdp_request *request,
                                          struct aw_diag *diag);

/** Name of a command as the manual has it: "WRITE_FILE"; "UNKNOWN". */
const char *aw_sdp_type_name(uint16_t type);

/** The SET_REPORT request that carries a report of n bytes. */
struct aw_usb_setup aw_sdp_set_report(uint8_t number, uint16_t n);

/** A word of four bytes as it is on the wire. */
uint32_t aw_sdp_word(const uint8_t bytes[AW_SDP_WORD]);
void aw_sdp_word_write(uint32_t word, uint8_t bytes[AW_SDP_WORD]);

#endif
