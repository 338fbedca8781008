/* SPDX-License-Identifier: Apache-2.0 */
/* Ciphers of the models, by published vectors. */
#include "models/cipher.h"

#include <string.h>

#include "suites.h"
#include "support.h"

/* AES-CMAC: NIST SP 800-38B, appendix D.1 and D.3. */
static const struct {
    const char *key;
    size_t n;
    const char *mac;
} cmacs[] = {
    {"2b7e151628aed2a6abf7158809cf4f3c", 0, "bb1d6929e95937287fa37d129b756746"},
    {"2b7e151628aed2a6abf7158809cf4f3c", 16,
     "070a16b46b4d4144f79bdd9dd04a287c"},
    {"2b7e151628aed2a6abf7158809cf4f3c", 40,
     "dfa66747de9ae63030ca32611497c827"},
    {"2b7e151628aed2a6abf7158809cf4f3c", 64,
     "51f0bebf7e3b9d92fc49741779363cfe"},
    {"603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", 0,
     "028962f61b7bf89efc6b551f4667d983"},
    {"603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", 40,
     "aaf3d8f1de5640c232f5b169b9c911e6"},
};

START_TEST(cmac)
{
    aw_bytes key = vec_unhex(aw_text(cmacs[_i].key));
    aw_bytes message = vec_unhex(aw_text(
        "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
        "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"));
    uint8_t mac[16];

    tw_aes_cmac(key.p, key.n, message.p, cmacs[_i].n, mac);
    CK_ASSERT_BYTES(((aw_bytes){mac, sizeof(mac)}),
                    vec_unhex(aw_text(cmacs[_i].mac)));
}
END_TEST

Suite *suite_twin_cipher(void)
{
    Suite *s = suite_create("twin_cipher");
    TCase *tc = tcase_create("all");

    tcase_add_loop_test(tc, cmac, 0, (int)COUNT(cmacs));
    suite_add_tcase(s, tc);
    return s;
}
