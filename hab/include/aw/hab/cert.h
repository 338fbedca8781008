/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HAB_CERT_H
#define AW_HAB_CERT_H

#include "aw/bytes.h"

/*
 * X.509 certificates as HAB looks at them: names, validity and serial number
 * mean nothing, only key, signature and three extensions do.
 * Source: RFC 5280; docs/formats/csf.md.
 */
enum { AW_HAB_KEY_USAGE_MAX = 2 }; /* content bytes that the ROM has room for */

struct aw_hab_cert {
    aw_bytes der;         /* the certificate without padding behind it */
    aw_bytes signed_part; /* TBSCertificate */
    aw_bytes serial;      /* whole INTEGER */
    aw_bytes issuer;      /* whole Name */
    aw_bytes subject;     /* whole Name */
    aw_bytes modulus;     /* without leading zero */
    aw_bytes exponent;    /* without leading zero */
    aw_bytes signature;
    bool ca; /* basicConstraints says so */
    bool has_key_usage;
    aw_bytes key_usage;    /* bits of keyUsage, most significant first */
    bool ext_key_usage;    /* closed parts are said not to boot with it */
    bool unknown_critical; /* some other critical extension */
};

/**
 * Reads a version 3 certificate of an RSA key.
 *
 * @param der   strict DER; up to three zero bytes may follow; untrusted
 * @param cert  borrowed from der; untouched on failure
 *
 * @return AW_OK; AW_ERR_FORMAT if it is no certificate of this shape;
 *         AW_ERR_UNSUPPORTED if it is not signed with sha256WithRSAEncryption
 *         or its key is not a valid RSA key.
 */
AW_MUST_CHECK aw_err aw_hab_cert_parse(aw_bytes der, struct aw_hab_cert *cert,
                                       struct aw_diag *diag);

/**
 * Verifies the signature of a certificate. Nothing else: whether the issuer
 * may sign certificates is for the caller.
 *
 * @param modulus,exponent  of the issuer
 *
 * @return AW_OK; AW_ERR_KEY; AW_ERR_SIG; AW_ERR_RESOURCE.
 */
AW_MUST_CHECK aw_err aw_hab_cert_verify(const struct aw_hab_cert *cert,
                                        aw_bytes modulus, aw_bytes exponent);

/**
 * The last common name of a Name, as text that may hold anything.
 *
 * @return empty when there is none
 */
aw_bytes aw_hab_name_common(aw_bytes name);

#endif
