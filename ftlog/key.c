/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/key.h"

#include <string.h>

#include "aw/ct.h"
#include "aw/ecdsa.h"
#include "aw/ed25519.h"
#include "aw/sha256.h"
#include "aw/text.h"

enum {
    ID_DIGITS = 8,
    MLDSA44_PUBLIC = 1312, /* FIPS 204 */
    DATA_MAX = 1 + MLDSA44_PUBLIC
};

static const char signer_prefix[] = "PRIVATE+KEY+";

/* Parts of a key string, not yet judged. */
struct key_parts {
    aw_bytes name;
    uint32_t id;
    size_t n; /* bytes of data: type byte, then the key */
    uint8_t data[DATA_MAX];
};

bool aw_key_name_valid(aw_bytes name)
{
    struct aw_rd r = aw_rd_init(name);

    if (name.n == 0 || name.n > AW_KEY_NAME_MAX) {
        return false;
    }
    while (aw_rd_left(&r) > 0) {
        uint32_t cp = aw_utf8_next(&r);

        if (cp < 0x20 || cp == '+' || aw_unicode_is_space(cp)) {
            return false;
        }
    }
    return !r.failed;
}

/* Id of a key whose hash covers name, type and `bytes`. */
static uint32_t named_id(aw_bytes name, uint8_t type, aw_bytes bytes)
{
    struct aw_sha256 h;
    uint8_t digest[AW_SHA256_SIZE];
    const uint8_t middle[2] = {'\n', type};

    aw_sha256_init(&h);
    aw_sha256_update(&h, name);
    aw_sha256_update(&h, (aw_bytes){middle, sizeof(middle)});
    aw_sha256_update(&h, bytes);
    aw_sha256_final(&h, digest);
    struct aw_rd r = aw_rd_init((aw_bytes){digest, sizeof(digest)});

    return aw_rd_be32(&r);
}

static uint32_t key_id(aw_bytes name, uint8_t type, aw_bytes public_key)
{
    uint8_t digest[AW_SHA256_SIZE];
    aw_bytes hash = {digest, sizeof(digest)};

    if (type != AW_KEY_ECDSA && type != AW_KEY_RFC6962) {
        return named_id(name, type, public_key);
    }
    aw_sha256(public_key, digest);
    if (type == AW_KEY_RFC6962) {
        return named_id(name, type, hash);
    }
    struct aw_rd r = aw_rd_init(hash);

    return aw_rd_be32(&r); /* the name does not count in this type */
}

static bool public_key_valid(uint8_t type, aw_bytes key)
{
    switch (type) {
    case AW_KEY_ED25519:
    case AW_KEY_COSIG_V1:
        return key.n == AW_ED25519_PUBLIC;
    case AW_KEY_ECDSA:
    case AW_KEY_RFC6962:
        return aw_p256_spki_valid(key);
    default:
        return key.n == MLDSA44_PUBLIC;
    }
}

static bool type_known(uint8_t type)
{
    return type == AW_KEY_ED25519 || type == AW_KEY_ECDSA ||
           (type >= AW_KEY_COSIG_V1 && type <= AW_KEY_MLDSA44);
}

aw_err aw_vkey_init(aw_bytes name, uint8_t type, aw_bytes public_key,
                    struct aw_vkey *key, struct aw_diag *diag)
{
    if (!type_known(type)) {
        return aw_fail(diag, AW_ERR_UNSUPPORTED, "key: type", type);
    }
    if (!aw_key_name_valid(name)) {
        return aw_fail(diag, AW_ERR_KEY, "key: name", 0);
    }
    if (!public_key_valid(type, public_key)) {
        return aw_fail(diag, AW_ERR_KEY, "key: public key", public_key.n);
    }
    struct aw_vkey out = {.name = name, .type = type};

    out.id = key_id(name, type, public_key);
    if (type == AW_KEY_MLDSA44) {
        aw_sha256(public_key, out.public_key);
    } else { /* public_key_valid has bounded the length */
        memcpy(out.public_key, public_key.p, public_key.n);
        out.public_n = (uint8_t)public_key.n;
    }
    *key = out;
    return AW_OK;
}

/* Drops the line feed at the end of a key file. */
static aw_bytes without_line_feed(aw_bytes text)
{
    if (text.n > 0 && text.p[text.n - 1] == '\n') {
        text.n--;
    }
    return text;
}

