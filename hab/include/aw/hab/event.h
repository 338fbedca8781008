/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HAB_EVENT_H
#define AW_HAB_EVENT_H

#include "aw/bytes.h"

/*
 * What the boot ROM has to say: status words of four bytes, event records, and
 * the log area in OCRAM that holds them. Fields are big-endian.
 * Source: docs/formats/hab-events.md.
 */
enum {
    AW_HAB_EVENT_TAG = 0xdb,
    AW_HAB_EVENT_HEADER = 8,
    AW_HAB_EVENT_VERSION = 0x42, /* seen on the i.MX6UL */
    AW_HAB_LOG_ADDRESS = 0x00904000,
    AW_HAB_LOG_SIZE = 0xb80
};

enum aw_hab_status {
    AW_HAB_ANY = 0x00,
    AW_HAB_FAILURE = 0x33,
    AW_HAB_WARNING = 0x69,
    AW_HAB_SUCCESS = 0xf0
};

enum aw_hab_reason {
    AW_HAB_UNS_COMMAND = 0x03,
    AW_HAB_INV_IVT = 0x05,
    AW_HAB_INV_COMMAND = 0x06,
    AW_HAB_UNS_STATE = 0x09,
    AW_HAB_UNS_ENGINE = 0x0a,
    AW_HAB_INV_ASSERTION = 0x0c,
    AW_HAB_INV_INDEX = 0x0f,
    AW_HAB_INV_CSF = 0x11,
    AW_HAB_UNS_ALGORITHM = 0x12,
    AW_HAB_UNS_PROTOCOL = 0x14,
    AW_HAB_INV_SIZE = 0x17,
    AW_HAB_INV_SIGNATURE = 0x18,
    AW_HAB_UNS_KEY = 0x1b,
    AW_HAB_INV_KEY = 0x1d,
    AW_HAB_INV_RETURN = 0x1e,
    AW_HAB_INV_CERTIFICATE = 0x21,
    AW_HAB_INV_ADDRESS = 0x22,
    AW_HAB_UNS_ITEM = 0x24,
    AW_HAB_INV_DCD = 0x27,
    AW_HAB_INV_CALL = 0x28,
    AW_HAB_OVR_COUNT = 0x2b,
    AW_HAB_OVR_STORAGE = 0x2d,
    AW_HAB_MEM_FAIL = 0x2e,
    AW_HAB_ENG_FAIL = 0x30
};

enum aw_hab_context {
    AW_HAB_CTX_AUTHENTICATE = 0x0a,
    AW_HAB_CTX_TARGET = 0x33,
    AW_HAB_CTX_ASSERT = 0xa0,
    AW_HAB_CTX_COMMAND = 0xc0,
    AW_HAB_CTX_CSF = 0xcf,
    AW_HAB_CTX_AUTH_DATA = 0xdb,
    AW_HAB_CTX_DCD = 0xdd,
    AW_HAB_CTX_ENTRY = 0xe1,
    AW_HAB_CTX_EXIT = 0xee,
    AW_HAB_CTX_FAB = 0xff
};

enum aw_hab_engine {
    AW_HAB_ENG_ANY = 0x00,
    AW_HAB_ENG_SCC = 0x03,
    AW_HAB_ENG_RTIC = 0x05,
    AW_HAB_ENG_SAHARA = 0x06,
    AW_HAB_ENG_CSU = 0x0a,
    AW_HAB_ENG_SRTC = 0x0c,
    AW_HAB_ENG_DCP = 0x1b,
    AW_HAB_ENG_CAAM = 0x1d,
    AW_HAB_ENG_SNVS = 0x1e,
    AW_HAB_ENG_OCOTP = 0x21,
    AW_HAB_ENG_DTCP = 0x22,
    AW_HAB_ENG_ROM = 0x36,
    AW_HAB_ENG_HDCP = 0x24,
    AW_HAB_ENG_RTL = 0x77,
    AW_HAB_ENG_SW = 0xff
};

/* One event. */
struct aw_hab_event {
    uint8_t version;
    uint8_t status;  /* enum aw_hab_status */
    uint8_t reason;  /* enum aw_hab_reason */
    uint8_t context; /* enum aw_hab_context */
    uint8_t engine;  /* enum aw_hab_engine */
    aw_bytes data; /* failing command, or kind, address and length; borrowed */
};

/* Name of a code in the vendor's manual, and what it means. */
struct aw_hab_code {
    uint8_t code;
    const char *name; /* "INV_SIGNATURE" */
    const char *text; /* "invalid signature" */
};

