/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/announce.h"

#include <string.h>

#include "aw/emmc.h"
#include "aw/ftlog/bundle.h"
#include "aw/sha256.h"
#include "suites.h"
#include "support.h"

static uint8_t big[AW_FIRMWARE_MAX + 1];
static uint8_t work_area[AW_MANIFEST_WORK];

/* ci policy and the real OS manifest of ci/2, which was built for log 2. */
static void ci_policy(struct aw_policy *policy)
{
    aw_bytes text;

    ck_assert_int_eq(aw_policy_builtin(aw_text("ci"), &text), AW_OK);
    ck_assert_int_eq(aw_policy_parse(text, policy, NULL), AW_OK);
}

static void real_os(struct aw_policy *policy, struct aw_announce *a)
{
    static const char *const log2 =
        "aw-policy 1\n"
        "log transparency.dev-aw-ftlog-ci-2+f77c6276+"
        "AZXqiaARpwF4MoNOxx46kuiIRjrML0PDTm+c7BLaAMt6\n"
        "origin transparency.dev/armored-witness/"
        "firmware_transparency/ci/2\nquorum none\n";
    struct aw_policy older;
    struct aw_wr work = aw_wr_init(work_area, sizeof(work_area));
    aw_bytes leaf = vec_file("transparency/aw-real/ci2-48-os.manifest");

    ci_policy(policy);
    ck_assert_int_eq(aw_policy_parse(aw_text(log2), &older, NULL), AW_OK);
    policy->log = older.log;
    policy->origin = older.origin;
    memset(a, 0, sizeof(*a));
    a->component = AW_TRUSTED_OS;
    ck_assert_int_eq(aw_leaf_open(leaf, policy, &work, &a->manifest, NULL),
                     AW_OK);
    a->image = aw_text("image");
    aw_sha256(a->image, a->manifest.firmware_sha256);
}

/* A boot loader with its HAB signature. */
static void made_boot(struct aw_policy *policy, struct aw_announce *a)
{
    real_os(policy, a);
    a->component = AW_BOOTLOADER;
    a->manifest.component = AW_BOOTLOADER;
    a->manifest.has_hab = true;
    a->manifest.hab_target = aw_text("ci");
    a->has_hab_signature = true;
    a->hab_signature = aw_text("csf");
    aw_sha256(a->hab_signature, a->manifest.hab_sig_sha256);
}

static void expect_rule(const struct aw_announce *a,
                        const struct aw_policy *policy, aw_err err,
                        enum aw_announce_rule want)
{
    enum aw_announce_rule rule = AW_ANNOUNCE_NEWER;

    ck_assert_int_eq(aw_announce_check(a, policy, &rule, NULL), err);
    ck_assert_int_eq(rule, want);
}

START_TEST(real_release)
{
    struct aw_policy policy;
    struct aw_announce a;

    real_os(&policy, &a);
    expect_rule(&a, &policy, AW_OK, AW_ANNOUNCE_FINE);
    made_boot(&policy, &a);
    expect_rule(&a, &policy, AW_OK, AW_ANNOUNCE_FINE);
}
END_TEST

START_TEST(statement_rules)
{
    struct aw_policy policy;
    struct aw_announce a;

    real_os(&policy, &a);
    a.component = AW_TRUSTED_APPLET;
    expect_rule(&a, &policy, AW_ERR_POLICY, AW_ANNOUNCE_COMPONENT);
    real_os(&policy, &a);
    policy.signers[AW_TRUSTED_OS].n = 0;
    expect_rule(&a, &policy, AW_ERR_NO_SIG, AW_ANNOUNCE_SIGNERS);
    real_os(&policy, &a);
    a.manifest.tag_name = aw_text("0.0.1+0123456789012345678901");
    expect_rule(&a, &policy, AW_OK, AW_ANNOUNCE_FINE);
    a.manifest.tag_name = aw_text("0.0.1+01234567890123456789012");
    expect_rule(&a, &policy, AW_ERR_SPACE, AW_ANNOUNCE_VERSION);
    a.allow_long_version = true;
    expect_rule(&a, &policy, AW_OK, AW_ANNOUNCE_FINE);
    made_boot(&policy, &a);
    a.manifest.tag_name = aw_text("0.0.1+01234567890123456789012");
    expect_rule(&a, &policy, AW_OK, AW_ANNOUNCE_FINE);
    a.manifest.has_hab = false;
    expect_rule(&a, &policy, AW_ERR_POLICY, AW_ANNOUNCE_HAB_SECTION);
    a.manifest.has_hab = true;
    a.manifest.hab_target = aw_text("prod");
    expect_rule(&a, &policy, AW_ERR_POLICY, AW_ANNOUNCE_HAB_TARGET);
    real_os(&policy, &a);
    a.manifest.has_hab = true;
    a.manifest.hab_target = aw_text("ci");
    expect_rule(&a, &policy, AW_ERR_POLICY, AW_ANNOUNCE_HAB_SECTION);
}
END_TEST

