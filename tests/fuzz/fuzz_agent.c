/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of an ssh-agent: 32 bytes of fingerprint, then the message. A key
 * that is found has the fingerprint that was asked for. */
#include <string.h>

#include "aw/hostio/agent.h"
#include "fuzz.h"

static void put_string(struct aw_wr *w, aw_bytes b)
{
    aw_wr_be32(w, (uint32_t)b.n);
    aw_wr_put(w, b);
}

static void check_found(const struct aw_agent_key *key,
                        const uint8_t fingerprint[AW_SHA256_SIZE])
{
    uint8_t buf[64];
    uint8_t digest[AW_SHA256_SIZE];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    put_string(&w, aw_text("ssh-ed25519"));
    put_string(&w, (aw_bytes){key->public_key, sizeof(key->public_key)});
    aw_sha256(aw_wr_done(&w), digest);
    if (memcmp(digest, fingerprint, sizeof(digest)) != 0 ||
        key->comment_n > sizeof(key->comment)) {
        __builtin_trap();
    }
}

/* The text of an address comes back as the fingerprint that made it. */
static void check_address(const uint8_t fingerprint[AW_SHA256_SIZE])
{
    char text[80];
    uint8_t again[AW_SHA256_SIZE];
    struct aw_wr w = aw_wr_init(text, sizeof(text));

    aw_wr_text(&w, "ssh-agent:SHA256:");
    aw_wr_base64(&w, (aw_bytes){fingerprint, AW_SHA256_SIZE});
    text[w.n - 1] = '\0';
    if (aw_agent_address(text, again, NULL) != AW_OK ||
        memcmp(again, fingerprint, sizeof(again)) != 0) {
        __builtin_trap();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct aw_rd r = aw_rd_init((aw_bytes){data, size});
    aw_bytes fingerprint = aw_rd_take(&r, AW_SHA256_SIZE);
    aw_bytes answer = aw_rd_rest(&r);
    struct aw_agent_key key;
    struct aw_host_diag host;
    uint8_t sig[AW_ED25519_SIG];

    if (r.failed) {
        return 0;
    }
    check_address(fingerprint.p);
    if (aw_agent_find(answer, fingerprint.p, &key, &host) == AW_OK) {
        check_found(&key, fingerprint.p);
    }
    if (aw_agent_signature(answer, sig, &host) == AW_OK &&
        (answer.n < sizeof(sig) ||
         memcmp(sig, &answer.p[answer.n - sizeof(sig)], sizeof(sig)) != 0)) {
        __builtin_trap();
    }
    return 0;
}
