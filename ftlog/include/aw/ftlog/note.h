/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_FTLOG_NOTE_H
#define AW_FTLOG_NOTE_H

#include "aw/bytes.h"

/*
 * Signed notes (C2SP signed-note; Go x/mod sumdb/note). A note is a text that
 * ends in a line feed, an empty line, and one or more signature lines:
 *
 *   em dash, space, key name, space, base64(key id be32 || signature), LF
 *
 * The signature covers the text only, up to and with its last line feed.
 */
enum {
    AW_NOTE_MAX = 1 << 20,  /* bytes of a whole note */
    AW_NOTE_MAX_SIGS = 100, /* signature lines */
    AW_NOTE_MAX_KEYS = 128, /* keys given to aw_note_open */
    AW_KEY_NAME_MAX = 255,  /* bytes of a key name */
    AW_KEY_TEXT_MAX = 2304, /* bytes of a key string */
    AW_VKEY_PUBLIC_MAX = 96 /* Ed25519 32, P-256 SPKI 91 */
};

/* Signature types: the byte before the key in a key string. */
enum aw_key_type {
    AW_KEY_ED25519 = 1,
    AW_KEY_ECDSA = 2,    /* Rekor and Pixel logs */
    AW_KEY_COSIG_V1 = 4, /* Ed25519 cosignature of a checkpoint */
    AW_KEY_RFC6962 = 5,  /* RFC 6962 tree head of a CT log */
    AW_KEY_MLDSA44 = 6   /* recognised, cannot be verified */
};

/* A verifier key. Copyable; `name` is borrowed from the key string. */
struct aw_vkey {
    aw_bytes name;
    uint32_t id;
    uint8_t type;     /* enum aw_key_type */
    uint8_t public_n; /* bytes used of public_key; 0 for ML-DSA-44 */
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

/* One signature line, borrowed from the note. */
struct aw_note_sig {
    aw_bytes line; /* whole line with its line feed */
    aw_bytes name;
    aw_bytes base64;
    uint32_t id;
};

/* An opened note. Spans are borrowed from the message. */
struct aw_note {
    aw_bytes text; /* signed text, last line feed included */
    aw_bytes sigs; /* all signature lines */
    size_t n_sigs;
    size_t n_verified; /* distinct keys that verified */
    /* Per key of the list given to open: 0, or 1 + number of the line. */
    uint8_t verified[AW_NOTE_MAX_KEYS];
    /* Per key: seconds since 1970 of a cosignature, else 0. */
    uint64_t time[AW_NOTE_MAX_KEYS];
};

AW_MUST_CHECK aw_err aw_vkey_parse(aw_bytes text, struct aw_vkey *key,
                                   struct aw_diag *diag);
void aw_vkey_write(const struct aw_vkey *key, struct aw_wr *w);
bool aw_vkey_same(const struct aw_vkey *a, const struct aw_vkey *b);
AW_MUST_CHECK aw_err aw_vkey_as_cosigner(const struct aw_vkey *key,
                                         struct aw_vkey *out,
                                         struct aw_diag *diag);
AW_MUST_CHECK aw_err aw_skey_parse(aw_bytes text, struct aw_skey *key,
                                   struct aw_diag *diag);
void aw_skey_write(const struct aw_skey *key, struct aw_wr *w);
void aw_skey_public(const struct aw_skey *key, struct aw_vkey *out);
void aw_skey_wipe(struct aw_skey *key);
AW_MUST_CHECK aw_err aw_note_open(aw_bytes message, const struct aw_vkey *keys,
                                  size_t n_keys, struct aw_note *note,
                                  struct aw_diag *diag);
AW_MUST_CHECK aw_err aw_note_split(aw_bytes message, struct aw_note *note,
                                   struct aw_diag *diag);
AW_MUST_CHECK aw_err aw_note_sig_next(struct aw_rd *r, struct aw_note_sig *sig);
AW_MUST_CHECK aw_err aw_note_sign(aw_bytes text, const struct aw_skey *key,
                                  uint64_t time, struct aw_wr *w);

#endif
