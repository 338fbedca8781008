/* SPDX-License-Identifier: Apache-2.0 */
/* DSSE envelopes of one result: any text, and our own envelope with bytes of
 * it replaced. What is accepted has our payload and our signature. */
#include <string.h>

#include "aw/ed25519.h"
#include "aw/reprobuild/result.h"
#include "fuzz.h"

enum { ENVELOPE_MAX = 2 * AW_RB_RESULT_MAX };

static uint8_t area[ENVELOPE_MAX];
static size_t area_n;
static const uint8_t seed[AW_ED25519_SEED];
static struct aw_note_signer by;
static const struct aw_rb_result result = {
    .origin = {(const uint8_t *)"o", 1},
    .has_index = true,
    .version = {(const uint8_t *)"1.0.0", 5},
    .commit = {(const uint8_t *)"c", 1},
    .recipe = {(const uint8_t *)"-", 1},
    .has_built = true,
    .passes = 2,
    .varied = {(const uint8_t *)"path", 4},
    .memory = {(const uint8_t *)"-", 1},
    .reason = {(const uint8_t *)"-", 1},
};

static aw_err sign(void *ctx, aw_bytes message, uint8_t sig[AW_ED25519_SIG],
                   struct aw_diag *diag)
{
    (void)ctx;
    (void)diag;
    aw_ed25519_sign(seed, message, sig);
    return AW_OK;
}

static void make_envelope(void)
{
    struct aw_wr w = aw_wr_init(area, sizeof(area));
    struct aw_skey key;

    by.signer.sign = sign;
    if (aw_skey_init(aw_text("r"), AW_KEY_ED25519, seed, &key, NULL) != AW_OK) {
        __builtin_trap();
    }
    aw_skey_public(&key, &by.key);
    if (aw_rb_dsse_write(&result, &by, &w, NULL) != AW_OK ||
        aw_rb_dsse_check(aw_wr_done(&w), &result, &by.key, NULL) != AW_OK) {
        __builtin_trap();
    }
    area_n = w.n;
}

/* Two bytes where, the others what is put there. */
static void check_replaced(aw_bytes input)
{
    uint8_t copy[ENVELOPE_MAX];
    struct aw_rb_result other = result;
    size_t at = input.p[0] * 256U + input.p[1];

    memcpy(copy, area, area_n);
    for (size_t i = 2; i < input.n && at + i - 2 < area_n; i++) {
        copy[at + i - 2] = input.p[i];
    }
    if (aw_rb_dsse_check((aw_bytes){copy, area_n}, &result, &by.key, NULL) !=
        AW_OK) {
        return;
    }
    other.passes++;
    if (aw_rb_dsse_check((aw_bytes){copy, area_n}, &other, &by.key, NULL) ==
        AW_OK) {
        __builtin_trap();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct aw_diag diag = {.err = AW_OK};

    if (area_n == 0) {
        make_envelope();
    }
    (void)aw_rb_dsse_check((aw_bytes){data, size}, &result, &by.key, &diag);
    if (size >= 2) {
        check_replaced((aw_bytes){data, size});
    }
    return 0;
}
