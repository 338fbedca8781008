/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hab/cms.h"

#include <string.h>

#include "der.h"
#include "oid.h"
#include "utc.h"

enum { CMS_VERSION = 1 };

/* AlgorithmIdentifier: parameters left out or NULL. */
static bool algorithm(struct aw_rd *r, aw_bytes *oid)
{
    struct aw_rd in = der_enter(r, DER_SEQUENCE);

    *oid = der_take(&in, DER_OID);
    if (der_at(&in, DER_NULL) && der_take(&in, DER_NULL).n != 0) {
        return false;
    }
    return der_done(&in);
}

/* Ascending in DER's order of a SET OF: shorter first where one begins the
 * other. */
static bool ascends(aw_bytes a, aw_bytes b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n == 0 ? 0 : memcmp(a.p, b.p, n);

    return order < 0 || (order == 0 && a.n < b.n);
}

struct seen {
    bool type;
    bool digest;
};

static bool attribute(struct aw_rd *list, struct aw_hab_cms *cms,
                      struct seen *seen)
{
    struct aw_rd in = der_enter(list, DER_SEQUENCE);
    aw_bytes oid = der_take(&in, DER_OID);
    struct aw_rd value = der_enter(&in, DER_SET);

    if (!der_done(&in)) {
        return false;
    }
    if (aw_bytes_equal(oid, oid_content_type)) {
        bool first = !seen->type;

        seen->type = true;
        return first && aw_bytes_equal(der_take(&value, DER_OID), oid_data) &&
               der_done(&value);
    }
    if (aw_bytes_equal(oid, oid_message_digest)) {
        aw_bytes digest = der_take(&value, DER_OCTET_STRING);

        if (seen->digest || digest.n != AW_SHA256_SIZE || !der_done(&value)) {
            return false;
        }
        seen->digest = true;
        memcpy(cms->digest, digest.p, AW_SHA256_SIZE);
        return true;
    }
    if (aw_bytes_equal(oid, oid_signing_time)) {
        uint8_t tag =
            der_at(&value, DER_UTC_TIME) ? DER_UTC_TIME : DER_GENERALIZED_TIME;
        bool first = !cms->timed;

        cms->timed = true;
        return first &&
               utc_parse(tag, der_take(&value, tag), &cms->signing_time) &&
               der_done(&value);
    }
    return true; /* signed, but nothing to us */
}

static bool attributes(struct aw_rd *signer, struct aw_hab_cms *cms)
{
    struct aw_rd list = der_enter(signer, DER_CONTEXT);
    struct seen seen = {false, false};
    aw_bytes before = {NULL, 0};

    cms->attributes = list.b;
    while (aw_rd_left(&list) > 0) {
        struct aw_rd copy = list;
        aw_bytes whole = der_take_whole(&copy, DER_SEQUENCE);

        if (!ascends(before, whole) || !attribute(&list, cms, &seen)) {
            return false;
        }
        before = whole;
    }
    return der_done(&list) && seen.type && seen.digest;
}

struct algorithms {
    aw_bytes digest; /* of the message */
    aw_bytes signer; /* digest of the signer */
    aw_bytes signature;
};

static bool algorithms_ok(const struct algorithms *alg)
{
    return aw_bytes_equal(alg->digest, oid_sha256) &&
           aw_bytes_equal(alg->signer, oid_sha256) &&
           (aw_bytes_equal(alg->signature, oid_rsa) ||
            aw_bytes_equal(alg->signature, oid_sha256_rsa));
}

static bool signer_info(struct aw_rd *set, struct aw_hab_cms *cms,
                        struct algorithms *alg)
{
    struct aw_rd in = der_enter(set, DER_SEQUENCE);

    der_expect_small(&in, CMS_VERSION);
    struct aw_rd who = der_enter(&in, DER_SEQUENCE);

    cms->issuer = der_take_whole(&who, DER_SEQUENCE);
    cms->serial = der_take_whole(&who, DER_INTEGER);
    if (!der_done(&who) || !algorithm(&in, &alg->signer) ||
        !attributes(&in, cms) || !algorithm(&in, &alg->signature)) {
        return false;
    }
    cms->signature = der_take(&in, DER_OCTET_STRING);
    return der_done(&in) && cms->signature.n > 0;
}

static bool signed_data(struct aw_rd *r, struct aw_hab_cms *cms,
                        struct algorithms *alg)
{
    struct aw_rd in = der_enter(r, DER_SEQUENCE);

