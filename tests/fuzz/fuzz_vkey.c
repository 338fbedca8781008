/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/key.h"
#include "fuzz.h"

/* What is written reads back as the same key. */
static void check_vkey(const struct aw_vkey *key)
{
    uint8_t buf[AW_KEY_TEXT_MAX];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_vkey again;

    if (key->type == AW_KEY_MLDSA44) {
        return;
    }
    aw_vkey_write(key, &w);
    if (aw_vkey_parse(aw_wr_done(&w), &again, NULL) != AW_OK ||
        !aw_vkey_same(key, &again)) {
        __builtin_trap();
    }
}

static void check_skey(const struct aw_skey *key)
{
    uint8_t buf[AW_KEY_TEXT_MAX];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_skey again;
    struct aw_skey cosigner;
    struct aw_vkey public_key;

    aw_skey_write(key, &w);
    aw_skey_as_cosigner(key, &cosigner);
    if (aw_skey_parse(aw_wr_done(&w), &again, NULL) != AW_OK ||
        again.id != key->id || again.type != key->type ||
        (key->type == AW_KEY_COSIG_V1 && cosigner.id != key->id)) {
        __builtin_trap();
    }
    aw_skey_public(key, &public_key);
    check_vkey(&public_key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    aw_bytes text = {data, size};
    struct aw_vkey key;
    struct aw_vkey cosigner;
    struct aw_vkey by_key;
    struct aw_skey secret;

    bool plain = aw_vkey_parse(text, &key, NULL) == AW_OK;
    bool witness = aw_vkey_parse_cosigner(text, &cosigner, NULL) == AW_OK;

    if (plain) {
        check_vkey(&key);
    }
    if (plain && aw_vkey_as_cosigner(&key, &by_key, NULL) == AW_OK &&
        (!witness || !aw_vkey_same(&cosigner, &by_key))) {
        __builtin_trap();
    }
    if (witness) {
        check_vkey(&cosigner);
    }
    if (aw_skey_parse(text, &secret, NULL) == AW_OK) {
        check_skey(&secret);
        aw_skey_wipe(&secret);
    }
    return 0;
}
