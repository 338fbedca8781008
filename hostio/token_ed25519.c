/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "aw/hostio/alloc.h"
#include "token_private.h"

/* Bytes of an id or label that are of use, and of a public key in any of the
 * forms below. */
enum { ATTRIBUTE_MAX = 255, POINT_MAX = 64 };

/* An attribute as read; n is 0 when the object has none. */
struct attribute {
    uint8_t p[ATTRIBUTE_MAX];
    size_t n;
};

static void read_attribute(const struct aw_token *token,
                           CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
                           struct attribute *out)
{
    CK_ATTRIBUTE a = {type, out->p, sizeof(out->p)};
    CK_RV rv =
        token->module->C_GetAttributeValue(token->session, object, &a, 1);

    out->n = rv == CKR_OK && a.ulValueLen <= sizeof(out->p)
                 ? (size_t)a.ulValueLen
                 : 0;
}

static bool is_edwards(const struct aw_token *token)
{
    CK_KEY_TYPE type = 0;
    CK_ATTRIBUTE a = {CKA_KEY_TYPE, &type, sizeof(type)};

    return token->module->C_GetAttributeValue(token->session, token->key, &a,
                                              1) == CKR_OK &&
           type == CKK_EC_EDWARDS;
}

/* Public key of a curve point: an OCTET STRING as the standard has it, or bare
 * as some modules do; or of a SubjectPublicKeyInfo, RFC 8410. */
static bool take_point(const struct attribute *a,
                       uint8_t key[AW_ED25519_PUBLIC])
{
    static const uint8_t octets[] = {0x04, AW_ED25519_PUBLIC};
    static const uint8_t spki[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                   0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
    static const aw_bytes heads[] = {
        {NULL, 0}, {octets, sizeof(octets)}, {spki, sizeof(spki)}};
    aw_bytes all = {a->p, a->n};
    aw_bytes head;
    aw_bytes point;

    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        if (a->n == heads[i].n + AW_ED25519_PUBLIC &&
            aw_slice(all, 0, heads[i].n, &head) &&
            aw_bytes_equal(head, heads[i]) &&
            aw_slice(all, heads[i].n, AW_ED25519_PUBLIC, &point)) {
            memcpy(key, point.p, AW_ED25519_PUBLIC);
            return true;
        }
    }
    return false;
}

/* The public key object that has the same id or label as the private one. */
static size_t find_public(const struct aw_token *token, CK_ATTRIBUTE_TYPE by,
                          CK_OBJECT_HANDLE *found)
{
    CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
    CK_KEY_TYPE type = CKK_EC_EDWARDS;
    CK_OBJECT_HANDLE keys[2] = {0, 0};
    CK_ULONG n = 0;
    struct attribute same;

    read_attribute(token, token->key, by, &same);
    CK_ATTRIBUTE want[] = {{CKA_CLASS, &class, sizeof(class)},
                           {CKA_KEY_TYPE, &type, sizeof(type)},
                           {by, same.p, (CK_ULONG)same.n}};

    if (same.n == 0 ||
        token->module->C_FindObjectsInit(token->session, want, 3) != CKR_OK) {
        return 0;
    }
    if (token->module->C_FindObjects(token->session, keys, 2, &n) != CKR_OK) {
        n = 0;
    }
    (void)token->module->C_FindObjectsFinal(token->session);
    *found = keys[0];
    return (size_t)n;
}

static bool read_point(const struct aw_token *token, CK_OBJECT_HANDLE object,
                       uint8_t key[AW_ED25519_PUBLIC])
{
    static const CK_ATTRIBUTE_TYPE types[] = {CKA_EC_POINT,
                                              CKA_PUBLIC_KEY_INFO};

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct attribute a;

        read_attribute(token, object, types[i], &a);
        if (take_point(&a, key)) {
            return true;
        }
    }
    return false;
}

aw_err aw_token_ed25519_public(const struct aw_token *token,
                               uint8_t key[AW_ED25519_PUBLIC],
                               struct aw_host_diag *host)
{
    CK_OBJECT_HANDLE object = 0;

    if (!is_edwards(token)) {
        return token_fail(host, AW_ERR_KEY,
                          "the key in the token is not Ed25519", CKR_OK);
    }
    size_t n = find_public(token, CKA_ID, &object);

    if (n == 0) {
        n = find_public(token, CKA_LABEL, &object);
    }
    if (n > 1) {
        return token_fail(host, AW_ERR_AMBIGUOUS,
                          "the token has more than one public key with the "
                          "id or label of this one",
                          CKR_OK);
    }
    if ((n == 1 && read_point(token, object, key)) ||
        read_point(token, token->key, key)) {
        return AW_OK;
    }
    return token_fail(host, AW_ERR_KEY,
                      "the token does not have the public half of this key",
                      CKR_OK);
}

bool aw_token_label(const struct aw_token *token, struct aw_wr *label)
{
    struct attribute a;

    read_attribute(token, token->key, CKA_LABEL, &a);
    aw_wr_put(label, (aw_bytes){a.p, a.n});
    return a.n > 0 && !label->failed;
}

aw_err aw_token_sign_ed25519(struct aw_token *token, aw_bytes message,
                             uint8_t sig[AW_ED25519_SIG],
                             struct aw_host_diag *host)
{
    CK_MECHANISM mechanism = {CKM_EDDSA, NULL, 0};
    uint8_t made[AW_ED25519_SIG];
    CK_ULONG n = sizeof(made);
    aw_err err = token_sign_begin(token, &mechanism, host);

    if (err != AW_OK) {
        return err;
    }
    /* PKCS #11 asks for memory that it could write to. */
    uint8_t *copy = aw_alloc(message.n + 1, 1);

    if (message.n > 0) {
        memcpy(copy, message.p, message.n);
    }
    CK_RV rv = token->module->C_Sign(token->session, copy, (CK_ULONG)message.n,
                                     made, &n);

    free(copy);
    if (rv != CKR_OK) {
        return token_fail_sign(host, rv);
    }
    if (n != sizeof(made)) {
        return token_fail(host, AW_ERR_IO,
                          "the token's signature has the wrong length", CKR_OK);
    }
    memcpy(sig, made, sizeof(made));
    return AW_OK;
}
