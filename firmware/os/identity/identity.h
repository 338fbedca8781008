/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IDENTITY_H
#define IDENTITY_H

#include "aw/bytes.h"
#include "aw/ed25519.h"
#include "fw/abi.h"
#include "fw/derive.h"

/*
 * Who the device is. The fields are public; secret keys are derived for each
 * signature, in OCRAM, and wiped. An open part is "DEV:", since anybody can
 * compute its keys; a closed part that is not in a trusted or secure state is
 * nobody.
 */
enum identity_kind { IDENTITY_NONE, IDENTITY_DEV, IDENTITY_OWN };

struct identity {
    enum identity_kind kind;
    aw_err err; /* why the kind is none; AW_OK otherwise */
    struct derive_who who;
    /* Empty when the kind is none. */
    char witness[128];     /* note verifier key */
    char attestation[128]; /* the same */
    char bastion[68];      /* SHA-256 of the public key, hex */
};

/** Serial number, and the keys where there are any.
 *  @param counter  of the witness key */
void identity_init(struct identity *id, uint32_t counter);

/* All that follow return AW_ERR_PRECONDITION without an identity, and errors
 * of keys_identity. */

/**
 * Cosignature of a checkpoint by the witness key.
 *
 * @param text  of the note, without signatures; untrusted
 * @param time  seconds since 1970
 *
 * @return AW_OK; AW_ERR_FORMAT unless the text is that of a checkpoint;
 *         AW_ERR_SPACE above AW_NOTE_COSIGNED_MAX bytes; AW_ERR_RANGE for a
 *         time above 2^63-1; as above.
 */
AW_MUST_CHECK aw_err identity_cosign(const struct identity *id, aw_bytes text,
                                     uint64_t time,
                                     uint8_t signature[AW_ED25519_SIG]);

/** Writes a signed attestation. @return AW_OK; AW_ERR_USAGE for an unknown one;
 *  AW_ERR_SPACE; as above. */
AW_MUST_CHECK aw_err identity_attest(const struct identity *id,
                                     enum abi_attestation which,
                                     struct aw_wr *w);

/** Writes a self-signed certificate of the bastion key, DER.
 *  @param now  seconds since 1970; it is valid from an hour before to a day
 *              after
 *  @return AW_OK; AW_ERR_RANGE outside 1971 to 2049; AW_ERR_SPACE; as above. */
AW_MUST_CHECK aw_err identity_certificate(const struct identity *id,
                                          uint64_t now, struct aw_wr *w);

/** Signs as TLS 1.3's client does: CertificateVerify over a transcript hash of
 *  32 or 48 bytes. @return AW_OK; AW_ERR_RANGE for another length; as above. */
AW_MUST_CHECK aw_err identity_sign_tls(const struct identity *id, aw_bytes hash,
                                       uint8_t signature[AW_ED25519_SIG]);

#endif