/** Row of a code; for an unknown one name is "UNKNOWN". Never NULL. */
const struct aw_hab_code *aw_hab_status_row(uint8_t status);
const struct aw_hab_code *aw_hab_reason_row(uint8_t reason);
const struct aw_hab_code *aw_hab_context_row(uint8_t context);
const struct aw_hab_code *aw_hab_engine_row(uint8_t engine);
/** Configuration byte (33, f0, cc) and state byte of HAB's report. */
const struct aw_hab_code *aw_hab_config_row(uint8_t config);
const struct aw_hab_code *aw_hab_state_row(uint8_t state);

/**
 * Reads one event.
 *
 * @param bytes  one event exactly; untrusted
 * @param event  data borrowed from bytes; untouched on failure
 *
 * @return AW_OK; AW_ERR_SHORT below 8 bytes; AW_ERR_FORMAT on a wrong tag,
 *         major version or length.
 */
AW_MUST_CHECK aw_err aw_hab_event_parse(aw_bytes bytes,
                                        struct aw_hab_event *event,
                                        struct aw_diag *diag);

/** Writes header and data; data is at most 65527 bytes. */
void aw_hab_event_write(const struct aw_hab_event *event, struct aw_wr *w);

/** Event of a status word, `33 22 0a 00` as SDP reports it: four bytes. */
struct aw_hab_event aw_hab_event_of_word(const uint8_t word[4]);

/**
 * Address and length that an event is about: that of an assertion or of a
 * target check.
 *
 * @return false when the event has none; outputs are then untouched
 */
AW_MUST_CHECK bool aw_hab_event_region(const struct aw_hab_event *event,
                                       uint32_t *address, uint32_t *length);

/* Cause and remedy of an event, clauses without a full stop; static texts. */
struct aw_hab_advice {
    const char *cause;
    const char *remedy;
};

/** What most often leads to an event and what to do about it. Never NULL. */
const struct aw_hab_advice *
aw_hab_event_advice(const struct aw_hab_event *event);

/* Record of a log: an event, or one of the ROM's own. */
struct aw_hab_record {
    size_t at; /* offset in the log */
    uint8_t tag;
    uint8_t par;
    aw_bytes bytes; /* whole record, borrowed */
};

/**
 * Takes the next record of a log: of the area at AW_HAB_LOG_ADDRESS, or of
 * events one after the other. Records begin at multiples of four; a zero
 * word ends the log.
 *
 * @param at      start with 0; moved behind the record
 * @param record  untouched unless AW_OK
 *
 * @return AW_OK; AW_ERR_NOT_FOUND at the end; AW_ERR_FORMAT if what follows is
 *         no record.
 */
AW_MUST_CHECK aw_err aw_hab_log_next(aw_bytes log, size_t *at,
                                     struct aw_hab_record *record,
                                     struct aw_diag *diag);

/* Records of a whole log. */
struct aw_hab_log_count {
    size_t events; /* warnings too */
    size_t others; /* the ROM's own */
};

/**
 * Checks a log that is to prove something: all AW_HAB_LOG_SIZE bytes of the
 * area as the ROM left it. The first record has tag 0c, at least one follows,
 * behind the last one are zeros up to the end.
 *
 * @param area   untrusted
 * @param count  untouched unless AW_OK
 * @param diag   may be NULL
 *
 * @return AW_OK; AW_ERR_RANGE for another size; AW_ERR_FORMAT for what is no
 *         record, a malformed event, another first record, or bytes behind
 *         the end; AW_ERR_SHORT without a second record; AW_ERR_SPACE when
 *         the log is full, so that events may be missing.
 */
AW_MUST_CHECK aw_err aw_hab_log_check(aw_bytes area,
                                      struct aw_hab_log_count *count,
                                      struct aw_diag *diag);

/**
 * Reads memory as U-Boot's `md.b` prints it: lines of an address of 8 hex
 * digits, a colon, up to 16 bytes, and the same as characters, which are
 * ignored. Empty lines are skipped.
 *
 * @param text     untrusted
 * @param address  of the first byte; untouched on failure
 * @param out      receives the bytes; on failure it may hold some
 * @param diag     may be NULL; `at` is a line number
 *
 * @return AW_OK; AW_ERR_FORMAT for a line of another form, or one that does
 *         not follow the one before it; AW_ERR_SHORT without any line;
 *         AW_ERR_SPACE when out is too small.
 */
AW_MUST_CHECK aw_err aw_hab_dump_parse(aw_bytes text, uint32_t *address,
                                       struct aw_wr *out, struct aw_diag *diag);

/** Name of a record's tag: "event", "key"; NULL for a tag not known. */
const char *aw_hab_record_name(uint8_t tag);

#endif
