/* SPDX-License-Identifier: Apache-2.0 */
#include "os/identity/identity.h"

#include <string.h>

#include "aw/ftlog/attest.h"
#include "aw/ftlog/checkpoint.h"
#include "aw/text.h"
#include "fw/keys.h"
#include "fw/secret.h"
#include "fw/soc.h"
#include "os/identity/certificate.h"

enum { HEAD_MAX = 64, TLS_PAD = 64, HASH_256 = 32, HASH_384 = 48 };

/* One message at a time. */
static uint8_t message[HEAD_MAX + AW_NOTE_COSIGNED_MAX];

static void put_serial(char serial[DERIVE_SERIAL + 1])
{
    uint8_t id[SOC_ID_SIZE];

    soc_unique_id(id);
    for (size_t i = 0; i < sizeof(id); i++) {
        serial[2 * i] = "0123456789ABCDEF"[id[i] >> 4];
        serial[2 * i + 1] = "0123456789ABCDEF"[id[i] & 0xf];
    }
    serial[DERIVE_SERIAL] = '\0';
}

/* A key in use: whom it belongs to, and what for. */
struct use {
    const struct identity *id;
    enum derive_role role;
    aw_bytes what;      /* to sign */
    uint8_t *signature; /* AW_ED25519_SIG bytes; NULL: the public half */
    uint8_t *public_key;
    char *name; /* DERIVE_NAME_MAX bytes */
    struct aw_diag *diag;
};

/* Derives, signs, wipes. Runs by secret_run. */
static aw_err use_key(void *ctx)
{
    const struct use *use = ctx;
    const struct derived *derived = NULL;
    aw_err err = keys_role(&use->id->who, use->role, &derived, use->diag);

    if (err == AW_OK && use->signature != NULL) {
        aw_ed25519_sign(derived->seed, use->what, use->signature);
    } else if (err == AW_OK) {
        aw_ed25519_public(derived->seed, use->public_key);
        memcpy(use->name, derived->name, DERIVE_NAME_MAX);
    }
    keys_wipe();
    return err;
}

static aw_err sign(void *ctx, aw_bytes what, uint8_t signature[AW_ED25519_SIG],
                   struct aw_diag *diag)
{
    struct use use = *(const struct use *)ctx;

    if (use.id->kind == IDENTITY_NONE) {
        return aw_fail(diag, AW_ERR_PRECONDITION, "identity: none", 0);
    }
    use.what = what;
    use.signature = signature;
    use.diag = diag;
    return secret_run(use_key, &use);
}

static aw_err public_half(const struct identity *id, enum derive_role role,
                          uint8_t public_key[AW_ED25519_PUBLIC],
                          char name[DERIVE_NAME_MAX])
{
    struct use use = {
        .id = id, .role = role, .public_key = public_key, .name = name};

    return secret_run(use_key, &use);
}

/* The verifier string of a role, of at most cap - 1 bytes. */
static aw_err put_vkey(const struct identity *id, enum derive_role role,
                       char *text, size_t cap)
{
    uint8_t public_key[AW_ED25519_PUBLIC];
    char name[DERIVE_NAME_MAX];
    struct aw_vkey key;
    struct aw_wr w = aw_wr_init(text, cap - 1);
    aw_err err = public_half(id, role, public_key, name);

    if (err == AW_OK) {
        err = aw_vkey_init(aw_text(name), AW_KEY_ED25519,
                           (aw_bytes){public_key, sizeof(public_key)}, &key,
                           NULL);
    }
    if (err == AW_OK) {
        aw_vkey_write(&key, &w);
        err = w.failed ? AW_ERR_SPACE : AW_OK;
    }
    return err;
}

static aw_err put_bastion(struct identity *id)
{
    uint8_t public_key[AW_ED25519_PUBLIC];
    uint8_t digest[AW_SHA256_SIZE];
    char name[DERIVE_NAME_MAX];
    struct aw_wr w = aw_wr_init(id->bastion, sizeof(id->bastion));
    aw_err err = public_half(id, DERIVE_BASTION, public_key, name);

    if (err == AW_OK) {
        aw_sha256((aw_bytes){public_key, sizeof(public_key)}, digest);
        aw_wr_hex(&w, (aw_bytes){digest, sizeof(digest)});
    }
    return err;
}

void identity_init(struct identity *id, uint32_t counter)
{
    struct identity made = {
        .kind = soc_closed() ? IDENTITY_OWN : IDENTITY_DEV,
        .who = {.dev = !soc_closed(), .counter = counter},
    };

    put_serial(made.who.serial);
    made.err =
        put_vkey(&made, DERIVE_WITNESS, made.witness, sizeof(made.witness));
    if (made.err == AW_OK) {
        made.err = put_vkey(&made, DERIVE_ATTESTATION, made.attestation,
                            sizeof(made.attestation));
    }
    if (made.err == AW_OK) {
        made.err = put_bastion(&made);
    }
    if (made.err != AW_OK) {
        made = (struct identity){
            .kind = IDENTITY_NONE, .err = made.err, .who = made.who};
    }
    *id = made;
}

