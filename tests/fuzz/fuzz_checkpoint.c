/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "aw/ftlog/checkpoint.h"
#include "fuzz.h"

/* The text signed by its log opens, with its own origin only. */
static void check_open(const struct aw_checkpoint *checkpoint, aw_bytes text)
{
    static const uint8_t seed[32] = {1};
    size_t cap = text.n + 256;
    uint8_t *buf = malloc(cap);
    struct aw_wr w = aw_wr_init(buf, cap);
    struct aw_skey secret;
    struct aw_vkey key;
    struct aw_checkpoint got;

    if (buf == NULL || aw_skey_init(aw_text("log"), AW_KEY_ED25519, seed,
                                    &secret, NULL) != AW_OK) {
        abort();
    }
    aw_skey_public(&secret, &key);
    aw_wr_put(&w, text);
    aw_wr_u8(&w, '\n');
    if (aw_note_sign(text, &secret, 0, &w) == AW_OK) {
        aw_err err = aw_checkpoint_open(aw_wr_done(&w), checkpoint->origin,
                                        &key, 1, &got, NULL);

        if (err != (w.n > AW_CHECKPOINT_MAX ? AW_ERR_SPACE : AW_OK)) {
            __builtin_trap();
        }
        if (aw_checkpoint_open(aw_wr_done(&w), aw_text(""), &key, 1, &got,
                               NULL) == AW_OK) {
            __builtin_trap();
        }
    }
    free(buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    aw_bytes text = {data, size};
    struct aw_checkpoint checkpoint;
    struct aw_checkpoint again;

    if (aw_checkpoint_parse(text, &checkpoint, NULL) == AW_OK) {
        uint8_t *buf = malloc(size);
        struct aw_wr w = aw_wr_init(buf, size);

        if (buf == NULL) {
            abort();
        }
        /* There is one spelling only. */
        aw_checkpoint_write(&checkpoint, &w);
        if (!aw_bytes_equal(aw_wr_done(&w), text)) {
            __builtin_trap();
        }
        free(buf);
        check_open(&checkpoint, text);
    }
    /* Signatures come first: nothing opens without a key. */
    if (aw_checkpoint_open(text, aw_text("o"), NULL, 0, &again, NULL) ==
        AW_OK) {
        __builtin_trap();
    }
    return 0;
}
