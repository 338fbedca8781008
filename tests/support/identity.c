/* SPDX-License-Identifier: Apache-2.0 */
#include "identity.h"

#include <string.h>

#include "aw/ed25519.h"
#include "aw/ftlog/key.h"
#include "aw/hmac.h"
#include "support.h"

static const struct {
    const char *prefix;
    const char *serial;
    const char *given; /* by the engine for the witness key, hex */
    const char *vkeys[2];
    const char *bastion; /* hex of SHA-256(public key) */
} devices[IDENTITY_DEVICES] = {
    [IDENTITY_FIXED] =
        {"",
         "720A9DEAD4390330",
         "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
         {"ArmoredWitness-empty-paper+074a43e3+"
          "AeUqiCAFJ6d8U69H0g7IS75n3d/ZDWBKzCRMR/KCbua/",
          "AW-ID-Attestation-720A9DEAD4390330+0ea9b7ca+"
          "AYnnaY2c8JXDsXNa0eGrE33jmKiMx43QfuOPcsIbY5oD"},
         "cb8652354b157b8a31acabe9d2e6d8962711b2804e9a664d9ec1f31dc3f32c17"},
    [IDENTITY_OPEN_ULL] =
        {"DEV:",
         "3BEE6CDA358F0C33",
         "0b48a410865bafaf018d13e6a72f1b77605a1b5d9519a309a1cac071e09e5cc8",
         {"DEV:ArmoredWitness-wandering-river+ee9a854f+"
          "AVJTFInPB7cdt2Iz+aRVesbn4JxWbyt4fw5lyf0YNWGB",
          "DEV:AW-ID-Attestation-3BEE6CDA358F0C33+04d1ba9e+"
          "AXgfhrllRxx3xaoiicxEt9y/6EE+fju7uOjNfXP5fbEm"},
         "1fe00779d831bf9327a1367678662941c9fb319b72caebc3a66ea4b217555aa8"},
    [IDENTITY_UL] =
        {"",
         "720A9DEAD4390330",
         "6d052c724d63b44031c37263e4eb22fae882a0ecfca384efc47dbff08e50432e",
         {"ArmoredWitness-restless-frost+8f8fed76+"
          "AWMCIIY7NwKp3b+fYJ7hZRGUNNe6cgT6MmU87rKDuIiv",
          "AW-ID-Attestation-720A9DEAD4390330+94e4bc84+"
          "AW7/fwcs91rv89YfpvyUmuLO+GOLqZiROIaDkrZBeF3o"},
         "2e02b1d2a053313daf63dc4f587d2f9e203f00554f12d3266c4d105ce4e9542a"},
};

static const char *const labels[IDENTITY_KEYS] = {
    "WitnessKey-id:0", "ID-Attestation", "BastionKey-id:0"};

const uint8_t *identity_diversifier(void)
{
    static uint8_t sum[AW_SHA256_SIZE];

    aw_sha256(aw_text("transparency.dev-aw-applet-ci+3ff32e2c+"
                      "AV1fgxtByjXuPjPfi0/7qTbEBlPGGCyxqr6ZlppoLOz3"),
              sum);
    return sum;
}

void identity_label(enum identity_device device, enum identity_key key,
                    uint8_t d16[16])
{
    uint8_t sum[AW_SHA256_SIZE];
    struct aw_sha256 h;

    aw_sha256_init(&h);
    aw_sha256_update(&h, aw_text(devices[device].prefix));
    aw_sha256_update(&h, aw_text(labels[key]));
    aw_sha256_final(&h, sum);
    memcpy(d16, sum, 16);
}

void identity_check(enum identity_device device, enum identity_key key,
                    const uint8_t given[32])
{
    uint8_t okm[40];
    uint8_t public_key[AW_ED25519_PUBLIC];
    uint8_t sum[AW_SHA256_SIZE];
    aw_bytes got = {given, 32};

    if (key == IDENTITY_WITNESS) {
        CK_ASSERT_BYTES(got, vec_unhex(aw_text(devices[device].given)));
    }
    ck_assert_int_eq(aw_hkdf_sha256(got, aw_text(devices[device].serial),
                                    (aw_bytes){0}, okm, sizeof(okm)),
                     AW_OK);
    /* The witness key's first bytes are the seed of its name. */
    aw_ed25519_public(&okm[key == IDENTITY_WITNESS ? 8 : 0], public_key);
    if (key == IDENTITY_BASTION) {
        aw_sha256((aw_bytes){public_key, sizeof(public_key)}, sum);
        CK_ASSERT_BYTES(((aw_bytes){sum, sizeof(sum)}),
                        vec_unhex(aw_text(devices[device].bastion)));
        return;
    }
    struct aw_vkey vkey;

    ck_assert_int_eq(
        aw_vkey_parse(aw_text(devices[device].vkeys[key]), &vkey, NULL), AW_OK);
    ck_assert_mem_eq(vkey.public_key, public_key, sizeof(public_key));
}
