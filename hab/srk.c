/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hab/srk.h"

#include "aw/hab/ivt.h"

enum {
    ALG_SHA256 = 0x17,
    ALG_RSA = 0x21,
    FLAG_CA = 0x80,
    ENTRY_HEADER = 4,
    DIGEST_ENTRY = ENTRY_HEADER + AW_SHA256_SIZE
};

static aw_err take_entry(struct aw_rd *r, struct aw_srk_entry *entry,
                         struct aw_diag *diag)
{
    size_t at = r->at;
    struct aw_rd h = *r;
    struct aw_srk_entry e = {.tag = aw_rd_u8(&h)};
    size_t length = aw_rd_be16(&h);
    uint8_t alg = aw_rd_u8(&h);

    e.bytes = aw_rd_take(r, length);
    if (h.failed || r->failed || length < ENTRY_HEADER) {
        return aw_fail(diag, AW_ERR_FORMAT, "srk table: entry length", at);
    }
    if (e.tag == AW_SRK_KEY) {
        aw_sha256(e.bytes, e.digest);
    } else if (e.tag == AW_SRK_DIGEST && alg == ALG_SHA256 &&
               length == DIGEST_ENTRY) {
        aw_bytes digest = aw_rd_take(&h, AW_SHA256_SIZE);

        for (size_t i = 0; i < digest.n; i++) {
            e.digest[i] = digest.p[i];
        }
    } else {
        return aw_fail(diag, AW_ERR_FORMAT, "srk table: entry", at);
    }
    *entry = e;
    return AW_OK;
}

aw_err aw_srk_parse(aw_bytes bytes, struct aw_srk_table *table,
                    struct aw_diag *diag)
{
    struct aw_srk_table t = {0};
    struct aw_rd r = aw_rd_init(bytes);
    uint8_t tag = aw_rd_u8(&r);
    size_t length = aw_rd_be16(&r);
    uint8_t version = aw_rd_u8(&r);

    if (r.failed) {
        return aw_fail(diag, AW_ERR_SHORT, "srk table: header", bytes.n);
    }
    if (tag != AW_SRK_TAG) {
        return aw_fail(diag, AW_ERR_FORMAT, "srk table: tag", tag);
    }
    if ((version & AW_HAB_MAJOR_MASK) != AW_HAB_MAJOR) {
        return aw_fail(diag, AW_ERR_FORMAT, "srk table: version", version);
    }
    if (length < AW_SRK_HEADER) {
        return aw_fail(diag, AW_ERR_FORMAT, "srk table: length", length);
    }
    if (!aw_slice(bytes, 0, length, &t.bytes)) {
        return aw_fail(diag, AW_ERR_SHORT, "srk table: body", length);
    }
    r = aw_rd_at(t.bytes, AW_SRK_HEADER);
    while (aw_rd_left(&r) > 0) {
        if (t.n == AW_SRK_MAX) {
            return aw_fail(diag, AW_ERR_RANGE, "srk table: entries", t.n + 1);
        }
        aw_err err = take_entry(&r, &t.entry[t.n], diag);

        if (err != AW_OK) {
            return err;
        }
        t.n++;
    }
    if (t.n == 0) {
        return aw_fail(diag, AW_ERR_RANGE, "srk table: entries", 0);
    }
    *table = t;
    return AW_OK;
}

aw_err aw_srk_key_parse(const struct aw_srk_entry *entry,
                        struct aw_srk_key *key, struct aw_diag *diag)
{
    struct aw_srk_key k = {0};
    struct aw_rd r = aw_rd_at(entry->bytes, 3);
    uint8_t alg = aw_rd_u8(&r);

    if (entry->tag != AW_SRK_KEY) {
        return aw_fail(diag, AW_ERR_NOT_FOUND, "srk: entry is a digest",
                       entry->tag);
    }
    uint32_t flags = aw_rd_be32(&r);
    size_t modulus = aw_rd_be16(&r);
    size_t exponent = aw_rd_be16(&r);

    k.ca = (flags & FLAG_CA) != 0;
    k.modulus = aw_rd_take(&r, modulus);
    k.exponent = aw_rd_take(&r, exponent);
    if (r.failed || aw_rd_left(&r) != 0) {
        return aw_fail(diag, AW_ERR_UNSUPPORTED, "srk: sizes", entry->bytes.n);
    }
    if (alg != ALG_RSA || (flags & ~(uint32_t)FLAG_CA) != 0) {
        return aw_fail(diag, AW_ERR_UNSUPPORTED, "srk: algorithm", alg);
    }
    if (!aw_rsa_key_valid(k.modulus, k.exponent)) {
        return aw_fail(diag, AW_ERR_UNSUPPORTED, "srk: key", modulus);
    }
    *key = k;
    return AW_OK;
}

void aw_srk_hash(const struct aw_srk_table *table, uint8_t hash[AW_SHA256_SIZE])
{
    struct aw_sha256 h;

    aw_sha256_init(&h);
    for (size_t i = 0; i < table->n; i++) {
        aw_sha256_update(&h,
                         (aw_bytes){table->entry[i].digest, AW_SHA256_SIZE});
    }
    aw_sha256_final(&h, hash);
}

