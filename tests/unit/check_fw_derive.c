/* SPDX-License-Identifier: Apache-2.0 */
/* Names, labels and keys of a witness: what Go and Python agreed on. */
#include "fw/derive.h"

#include <string.h>

#include "aw/ftlog/key.h"
#include "aw/sha256.h"
#include "suites.h"
#include "support.h"

static const struct {
    int64_t seed;
    const char *name;
} names[] = {
    {0, "divine-cloud"},      {1, "bold-glitter"},
    {-1, "late-wildflower"},  {42, "young-pine"},
    {99, "icy-firefly"},      {INT64_MAX, "bold-glitter"},
    {INT64_MIN, "green-sun"}, {0x0123456789abcdef, "misty-dew"},
};

START_TEST(name_samples)
{
    char name[DERIVE_NAME_MAX];

    derive_name(names[_i].seed, name);
    ck_assert_str_eq(name, names[_i].name);
}
END_TEST

static const struct {
    bool dev;
    enum derive_role role;
    const char *label;
} labels[] = {
    {false, DERIVE_WITNESS, "9337833592f95cc9bfee31f8f9d904bd"},
    {true, DERIVE_WITNESS, "a82d8df851271b111061d6bf4cad9bdb"},
    {false, DERIVE_ATTESTATION, "4f36f39a673ba7f2622cbd0219a14a27"},
    {true, DERIVE_ATTESTATION, "d7be9a7b690e5f18452441e609f09218"},
    {false, DERIVE_BASTION, "e07d2da721939498fd264d3f7c81bcd6"},
    {true, DERIVE_BASTION, "52e6facd9b67d35309e84cf305e305a4"},
};

START_TEST(label_samples)
{
    const struct derive_who who = {.dev = labels[_i].dev};
    uint8_t label[DERIVE_LABEL];

    derive_label(&who, labels[_i].role, label);
    CK_ASSERT_BYTES(((aw_bytes){label, sizeof(label)}),
                    vec_unhex(aw_text(labels[_i].label)));
}
END_TEST

/* The number counts for the witness alone. */
START_TEST(label_of_next_witness)
{
    const struct derive_who next = {.counter = 1};
    const struct derive_who first = {.counter = 0};

    for (int role = 0; role < DERIVE_ROLES; role++) {
        uint8_t a[DERIVE_LABEL];
        uint8_t b[DERIVE_LABEL];

        derive_label(&first, (enum derive_role)role, a);
        derive_label(&next, (enum derive_role)role, b);
        ck_assert((memcmp(a, b, sizeof(a)) == 0) == (role != DERIVE_WITNESS));
    }
}
END_TEST

/* Vectors a and b: one key for every label. */
static const struct {
    struct derive_who who;
    uint8_t key_step; /* bytes 0, step, 2 * step ... */
    const char *vkey[2];
    const char *bastion;
} vectors[] = {
    {{.dev = true, .serial = ""},
     0,
     {"DEV:ArmoredWitness-quiet-night+3412fa83+"
      "ASZ2S7C1mkQmKiNFIGa20vuPLhaBNaxgXX+RBq1LjKHU",
      "DEV:AW-ID-Attestation-+ded0b3da+"
      "Aboz1SP9e/DQbOkpjDRAvhvqN0jGJwrj4Hro6hmruO0j"},
     "854b57a7232c59923e0e7bd8867ae74dfe2beecf9eca35cb852765c1163c14fe"},
    {{.dev = false, .serial = "720A9DEAD4390330"},
     1,
     {"ArmoredWitness-empty-paper+074a43e3+"
      "AeUqiCAFJ6d8U69H0g7IS75n3d/ZDWBKzCRMR/KCbua/",
      "AW-ID-Attestation-720A9DEAD4390330+0ea9b7ca+"
      "AYnnaY2c8JXDsXNa0eGrE33jmKiMx43QfuOPcsIbY5oD"},
     "cb8652354b157b8a31acabe9d2e6d8962711b2804e9a664d9ec1f31dc3f32c17"},
};

static void check_vkey(const struct derived *derived, const char *want)
{
    uint8_t public_key[AW_ED25519_PUBLIC];
    struct aw_vkey key;
    char text[AW_KEY_TEXT_MAX];
    struct aw_wr w = aw_wr_init(text, sizeof(text));

    aw_ed25519_public(derived->seed, public_key);
    ck_assert_int_eq(aw_vkey_init(aw_text(derived->name), AW_KEY_ED25519,
                                  (aw_bytes){public_key, sizeof(public_key)},
                                  &key, NULL),
                     AW_OK);
    aw_vkey_write(&key, &w);
    CK_ASSERT_BYTES(aw_wr_done(&w), aw_text(want));
}

START_TEST(keys_of_vectors)
{
    uint8_t key[DERIVE_KEY];
    uint8_t public_key[AW_ED25519_PUBLIC];
    uint8_t digest[AW_SHA256_SIZE];
    struct derived derived;

    for (size_t i = 0; i < sizeof(key); i++) {
        key[i] = (uint8_t)(i * vectors[_i].key_step);
    }
    derive_role_key(&vectors[_i].who, DERIVE_WITNESS, key, &derived);
    check_vkey(&derived, vectors[_i].vkey[0]);
    derive_role_key(&vectors[_i].who, DERIVE_ATTESTATION, key, &derived);
    check_vkey(&derived, vectors[_i].vkey[1]);
    derive_role_key(&vectors[_i].who, DERIVE_BASTION, key, &derived);
    ck_assert_str_eq(derived.name, "");
    aw_ed25519_public(derived.seed, public_key);
    aw_sha256((aw_bytes){public_key, sizeof(public_key)}, digest);
    CK_ASSERT_BYTES(((aw_bytes){digest, sizeof(digest)}),
                    vec_unhex(aw_text(vectors[_i].bastion)));
}
END_TEST

Suite *suite_fw_derive(void)
{
    Suite *s = suite_create("fw_derive");
    TCase *tc = tcase_create("derive");

    tcase_add_loop_test(tc, name_samples, 0, (int)COUNT(names));
    tcase_add_loop_test(tc, label_samples, 0, (int)COUNT(labels));
    tcase_add_test(tc, label_of_next_witness);
    tcase_add_loop_test(tc, keys_of_vectors, 0, (int)COUNT(vectors));
    suite_add_tcase(s, tc);
    return s;
}
