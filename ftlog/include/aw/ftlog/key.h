/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_FTLOG_KEY_H
#define AW_FTLOG_KEY_H

#include "aw/bytes.h"

/*
 * Keys of signed notes, as one-line strings (C2SP signed-note; Go x/mod
 * sumdb/note; formats/note for the types that x/mod lacks):
 *
 *   verifier  NAME+ID+base64(type byte || public key)
 *   signer    PRIVATE+KEY+NAME+ID+base64(type byte || seed)
 *
 * ID is 8 hex digits, the first 4 bytes of a SHA-256 over name, type and
 * public key. A name is valid UTF-8 without '+', Unicode white space and
 * control characters. Key strings are untrusted in form; whether a key is to
 * be trusted is for the caller. One line feed at the end is dropped, since
 * key files have one.
 */
enum {
    AW_KEY_NAME_MAX = 255,  /* bytes of a key name */
    AW_KEY_TEXT_MAX = 2304, /* bytes of a key string */
    AW_VKEY_PUBLIC_MAX = 96 /* Ed25519 32, P-256 SPKI 91 */
};

/* Signature types: the byte before the key in a key string. */
enum aw_key_type {
    AW_KEY_ED25519 = 1,
    AW_KEY_ECDSA = 2,    /* Rekor and Pixel logs; P-256 */
    AW_KEY_COSIG_V1 = 4, /* Ed25519 cosignature of a checkpoint */
    AW_KEY_RFC6962 = 5,  /* RFC 6962 tree head of a CT log; P-256 */
    AW_KEY_MLDSA44 = 6   /* recognised, cannot be verified */
};

/* A verifier key. Copyable; `name` is borrowed from the key string. */
struct aw_vkey {
    aw_bytes name;
    uint32_t id;
    uint8_t type;     /* enum aw_key_type */
    uint8_t public_n; /* bytes used of public_key; 0 for ML-DSA-44 */
    /* Ed25519 key, DER SubjectPublicKeyInfo, or for ML-DSA-44 the SHA-256 of
     * the key; zero behind it. */
    uint8_t public_key[AW_VKEY_PUBLIC_MAX];
};

/* A signer key, Ed25519 only. Secret: end with aw_skey_wipe. */
struct aw_skey {
    aw_bytes name; /* borrowed from the key string */
    uint32_t id;
    uint8_t type; /* AW_KEY_ED25519 or AW_KEY_COSIG_V1 */
    uint8_t seed[32];
    uint8_t public_key[32];
};

/** True for a name that a key may have; at most AW_KEY_NAME_MAX bytes. */
bool aw_key_name_valid(aw_bytes name);

/**
 * Makes a verifier key from its parts and computes its id.
 *
 * @param name  borrowed by key
 * @param key   untouched on failure
 * @param diag  may be NULL
 *
 * @return AW_OK; AW_ERR_UNSUPPORTED for an unknown type; AW_ERR_KEY if the
 *         name is not valid, or the public key has the wrong length or is, in
 *         types 2 and 5, no P-256 key. Ed25519 keys are not checked to be
 *         points: such a key verifies nothing.
 */
AW_MUST_CHECK aw_err aw_vkey_init(aw_bytes name, uint8_t type,
                                  aw_bytes public_key, struct aw_vkey *key,
                                  struct aw_diag *diag);

/**
 * Reads a verifier string.
 *
 * @param text  name is borrowed from it; untrusted
 * @param key   untouched on failure
 * @param diag  may be NULL; offset in text
 *
 * @return AW_OK; AW_ERR_SPACE above AW_KEY_TEXT_MAX; AW_ERR_KEY if the string
 *         is malformed or its id is not the key's; AW_ERR_UNSUPPORTED for an
 *         unknown type.
 */
AW_MUST_CHECK aw_err aw_vkey_parse(aw_bytes text, struct aw_vkey *key,
                                   struct aw_diag *diag);

/**
 * Reads the verifier string of a witness. Witnesses publish strings of type 1
 * (sometimes with the id of type 4) or 4 for one and the same Ed25519 key;
 * the lines that they write carry the id of type 4.
 *
 * @param key  key of AW_KEY_COSIG_V1, or AW_KEY_MLDSA44; untouched on failure
 *
 * @return as aw_vkey_parse; AW_ERR_KEY also for types 2 and 5.
 */
AW_MUST_CHECK aw_err aw_vkey_parse_cosigner(aw_bytes text, struct aw_vkey *key,
                                            struct aw_diag *diag);

/**
 * Turns a key of type 1 into the same witness's key of type 4. Keys of types 4
 * and 6 stay as they are.
 *
 * @return AW_OK; AW_ERR_KEY for other types.
 */
AW_MUST_CHECK aw_err aw_vkey_as_cosigner(const struct aw_vkey *key,
                                         struct aw_vkey *out,
                                         struct aw_diag *diag);

/** Writes the verifier string. An ML-DSA-44 key cannot be written: w fails. */
void aw_vkey_write(const struct aw_vkey *key, struct aw_wr *w);

/** True when type, name, id and public key are equal. */
bool aw_vkey_same(const struct aw_vkey *a, const struct aw_vkey *b);

/**
 * Makes a signer key from its seed.
 *
 * @param name  borrowed by key
 * @param type  AW_KEY_ED25519 or AW_KEY_COSIG_V1
 * @param key   untouched on failure; wipe it
 *
 * @return AW_OK; AW_ERR_UNSUPPORTED for other types; AW_ERR_KEY if the name is
 *         not valid.
 */
AW_MUST_CHECK aw_err aw_skey_init(aw_bytes name, uint8_t type,
                                  const uint8_t seed[32], struct aw_skey *key,
                                  struct aw_diag *diag);

/**
 * Reads a signer string.
 *
 * @param text  secret; name is borrowed from it
 * @param key   untouched on failure; wipe it
 * @param diag  may be NULL; offset in text
 *
 * @return as aw_vkey_parse; AW_ERR_UNSUPPORTED for types other than 1 and 4.
 */
AW_MUST_CHECK aw_err aw_skey_parse(aw_bytes text, struct aw_skey *key,
                                   struct aw_diag *diag);

/** The same witness's key for cosignatures: type 4 and its id. */
void aw_skey_as_cosigner(const struct aw_skey *key, struct aw_skey *out);

/** Writes the signer string; wipe the buffer afterwards. */
void aw_skey_write(const struct aw_skey *key, struct aw_wr *w);

/** Verifier key of a signer key; the name is borrowed from it. */
void aw_skey_public(const struct aw_skey *key, struct aw_vkey *out);

void aw_skey_wipe(struct aw_skey *key);

#endif