START_TEST(artefact_rules)
{
    struct aw_policy policy;
    struct aw_announce a;
    size_t room =
        (size_t)aw_emmc_size(aw_emmc_find(AW_EMMC_IMAGE, AW_BOOTLOADER, 0));

    real_os(&policy, &a);
    a.image = aw_text("Image");
    expect_rule(&a, &policy, AW_ERR_DIGEST, AW_ANNOUNCE_IMAGE);
    a.image.n = 0;
    expect_rule(&a, &policy, AW_ERR_SPACE, AW_ANNOUNCE_IMAGE_SIZE);
    a.image = (aw_bytes){big, sizeof(big)};
    expect_rule(&a, &policy, AW_ERR_SPACE, AW_ANNOUNCE_IMAGE_SIZE);
    a.image.n--;
    aw_sha256(a.image, a.manifest.firmware_sha256);
    expect_rule(&a, &policy, AW_OK, AW_ANNOUNCE_FINE);
    a.has_hab_signature = true;
    expect_rule(&a, &policy, AW_ERR_POLICY, AW_ANNOUNCE_HAB_SIGNATURE);
    made_boot(&policy, &a);
    a.hab_signature = aw_text("CSF");
    expect_rule(&a, &policy, AW_ERR_DIGEST, AW_ANNOUNCE_HAB_SIGNATURE);
    a.has_hab_signature = false;
    expect_rule(&a, &policy, AW_ERR_POLICY, AW_ANNOUNCE_HAB_SIGNATURE);
    made_boot(&policy, &a);
    a.image = (aw_bytes){big, room - a.hab_signature.n};
    aw_sha256(a.image, a.manifest.firmware_sha256);
    expect_rule(&a, &policy, AW_OK, AW_ANNOUNCE_FINE);
    a.image.n++;
    aw_sha256(a.image, a.manifest.firmware_sha256);
    expect_rule(&a, &policy, AW_ERR_SPACE, AW_ANNOUNCE_IMAGE_SIZE);
}
END_TEST

#define OS1      "transparency.dev-aw-os1-ci"
#define OS1_TAIL "+AcsqvmrcKIbs21H2Bm2fWb6oFWn/9MmLGNc6NLJty2eQ"

static const struct {
    const char *env;
    aw_err want;
    enum aw_announce_rule rule;
} envs[] = {
    {"TEST=1", AW_ERR_PRECONDITION, AW_ANNOUNCE_TEST_BUILD},
    {"TEST=yes", AW_ERR_PRECONDITION, AW_ANNOUNCE_TEST_BUILD},
    {"TEST=0", AW_OK, AW_ANNOUNCE_FINE},
    {"TEST=", AW_OK, AW_ANNOUNCE_FINE},
    {"TEST", AW_ERR_PRECONDITION, AW_ANNOUNCE_TEST_BUILD},
    {"test=1", AW_ERR_PRECONDITION, AW_ANNOUNCE_TEST_BUILD},
    {"Test=1", AW_ERR_PRECONDITION, AW_ANNOUNCE_TEST_BUILD},
    {" TEST\t= 0", AW_ERR_PRECONDITION, AW_ANNOUNCE_TEST_BUILD},
    {"test=0", AW_OK, AW_ANNOUNCE_FINE},
    {"tes=1", AW_OK, AW_ANNOUNCE_FINE},
    {"T_EST=1", AW_OK, AW_ANNOUNCE_FINE},
    {"=TEST=1", AW_OK, AW_ANNOUNCE_FINE},
    {"", AW_OK, AW_ANNOUNCE_FINE},
    {"TESTS=1", AW_OK, AW_ANNOUNCE_FINE},
    {"DEBUG=1", AW_OK, AW_ANNOUNCE_FINE},
    {"LOG_ORIGIN=transparency.dev/armored-witness/firmware_transparency/ci/2",
     AW_OK, AW_ANNOUNCE_FINE},
    {"LOG_ORIGIN=transparency.dev/armored-witness/firmware_transparency/ci/3",
     AW_ERR_POLICY, AW_ANNOUNCE_BUILT_FOR},
    {"LOG_ORIGIN=", AW_ERR_POLICY, AW_ANNOUNCE_BUILT_FOR},
    {"LOG_PUBLIC_KEY=x", AW_ERR_POLICY, AW_ANNOUNCE_BUILT_FOR},
    {"OS_PUBLIC_KEY1=" OS1 "+7a0eaef3" OS1_TAIL, AW_OK, AW_ANNOUNCE_FINE},
    {"OS_PUBLIC_KEY1=" OS1 "+7A0EAEF3" OS1_TAIL, AW_OK, AW_ANNOUNCE_FINE},
    {"OS_PUBLIC_KEY2=" OS1 "+7a0eaef3" OS1_TAIL, AW_ERR_POLICY,
     AW_ANNOUNCE_BUILT_FOR},
    {"APPLET_PUBLIC_KEY=" OS1 "+7a0eaef3" OS1_TAIL, AW_ERR_POLICY,
     AW_ANNOUNCE_BUILT_FOR},
    {"SRK_HASH="
     "b8ba457320663bf006accd3c57e06720e63b21ce5351cb91b4650690bb08d85a",
     AW_OK, AW_ANNOUNCE_FINE},
    {"SRK_HASH="
     "B8BA457320663BF006ACCD3C57E06720E63B21CE5351CB91B4650690BB08D85A",
     AW_OK, AW_ANNOUNCE_FINE},
    {"SRK_HASH="
     "b8ba457320663bf006accd3c57e06720e63b21ce5351cb91b4650690bb08d85b",
     AW_ERR_POLICY, AW_ANNOUNCE_BUILT_FOR},
    {"SRK_HASH=b8ba", AW_ERR_POLICY, AW_ANNOUNCE_BUILT_FOR},
    {"", AW_OK, AW_ANNOUNCE_FINE},
};

