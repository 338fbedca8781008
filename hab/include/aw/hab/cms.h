/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HAB_CMS_H
#define AW_HAB_CMS_H

#include "aw/rsa.h"

/*
 * Signatures as HAB takes them: CMS SignedData (RFC 5652) with one signer,
 * detached content, SHA-256, signed attributes and PKCS #1 v1.5. The key
 * comes from the key slot of the command; issuer and serial number inside are
 * not compared with anything, as in the ROM. Source: docs/formats/csf.md.
 */
struct aw_hab_cms {
    aw_bytes issuer;                /* whole Name */
    aw_bytes serial;                /* whole INTEGER */
    aw_bytes attributes;            /* content of the signed attributes */
    uint8_t digest[AW_SHA256_SIZE]; /* messageDigest */
    bool timed;
    int64_t signing_time; /* seconds since 1970, if timed */
    bool certificates;    /* it carries certificates, as habtool's do */
    aw_bytes signature;
};

/**
 * Reads a signature.
 *
 * @param der  strict DER; up to three zero bytes may follow; untrusted
 * @param cms  borrowed from der; untouched on failure
 *
 * @return AW_OK; AW_ERR_FORMAT if it has not the shape above, contentType or
 *         messageDigest is missing, an attribute stands there twice or they
 *         are not in DER order; AW_ERR_UNSUPPORTED if the shape is right and
 *         digest or signature algorithm is another one.
 */
AW_MUST_CHECK aw_err aw_hab_cms_parse(aw_bytes der, struct aw_hab_cms *cms,
                                      struct aw_diag *diag);

/**
 * Verifies a signature over data of which the digest is given.
 *
 * @return AW_OK; AW_ERR_DIGEST if the signature is of other data; AW_ERR_SIG
 *         if the key did not make it; AW_ERR_KEY; AW_ERR_RESOURCE.
 */
AW_MUST_CHECK aw_err aw_hab_cms_verify(const struct aw_hab_cms *cms,
                                       aw_bytes modulus, aw_bytes exponent,
                                       const uint8_t digest[AW_SHA256_SIZE]);

/* What a signature is made of. */
struct aw_hab_cms_parts {
    aw_bytes issuer;                /* whole Name of the certificate */
    aw_bytes serial;                /* whole INTEGER of the certificate */
    uint8_t digest[AW_SHA256_SIZE]; /* of the data */
    int64_t signing_time;           /* seconds since 1970 */
};

/**
 * SHA-256 of the signed attributes: what the key has to sign.
 *
 * @return AW_OK; AW_ERR_RANGE if the time is not in the years 1950 to 9999.
 */
AW_MUST_CHECK aw_err aw_hab_cms_to_be_signed(
    const struct aw_hab_cms_parts *parts, uint8_t digest[AW_SHA256_SIZE]);

/**
 * Size of what aw_hab_cms_write writes for a signature of n bytes; it does
 * not depend on the digest.
 *
 * @param size  untouched on failure
 *
 * @return AW_OK; AW_ERR_RANGE as above; AW_ERR_SPACE if a part is longer than
 *         10000 bytes.
 */
AW_MUST_CHECK aw_err aw_hab_cms_size(const struct aw_hab_cms_parts *parts,
                                     size_t n, size_t *size);

/**
 * Writes a signature in the form of NXP's tool.
 *
 * @return AW_OK; AW_ERR_RANGE as above; AW_ERR_SPACE. w is undefined on
 *         failure.
 */
AW_MUST_CHECK aw_err aw_hab_cms_write(const struct aw_hab_cms_parts *parts,
                                      aw_bytes signature, struct aw_wr *w);

#endif