    der_expect_small(&in, CMS_VERSION);
    struct aw_rd digests = der_enter(&in, DER_SET);
    bool one = algorithm(&digests, &alg->digest) && der_done(&digests);
    struct aw_rd content = der_enter(&in, DER_SEQUENCE);

    if (!one || !aw_bytes_equal(der_take(&content, DER_OID), oid_data) ||
        !der_done(&content)) {
        return false;
    }
    if (der_at(&in, DER_CONTEXT)) {
        cms->certificates = true;
        (void)der_take(&in, DER_CONTEXT);
    }
    struct aw_rd signers = der_enter(&in, DER_SET);

    return !in.failed && signer_info(&signers, cms, alg) &&
           der_done(&signers) && der_done(&in);
}

aw_err aw_hab_cms_parse(aw_bytes der, struct aw_hab_cms *cms,
                        struct aw_diag *diag)
{
    struct aw_hab_cms c = {0};
    struct algorithms alg = {0};
    struct aw_rd r = aw_rd_init(der);
    struct aw_rd in = der_enter(&r, DER_SEQUENCE);
    aw_bytes oid = der_take(&in, DER_OID);
    struct aw_rd content = der_enter(&in, DER_CONTEXT);

    if (!der_done_padded(&r) || !der_done(&in) ||
        !aw_bytes_equal(oid, oid_signed_data) ||
        !signed_data(&content, &c, &alg) || !der_done(&content)) {
        return aw_fail(diag, AW_ERR_FORMAT, "cms", 0);
    }
    if (!algorithms_ok(&alg)) {
        return aw_fail(diag, AW_ERR_UNSUPPORTED, "cms: algorithm", 0);
    }
    *cms = c;
    return AW_OK;
}

/* Digest of the signed attributes, which are signed as a SET OF and stored
 * under [0]. */
static void attributes_digest(aw_bytes attributes,
                              uint8_t digest[AW_SHA256_SIZE])
{
    uint8_t head[4];
    struct aw_wr w = aw_wr_init(head, sizeof(head));
    struct aw_sha256 h;

    der_head(&w, DER_SET, attributes.n);
    aw_sha256_init(&h);
    aw_sha256_update(&h, aw_wr_done(&w));
    aw_sha256_update(&h, attributes);
    aw_sha256_final(&h, digest);
}

aw_err aw_hab_cms_verify(const struct aw_hab_cms *cms, aw_bytes modulus,
                         aw_bytes exponent,
                         const uint8_t digest[AW_SHA256_SIZE])
{
    uint8_t signed_digest[AW_SHA256_SIZE];

    if (memcmp(cms->digest, digest, AW_SHA256_SIZE) != 0) {
        return AW_ERR_DIGEST;
    }
    attributes_digest(cms->attributes, signed_digest);
    return aw_rsa_verify(modulus, exponent, signed_digest, cms->signature);
}

enum { ATTRIBUTES_MAX = 128, PART_MAX = 10000 };

static void put_oid(struct aw_wr *w, aw_bytes oid)
{
    der_head(w, DER_OID, oid.n);
    aw_wr_put(w, oid);
}

/* SEQUENCE { OID, SET { value } } */
static void put_attribute(struct aw_wr *w, aw_bytes oid, aw_bytes value)
{
    der_head(w, DER_SEQUENCE, 2 + oid.n + 2 + value.n);
    put_oid(w, oid);
    der_head(w, DER_SET, value.n);
    aw_wr_put(w, value);
}

/* The three attributes; their order is the one of DER. */
static bool put_attributes(const struct aw_hab_cms_parts *parts,
                           struct aw_wr *w)
{
    uint8_t buf[64];
    struct aw_wr value = aw_wr_init(buf, sizeof(buf));

    put_oid(&value, oid_data);
    put_attribute(w, oid_content_type, aw_wr_done(&value));
    value = aw_wr_init(buf, sizeof(buf));
    if (!utc_write(parts->signing_time, &value)) {
        return false;
    }
    put_attribute(w, oid_signing_time, aw_wr_done(&value));
    value = aw_wr_init(buf, sizeof(buf));
    der_head(&value, DER_OCTET_STRING, AW_SHA256_SIZE);
    aw_wr_put(&value, (aw_bytes){parts->digest, AW_SHA256_SIZE});
    put_attribute(w, oid_message_digest, aw_wr_done(&value));
    return true;
}