START_TEST(env_rules)
{
    struct aw_policy policy;
    struct aw_announce a;
    struct aw_diag diag = {0};
    enum aw_announce_rule rule = AW_ANNOUNCE_NEWER;

    real_os(&policy, &a);
    a.manifest.envs[a.manifest.n_envs++] = aw_text(envs[_i].env);
    aw_err got = aw_announce_check(&a, &policy, &rule, &diag);

    ck_assert_msg(got == envs[_i].want, "%s: %s", envs[_i].env,
                  aw_err_text(got));
    ck_assert_int_eq(rule, envs[_i].rule);
    if (got != AW_OK) {
        ck_assert_uint_eq(diag.at, a.manifest.n_envs - 1);
    }
    /* What the policy does not fix may be anything. */
    made_boot(&policy, &a);
    policy.has_log = false;
    policy.origin.n = 0;
    policy.has_srk_hash = false;
    policy.signers[AW_TRUSTED_OS].n = 0;
    policy.signers[AW_TRUSTED_APPLET].n = 0;
    a.manifest.n_envs = 1;
    a.manifest.envs[0] = aw_text(envs[_i].env);
    ck_assert_int_eq(
        aw_announce_check(&a, &policy, &rule, NULL),
        envs[_i].rule == AW_ANNOUNCE_TEST_BUILD ? AW_ERR_PRECONDITION : AW_OK);
}
END_TEST

static const struct {
    const char *latest; /* NULL: none yet */
    const char *version;
    aw_err want;
} versions[] = {
    {NULL, "0.0.1", AW_OK},
    {"1.2.3", "1.2.4", AW_OK},
    {"1.2.3", "1.2.3", AW_ERR_POLICY},
    {"1.2.3", "1.2.3+meta", AW_ERR_POLICY},
    {"1.2.3", "1.2.2", AW_ERR_POLICY},
    {"1.2.3", "1.2.3-incompatible", AW_ERR_POLICY},
    {"1.2.3-incompatible", "1.2.3", AW_OK},
};

START_TEST(newer)
{
    struct aw_manifest m = {.component = AW_TRUSTED_OS};
    struct aw_latest_entry latest = {.found = versions[_i].latest != NULL,
                                     .index = 7};
    struct aw_diag diag = {0};

    if (latest.found) {
        latest.version_n = strlen(versions[_i].latest);
        memcpy(latest.version, versions[_i].latest, latest.version_n);
    }
    ck_assert_int_eq(aw_semver_parse(aw_text(versions[_i].version), &m.version),
                     AW_OK);
    ck_assert_int_eq(aw_announce_check_newer(&m, &latest, &diag),
                     versions[_i].want);
    ck_assert_uint_eq(diag.at, versions[_i].want == AW_OK ? 0 : 7);
}
END_TEST

Suite *suite_announce(void)
{
    Suite *s = suite_create("announce");
    TCase *tc = tcase_create("rules");

    tcase_add_test(tc, real_release);
    tcase_add_test(tc, statement_rules);
    tcase_add_test(tc, artefact_rules);
    tcase_add_loop_test(tc, env_rules, 0, COUNT(envs));
    tcase_add_loop_test(tc, newer, 0, COUNT(versions));
    suite_add_tcase(s, tc);
    return s;
}
