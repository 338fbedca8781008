/* SPDX-License-Identifier: Apache-2.0 */
/* What each type of key signs. */
#include "aw/ecdsa.h"
#include "aw/ed25519.h"
#include "aw/ftlog/checkpoint.h"
#include "aw/sha256.h"
#include "note_priv.h"

void note_cosigned_text(uint64_t time, aw_bytes text, struct aw_wr *w)
{
    aw_wr_text(w, "cosignature/v1\ntime ");
    aw_wr_dec(w, time);
    aw_wr_u8(w, '\n');
    aw_wr_put(w, text);
}

static aw_err verify_ed25519(const struct aw_vkey *key, aw_bytes message,
                             aw_bytes sig)
{
    if (sig.n != AW_ED25519_SIG) {
        return AW_ERR_SIG;
    }
    return aw_ed25519_verify(key->public_key, message, sig.p);
}

static aw_err verify_ecdsa(const struct aw_vkey *key, aw_bytes message,
                           aw_bytes sig)
{
    uint8_t digest[AW_SHA256_SIZE];
    aw_bytes spki = {key->public_key, key->public_n};

    aw_sha256(message, digest);
    return aw_p256_verify(spki, digest, sig) == AW_OK ? AW_OK : AW_ERR_SIG;
}

/* Type 4: time be64 || Ed25519 signature. */
static aw_err verify_cosignature(const struct aw_vkey *key, aw_bytes text,
                                 aw_bytes sig, uint64_t *time)
{
    uint8_t buf[NOTE_COSIGNED_HEAD + AW_NOTE_COSIGNED_MAX];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_rd r = aw_rd_init(sig);
    uint64_t seconds = aw_rd_be64(&r);
    aw_bytes ed25519 = aw_rd_rest(&r);

    if (r.failed || seconds > INT64_MAX || text.n > AW_NOTE_COSIGNED_MAX) {
        return AW_ERR_SIG;
    }
    note_cosigned_text(seconds, text, &w);
    aw_err err = verify_ed25519(key, aw_wr_done(&w), ed25519);

    if (err == AW_OK) {
        *time = seconds;
    }
    return err;
}

/* Type 5: milliseconds be64 || SHA-256, ECDSA || be16 length || DER. The
 * signed tree head is RFC 6962, section 3.5. */
static aw_err verify_tree_head(const struct aw_vkey *key, aw_bytes text,
                               aw_bytes sig, uint64_t *time)
{
    enum { SHA256_ECDSA = 0x0403, TREE_HEAD = 50 };

    struct aw_rd r = aw_rd_init(sig);
    uint64_t ms = aw_rd_be64(&r);
    uint16_t algorithms = aw_rd_be16(&r);
    uint16_t length = aw_rd_be16(&r);
    aw_bytes der = aw_rd_take(&r, length);
    struct aw_checkpoint checkpoint;
    uint8_t head[TREE_HEAD];
    struct aw_wr w = aw_wr_init(head, sizeof(head));

    if (r.failed || aw_rd_left(&r) != 0 || algorithms != SHA256_ECDSA) {
        return AW_ERR_SIG;
    }
    if (aw_checkpoint_parse(text, &checkpoint, NULL) != AW_OK ||
        checkpoint.extensions.n != 0 ||
        !aw_bytes_equal(checkpoint.origin, key->name)) {
        return AW_ERR_SIG;
    }
    aw_wr_be16(&w, 1); /* version 1, kind tree_hash */
    aw_wr_be64(&w, ms);
    aw_wr_be64(&w, checkpoint.size);
    aw_wr_put(&w, (aw_bytes){checkpoint.root.b, AW_HASH_SIZE});
    aw_err err = verify_ecdsa(key, aw_wr_done(&w), der);

    if (err == AW_OK) {
        *time = ms / 1000;
    }
    return err;
}

aw_err note_verify(const struct aw_vkey *key, aw_bytes text, aw_bytes sig,
                   uint64_t *time)
{
    uint64_t when = 0;
    aw_err err = AW_ERR_UNSUPPORTED;

    switch (key->type) {
    case AW_KEY_ED25519:
        err = verify_ed25519(key, text, sig);
        break;
    case AW_KEY_ECDSA:
        err = verify_ecdsa(key, text, sig);
        break;
    case AW_KEY_COSIG_V1:
        err = verify_cosignature(key, text, sig, &when);
        break;
    case AW_KEY_RFC6962:
        err = verify_tree_head(key, text, sig, &when);
        break;
    default:
        break;
    }
    if (err == AW_OK) {
        *time = when;
    }
    return err;
}
