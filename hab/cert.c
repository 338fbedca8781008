/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hab/cert.h"

#include "aw/rsa.h"
#include "der.h"
#include "oid.h"

enum { VERSION_3 = 2, TRUE_BYTE = 0xff };

/* BOOLEAN with default FALSE: DER leaves FALSE out. */
static bool take_flag(struct aw_rd *r)
{
    if (!der_at(r, DER_BOOLEAN)) {
        return false;
    }
    aw_bytes b = der_take(r, DER_BOOLEAN);

    if (b.n != 1 || b.p[0] != TRUE_BYTE) {
        r->failed = true;
    }
    return !r->failed;
}

static bool basic_constraints(aw_bytes value, bool *ca)
{
    struct aw_rd r = aw_rd_init(value);
    struct aw_rd in = der_enter(&r, DER_SEQUENCE);
    bool flag = take_flag(&in);

    if (der_at(&in, DER_INTEGER)) {
        (void)der_take(&in, DER_INTEGER);
    }
    *ca = flag;
    return der_done(&in) && der_done(&r);
}

static bool key_usage(aw_bytes value, aw_bytes *bits)
{
    struct aw_rd r = aw_rd_init(value);
    struct aw_rd in = der_enter(&r, DER_BIT_STRING);
    uint8_t unused = aw_rd_u8(&in);

    *bits = aw_rd_rest(&in);
    return der_done(&in) && der_done(&r) && unused < 8 && bits->n > 0;
}

/* One extension; false when it is malformed or stands there twice. */
static bool extension(struct aw_rd *list, struct aw_hab_cert *cert,
                      bool *has_basic)
{
    struct aw_rd in = der_enter(list, DER_SEQUENCE);
    aw_bytes oid = der_take(&in, DER_OID);
    bool critical = take_flag(&in);
    aw_bytes value = der_take(&in, DER_OCTET_STRING);

    if (!der_done(&in)) {
        return false;
    }
    if (aw_bytes_equal(oid, oid_basic)) {
        bool twice = *has_basic;

        *has_basic = true;
        return !twice && basic_constraints(value, &cert->ca);
    }
    if (aw_bytes_equal(oid, oid_key_usage)) {
        bool twice = cert->has_key_usage;

        cert->has_key_usage = true;
        return !twice && key_usage(value, &cert->key_usage);
    }
    if (aw_bytes_equal(oid, oid_ext_key_usage)) {
        bool twice = cert->ext_key_usage;

        cert->ext_key_usage = true;
        return !twice;
    }
    cert->unknown_critical = cert->unknown_critical || critical;
    return true;
}

static bool extensions(struct aw_rd *tbs, struct aw_hab_cert *cert)
{
    bool has_basic = false;

    if (aw_rd_left(tbs) == 0) {
        return true;
    }
    struct aw_rd outer = der_enter(tbs, DER_CONTEXT + 3);
    struct aw_rd list = der_enter(&outer, DER_SEQUENCE);

    if (!der_done(&outer) || aw_rd_left(&list) == 0) {
        return false;
    }
    while (aw_rd_left(&list) > 0) {
        if (!extension(&list, cert, &has_basic)) {
            return false;
        }
    }
    return der_done(&list);
}

/* Algorithm of a key or signature: OID and NULL. */
static bool algorithm(struct aw_rd *r, aw_bytes *oid)
{
    struct aw_rd in = der_enter(r, DER_SEQUENCE);

    *oid = der_take(&in, DER_OID);
    aw_bytes null = der_take(&in, DER_NULL);

    return der_done(&in) && null.n == 0;
}

/* SubjectPublicKeyInfo; `rsa` tells whether the key is one of RSA. */
static bool public_key(struct aw_rd *tbs, struct aw_hab_cert *cert, bool *rsa)
{
    struct aw_rd info = der_enter(tbs, DER_SEQUENCE);
    struct aw_rd copy = info;
    aw_bytes oid = {0};

    *rsa = algorithm(&copy, &oid) && aw_bytes_equal(oid, oid_rsa);
    if (!*rsa) {
        return !info.failed;
    }
    struct aw_rd bits = aw_rd_init(der_take_bits(&copy));
    struct aw_rd key = der_enter(&bits, DER_SEQUENCE);

    cert->modulus = der_take_positive(&key);
    cert->exponent = der_take_positive(&key);
    return der_done(&key) && der_done(&bits) && der_done(&copy);
}

