/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HAB_HAB_H
#define HAB_HAB_H

#include "aw/hab/key.h"
#include "aw/hab/srk.h"
#include "aw/hostio/token.h"
#include "common/cmd.h"

/* aw hab srk | image | sign | verify | explain | pki */
extern const struct aw_cmd aw_cmd_hab;

extern const struct aw_cmd aw_cmd_hab_srk;
extern const struct aw_cmd aw_cmd_hab_image;
extern const struct aw_cmd aw_cmd_hab_sign;
extern const struct aw_cmd aw_cmd_hab_verify;
extern const struct aw_cmd aw_cmd_hab_explain;
extern const struct aw_cmd aw_cmd_hab_pki;

enum {
    HAB_IMAGE_MAX = 64 << 20, /* bytes of an image or program */
    HAB_TEXT_MAX = 1 << 20    /* bytes of a register list or event buffer */
};

/*
 * What the commands read. Each function reports what is wrong and returns the
 * exit code of that, or AW_EXIT_OK. Results live as long as the run.
 */

/** Number of 32 bits, decimal or with 0x in hex. Else wrong usage. */
AW_MUST_CHECK int hab_u32(struct aw_ctx *ctx, const char *option,
                          const char *text, uint32_t *v);
/** DER of a certificate, from PEM or DER. */
AW_MUST_CHECK int hab_cert(struct aw_ctx *ctx, const char *path, aw_bytes *der);
/* A private key, in a file or in a token. Zeroed is none. */
struct hab_key {
    struct aw_hab_key file;
    struct aw_token *token;
    struct aw_host_diag host; /* why the token did not sign */
};

/** Opens a key: a PEM file that nobody else may be able to read, or a key in a
 *  token by its pkcs11: address. Close it. */
AW_MUST_CHECK int hab_key_open(struct aw_ctx *ctx, const char *path,
                               struct hab_key *key);
void hab_key_close(struct hab_key *key);
/** Signer with a key, which must outlive it. */
struct aw_hab_signer hab_key_signer(struct hab_key *key);

/** SRK table from a file. */
AW_MUST_CHECK int hab_table(struct aw_ctx *ctx, const char *path,
                            struct aw_srk_table *table);

/* A file to be written. */
struct hab_output {
    const char *path; /* NULL: none */
    aw_bytes data;
    bool force; /* may replace a file */
};

/** Writes files, all or none.
 *  @param outputs  n of them, checked with hab_check_outputs before */
AW_MUST_CHECK int hab_write(struct aw_ctx *ctx,
                            const struct hab_output *outputs, size_t n);

/**
 * Refuses files to be written that are the same as each other or as one that
 * is read: with --force they would replace an image or a key.
 *
 * @param outputs  paths; data is not looked at
 * @param inputs   n_inputs names of files; NULL and names of tokens are passed
 *                 over
 */
AW_MUST_CHECK int hab_check_outputs(struct aw_ctx *ctx,
                                    const struct hab_output *outputs, size_t n,
                                    const char *const *inputs, size_t n_inputs);

/** Reports bad input that a library function found; exit code 30. */
int hab_refuse(struct aw_ctx *ctx, const char *subject, const char *expected,
               aw_err err, const struct aw_diag *diag);

/** "0x80010000", as text. */
void hab_put_address(struct aw_ctx *ctx, const char *key, uint32_t address);
/** Hash and fuse words of a table. */
void hab_put_hash(struct aw_ctx *ctx, const uint8_t hash[AW_SHA256_SIZE]);
/** One event: bytes, names, what it is about, cause and remedy. */
void hab_put_event(struct aw_ctx *ctx, const char *key,
                   const struct aw_hab_event *event, aw_bytes bytes);

#endif