static aw_err split(struct aw_rd *r, struct key_parts *parts,
                    struct aw_diag *diag)
{
    aw_bytes name = aw_rd_until(r, '+');
    size_t id_at = r->at;
    aw_bytes id = aw_rd_until(r, '+');
    size_t data_at = r->at;
    aw_bytes data = aw_rd_rest(r);
    uint64_t number = 0;
    struct aw_wr w = aw_wr_init(parts->data, sizeof(parts->data));

    if (r->failed) {
        return aw_fail(diag, AW_ERR_KEY, "key: less than three parts", r->at);
    }
    if (id.n != ID_DIGITS || aw_hex_parse_u64(id, &number) != AW_OK) {
        return aw_fail(diag, AW_ERR_KEY, "key: id", id_at);
    }
    if (data.n == 0 || aw_base64_decode(data, &w) != AW_OK) {
        return aw_fail(diag, AW_ERR_KEY, "key: base64", data_at);
    }
    parts->name = name;
    parts->id = (uint32_t)number;
    parts->n = w.n;
    return AW_OK;
}

/* Makes a key of the parts, with `type` in place of the string's. */
static aw_err parts_as(const struct key_parts *parts, uint8_t type,
                       struct aw_vkey *key, struct aw_diag *diag)
{
    struct aw_rd r = aw_rd_init((aw_bytes){parts->data, parts->n});

    (void)aw_rd_u8(&r); /* the string's own type */
    return aw_vkey_init(parts->name, type, aw_rd_rest(&r), key, diag);
}

static aw_err split_vkey(aw_bytes text, struct key_parts *parts,
                         struct aw_diag *diag)
{
    if (text.n > AW_KEY_TEXT_MAX) {
        return aw_fail(diag, AW_ERR_SPACE, "key: length", text.n);
    }
    struct aw_rd r = aw_rd_init(without_line_feed(text));

    return split(&r, parts, diag);
}

aw_err aw_vkey_parse(aw_bytes text, struct aw_vkey *key, struct aw_diag *diag)
{
    struct key_parts parts;
    struct aw_vkey out;
    aw_err err = split_vkey(text, &parts, diag);

    if (err == AW_OK) {
        err = parts_as(&parts, parts.data[0], &out, diag);
    }
    if (err != AW_OK) {
        return err;
    }
    if (out.id != parts.id) {
        return aw_fail(diag, AW_ERR_KEY, "key: id of another key",
                       parts.name.n + 1);
    }
    *key = out;
    return AW_OK;
}

aw_err aw_vkey_parse_cosigner(aw_bytes text, struct aw_vkey *key,
                              struct aw_diag *diag)
{
    struct key_parts parts;
    struct aw_vkey plain;
    struct aw_vkey cosigner;
    aw_err err = split_vkey(text, &parts, diag);

    if (err != AW_OK) {
        return err;
    }
    if (parts.data[0] != AW_KEY_ED25519 && parts.data[0] != AW_KEY_COSIG_V1) {
        err = aw_vkey_parse(text, &plain, diag);
        return err == AW_OK ? aw_vkey_as_cosigner(&plain, key, diag) : err;
    }
    err = parts_as(&parts, AW_KEY_ED25519, &plain, diag);
    if (err == AW_OK) {
        err = parts_as(&parts, AW_KEY_COSIG_V1, &cosigner, diag);
    }
    if (err != AW_OK) {
        return err;
    }
    if (parts.id != plain.id && parts.id != cosigner.id) {
        return aw_fail(diag, AW_ERR_KEY, "key: id of another key",
                       parts.name.n + 1);
    }
    *key = cosigner;
    return AW_OK;
}

aw_err aw_vkey_as_cosigner(const struct aw_vkey *key, struct aw_vkey *out,
                           struct aw_diag *diag)
{
    struct aw_vkey cosigner = *key;

    if (key->type == AW_KEY_ED25519) {
        cosigner.type = AW_KEY_COSIG_V1;
        cosigner.id = key_id(key->name, AW_KEY_COSIG_V1,
                             (aw_bytes){key->public_key, AW_ED25519_PUBLIC});
    } else if (key->type != AW_KEY_COSIG_V1 && key->type != AW_KEY_MLDSA44) {
        return aw_fail(diag, AW_ERR_KEY, "key: type of a cosigner", key->type);
    }
    *out = cosigner;
    return AW_OK;
}

/* NAME+ID+base64(type || key), after the prefix of signer strings. */
static void write_parts(aw_bytes name, uint32_t id, aw_bytes data,
                        struct aw_wr *w)
{
    aw_wr_put(w, name);
    aw_wr_u8(w, '+');
    aw_wr_hex_u64(w, id, ID_DIGITS);
    aw_wr_u8(w, '+');
    aw_wr_base64(w, data);
}

