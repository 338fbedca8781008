/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/derive.h"

#include <string.h>

#include "aw/ct.h"
#include "aw/hmac.h"

enum { LABEL_TEXT_MAX = 64, NAME_SEED = 8 };

static const struct {
    const char *label;
    const char *name; /* NULL: none */
} roles[DERIVE_ROLES] = {
    [DERIVE_WITNESS] = {"WitnessKey-id:", "ArmoredWitness-"},
    [DERIVE_ATTESTATION] = {"ID-Attestation", "AW-ID-Attestation-"},
    [DERIVE_BASTION] = {"BastionKey-id:0", NULL},
};

static const char *prefix(const struct derive_who *who)
{
    return who->dev ? "DEV:" : "";
}

void derive_label(const struct derive_who *who, enum derive_role role,
                  uint8_t label[DERIVE_LABEL])
{
    char text[LABEL_TEXT_MAX];
    uint8_t digest[AW_SHA256_SIZE];
    struct aw_wr w = aw_wr_init(text, sizeof(text));

    aw_wr_text(&w, prefix(who));
    aw_wr_text(&w, roles[role].label);
    if (role == DERIVE_WITNESS) {
        aw_wr_dec(&w, who->counter);
    }
    aw_sha256(aw_wr_done(&w), digest);
    memcpy(label, digest, DERIVE_LABEL);
}

static int64_t name_seed(const uint8_t *bytes)
{
    struct aw_rd r = aw_rd_init((aw_bytes){bytes, NAME_SEED});
    uint64_t v = aw_rd_le64(&r);

    /* Two's complement, without a conversion that C leaves open. */
    return v > INT64_MAX ? -(int64_t)(UINT64_MAX - v) - 1 : (int64_t)v;
}

static void put_name(const struct derive_who *who, enum derive_role role,
                     int64_t seed, struct derived *derived)
{
    struct aw_wr w = aw_wr_init(derived->name, sizeof(derived->name));
    char words[DERIVE_NAME_MAX];

    memset(derived->name, 0, sizeof(derived->name));
    if (roles[role].name == NULL) {
        return;
    }
    derive_name(seed, words);
    aw_wr_text(&w, prefix(who));
    aw_wr_text(&w, roles[role].name);
    aw_wr_text(&w, role == DERIVE_WITNESS ? words : who->serial);
    AW_BUG_ON(w.failed || w.n >= sizeof(derived->name));
}

void derive_role_key(const struct derive_who *who, enum derive_role role,
                     const uint8_t key[DERIVE_KEY], struct derived *derived)
{
    uint8_t okm[NAME_SEED + AW_ED25519_SEED];
    /* The witness's name comes out of its key. */
    size_t at = role == DERIVE_WITNESS ? NAME_SEED : 0;
    aw_bytes salt = aw_text(who->serial);
    aw_err err = aw_hkdf_sha256((aw_bytes){key, DERIVE_KEY}, salt,
                                (aw_bytes){NULL, 0}, okm, sizeof(okm));

    AW_BUG_ON(err != AW_OK); /* it only refuses lengths */
    memcpy(derived->seed, okm + at, sizeof(derived->seed));
    put_name(who, role, name_seed(okm), derived);
    aw_wipe(okm, sizeof(okm));
}
