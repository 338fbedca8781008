/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HAB_KEY_H
#define AW_HAB_KEY_H

#include "aw/hab/sign.h"

/*
 * RSA keys and certificates in files, through OpenSSL: host only. What is
 * behind a key is the library's; close every key that was opened.
 */
struct aw_hab_key {
    void *handle; /* private: EVP_PKEY */
};

enum {
    AW_HAB_CERT_MAX = 8192,  /* bytes of a certificate's DER */
    AW_HAB_PEM_MAX = 65536,  /* bytes of a file with a key or certificates */
    AW_HAB_SERIAL_SIZE = 16, /* bytes of a serial number that we make */
    AW_HAB_KEY_BITS = 2048   /* what the ROM is sure to take */
};

/**
 * Reads a private key: PEM (PKCS #8 or RSAPrivateKey), not encrypted.
 *
 * @param file  secret; wipe it after use
 *
 * @return AW_OK; AW_ERR_KEY if it is no such key; AW_ERR_UNSUPPORTED if it is
 *         not RSA; AW_ERR_RESOURCE.
 */
AW_MUST_CHECK aw_err aw_hab_key_read(aw_bytes file, struct aw_hab_key *key,
                                     struct aw_diag *diag);

/**
 * Makes a new key, exponent 65537.
 *
 * @return AW_OK; AW_ERR_RANGE if bits is not 2048, 3072 or 4096;
 *         AW_ERR_RESOURCE.
 */
AW_MUST_CHECK aw_err aw_hab_key_make(unsigned bits, struct aw_hab_key *key);

/** Writes the key as PEM, PKCS #8, not encrypted.
 *  @return AW_OK; AW_ERR_SPACE; AW_ERR_RESOURCE. */
AW_MUST_CHECK aw_err aw_hab_key_write(const struct aw_hab_key *key,
                                      struct aw_wr *w);

/** Forgets the key; a zeroed one is allowed. */
void aw_hab_key_close(struct aw_hab_key *key);

/** Signer with a key, which must outlive it. */
struct aw_hab_signer aw_hab_key_signer(struct aw_hab_key *key);

/**
 * DER of the first certificate in a file, which is PEM or DER. It is taken
 * as it is: aw_hab_cert_parse judges it.
 *
 * @return AW_OK; AW_ERR_FORMAT if there is none; AW_ERR_SPACE; AW_ERR_RESOURCE.
 */
AW_MUST_CHECK aw_err aw_hab_cert_read(aw_bytes file, struct aw_wr *der,
                                      struct aw_diag *diag);

/** Writes a certificate as PEM. @return AW_OK; AW_ERR_SPACE. */
AW_MUST_CHECK aw_err aw_hab_cert_pem(aw_bytes der, struct aw_wr *w);

/* A certificate to be issued. Texts are UTF-8, NUL-terminated. */
struct aw_hab_cert_plan {
    const char *organization; /* NULL: left out */
    const char *unit;         /* NULL: left out */
    const char *common_name;
    uint8_t serial[AW_HAB_SERIAL_SIZE]; /* first byte 0x01 to 0x7f */
    int64_t not_before;                 /* seconds since 1970 */
    int64_t not_after;
    bool ca;         /* may sign certificates */
    int path_length; /* of a CA; -1: no limit */
};

/**
 * Issues a version 3 certificate of the shape that the ROM takes:
 * sha256WithRSAEncryption; a CA has critical basicConstraints and keyUsage
 * keyCertSign, a leaf CA:FALSE and keyUsage digitalSignature; both have key
 * identifiers, nothing has extendedKeyUsage.
 *
 * @param subject      key that the certificate is for
 * @param issuer       key that signs
 * @param issuer_cert  DER of its certificate; empty: self-signed
 *
 * @return AW_OK; AW_ERR_RANGE if a time or the serial number is out of range;
 *         AW_ERR_FORMAT if a text cannot be a name or issuer_cert is none;
 *         AW_ERR_KEY if issuer does not fit issuer_cert; AW_ERR_SPACE;
 *         AW_ERR_RESOURCE.
 */
AW_MUST_CHECK aw_err aw_hab_cert_issue(const struct aw_hab_cert_plan *plan,
                                       const struct aw_hab_key *subject,
                                       const struct aw_hab_key *issuer,
                                       aw_bytes issuer_cert, struct aw_wr *der,
                                       struct aw_diag *diag);

#endif
