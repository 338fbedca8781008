/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_INPUT_H
#define COMMON_INPUT_H

#include "aw/ftlog/key.h"
#include "aw/hostio/file.h"
#include "aw/sha256.h"
#include "common/cmd.h"

/*
 * What a command line names: files, keys, folders. Each function reports what
 * is wrong and returns the exit code of that, or AW_EXIT_OK. Results live as
 * long as the run.
 */

/** Reads a whole file of at most max bytes; "-" is standard input. */
AW_MUST_CHECK int aw_input_read(struct aw_ctx *ctx, const char *path,
                                size_t max, aw_bytes *data);

/**
 * Reads the signed checkpoint that an option names. A file that is none at all
 * is a wrong file (exit code 30) and tells nothing of a log. One that was a
 * checkpoint before somebody changed it is left to whoever verifies it.
 */
AW_MUST_CHECK int aw_input_checkpoint(struct aw_ctx *ctx, const char *path,
                                      aw_bytes *note);

/** What to call a file in messages: "standard input" for "-". */
const char *aw_input_name(const char *path);

/** A SHA-256 digest: 64 hex digits, or the name of a file of 32 bytes. */
AW_MUST_CHECK int aw_input_digest(struct aw_ctx *ctx, const char *value,
                                  uint8_t digest[AW_SHA256_SIZE]);

/** True for a value that is a key string, not the name of a file: one with a
 *  `+` that does not begin with `/`, `./` or `../`. */
bool aw_input_is_key(const char *value);

/**
 * Reads a verifier key: a key string, or the name of a file that holds one.
 *
 * @param option  for messages: "--vkey"
 * @param key     its name lives as long as the run
 */
AW_MUST_CHECK int aw_input_vkey(struct aw_ctx *ctx, const char *option,
                                const char *value, struct aw_vkey *key);

/** As aw_input_vkey for the key of a witness, see aw_vkey_parse_cosigner. */
AW_MUST_CHECK int aw_input_cosigner(struct aw_ctx *ctx, const char *option,
                                    const char *value, struct aw_vkey *key);

/* Keys in the order given. */
struct aw_keys {
    size_t n;
    struct aw_vkey *key;
};

/** True when a key with this name and id is among them. */
bool aw_keys_have(const struct aw_keys *keys, const struct aw_vkey *key);

/** Adds the keys of an option; the same key twice is wrong usage.
 *  @param cosigners  read them as aw_input_cosigner does */
AW_MUST_CHECK int aw_input_keys(struct aw_ctx *ctx, const char *option,
                                const struct aw_list *values, bool cosigners,
                                struct aw_keys *keys);

/**
 * Reads a signer key from a file that only its owner can read. Keys in tokens
 * and agents: common/signer.h.
 *
 * @param key   wipe it; its name lives as long as the run
 */
AW_MUST_CHECK int aw_input_skey(struct aw_ctx *ctx, const char *path,
                                struct aw_skey *key);

/** Path of the program's folder of a kind; not made. */
AW_MUST_CHECK int aw_input_dir(struct aw_ctx *ctx, enum aw_dir_kind kind,
                               const char **path);

/** A folder that is written to: an address, which would become a folder of
 *  that name, is wrong usage. */
AW_MUST_CHECK int aw_input_folder(struct aw_ctx *ctx, const char *path);

/** The file that --output names; NULL, standard output, for "-" as well. */
const char *aw_input_output(const char *path);

/** "ed25519", "ecdsa-p256", "ed25519-cosignature", "rfc6962", "ml-dsa-44". */
const char *aw_key_type_name(uint8_t type);
/** "name+0123abcd": enough to tell a key; memory from the pool. */
const char *aw_key_label(struct aw_ctx *ctx, aw_bytes name, uint32_t id);

#endif
