/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hmac.h"

#include <string.h>

#include "suites.h"
#include "support.h"

static aw_bytes hex(const char *text)
{
    return vec_unhex(aw_text(text));
}

/* RFC 4231: a key or message of one repeated byte, or text. */
static const struct {
    size_t key_n;
    size_t data_n; /* 0: text */
    const char *text;
    const char *want;
    uint8_t key;
    uint8_t data;
} macs[] = {
    {20, 0, "Hi There",
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7", 0x0b,
     0},
    {20, 50, "",
     "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe", 0xaa,
     0xdd},
    {131, 0, "Test Using Larger Than Block-Size Key - Hash Key First",
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54", 0xaa,
     0},
    {131, 0,
     "This is a test using a larger than block-size key and a larger than "
     "block-size data. The key needs to be hashed before being used by the "
     "HMAC algorithm.",
     "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2", 0xaa,
     0},
};

START_TEST(mac_rfc4231)
{
    uint8_t key[131];
    uint8_t data[50];
    uint8_t mac[AW_HMAC_SIZE];
    aw_bytes message = aw_text(macs[_i].text);
    struct aw_hmac h;

    memset(key, macs[_i].key, sizeof(key));
    memset(data, macs[_i].data, sizeof(data));
    if (macs[_i].data_n > 0) {
        message = (aw_bytes){data, macs[_i].data_n};
    }
    aw_hmac_sha256((aw_bytes){key, macs[_i].key_n}, message, mac);
    CK_ASSERT_BYTES(((aw_bytes){mac, sizeof(mac)}), hex(macs[_i].want));

    /* Byte by byte, and forked in the middle. */
    struct aw_hmac fork;

    aw_hmac_init(&h, (aw_bytes){key, macs[_i].key_n});
    for (size_t i = 0; i < message.n / 2; i++) {
        aw_hmac_update(&h, (aw_bytes){message.p + i, 1});
    }
    fork = h;
    aw_hmac_update(&h, (aw_bytes){message.p, 1});
    aw_hmac_final(&h, mac);
    aw_hmac_update(&fork, (aw_bytes){message.p + message.n / 2,
                                     message.n - message.n / 2});
    aw_hmac_final(&fork, mac);
    CK_ASSERT_BYTES(((aw_bytes){mac, sizeof(mac)}), hex(macs[_i].want));
}
END_TEST

/* RFC 5869, appendix A. */
static const struct {
    const char *ikm;
    const char *salt;
    const char *info;
    const char *okm;
} hkdfs[] = {
    {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
     "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9",
     "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
     "34007208d5b887185865"},
    {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
     "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
     "404142434445464748494a4b4c4d4e4f",
     "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f"
     "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
     "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
     "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
     "d0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeef"
     "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
     "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
     "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
     "cc30c58179ec3e87c14c01d5c1f3434f1d87"},
    {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
     "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
     "9d201395faa4b61a96c8"},
};

START_TEST(hkdf_rfc5869)
{
    aw_bytes want = hex(hkdfs[_i].okm);
    uint8_t okm[128];

    memset(okm, 0x5a, sizeof(okm));
    ck_assert_int_eq(aw_hkdf_sha256(hex(hkdfs[_i].ikm), hex(hkdfs[_i].salt),
                                    hex(hkdfs[_i].info), okm, want.n),
                     AW_OK);
    CK_ASSERT_BYTES(((aw_bytes){okm, want.n}), want);
    ck_assert_uint_eq(okm[want.n], 0x5a);
}
END_TEST

START_TEST(hkdf_limit)
{
    static uint8_t okm[AW_HKDF_MAX + 1];
    aw_bytes ikm = aw_text("k");

    okm[0] = 7;
    ck_assert_int_eq(aw_hkdf_sha256(ikm, ikm, ikm, okm, AW_HKDF_MAX + 1),
                     AW_ERR_RANGE);
    ck_assert_uint_eq(okm[0], 7);
    ck_assert_int_eq(aw_hkdf_sha256(ikm, ikm, ikm, okm, AW_HKDF_MAX), AW_OK);
    ck_assert_int_eq(aw_hkdf_sha256(ikm, ikm, ikm, okm, 0), AW_OK);
}
END_TEST

/* RFC 7914, section 11; then a device's RPMB key (256 bits) from its derived
 * key and unique id. */
static const struct {
    const char *password; /* hex */
    const char *salt;     /* hex */
    uint32_t iterations;
    const char *key;
} pbkdf2s[] = {
    {"706173737764", "73616c74", 1,
     "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
     "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"},
    {"6d1d726f43b30c0218245b76ad61195aeb0b6f7caa458c97924d2157256de65d",
     "720a9dead4390330", 4096,
     "b72dec335d56cea108f3bbed672374ca1eae9e31f61b6f2bd92d213c5ab86dca"},
    {"2e9e29f42ccba01883f1872855e74781", "720a9dead4390330", 4096,
     "20ebdcd9575c9c827cbdd92f1fcc71ca5760142212b48e310bd5f3ea8a67970f"},
    {"2e9e29f42ccba01883f1872855e74781", "720a9dead4390330", 4096,
     "20ebdcd9575c9c827cbdd92f1fcc71ca5760142212"},
};

START_TEST(pbkdf2)
{
    aw_bytes want = hex(pbkdf2s[_i].key);
    uint8_t key[65];

    memset(key, 0x5a, sizeof(key));
    aw_pbkdf2_sha256(hex(pbkdf2s[_i].password), hex(pbkdf2s[_i].salt),
                     pbkdf2s[_i].iterations, key, want.n);
    CK_ASSERT_BYTES(((aw_bytes){key, want.n}), want);
    ck_assert_uint_eq(key[want.n], 0x5a);
}
END_TEST

Suite *suite_hmac(void)
{
    Suite *s = suite_create("hmac");
    TCase *tc = tcase_create("all");

    tcase_add_loop_test(tc, mac_rfc4231, 0, (int)COUNT(macs));
    tcase_add_loop_test(tc, hkdf_rfc5869, 0, (int)COUNT(hkdfs));
    tcase_add_test(tc, hkdf_limit);
    tcase_add_loop_test(tc, pbkdf2, 0, (int)COUNT(pbkdf2s));
    suite_add_tcase(s, tc);
    return s;
}
