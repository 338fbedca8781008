/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_FTLOG_ATTEST_H
#define AW_FTLOG_ATTEST_H

#include "aw/ftlog/note.h"
#include "aw/sha256.h"

/*
 * Attestations of the device ledger (armored-witness, devices/): a key that is
 * derived from the SoC's secret signs which witness and which bastion key
 * belong to the device. See docs/formats/attestation.md.
 */
enum {
    AW_DEVICE_SERIAL = 16,     /* upper-case hex digits of the SoC's id */
    AW_ATTEST_MAX = 16 * 1024, /* bytes of an attestation */
    /* Bytes that aw_attest_witness_text and _bastion_text write at most. */
    AW_ATTEST_TEXT_MAX = AW_KEY_TEXT_MAX + 96
};

/* A device's attestation key. Spans are borrowed from the key's file. */
struct aw_device_key {
    aw_bytes serial;
    bool unfused; /* name starts with "DEV:" */
    struct aw_vkey key;
};

/** True for AW_DEVICE_SERIAL upper-case hex digits. */
bool aw_device_serial_valid(aw_bytes serial);

/**
 * Reads the file SERIAL.pub: a verifier string of type 1 whose name is
 * AW-ID-Attestation-SERIAL, with "DEV:" in front for an unfused device.
 *
 * @param text    whole file; untrusted
 * @param serial  the device meant, as in the file's name
 * @param device  borrowed from text; untouched on failure
 * @param diag    may be NULL; offset in text
 *
 * @return AW_OK; AW_ERR_POLICY if the key is another device's; AW_ERR_FORMAT
 *         if serial is none; AW_ERR_KEY for another type of key; otherwise as
 *         aw_vkey_parse.
 */
AW_MUST_CHECK aw_err aw_device_key_parse(aw_bytes text, aw_bytes serial,
                                         struct aw_device_key *device,
                                         struct aw_diag *diag);

/**
 * Opens an attestation SERIAL.witness.COUNTER.
 *
 * @param message  note; untrusted
 * @param counter  number of the identity, as in the file's name
 * @param witness  key of type 1, borrowed from message; untouched on failure
 * @param diag     may be NULL; offset in message
 *
 * @return AW_OK; AW_ERR_SPACE above AW_ATTEST_MAX; AW_ERR_POLICY if it is of
 *         another kind, device or counter; AW_ERR_FORMAT for other or further
 *         lines; AW_ERR_KEY or AW_ERR_UNSUPPORTED for the witness's key;
 *         otherwise as aw_note_open.
 */
AW_MUST_CHECK aw_err aw_attest_witness_open(aw_bytes message,
                                            const struct aw_device_key *device,
                                            uint64_t counter,
                                            struct aw_vkey *witness,
                                            struct aw_diag *diag);

/**
 * Opens an attestation SERIAL.bastion.COUNTER.
 *
 * @param bastion  SHA-256 of the bastion's Ed25519 key; untouched on failure
 *
 * @return as aw_attest_witness_open, but for the witness's key.
 */
AW_MUST_CHECK aw_err aw_attest_bastion_open(aw_bytes message,
                                            const struct aw_device_key *device,
                                            uint64_t counter,
                                            uint8_t bastion[AW_SHA256_SIZE],
                                            struct aw_diag *diag);

/** Write the texts of attestations, ready for aw_note_sign. */
void aw_attest_witness_text(aw_bytes serial, uint64_t counter,
                            const struct aw_vkey *witness, struct aw_wr *w);
void aw_attest_bastion_text(aw_bytes serial, uint64_t counter,
                            const uint8_t bastion[AW_SHA256_SIZE],
                            struct aw_wr *w);

#endif
