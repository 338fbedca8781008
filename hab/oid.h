/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OID_H
#define OID_H

#include "aw/bytes.h"

/* Contents of the OBJECT IDENTIFIERs that HAB's certificates and signatures
 * use. */
extern const aw_bytes oid_rsa;            /* rsaEncryption */
extern const aw_bytes oid_sha256_rsa;     /* sha256WithRSAEncryption */
extern const aw_bytes oid_sha256;         /* id-sha256 */
extern const aw_bytes oid_data;           /* pkcs7-data */
extern const aw_bytes oid_signed_data;    /* pkcs7-signedData */
extern const aw_bytes oid_content_type;   /* attribute */
extern const aw_bytes oid_message_digest; /* attribute */
extern const aw_bytes oid_signing_time;   /* attribute */
extern const aw_bytes oid_basic;          /* basicConstraints */
extern const aw_bytes oid_key_usage;      /* keyUsage */
extern const aw_bytes oid_ext_key_usage;  /* extendedKeyUsage */

#endif