void aw_srk_fuse_words(const uint8_t hash[AW_SHA256_SIZE],
                       uint32_t words[AW_SRK_WORDS])
{
    struct aw_rd r = aw_rd_init((aw_bytes){hash, AW_SHA256_SIZE});

    for (size_t i = 0; i < AW_SRK_WORDS; i++) {
        words[i] = aw_rd_le32(&r);
    }
}

static aw_bytes without_zeros(aw_bytes b)
{
    aw_bytes out = b;
    size_t at = 0;

    while (at < b.n && b.p[at] == 0) {
        at++;
    }
    return aw_slice(b, at, b.n - at, &out) ? out : b;
}

aw_err aw_srk_entry_write(const struct aw_srk_key *key, struct aw_wr *w,
                          struct aw_diag *diag)
{
    struct aw_srk_key k = {
        .ca = key->ca,
        .modulus = without_zeros(key->modulus),
        .exponent = without_zeros(key->exponent),
    };

    if (!aw_rsa_key_valid(k.modulus, k.exponent)) {
        return aw_fail(diag, AW_ERR_KEY, "srk: key", k.modulus.n);
    }
    aw_wr_u8(w, AW_SRK_KEY);
    aw_wr_be16(w, (uint16_t)(AW_SRK_KEY_HEADER + k.modulus.n + k.exponent.n));
    aw_wr_u8(w, ALG_RSA);
    aw_wr_be32(w, k.ca ? FLAG_CA : 0);
    aw_wr_be16(w, (uint16_t)k.modulus.n);
    aw_wr_be16(w, (uint16_t)k.exponent.n);
    aw_wr_put(w, k.modulus);
    aw_wr_put(w, k.exponent);
    return w->failed ? aw_fail(diag, AW_ERR_SPACE, "srk: buffer", w->cap)
                     : AW_OK;
}

static aw_err write_digest(const struct aw_srk_key *key, struct aw_wr *w,
                           struct aw_diag *diag)
{
    uint8_t buf[AW_SRK_KEY_HEADER + AW_RSA_MAX + AW_RSA_EXPONENT_MAX];
    uint8_t digest[AW_SHA256_SIZE];
    struct aw_wr entry = aw_wr_init(buf, sizeof(buf));
    aw_err err = aw_srk_entry_write(key, &entry, diag);

    if (err != AW_OK) {
        return err;
    }
    aw_sha256(aw_wr_done(&entry), digest);
    aw_wr_u8(w, AW_SRK_DIGEST);
    aw_wr_be16(w, DIGEST_ENTRY);
    aw_wr_u8(w, ALG_SHA256);
    aw_wr_put(w, (aw_bytes){digest, sizeof(digest)});
    return w->failed ? aw_fail(diag, AW_ERR_SPACE, "srk: buffer", w->cap)
                     : AW_OK;
}

static bool same_modulus(const struct aw_srk_key *a, const struct aw_srk_key *b)
{
    return aw_bytes_equal(without_zeros(a->modulus), without_zeros(b->modulus));
}

/* Whether key i goes with the ones before it. */
static aw_err key_fits(const struct aw_srk_key *keys, size_t i,
                       struct aw_diag *diag)
{
    if (keys[i].ca != keys[0].ca) {
        return aw_fail(diag, AW_ERR_KEY, "srk table: CA flag of key", i);
    }
    for (size_t j = 0; j < i; j++) {
        if (same_modulus(&keys[i], &keys[j])) {
            return aw_fail(diag, AW_ERR_DUPLICATE, "srk table: key", i);
        }
    }
    return AW_OK;
}

aw_err aw_srk_table_write(const struct aw_srk_key *keys, size_t n,
                          unsigned hashed, struct aw_wr *w,
                          struct aw_diag *diag)
{
    uint8_t buf[AW_SRK_TABLE_MAX];
    struct aw_wr body = aw_wr_init(buf, sizeof(buf));

    if (n == 0 || n > AW_SRK_MAX) {
        return aw_fail(diag, AW_ERR_RANGE, "srk table: number of keys", n);
    }
    aw_err err = AW_OK;

    for (size_t i = 0; err == AW_OK && i < n; i++) {
        err = key_fits(keys, i, diag);
    }
    for (size_t i = 0; err == AW_OK && i < n; i++) {
        err = (hashed >> i & 1) != 0
                  ? write_digest(&keys[i], &body, diag)
                  : aw_srk_entry_write(&keys[i], &body, diag);
    }
    if (err != AW_OK) {
        return err;
    }
    aw_wr_u8(w, AW_SRK_TAG);
    aw_wr_be16(w, (uint16_t)(AW_SRK_HEADER + body.n));
    aw_wr_u8(w, AW_HAB_MAJOR);
    aw_wr_put(w, aw_wr_done(&body));
    return w->failed ? aw_fail(diag, AW_ERR_SPACE, "srk table: buffer", w->cap)
                     : AW_OK;
}
