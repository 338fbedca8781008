/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "aw/ftlog/attest.h"
#include "fuzz.h"

static const char serial[] = "720A9DEAD4390330";

/* Writes a note of the text, signed by the device. */
static aw_bytes sign(aw_bytes text, const struct aw_skey *secret, uint8_t *buf,
                     size_t cap)
{
    struct aw_wr w = aw_wr_init(buf, cap);

    aw_wr_put(&w, text);
    aw_wr_u8(&w, '\n');
    return aw_note_sign(text, secret, 0, &w) == AW_OK ? aw_wr_done(&w)
                                                      : (aw_bytes){NULL, 0};
}

/* There is one spelling only of what an attestation says. */
static void check_texts(aw_bytes text, aw_bytes message,
                        const struct aw_device_key *device)
{
    uint8_t buf[AW_ATTEST_TEXT_MAX];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    uint8_t bastion[AW_SHA256_SIZE];
    struct aw_vkey witness;

    if (aw_attest_bastion_open(message, device, 0, bastion, NULL) == AW_OK) {
        aw_attest_bastion_text(device->serial, 0, bastion, &w);
        if (!aw_bytes_equal(aw_wr_done(&w), text)) {
            __builtin_trap();
        }
    }
    w = aw_wr_init(buf, sizeof(buf));
    if (aw_attest_witness_open(message, device, 0, &witness, NULL) == AW_OK) {
        aw_attest_witness_text(device->serial, 0, &witness, &w);
        /* Hex digits of a key id may be of either case. */
        if (aw_wr_done(&w).n != text.n) {
            __builtin_trap();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t seed[32] = {1};
    aw_bytes text = {data, size};
    size_t cap = size + 256;
    uint8_t *buf = malloc(cap);
    struct aw_device_key device = {.serial = aw_text(serial)};
    struct aw_device_key parsed;
    struct aw_skey secret;

    if (buf == NULL ||
        aw_skey_init(aw_text("AW-ID-Attestation-720A9DEAD4390330"),
                     AW_KEY_ED25519, seed, &secret, NULL) != AW_OK) {
        abort();
    }
    aw_skey_public(&secret, &device.key);
    check_texts(text, sign(text, &secret, buf, cap), &device);
    if (aw_device_key_parse(text, aw_text(serial), &parsed, NULL) == AW_OK &&
        !aw_bytes_is(parsed.serial, serial)) {
        __builtin_trap();
    }
    free(buf);
    return 0;
}
