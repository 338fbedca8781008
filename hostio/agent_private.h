/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_PRIVATE_H
#define AGENT_PRIVATE_H

#include "aw/hostio/agent.h"

/* Message types of draft-miller-ssh-agent, 5.1. */
enum {
    AGENT_FAILURE = 5,
    AGENT_REQUEST_IDENTITIES = 11,
    AGENT_IDENTITIES_ANSWER = 12,
    AGENT_SIGN_REQUEST = 13,
    AGENT_SIGN_RESPONSE = 14
};

/* Base64 of 32 bytes without padding. */
enum { FINGERPRINT_TEXT = 43 };

/* RFC 8709. */
#define AGENT_KEY_TYPE "ssh-ed25519"

#endif