aw_err identity_cosign(const struct identity *id, aw_bytes text, uint64_t time,
                       uint8_t signature[AW_ED25519_SIG])
{
    struct use use = {.id = id, .role = DERIVE_WITNESS};
    struct aw_wr w = aw_wr_init(message, sizeof(message));
    struct aw_checkpoint checkpoint;

    if (text.n > AW_NOTE_COSIGNED_MAX) {
        return AW_ERR_SPACE;
    }
    if (time > INT64_MAX) {
        return AW_ERR_RANGE;
    }
    aw_err err = aw_checkpoint_parse(text, &checkpoint, NULL);

    if (err != AW_OK) {
        return err;
    }
    aw_wr_text(&w, "cosignature/v1\ntime ");
    aw_wr_dec(&w, time);
    aw_wr_u8(&w, '\n');
    aw_wr_put(&w, text);
    return sign(&use, aw_wr_done(&w), signature, NULL);
}

static aw_err attest_text(const struct identity *id, enum abi_attestation which,
                          struct aw_wr *w)
{
    const aw_bytes serial = aw_text(id->who.serial);
    uint8_t digest[AW_SHA256_SIZE];
    struct aw_wr d = aw_wr_init(digest, sizeof(digest));
    struct aw_vkey witness;
    aw_err err = AW_ERR_USAGE;

    switch (which) {
    case ABI_ATTEST_IDENTITY:
        err = aw_vkey_parse(aw_text(id->witness), &witness, NULL);
        if (err == AW_OK) {
            aw_attest_witness_text(serial, id->who.counter, &witness, w);
        }
        break;
    case ABI_ATTEST_BASTION:
        err = aw_hex_decode(aw_text(id->bastion), &d);
        if (err == AW_OK) {
            aw_attest_bastion_text(serial, 0, digest, w);
        }
        break;
    default:
        break;
    }
    return err;
}

aw_err identity_attest(const struct identity *id, enum abi_attestation which,
                       struct aw_wr *w)
{
    struct use use = {.id = id, .role = DERIVE_ATTESTATION};
    struct aw_note_signer by = {.signer = {&use, sign}};
    struct aw_wr text = aw_wr_init(message, sizeof(message));
    struct aw_wr out = *w;

    if (id->kind == IDENTITY_NONE) {
        return AW_ERR_PRECONDITION;
    }
    aw_err err = attest_text(id, which, &text);

    if (err == AW_OK) {
        err = aw_vkey_parse(aw_text(id->attestation), &by.key, NULL);
    }
    if (err != AW_OK) {
        return err;
    }
    aw_wr_put(&out, aw_wr_done(&text));
    aw_wr_u8(&out, '\n');
    err = aw_note_sign_by(aw_wr_done(&text), &by, 0, &out, NULL);
    if (err == AW_OK && out.failed) {
        err = AW_ERR_SPACE;
    }
    if (err == AW_OK) {
        *w = out;
    }
    return err;
}

aw_err identity_certificate(const struct identity *id, uint64_t now,
                            struct aw_wr *w)
{
    struct use use = {.id = id, .role = DERIVE_BASTION};
    const struct aw_signer by = {&use, sign};
    uint8_t public_key[AW_ED25519_PUBLIC];
    char name[DERIVE_NAME_MAX];

    if (id->kind == IDENTITY_NONE) {
        return AW_ERR_PRECONDITION;
    }
    aw_err err = public_half(id, DERIVE_BASTION, public_key, name);

    return err == AW_OK ? certificate_write(public_key, now, &by, w) : err;
}

/* RFC 8446, 4.4.3. */
aw_err identity_sign_tls(const struct identity *id, aw_bytes hash,
                         uint8_t signature[AW_ED25519_SIG])
{
    struct use use = {.id = id, .role = DERIVE_BASTION};
    struct aw_wr w = aw_wr_init(message, sizeof(message));

    if (hash.n != HASH_256 && hash.n != HASH_384) {
        return AW_ERR_RANGE;
    }
    for (size_t i = 0; i < TLS_PAD; i++) {
        aw_wr_u8(&w, ' ');
    }
    aw_wr_text(&w, "TLS 1.3, client CertificateVerify");
    aw_wr_u8(&w, 0);
    aw_wr_put(&w, hash);
    return sign(&use, aw_wr_done(&w), signature, NULL);
}
