/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_DERIVE_H
#define FW_DERIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "aw/ed25519.h"

/*
 * From a key of the part to keys of the witness, as upstream's applet does it:
 * armored-witness-applet, trusted_applet/keys.go. Pure computation.
 */
enum {
    DERIVE_LABEL = 16,
    DERIVE_KEY = 32,
    DERIVE_SERIAL = 16,  /* upper-case hex digits */
    DERIVE_NAME_MAX = 64 /* a name and its zero byte */
};

enum derive_role {
    DERIVE_WITNESS,
    DERIVE_ATTESTATION,
    DERIVE_BASTION,
    DERIVE_ROLES
};

/* Whose keys. */
struct derive_who {
    bool dev;         /* names begin with "DEV:", labels too */
    uint32_t counter; /* of the witness key */
    char serial[DERIVE_SERIAL + 1];
};

struct derived {
    uint8_t seed[AW_ED25519_SEED]; /* secret */
    char name[DERIVE_NAME_MAX];    /* of a note key; empty for the bastion's */
};

/** What the part's key is derived for. */
void derive_label(const struct derive_who *who, enum derive_role role,
                  uint8_t label[DERIVE_LABEL]);

/**
 * @param key      the part's key for derive_label: secret
 * @param derived  wipe it
 */
void derive_role_key(const struct derive_who *who, enum derive_role role,
                     const uint8_t key[DERIVE_KEY], struct derived *derived);

/** Name of a seed: adjective-noun, as goombaio/namegenerator makes it.
 *  @param name  room for DERIVE_NAME_MAX bytes */
void derive_name(int64_t seed, char name[DERIVE_NAME_MAX]);

#endif