aw_err aw_hab_cms_to_be_signed(const struct aw_hab_cms_parts *parts,
                               uint8_t digest[AW_SHA256_SIZE])
{
    uint8_t buf[ATTRIBUTES_MAX];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    if (!put_attributes(parts, &w)) {
        return AW_ERR_RANGE;
    }
    AW_BUG_ON(w.failed);
    attributes_digest(aw_wr_done(&w), digest);
    return AW_OK;
}

/* Sizes of an element from that of its content. */
static size_t element(size_t n)
{
    return der_head_size(n) + n;
}

struct sizes {
    size_t who;       /* issuer and serial */
    size_t signer;    /* SignerInfo */
    size_t data;      /* SignedData */
    size_t all;       /* content of the outermost SEQUENCE */
    size_t digest_id; /* AlgorithmIdentifier of SHA-256, whole */
    size_t content;   /* EncapsulatedContentInfo, whole */
};

static struct sizes measure(const struct aw_hab_cms_parts *parts,
                            size_t attributes_n, size_t signature)
{
    struct sizes s = {0};

    s.digest_id = element(element(oid_sha256.n));
    s.content = element(element(oid_data.n));
    s.who = parts->issuer.n + parts->serial.n;
    s.signer = element(1) + element(s.who) + s.digest_id +
               element(attributes_n) + element(element(oid_rsa.n) + 2) +
               element(signature);
    s.data = element(1) + element(s.digest_id) + s.content +
             element(element(s.signer));
    s.all = element(oid_signed_data.n) + element(element(s.data));
    return s;
}

/* Names and signatures beyond this would not fit a 16-bit length. */
static bool small(const struct aw_hab_cms_parts *parts, size_t signature)
{
    return parts->issuer.n <= PART_MAX && parts->serial.n <= PART_MAX &&
           signature <= PART_MAX;
}

aw_err aw_hab_cms_size(const struct aw_hab_cms_parts *parts, size_t n,
                       size_t *size)
{
    uint8_t buf[ATTRIBUTES_MAX];
    struct aw_wr attrs = aw_wr_init(buf, sizeof(buf));

    if (!put_attributes(parts, &attrs)) {
        return AW_ERR_RANGE;
    }
    if (!small(parts, n)) {
        return AW_ERR_SPACE;
    }
    *size = element(measure(parts, attrs.n, n).all);
    return AW_OK;
}

static void put_version(struct aw_wr *w)
{
    der_head(w, DER_INTEGER, 1);
    aw_wr_u8(w, CMS_VERSION);
}

static void put_sha256(struct aw_wr *w)
{
    der_head(w, DER_SEQUENCE, element(oid_sha256.n));
    put_oid(w, oid_sha256);
}

aw_err aw_hab_cms_write(const struct aw_hab_cms_parts *parts,
                        aw_bytes signature, struct aw_wr *w)
{
    uint8_t buf[ATTRIBUTES_MAX];
    struct aw_wr attrs = aw_wr_init(buf, sizeof(buf));

    if (!put_attributes(parts, &attrs)) {
        return AW_ERR_RANGE;
    }
    if (!small(parts, signature.n)) {
        return AW_ERR_SPACE;
    }
    struct sizes s = measure(parts, attrs.n, signature.n);

    der_head(w, DER_SEQUENCE, s.all);
    put_oid(w, oid_signed_data);
    der_head(w, DER_CONTEXT, element(s.data));
    der_head(w, DER_SEQUENCE, s.data);
    put_version(w);
    der_head(w, DER_SET, s.digest_id);
    put_sha256(w);
    der_head(w, DER_SEQUENCE, element(oid_data.n));
    put_oid(w, oid_data);
    der_head(w, DER_SET, element(s.signer));
    der_head(w, DER_SEQUENCE, s.signer);
    put_version(w);
    der_head(w, DER_SEQUENCE, s.who);
    aw_wr_put(w, parts->issuer);
    aw_wr_put(w, parts->serial);
    put_sha256(w);
    der_head(w, DER_CONTEXT, attrs.n);
    aw_wr_put(w, aw_wr_done(&attrs));
    der_head(w, DER_SEQUENCE, element(oid_rsa.n) + 2);
    put_oid(w, oid_rsa);
    der_head(w, DER_NULL, 0);
    der_head(w, DER_OCTET_STRING, signature.n);
    aw_wr_put(w, signature);
    return w->failed ? AW_ERR_SPACE : AW_OK;
}
