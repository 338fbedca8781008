/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HOSTIO_AGENT_H
#define AW_HOSTIO_AGENT_H

#include "aw/bytes.h"
#include "aw/ed25519.h"
#include "aw/hostio/diag.h"
#include "aw/sha256.h"

/*
 * Ed25519 keys in an ssh-agent, reached through the socket that SSH_AUTH_SOCK
 * names (draft-miller-ssh-agent). A key is named by the fingerprint that
 * ssh-add -l prints: ssh-agent:SHA256:... with 43 characters of base64. Every
 * byte from the agent is untrusted.
 */
enum {
    AW_AGENT_FRAME_MAX = 256 * 1024, /* bytes of a message, either way; also
                                        OpenSSH's limit */
    AW_AGENT_COMMENT_MAX = 255,      /* bytes of a comment that are kept */
    AW_AGENT_KEYS_MAX = 2048         /* keys of an agent that are looked at */
};

/* A key as the agent lists it. */
struct aw_agent_key {
    uint8_t public_key[AW_ED25519_PUBLIC];
    uint8_t comment[AW_AGENT_COMMENT_MAX]; /* any bytes */
    size_t comment_n; /* 0 also for a comment that is longer */
};

/** True for a text that begins as such an address does. */
bool aw_agent_is_address(const char *text);

/**
 * Fingerprint of an address.
 *
 * @param fingerprint  SHA-256 of the key in ssh's form; untouched on failure
 *
 * @return AW_OK; AW_ERR_FORMAT.
 */
AW_MUST_CHECK aw_err aw_agent_address(const char *text,
                                      uint8_t fingerprint[AW_SHA256_SIZE],
                                      struct aw_host_diag *host);

/**
 * Finds a key in the agent's answer to a request for its identities.
 *
 * @param answer  message without its length; untrusted
 * @param key     untouched on failure
 * @param host    may be NULL
 *
 * @return AW_OK; AW_ERR_FORMAT if the answer is malformed; AW_ERR_IO if the
 *         agent refuses; AW_ERR_SPACE above AW_AGENT_KEYS_MAX;
 *         AW_ERR_NOT_FOUND; AW_ERR_KEY if the key is not Ed25519.
 */
AW_MUST_CHECK aw_err aw_agent_find(aw_bytes answer,
                                   const uint8_t fingerprint[AW_SHA256_SIZE],
                                   struct aw_agent_key *key,
                                   struct aw_host_diag *host);

/**
 * Takes the signature out of the agent's answer to a request for one.
 *
 * @param answer  message without its length; untrusted
 * @param sig     untouched on failure; not verified
 * @param host    may be NULL
 *
 * @return AW_OK; AW_ERR_FORMAT if the answer is malformed or of another type;
 *         AW_ERR_CANCELLED if the agent refuses: its user may have.
 */
AW_MUST_CHECK aw_err aw_agent_signature(aw_bytes answer,
                                        uint8_t sig[AW_ED25519_SIG],
                                        struct aw_host_diag *host);

/* A connection to an agent, with one key chosen. Opaque; one thread at a
 * time. */
struct aw_agent;

/* Limits in milliseconds of a whole exchange; 0 for the values in brackets. */
struct aw_agent_options {
    unsigned list_ms; /* to connect, and to list the keys [10000] */
    unsigned sign_ms; /* to sign: agents may ask their user [120000] */
};

/**
 * Connects to the agent and finds the key.
 *
 * @param address  ssh-agent:SHA256:...
 * @param options  may be NULL
 * @param agent    close it; untouched on failure
 * @param key      what the agent says of it; untouched on failure
 *
 * @return AW_OK; AW_ERR_PRECONDITION when SSH_AUTH_SOCK is not set or no agent
 *         listens there; AW_ERR_TIMEOUT; AW_ERR_CANCELLED when a signal comes
 *         while waiting; AW_ERR_IO; AW_ERR_SPACE for a message that is too
 *         long; as aw_agent_address and aw_agent_find.
 */
AW_MUST_CHECK aw_err aw_agent_open(const char *address,
                                   const struct aw_agent_options *options,
                                   struct aw_agent **agent,
                                   struct aw_agent_key *key,
                                   struct aw_host_diag *host);

/** NULL is allowed. */
void aw_agent_close(struct aw_agent *agent);

/**
 * Signs a message; the signature is verified. Without a reply the connection
 * is of no more use.
 *
 * @param sig  untouched on failure
 *
 * @return AW_OK; AW_ERR_SPACE if the message is too long for an agent;
 *         AW_ERR_SIG if the signature does not verify; AW_ERR_TIMEOUT;
 *         AW_ERR_IO; as aw_agent_signature.
 */
AW_MUST_CHECK aw_err aw_agent_sign(struct aw_agent *agent, aw_bytes message,
                                   uint8_t sig[AW_ED25519_SIG],
                                   struct aw_host_diag *host);

#endif
