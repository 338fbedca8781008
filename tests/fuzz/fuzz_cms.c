/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures and certificates: where OpenSSL takes what we take, it sees the
 * same (it also looks into names and times, which mean nothing to HAB). What
 * cst could have written comes out the same. */
#include <openssl/cms.h>
#include <openssl/x509.h>
#include <string.h>

#include "aw/hab/cert.h"
#include "aw/hab/cms.h"
#include "fuzz.h"

static void compare_signature(CMS_ContentInfo *other,
                              const struct aw_hab_cms *cms)
{
    STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(other);

    trap_unless(sk_CMS_SignerInfo_num(signers) == 1);
    const ASN1_OCTET_STRING *sig =
        CMS_SignerInfo_get0_signature(sk_CMS_SignerInfo_value(signers, 0));

    trap_unless(aw_bytes_equal(cms->signature,
                               (aw_bytes){ASN1_STRING_get0_data(sig),
                                          (size_t)ASN1_STRING_length(sig)}));
}

static void compare_certificate(X509 *other, const struct aw_hab_cert *cert)
{
    EVP_PKEY *key = X509_get0_pubkey(other);
    const ASN1_BIT_STRING *sig = NULL;

    X509_get0_signature(&sig, NULL, other);
    trap_unless(X509_get_version(other) == X509_VERSION_3);
    trap_unless(aw_bytes_equal(cert->signature,
                               (aw_bytes){ASN1_STRING_get0_data(sig),
                                          (size_t)ASN1_STRING_length(sig)}));
    trap_unless(key == NULL ||
                (size_t)EVP_PKEY_get_size(key) == cert->modulus.n);
}

static void signature(aw_bytes in)
{
    static uint8_t buf[65536];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_hab_cms cms;
    struct aw_hab_cms again;
    const unsigned char *p = in.p;

    if (aw_hab_cms_parse(in, &cms, NULL) != AW_OK) {
        return;
    }
    CMS_ContentInfo *other = d2i_CMS_ContentInfo(NULL, &p, (long)in.n);

    if (other != NULL) {
        compare_signature(other, &cms);
        CMS_ContentInfo_free(other);
    }
    struct aw_hab_cms_parts parts = {.issuer = cms.issuer,
                                     .serial = cms.serial,
                                     .signing_time = cms.signing_time};

    memcpy(parts.digest, cms.digest, sizeof(parts.digest));
    if (!cms.timed || aw_hab_cms_write(&parts, cms.signature, &w) != AW_OK) {
        return;
    }
    size_t measured = 0;

    trap_unless(aw_hab_cms_size(&parts, cms.signature.n, &measured) == AW_OK);
    trap_unless(measured == w.n);
    trap_unless(aw_hab_cms_parse(aw_wr_done(&w), &again, NULL) == AW_OK);
    trap_unless(aw_bytes_equal(again.signature, cms.signature));
    trap_unless(again.signing_time == cms.signing_time);
    trap_unless(memcmp(again.digest, cms.digest, sizeof(cms.digest)) == 0);
}

static void certificate(aw_bytes in)
{
    struct aw_hab_cert cert;
    const unsigned char *p = in.p;

    if (aw_hab_cert_parse(in, &cert, NULL) != AW_OK) {
        return;
    }
    X509 *other = d2i_X509(NULL, &p, (long)in.n);

    if (other != NULL) {
        compare_certificate(other, &cert);
        X509_free(other);
    }
    (void)aw_hab_name_common(cert.subject);
    (void)!aw_hab_cert_verify(&cert, cert.modulus, cert.exponent);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    aw_bytes in = {data, size};

    signature(in);
    certificate(in);
    return 0;
}
