/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/policy.h"
#include "suites.h"
#include "support.h"

static void compare_key(const struct aw_vkey *got, const cJSON *want,
                        const char *field)
{
    struct aw_vkey key;

    ck_assert_int_eq(aw_vkey_parse(vec_str(want, field), &key, NULL), AW_OK);
    ck_assert_msg(aw_vkey_same(got, &key), "%s", field);
}

/* SRK hashes: armored-witness, cmd/provision/main.go. */
static const struct {
    const char *name;
    const char *srk_hash;
} builtins[] = {
    {"ci", "b8ba457320663bf006accd3c57e06720e63b21ce5351cb91b4650690bb08d85a"},
    {"prod",
     "77e021cc51b5547fb0c2192fb32710bfa89b4bbaa7dab5f97fc585f673b0b236"},
};

START_TEST(builtin)
{
    static struct aw_policy p;
    const char *name = builtins[_i].name;
    const cJSON *want = cJSON_GetObjectItemCaseSensitive(
        vec_json("transparency/aw-real/templates.json"), name);
    aw_bytes text;
    char buf[4000];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_sink sink = aw_sink_wr(&w);

    ck_assert_int_eq(aw_policy_builtin(aw_text(name), &text), AW_OK);
    ck_assert_int_eq(aw_policy_parse(text, &p, NULL), AW_OK);
    ck_assert_int_eq(cJSON_GetArraySize(want), 10);
    compare_key(&p.log, want, "firmware_log_verifier");
    CK_ASSERT_BYTES(p.log_url, vec_str(want, "firmware_log_url"));
    CK_ASSERT_BYTES(p.origin, vec_str(want, "firmware_log_origin"));
    CK_ASSERT_BYTES(p.binaries_url, vec_str(want, "binaries_url"));
    CK_ASSERT_BYTES(p.hab_target, vec_str(want, "hab_target"));
    ck_assert_uint_eq(p.signers[AW_TRUSTED_APPLET].n, 1);
    ck_assert_uint_eq(p.signers[AW_BOOTLOADER].n, 1);
    ck_assert_uint_eq(p.signers[AW_RECOVERY].n, 1);
    ck_assert_uint_eq(p.signers[AW_TRUSTED_OS].n, 2);
    compare_key(&p.signers[AW_TRUSTED_APPLET].key[0], want, "applet_verifier");
    compare_key(&p.signers[AW_BOOTLOADER].key[0], want, "boot_verifier");
    compare_key(&p.signers[AW_RECOVERY].key[0], want, "recovery_verifier");
    compare_key(&p.signers[AW_TRUSTED_OS].key[0], want, "os_verifier_1");
    compare_key(&p.signers[AW_TRUSTED_OS].key[1], want, "os_verifier_2");
    ck_assert(p.has_srk_hash && !p.has_quorum);
    CK_ASSERT_BYTES(((aw_bytes){p.srk_hash, 32}),
                    vec_unhex(aw_text(builtins[_i].srk_hash)));
    /* It is canonical already. */
    ck_assert_int_eq(aw_policy_write(&p, &sink), AW_OK);
    CK_ASSERT_BYTES(aw_wr_done(&w), text);
}
END_TEST

START_TEST(builtin_unknown)
{
    aw_bytes text = {NULL, 77};

    ck_assert_int_eq(aw_policy_builtin(aw_text("test"), &text),
                     AW_ERR_NOT_FOUND);
    ck_assert_int_eq(aw_policy_builtin(aw_text(""), &text), AW_ERR_NOT_FOUND);
    ck_assert_uint_eq(text.n, 77);
}
END_TEST

Suite *suite_policy_builtin(void)
{
    Suite *s = suite_create("policy_builtin");
    TCase *tc = tcase_create("all");

    tcase_add_loop_test(tc, builtin, 0, (int)COUNT(builtins));
    tcase_add_test(tc, builtin_unknown);
    suite_add_tcase(s, tc);
    return s;
}
