/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IDENTITY_H
#define IDENTITY_H

#include <stdint.h>

/*
 * Keys of a witness, as upstream's firmware derives them: what a crypto engine
 * gives for a label becomes a seed by HKDF, and the seed a public key. Vectors
 * of reference/firmware.md 7.4, where Go and Python agreed.
 */
enum identity_device {
    IDENTITY_FIXED,    /* b: the engine gives 00..1f for every label */
    IDENTITY_OPEN_ULL, /* c: open i.MX6ULL, labels with "DEV:" */
    IDENTITY_UL,       /* d: BKEK 00..1f */
    IDENTITY_DEVICES
};

enum identity_key {
    IDENTITY_WITNESS,
    IDENTITY_ATTESTATION,
    IDENTITY_BASTION,
    IDENTITY_KEYS
};

/** D: SHA-256 of the applet's verifier key string, 32 bytes. */
const uint8_t *identity_diversifier(void);

/** d16: the first 16 bytes of the SHA-256 of the label. */
void identity_label(enum identity_device device, enum identity_key key,
                    uint8_t d16[16]);

/** Fails the test unless the 32 bytes that the engine gave for the label lead
 *  to the device's key. */
void identity_check(enum identity_device device, enum identity_key key,
                    const uint8_t given[32]);

#endif
