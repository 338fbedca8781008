/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/x509v3.h>
#include <string.h>

#include "aw/hab/cert.h"
#include "aw/hab/key.h"

static bool add_text(X509_NAME *name, const char *field, const char *text)
{
    return text == NULL || X509_NAME_add_entry_by_txt(
                               name, field, MBSTRING_UTF8,
                               (const unsigned char *)text, -1, -1, 0) == 1;
}

static bool set_name(X509 *x, const struct aw_hab_cert_plan *plan)
{
    X509_NAME *name = X509_get_subject_name(x);

    return add_text(name, "O", plan->organization) &&
           add_text(name, "OU", plan->unit) &&
           add_text(name, "CN", plan->common_name);
}

static bool set_serial(X509 *x, const struct aw_hab_cert_plan *plan)
{
    BIGNUM *bn = BN_bin2bn(plan->serial, AW_HAB_SERIAL_SIZE, NULL);
    bool ok =
        bn != NULL && BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(x)) != NULL;

    BN_free(bn);
    return ok;
}

static bool set_times(X509 *x, const struct aw_hab_cert_plan *plan)
{
    ASN1_TIME *from = ASN1_TIME_set(NULL, (time_t)plan->not_before);
    ASN1_TIME *to = ASN1_TIME_set(NULL, (time_t)plan->not_after);
    bool ok =
        from != NULL && to != NULL && plan->not_before <= plan->not_after &&
        X509_set1_notBefore(x, from) == 1 && X509_set1_notAfter(x, to) == 1;

    ASN1_TIME_free(from);
    ASN1_TIME_free(to);
    return ok;
}

static bool add_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;

    X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
    X509V3_set_ctx_nodb(&ctx);
    X509_EXTENSION *ext = X509V3_EXT_nconf_nid(NULL, &ctx, nid, value);
    bool ok = ext != NULL && X509_add_ext(x, ext, -1) == 1;

    X509_EXTENSION_free(ext);
    return ok;
}

static bool add_extensions(X509 *x, X509 *issuer,
                           const struct aw_hab_cert_plan *plan)
{
    char path[] = "critical,CA:TRUE,pathlen:0";
    const char *basic = "CA:FALSE";

    if (plan->ca && plan->path_length < 0) {
        basic = "critical,CA:TRUE";
    } else if (plan->ca) {
        path[sizeof(path) - 2] = (char)('0' + plan->path_length);
        basic = path;
    }
    return add_extension(x, issuer, NID_basic_constraints, basic) &&
           add_extension(x, issuer, NID_key_usage,
                         plan->ca ? "critical,keyCertSign,cRLSign"
                                  : "critical,digitalSignature") &&
           add_extension(x, issuer, NID_subject_key_identifier, "hash") &&
           (issuer == x ||
            add_extension(x, issuer, NID_authority_key_identifier,
                          "keyid:always"));
}

/* Fills everything but the signature. */
static aw_err fill(X509 *x, X509 *issuer, const struct aw_hab_cert_plan *plan,
                   EVP_PKEY *subject)
{
    if (X509_set_version(x, X509_VERSION_3) != 1 ||
        X509_set_pubkey(x, subject) != 1) {
        return AW_ERR_RESOURCE;
    }
    if (!set_serial(x, plan) || !set_times(x, plan)) {
        return AW_ERR_RANGE;
    }
    if (!set_name(x, plan) ||
        X509_set_issuer_name(x, X509_get_subject_name(issuer)) != 1) {
        return AW_ERR_FORMAT;
    }
    return add_extensions(x, issuer, plan) ? AW_OK : AW_ERR_RESOURCE;
}

static aw_err put_der(X509 *x, struct aw_wr *der)
{
    unsigned char *bytes = NULL;
    int n = i2d_X509(x, &bytes);

    if (n <= 0) {
        return AW_ERR_RESOURCE;
    }
    aw_wr_put(der, (aw_bytes){bytes, (size_t)n});
    OPENSSL_free(bytes);
    return der->failed ? AW_ERR_SPACE : AW_OK;
}

/* The issuer's certificate; the new one itself when it is self-signed. */
static aw_err open_issuer(aw_bytes der, EVP_PKEY *key, X509 *self, X509 **out)
{
    const unsigned char *p = der.p;

    if (der.n == 0) {
        *out = self;
        return AW_OK;
    }
    X509 *x = der.n > AW_HAB_CERT_MAX ? NULL : d2i_X509(NULL, &p, (long)der.n);

    if (x == NULL) {
        return AW_ERR_FORMAT;
    }
    if (X509_check_private_key(x, key) != 1) {
        X509_free(x);
        return AW_ERR_KEY;
    }
    *out = x;
    return AW_OK;
}

static bool plan_ok(const struct aw_hab_cert_plan *plan)
{
    return plan->serial[0] >= 1 && plan->serial[0] <= 0x7f &&
           plan->path_length <= 9 && plan->common_name != NULL;
}

aw_err aw_hab_cert_issue(const struct aw_hab_cert_plan *plan,
                         const struct aw_hab_key *subject,
                         const struct aw_hab_key *issuer, aw_bytes issuer_cert,
                         struct aw_wr *der, struct aw_diag *diag)
{
    X509 *by = NULL;
    aw_err err = AW_ERR_RESOURCE;

    if (!plan_ok(plan)) {
        return aw_fail(diag, AW_ERR_RANGE, "certificate: serial number", 0);
    }
    X509 *x = X509_new();

    if (x == NULL) {
        return aw_fail(diag, AW_ERR_RESOURCE, "certificate", 0);
    }
    err = open_issuer(issuer_cert, issuer->handle, x, &by);
    if (err != AW_OK) {
        goto out;
    }
    err = fill(x, by, plan, subject->handle);
    if (err != AW_OK) {
        goto out;
    }
    err = X509_sign(x, issuer->handle, EVP_sha256()) > 0 ? put_der(x, der)
                                                         : AW_ERR_RESOURCE;
out:
    if (by != x) {
        X509_free(by);
    }
    X509_free(x);
    return err == AW_OK ? AW_OK : aw_fail(diag, err, "certificate", 0);
}