struct algorithms {
    aw_bytes inner; /* whole AlgorithmIdentifier inside the signed part */
    bool rsa_key;
};

static bool signed_part(struct aw_hab_cert *cert, struct algorithms *alg)
{
    struct aw_rd r = aw_rd_init(cert->signed_part);
    struct aw_rd tbs = der_enter(&r, DER_SEQUENCE);
    struct aw_rd version = der_enter(&tbs, DER_CONTEXT);

    der_expect_small(&version, VERSION_3);
    if (!der_done(&version)) {
        return false;
    }
    cert->serial = der_take_whole(&tbs, DER_INTEGER);
    alg->inner = der_take_whole(&tbs, DER_SEQUENCE);
    cert->issuer = der_take_whole(&tbs, DER_SEQUENCE);
    (void)der_take(&tbs, DER_SEQUENCE); /* validity */
    cert->subject = der_take_whole(&tbs, DER_SEQUENCE);
    return public_key(&tbs, cert, &alg->rsa_key) && !tbs.failed &&
           extensions(&tbs, cert) && der_done(&tbs);
}

aw_err aw_hab_cert_parse(aw_bytes der, struct aw_hab_cert *cert,
                         struct aw_diag *diag)
{
    struct aw_hab_cert c = {0};
    struct algorithms alg = {0};
    struct aw_rd r = aw_rd_init(der);
    struct aw_rd copy = r;
    struct aw_rd in = der_enter(&r, DER_SEQUENCE);
    aw_bytes oid = {0};

    c.der = der_take_whole(&copy, DER_SEQUENCE);
    c.signed_part = der_take_whole(&in, DER_SEQUENCE);
    if (!der_done_padded(&r) || in.failed || !signed_part(&c, &alg)) {
        return aw_fail(diag, AW_ERR_FORMAT, "certificate", 0);
    }
    copy = in;
    aw_bytes outer = der_take_whole(&in, DER_SEQUENCE);

    c.signature = der_take_bits(&in);
    if (!der_done(&in) || !aw_bytes_equal(outer, alg.inner)) {
        return aw_fail(diag, AW_ERR_FORMAT, "certificate: signature", 0);
    }
    if (!algorithm(&copy, &oid) || !aw_bytes_equal(oid, oid_sha256_rsa)) {
        return aw_fail(diag, AW_ERR_UNSUPPORTED,
                       "certificate: signature algorithm", 0);
    }
    if (!alg.rsa_key || !aw_rsa_key_valid(c.modulus, c.exponent)) {
        return aw_fail(diag, AW_ERR_UNSUPPORTED, "certificate: key",
                       c.modulus.n);
    }
    *cert = c;
    return AW_OK;
}

aw_err aw_hab_cert_verify(const struct aw_hab_cert *cert, aw_bytes modulus,
                          aw_bytes exponent)
{
    uint8_t digest[AW_SHA256_SIZE];

    aw_sha256(cert->signed_part, digest);
    return aw_rsa_verify(modulus, exponent, digest, cert->signature);
}

aw_bytes aw_hab_name_common(aw_bytes name)
{
    static const uint8_t common_name[] = {0x55, 0x04, 0x03};
    struct aw_rd r = aw_rd_init(name);
    struct aw_rd sets = der_enter(&r, DER_SEQUENCE);
    aw_bytes found = {NULL, 0};

    while (aw_rd_left(&sets) > 0) {
        struct aw_rd set = der_enter(&sets, DER_SET);
        struct aw_rd pair = der_enter(&set, DER_SEQUENCE);
        aw_bytes oid = der_take(&pair, DER_OID);
        struct aw_rd tag = pair;
        aw_bytes value = der_take(&pair, aw_rd_u8(&tag));

        if (!pair.failed &&
            aw_bytes_equal(oid, (aw_bytes){common_name, sizeof(common_name)})) {
            found = value;
        }
    }
    return found;
}
