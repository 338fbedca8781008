/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HAB_SRK_H
#define AW_HAB_SRK_H

#include "aw/bytes.h"
#include "aw/rsa.h"

/*
 * The table of super root keys (SRK): header d7, be16 length, version, then
 * 1 to 4 entries. An entry is a public key or, to save space, the SHA-256 of
 * one. The SHA-256 of all entry digests in order is what is fused into bank 3,
 * so order and number of the keys count. Source: docs/formats/srk.md.
 */
enum {
    AW_SRK_TAG = 0xd7,
    AW_SRK_HEADER = 4,
    AW_SRK_KEY = 0xe1,    /* tag of an entry with a public key */
    AW_SRK_DIGEST = 0xee, /* tag of an entry with a digest only */
    AW_SRK_KEY_HEADER = 12,
    AW_SRK_MAX = 4,
    AW_SRK_WORDS = 8,
    AW_SRK_TABLE_MAX =
        AW_SRK_HEADER +
        AW_SRK_MAX * (AW_SRK_KEY_HEADER + AW_RSA_MAX + AW_RSA_EXPONENT_MAX)
};

struct aw_srk_entry {
    uint8_t tag;                    /* AW_SRK_KEY or AW_SRK_DIGEST */
    aw_bytes bytes;                 /* whole entry, borrowed */
    uint8_t digest[AW_SHA256_SIZE]; /* SHA-256 of the whole key entry */
};

struct aw_srk_table {
    aw_bytes bytes; /* whole table, borrowed */
    size_t n;
    struct aw_srk_entry entry[AW_SRK_MAX];
};

/* An RSA public key as it stands in an entry; borrowed. */
struct aw_srk_key {
    bool ca; /* may sign certificates; false: signs images itself */
    aw_bytes modulus;
    aw_bytes exponent;
};

/**
 * Reads a table. Keys inside are not looked at: aw_srk_key_parse does that.
 *
 * @param bytes  table from its tag on; may be followed by other bytes;
 *               untrusted
 * @param table  untouched on failure
 *
 * @return AW_OK; AW_ERR_SHORT if the table runs past bytes; AW_ERR_FORMAT on a
 *         wrong tag, version or length, an entry that is cut, has an unknown
 *         tag or is no SHA-256; AW_ERR_RANGE if there is no entry or more than
 *         four.
 */
AW_MUST_CHECK aw_err aw_srk_parse(aw_bytes bytes, struct aw_srk_table *table,
                                  struct aw_diag *diag);

/**
 * Reads the key of an entry.
 *
 * @param key  borrowed from entry; untouched on failure
 *
 * @return AW_OK; AW_ERR_NOT_FOUND if the entry is only a digest;
 *         AW_ERR_UNSUPPORTED if the algorithm is not RSA, unknown flags are
 *         set, the sizes do not add up or the numbers are not a valid RSA key.
 */
AW_MUST_CHECK aw_err aw_srk_key_parse(const struct aw_srk_entry *entry,
                                      struct aw_srk_key *key,
                                      struct aw_diag *diag);

/** Hash over all entries, in the order of the fuses' bytes. */
void aw_srk_hash(const struct aw_srk_table *table,
                 uint8_t hash[AW_SHA256_SIZE]);

/** Words 3/0 to 3/7 of a hash: little-endian, lowest bytes first. */
void aw_srk_fuse_words(const uint8_t hash[AW_SHA256_SIZE],
                       uint32_t words[AW_SRK_WORDS]);

/**
 * Writes the entry of a key. Leading zeros of modulus and exponent are left
 * out.
 *
 * @return AW_OK; AW_ERR_KEY if the key is not as aw_srk_key_parse wants it;
 *         AW_ERR_SPACE if w is full.
 */
AW_MUST_CHECK aw_err aw_srk_entry_write(const struct aw_srk_key *key,
                                        struct aw_wr *w, struct aw_diag *diag);

/**
 * Writes a table.
 *
 * @param keys    keys in order, n of them; they must agree on `ca`
 * @param hashed  bit i set: entry i is written as a digest
 *
 * @return AW_OK; AW_ERR_RANGE if n is 0 or above AW_SRK_MAX; AW_ERR_KEY as
 *         aw_srk_entry_write, or if the keys do not agree on `ca`;
 *         AW_ERR_DUPLICATE if a modulus stands there twice; AW_ERR_SPACE. w is
 *         undefined on failure.
 */
AW_MUST_CHECK aw_err aw_srk_table_write(const struct aw_srk_key *keys, size_t n,
                                        unsigned hashed, struct aw_wr *w,
                                        struct aw_diag *diag);

#endif
