/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HOSTIO_TOKEN_H
#define AW_HOSTIO_TOKEN_H

#include "aw/bytes.h"
#include "aw/ed25519.h"
#include "aw/hostio/diag.h"

/*
 * Private keys in tokens, through PKCS #11. A key is named by a URI of
 * RFC 7512: pkcs11:token=LABEL;object=LABEL?module-path=FILE&pin-source=FILE.
 * Without module-path all modules that p11-kit knows are asked.
 *
 * The PIN comes from the file of pin-source, which nobody else may be able to
 * read, or from the environment variable AW_TOKEN_PIN; never from the URI,
 * which others can see in the list of processes.
 */

/* A key in a token, ready to sign. Opaque; one thread at a time. */
struct aw_token;

/** True for a text that begins as such a URI does. */
bool aw_token_is_uri(const char *text);

/**
 * Opens the token and finds the key.
 *
 * @param token  close it; untouched on failure
 *
 * @return AW_OK; AW_ERR_FORMAT if the URI is malformed or holds a PIN;
 *         AW_ERR_NOT_FOUND if no module, token or key fits; AW_ERR_AMBIGUOUS
 *         if more than one key does; AW_ERR_PRECONDITION if the PIN is
 *         missing, wrong or locked, or its file can be read by others;
 *         AW_ERR_IO if module or token fails.
 */
AW_MUST_CHECK aw_err aw_token_open(const char *uri, struct aw_token **token,
                                   struct aw_host_diag *host);

/** Forgets the key, and logs out of the token when it is the last one of the
 *  process there; NULL is allowed. */
void aw_token_close(struct aw_token *token);

/**
 * RSA signature, PKCS #1 v1.5: the token pads and exponentiates.
 *
 * @param digest_info  what stands behind the padding, see aw_rsa_digest_info
 * @param sig          n bytes
 *
 * @return AW_OK; AW_ERR_KEY if the key is not RSA of n bytes, or not for
 *         signing; AW_ERR_CANCELLED if the user declined; AW_ERR_IO.
 */
AW_MUST_CHECK aw_err aw_token_sign_rsa(struct aw_token *token,
                                       aw_bytes digest_info, uint8_t *sig,
                                       size_t n, struct aw_host_diag *host);

/**
 * Public half of an Ed25519 key, from the public key object with the same id
 * or label, or from the private key itself where the token has it there. What
 * a token says is not proof: verify what it signs.
 *
 * @param key  untouched on failure
 *
 * @return AW_OK; AW_ERR_KEY if the key is not Ed25519, or the token does not
 *         have its public half; AW_ERR_AMBIGUOUS if it has several that fit.
 */
AW_MUST_CHECK aw_err aw_token_ed25519_public(const struct aw_token *token,
                                             uint8_t key[AW_ED25519_PUBLIC],
                                             struct aw_host_diag *host);

/** Writes the label of the key; any bytes. @return false when it has none, or
 *  one that is longer than label or 255 bytes */
AW_MUST_CHECK bool aw_token_label(const struct aw_token *token,
                                  struct aw_wr *label);

/**
 * Ed25519 signature as RFC 8032 has it, CKM_EDDSA without parameters. It is
 * not verified.
 *
 * @param sig  untouched on failure
 *
 * @return AW_OK; AW_ERR_KEY if the key cannot do it; AW_ERR_CANCELLED if the
 *         user declined; AW_ERR_IO.
 */
AW_MUST_CHECK aw_err aw_token_sign_ed25519(struct aw_token *token,
                                           aw_bytes message,
                                           uint8_t sig[AW_ED25519_SIG],
                                           struct aw_host_diag *host);

#endif