void aw_vkey_write(const struct aw_vkey *key, struct aw_wr *w)
{
    uint8_t buf[1 + AW_VKEY_PUBLIC_MAX];
    struct aw_wr data = aw_wr_init(buf, sizeof(buf));

    aw_wr_u8(&data, key->type);
    aw_wr_put(&data, (aw_bytes){key->public_key, key->public_n});
    if (key->type == AW_KEY_MLDSA44 || data.failed) {
        w->failed = true;
        return;
    }
    write_parts(key->name, key->id, aw_wr_done(&data), w);
}

bool aw_vkey_same(const struct aw_vkey *a, const struct aw_vkey *b)
{
    return a->type == b->type && a->id == b->id && a->public_n == b->public_n &&
           aw_bytes_equal(a->name, b->name) &&
           memcmp(a->public_key, b->public_key, AW_VKEY_PUBLIC_MAX) == 0;
}

aw_err aw_skey_init(aw_bytes name, uint8_t type, const uint8_t seed[32],
                    struct aw_skey *key, struct aw_diag *diag)
{
    if (type != AW_KEY_ED25519 && type != AW_KEY_COSIG_V1) {
        return aw_fail(diag, AW_ERR_UNSUPPORTED, "signer: type", type);
    }
    if (!aw_key_name_valid(name)) {
        return aw_fail(diag, AW_ERR_KEY, "signer: name", 0);
    }
    key->name = name;
    key->type = type;
    memcpy(key->seed, seed, sizeof(key->seed));
    aw_ed25519_public(seed, key->public_key);
    key->id =
        key_id(name, type, (aw_bytes){key->public_key, AW_ED25519_PUBLIC});
    return AW_OK;
}

aw_err aw_skey_parse(aw_bytes text, struct aw_skey *key, struct aw_diag *diag)
{
    struct key_parts parts = {0};
    struct aw_skey out = {0};
    aw_bytes prefix = aw_text(signer_prefix);
    aw_err err = AW_OK;

    if (text.n > AW_KEY_TEXT_MAX) {
        return aw_fail(diag, AW_ERR_SPACE, "signer: length", text.n);
    }
    if (!aw_bytes_starts(text, signer_prefix)) {
        return aw_fail(diag, AW_ERR_KEY, "signer: prefix", 0);
    }
    struct aw_rd r = aw_rd_at(without_line_feed(text), prefix.n);

    err = split(&r, &parts, diag);
    if (err != AW_OK) {
        goto out;
    }
    /* The type first: it says what length the rest must have. */
    if (parts.data[0] != AW_KEY_ED25519 && parts.data[0] != AW_KEY_COSIG_V1) {
        err = aw_fail(diag, AW_ERR_UNSUPPORTED, "signer: type", parts.data[0]);
        goto out;
    }
    if (parts.n != 1 + AW_ED25519_SEED) {
        err = aw_fail(diag, AW_ERR_KEY, "signer: seed", parts.n);
        goto out;
    }
    err = aw_skey_init(parts.name, parts.data[0], &parts.data[1], &out, diag);
    if (err == AW_OK && out.id != parts.id) {
        err = aw_fail(diag, AW_ERR_KEY, "signer: id of another key", prefix.n);
    }
    if (err == AW_OK) {
        *key = out;
    }
out:
    aw_wipe(&parts, sizeof(parts));
    aw_skey_wipe(&out);
    return err;
}

void aw_skey_as_cosigner(const struct aw_skey *key, struct aw_skey *out)
{
    *out = *key;
    out->type = AW_KEY_COSIG_V1;
    out->id = key_id(key->name, AW_KEY_COSIG_V1,
                     (aw_bytes){key->public_key, AW_ED25519_PUBLIC});
}

void aw_skey_write(const struct aw_skey *key, struct aw_wr *w)
{
    uint8_t data[1 + AW_ED25519_SEED] = {key->type};

    memcpy(&data[1], key->seed, AW_ED25519_SEED);
    aw_wr_text(w, signer_prefix);
    write_parts(key->name, key->id, (aw_bytes){data, sizeof(data)}, w);
    aw_wipe(data, sizeof(data));
}

void aw_skey_public(const struct aw_skey *key, struct aw_vkey *out)
{
    struct aw_vkey public_key = {.name = key->name,
                                 .id = key->id,
                                 .type = key->type,
                                 .public_n = AW_ED25519_PUBLIC};

    memcpy(public_key.public_key, key->public_key, AW_ED25519_PUBLIC);
    *out = public_key;
}

void aw_skey_wipe(struct aw_skey *key)
{
    aw_wipe(key, sizeof(*key));
}
