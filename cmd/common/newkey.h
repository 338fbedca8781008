/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_NEWKEY_H
#define COMMON_NEWKEY_H

#include "common/input.h"

/* New note keys, and key files as lines of text. */

/* Mode of the two halves. */
enum { AW_KEY_SECRET_MODE = 0600, AW_KEY_PUBLIC_MODE = 0644 };

/**
 * Makes an Ed25519 note key from random numbers of the system.
 *
 * @param name  borrowed by key; one that no key may have is wrong usage
 * @param key   wipe it
 *
 * @return AW_EXIT_OK, or the exit code of what was reported
 */
AW_MUST_CHECK int aw_newkey_make(struct aw_ctx *ctx, const char *name,
                                 struct aw_skey *key);

/* A key string with the line feed of a key file. Wipe secret ones. */
struct aw_key_line {
    uint8_t text[AW_KEY_TEXT_MAX + 1];
};

/** The line of a .pub file, borrowed from line. */
aw_bytes aw_key_line_public(const struct aw_vkey *key,
                            struct aw_key_line *line);
/** The line of a .sec file, borrowed from line. */
aw_bytes aw_key_line_secret(const struct aw_skey *key,
                            struct aw_key_line *line);

/** Puts "name", "id", "type" and "vkey" of a key. */
void aw_key_put(struct aw_ctx *ctx, const struct aw_vkey *key);

#endif
