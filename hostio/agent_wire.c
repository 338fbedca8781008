/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "agent_private.h"
#include "aw/text.h"

static const char prefix[] = "ssh-agent:SHA256:";

bool aw_agent_is_address(const char *text)
{
    return strncmp(text, prefix, strlen("ssh-agent:")) == 0;
}

aw_err aw_agent_address(const char *text, uint8_t fingerprint[AW_SHA256_SIZE],
                        struct aw_host_diag *host)
{
    uint8_t padded[FINGERPRINT_TEXT + 1];
    struct aw_wr w = aw_wr_init(padded, sizeof(padded));
    aw_bytes all = aw_text(text);
    aw_bytes base64;

    /* OpenSSH leaves out the padding. */
    if (aw_bytes_starts(all, prefix) &&
        aw_slice(all, strlen(prefix), FINGERPRINT_TEXT, &base64) &&
        all.n == strlen(prefix) + FINGERPRINT_TEXT) {
        aw_wr_put(&w, base64);
        aw_wr_u8(&w, '=');
    }
    if (aw_base64_decode_exact(aw_wr_done(&w), fingerprint, AW_SHA256_SIZE) !=
        AW_OK) {
        return aw_fail(
            aw_host_say(host,
                        "%s: is not ssh-agent:SHA256: and a fingerprint "
                        "as ssh-add -l prints it",
                        text),
            AW_ERR_FORMAT, "agent: address", 0);
    }
    return AW_OK;
}

/* A string of ssh: be32 length, bytes. */
static aw_bytes read_string(struct aw_rd *r)
{
    return aw_rd_take(r, aw_rd_be32(r));
}

static aw_err malformed(struct aw_host_diag *host, const struct aw_rd *r)
{
    return aw_fail(aw_host_say(host, "the ssh-agent's answer is malformed"),
                   AW_ERR_FORMAT, "agent: answer", r->at);
}

/* A key in ssh's form: two strings, the type and the 32 bytes. */
static bool take_ed25519(aw_bytes blob, uint8_t key[AW_ED25519_PUBLIC])
{
    struct aw_rd r = aw_rd_init(blob);
    aw_bytes type = read_string(&r);
    aw_bytes point = read_string(&r);

    if (r.failed || aw_rd_left(&r) != 0 || !aw_bytes_is(type, AGENT_KEY_TYPE) ||
        point.n != AW_ED25519_PUBLIC) {
        return false;
    }
    memcpy(key, point.p, AW_ED25519_PUBLIC);
    return true;
}

static bool has_fingerprint(aw_bytes blob,
                            const uint8_t fingerprint[AW_SHA256_SIZE])
{
    uint8_t digest[AW_SHA256_SIZE];

    aw_sha256(blob, digest);
    return memcmp(digest, fingerprint, sizeof(digest)) == 0;
}

/* Reads all of the list, so that one that is malformed is never used. */
static aw_err search(struct aw_rd *r, uint32_t n,
                     const uint8_t fingerprint[AW_SHA256_SIZE], aw_bytes *blob,
                     aw_bytes *comment)
{
    aw_err err = AW_ERR_NOT_FOUND;

    for (uint32_t i = 0; i < n && !r->failed; i++) {
        aw_bytes one = read_string(r);
        aw_bytes about = read_string(r);

        if (!r->failed && err != AW_OK && has_fingerprint(one, fingerprint)) {
            *blob = one;
            *comment = about;
            err = AW_OK;
        }
    }
    return r->failed || aw_rd_left(r) != 0 ? AW_ERR_FORMAT : err;
}

aw_err aw_agent_find(aw_bytes answer, const uint8_t fingerprint[AW_SHA256_SIZE],
                     struct aw_agent_key *key, struct aw_host_diag *host)
{
    struct aw_rd r = aw_rd_init(answer);
    uint8_t type = aw_rd_u8(&r);
    struct aw_agent_key found = {.comment_n = 0};
    aw_bytes blob = {NULL, 0};
    aw_bytes comment = {NULL, 0};

    if (type == AGENT_FAILURE && !r.failed) {
        return aw_fail(aw_host_say(host, "the ssh-agent does not list its "
                                         "keys"),
                       AW_ERR_IO, "agent: identities", 0);
    }
    uint32_t n = aw_rd_be32(&r);

    if (type != AGENT_IDENTITIES_ANSWER || r.failed) {
        return malformed(host, &r);
    }
    if (n > AW_AGENT_KEYS_MAX) {
        return aw_fail(aw_host_say(host, "the ssh-agent has too many keys"),
                       AW_ERR_SPACE, "agent: identities", n);
    }
    aw_err err = search(&r, n, fingerprint, &blob, &comment);

    if (err == AW_ERR_NOT_FOUND) {
        return aw_fail(aw_host_say(host, "the ssh-agent does not have this "
                                         "key"),
                       err, "agent: key", n);
    }
    if (err != AW_OK) {
        return malformed(host, &r);
    }
    if (!take_ed25519(blob, found.public_key)) {
        return aw_fail(aw_host_say(host, "the key in the ssh-agent is not "
                                         "Ed25519"),
                       AW_ERR_KEY, "agent: key", 0);
    }
    if (comment.n > 0 && comment.n <= sizeof(found.comment)) {
        memcpy(found.comment, comment.p, comment.n);
        found.comment_n = comment.n;
    }
    *key = found;
    return AW_OK;
}

aw_err aw_agent_signature(aw_bytes answer, uint8_t sig[AW_ED25519_SIG],
                          struct aw_host_diag *host)
{
    struct aw_rd r = aw_rd_init(answer);
    uint8_t type = aw_rd_u8(&r);

    if (type == AGENT_FAILURE && !r.failed) {
        return aw_fail(aw_host_say(host, "the ssh-agent refuses to sign: it is "
                                         "locked, or its user declined"),
                       AW_ERR_CANCELLED, "agent: sign", 0);
    }
    struct aw_rd inner = aw_rd_init(read_string(&r));
    aw_bytes format = read_string(&inner);
    aw_bytes bytes = read_string(&inner);

    if (type != AGENT_SIGN_RESPONSE || r.failed || aw_rd_left(&r) != 0 ||
        inner.failed || aw_rd_left(&inner) != 0 ||
        !aw_bytes_is(format, AGENT_KEY_TYPE) || bytes.n != AW_ED25519_SIG) {
        return malformed(host, &r);
    }
    memcpy(sig, bytes.p, AW_ED25519_SIG);
    return AW_OK;
}
