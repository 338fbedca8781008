/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/bundle.h"

#include <stdio.h>
#include <string.h>

#include "aw/ftlog/latest.h"
#include "compat.h"
#include "suites.h"
#include "support.h"

/* The synthetic release log: keys, leaves, proofs and artefacts. */
#define SYN "transparency/aw-synthetic/"

static uint8_t work_area[AW_MANIFEST_WORK];

static struct aw_vkey key_named(const char *name)
{
    struct aw_vkey key;
    aw_bytes text = vec_str(vec_json(SYN "keys.json"), name);

    ck_assert_int_eq(aw_vkey_parse(text, &key, NULL), AW_OK);
    return key;
}

static void add_signer(struct aw_policy *policy, enum aw_component component,
                       const char *name)
{
    struct aw_signers *s = &policy->signers[component];

    s->key[s->n++] = key_named(name);
}

static void synthetic_policy(struct aw_policy *policy)
{
    aw_policy_init(policy);
    policy->has_log = true;
    policy->log = key_named("log_vkey");
    policy->origin = aw_text("testlog");
    add_signer(policy, AW_TRUSTED_OS, "os1_vkey");
    add_signer(policy, AW_TRUSTED_OS, "os2_vkey");
    add_signer(policy, AW_TRUSTED_APPLET, "applet_vkey");
    add_signer(policy, AW_BOOTLOADER, "boot_vkey");
    add_signer(policy, AW_RECOVERY, "recovery_vkey");
}

static aw_bytes leaf_at(unsigned index)
{
    char path[128];

    (void)snprintf(path, sizeof(path), SYN "log/seq/00/00/00/00/%02x", index);
    return vec_file(path);
}

static aw_bytes artefact(const uint8_t digest[32])
{
    char path[192] = SYN "artefacts/";
    struct aw_wr w =
        aw_wr_init(path + strlen(path), sizeof(path) - strlen(path) - 1);

    aw_wr_hex(&w, (aw_bytes){digest, 32});
    return vec_file(path);
}

static void proof_of(unsigned index, struct aw_proof *proof)
{
    const cJSON *row =
        cJSON_GetArrayItem(vec_json(SYN "fetch-each.json"), (int)index);
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(row, "Proof");
    const cJSON *item = NULL;

    memset(proof, 0, sizeof(*proof));
    cJSON_ArrayForEach(item, list)
    {
        aw_bytes hash = vec_unbase64(aw_text(item->valuestring));

        ck_assert_uint_eq(hash.n, 32);
        memcpy(proof->h[proof->n++].b, hash.p, 32);
    }
}

/* A good bundle of a leaf, firmware included. */
static void make_bundle(unsigned index, const struct aw_policy *policy,
                        struct aw_bundle *bundle)
{
    struct aw_wr work = aw_wr_init(work_area, sizeof(work_area));
    struct aw_manifest manifest;

    memset(bundle, 0, sizeof(*bundle));
    bundle->checkpoint = vec_file(SYN "log/checkpoint");
    bundle->index = index;
    bundle->manifest = leaf_at(index);
    proof_of(index, &bundle->proof);
    ck_assert_int_eq(
        aw_leaf_open(bundle->manifest, policy, &work, &manifest, NULL), AW_OK);
    bundle->has_firmware = true;
    bundle->firmware = artefact(manifest.firmware_sha256);
    if (manifest.has_hab) {
        bundle->has_hab_signature = true;
        bundle->hab_signature = artefact(manifest.hab_sig_sha256);
    }
}

enum { OS = 5, APPLET = 22, BOOT = 16 };

static void change_nothing(struct aw_bundle *b, struct aw_policy *p)
{
    (void)b;
    (void)p;
}

static void one_key_only(struct aw_bundle *b, struct aw_policy *p)
{
    (void)b;
    p->signers[AW_TRUSTED_OS].n = 1;
}

static void key_twice(struct aw_bundle *b, struct aw_policy *p)
{
    (void)b;
    p->signers[AW_TRUSTED_OS].key[1] = p->signers[AW_TRUSTED_OS].key[0];
}

static void third_key(struct aw_bundle *b, struct aw_policy *p)
{
    (void)b;
    p->signers[AW_TRUSTED_OS].key[2] = key_named("applet_vkey");
    p->signers[AW_TRUSTED_OS].n = 3;
    p->signers[AW_TRUSTED_APPLET].n = 0;
}

static void only_os_keys(struct aw_bundle *b, struct aw_policy *p)
{
    (void)b;
    p->signers[AW_TRUSTED_APPLET].n = 0;
    p->signers[AW_BOOTLOADER].n = 0;
    p->signers[AW_RECOVERY].n = 0;
}

static aw_bytes flipped(aw_bytes b, size_t at)
{
    static uint8_t copy[4096];

    ck_assert_uint_le(b.n, sizeof(copy));
    memcpy(copy, b.p, b.n);
    copy[at] ^= 1;
    return (aw_bytes){copy, b.n};
}

static void flip_firmware(struct aw_bundle *b, struct aw_policy *p)
{
    (void)p;
    b->firmware = flipped(b->firmware, 3);
}

static void no_firmware(struct aw_bundle *b, struct aw_policy *p)
{
    (void)p;
    b->firmware = (aw_bytes){NULL, 0};
}

static void next_index(struct aw_bundle *b, struct aw_policy *p)
{
    (void)p;
    b->index++;
}

static void far_index(struct aw_bundle *b, struct aw_policy *p)
{
    (void)p;
    b->index = 1ULL << 63;
}

static void short_proof(struct aw_bundle *b, struct aw_policy *p)
{
    (void)p;
    b->proof.n--;
}

static void no_proof(struct aw_bundle *b, struct aw_policy *p)
{
    (void)p;
    b->proof.n = 0;
}

static void older_checkpoint(struct aw_bundle *b, struct aw_policy *p)
{
    (void)p;
    b->checkpoint = vec_file(SYN "log/checkpoint.11");
}

static void altered_origin(struct aw_bundle *b, struct aw_policy *p)
{
    (void)p;
    b->checkpoint = flipped(b->checkpoint, 0);
}

static void extra_line(struct aw_bundle *b, struct aw_policy *p)
{
    static uint8_t copy[8192];
    struct aw_wr w = aw_wr_init(copy, sizeof(copy));

    (void)p;
    aw_wr_put(&w, b->manifest);
    aw_wr_text(&w, "\xe2\x80\x94 someone AAAAAAAA\n");
    b->manifest = aw_wr_done(&w);
}

static void other_origin(struct aw_bundle *b, struct aw_policy *p)
{
    (void)b;
    p->origin = aw_text("otherlog");
}

static void other_log_key(struct aw_bundle *b, struct aw_policy *p)
{
    (void)b;
    p->log = key_named("applet_vkey");
}

static void hab_bytes(struct aw_bundle *b, struct aw_policy *p)
{
    (void)p;
    b->hab_signature = flipped(b->hab_signature, 0);
}

/* Names are those of bundle-verify.json. */
static const struct {
    const char *name;
    unsigned leaf;
    enum aw_component component;
    void (*change)(struct aw_bundle *, struct aw_policy *);
    aw_err want;
    enum aw_bundle_step step;
} cases[] = {
    {"os good", OS, AW_TRUSTED_OS, change_nothing, AW_OK, AW_STEP_DONE},
    {"applet good", APPLET, AW_TRUSTED_APPLET, change_nothing, AW_OK,
     AW_STEP_DONE},
    {"boot good", BOOT, AW_BOOTLOADER, change_nothing, AW_OK, AW_STEP_DONE},
    {"os with one verifier only configured", OS, AW_TRUSTED_OS, one_key_only,
     AW_OK, AW_STEP_DONE},
    {"os with verifier listed twice", OS, AW_TRUSTED_OS, key_twice,
     AW_ERR_AMBIGUOUS, AW_STEP_MANIFEST},
    {"os with a third verifier", OS, AW_TRUSTED_OS, third_key, AW_ERR_NO_SIG,
     AW_STEP_MANIFEST},
    {"applet bundle to OS verifier", APPLET, AW_TRUSTED_OS, only_os_keys,
     AW_ERR_NO_SIG, AW_STEP_MANIFEST},
    {"firmware bit flipped", OS, AW_TRUSTED_OS, flip_firmware, AW_ERR_DIGEST,
     AW_STEP_FIRMWARE},
    {"no firmware", OS, AW_TRUSTED_OS, no_firmware, AW_ERR_DIGEST,
     AW_STEP_FIRMWARE},
    {"index + 1", OS, AW_TRUSTED_OS, next_index, AW_ERR_PROOF,
     AW_STEP_INCLUSION},
    {"index beyond size", OS, AW_TRUSTED_OS, far_index, AW_ERR_RANGE,
     AW_STEP_INCLUSION},
    {"proof short", OS, AW_TRUSTED_OS, short_proof, AW_ERR_PROOF,
     AW_STEP_INCLUSION},
    {"proof nil", OS, AW_TRUSTED_OS, no_proof, AW_ERR_PROOF, AW_STEP_INCLUSION},
    {"older checkpoint with the newer proof", OS, AW_TRUSTED_OS,
     older_checkpoint, AW_ERR_PROOF, AW_STEP_INCLUSION},
    {"checkpoint origin altered", OS, AW_TRUSTED_OS, altered_origin, AW_ERR_SIG,
     AW_STEP_CHECKPOINT},
    {"signature line appended to the manifest after logging", OS, AW_TRUSTED_OS,
     extra_line, AW_ERR_PROOF, AW_STEP_INCLUSION},
    {"other origin", OS, AW_TRUSTED_OS, other_origin, AW_ERR_ORIGIN,
     AW_STEP_CHECKPOINT},
    {"other log key", OS, AW_TRUSTED_OS, other_log_key, AW_ERR_NO_SIG,
     AW_STEP_CHECKPOINT},
    {"HAB signature bytes are not covered by Verify", BOOT, AW_BOOTLOADER,
     hab_bytes, AW_ERR_DIGEST, AW_STEP_HAB},
};

/* Verifies a case and returns whether it passed. */
static bool run_case(size_t i)
{
    static struct aw_policy policy;
    static struct aw_verdict verdict;
    struct aw_wr work = aw_wr_init(work_area, sizeof(work_area));
    struct aw_bundle bundle;
    struct aw_expect expect = {.component = cases[i].component};
    struct aw_diag diag = {0};

    synthetic_policy(&policy);
    make_bundle(cases[i].leaf, &policy, &bundle);
    cases[i].change(&bundle, &policy);
    aw_err err =
        aw_bundle_verify(&bundle, &policy, &expect, &work, &verdict, &diag);

    ck_assert_msg(err == cases[i].want, "%s: got %s at %s", cases[i].name,
                  aw_err_name(err), diag.where);
    ck_assert_int_eq(verdict.step, cases[i].step);
    ck_assert(aw_release_sealed(&verdict.release) == (err == AW_OK));
    ck_assert_int_eq(diag.err, err);
    return err == AW_OK;
}

START_TEST(verify_cases)
{
    const cJSON *rows = vec_json(SYN "bundle-verify.json");
    struct compat compat;

    compat_load(&compat, "Bundles");
    ck_assert_int_eq(cJSON_GetArraySize(rows), (int)COUNT(cases));
    for (size_t i = 0; i < COUNT(cases); i++) {
        const cJSON *row = cJSON_GetArrayItem(rows, (int)i);
        bool upstream_ok = aw_bytes_is(vec_str(row, "Result"), "ok");

        CK_ASSERT_BYTES(vec_str(row, "Name"), aw_text(cases[i].name));
        compat_decided(&compat, aw_text(cases[i].name),
                       run_case(i) == upstream_ok);
    }
    compat_done(&compat);
}
END_TEST

/* Component, HAB target and least version: upstream's verifier looks at none
 * of them. */
START_TEST(expectations)
{
    static struct aw_policy policy;
    static struct aw_verdict verdict;
    struct aw_wr work = aw_wr_init(work_area, sizeof(work_area));
    struct aw_bundle bundle;
    struct aw_expect expect = {.component = AW_RECOVERY};

    synthetic_policy(&policy);
    make_bundle(BOOT, &policy, &bundle);
    ck_assert_int_eq(
        aw_bundle_verify(&bundle, &policy, &expect, &work, &verdict, NULL),
        AW_ERR_POLICY);
    ck_assert_int_eq(verdict.step, AW_STEP_POLICY);
    expect.any_component = true;
    ck_assert_int_eq(
        aw_bundle_verify(&bundle, &policy, &expect, &work, &verdict, NULL),
        AW_OK);
    policy.hab_target = aw_text("prod");
    ck_assert_int_eq(
        aw_bundle_verify(&bundle, &policy, &expect, &work, &verdict, NULL),
        AW_ERR_POLICY);
    policy.hab_target = aw_text("ci");
    expect.has_least_version = true;
    expect.least_version = (struct aw_semver){.minor = 2, .patch = 1};
    ck_assert_int_eq(
        aw_bundle_verify(&bundle, &policy, &expect, &work, &verdict, NULL),
        AW_ERR_POLICY);
    expect.least_version.patch = 0;
    ck_assert_int_eq(
        aw_bundle_verify(&bundle, &policy, &expect, &work, &verdict, NULL),
        AW_OK);
}
END_TEST

/* From bundle to record and file and back. */
START_TEST(to_and_from_records)
{
    static struct aw_policy policy;
    struct aw_bundle bundle;
    struct aw_bundle again;
    struct aw_bootcfg config;
    struct aw_bundle_file file;

    synthetic_policy(&policy);
    make_bundle(BOOT, &policy, &bundle);
    ck_assert_int_eq(aw_bundle_to_config(&bundle, &config), AW_OK);
    ck_assert(config.offset == 0 && config.size == 0);
    ck_assert_uint_eq(config.log_index, BOOT);
    ck_assert_int_eq(aw_bundle_from_config(&config, &again, NULL), AW_OK);
    CK_ASSERT_BYTES(again.checkpoint, bundle.checkpoint);
    CK_ASSERT_BYTES(again.manifest, bundle.manifest);
    ck_assert(!again.has_firmware && !again.has_hab_signature);
    ck_assert_mem_eq(&again.proof, &bundle.proof, sizeof(again.proof));
    ck_assert_int_eq(aw_bundle_to_file(&bundle, &file), AW_OK);
    ck_assert_int_eq(aw_bundle_from_file(&file, &again, NULL), AW_OK);
    ck_assert(again.has_firmware && again.has_hab_signature);
    CK_ASSERT_BYTES(again.firmware, bundle.firmware);
    CK_ASSERT_BYTES(again.hab_signature, bundle.hab_signature);
    ck_assert_uint_eq(again.index, BOOT);
    bundle.has_firmware = false;
    bundle.has_hab_signature = false;
    ck_assert_int_eq(aw_bundle_to_file(&bundle, &file), AW_OK);
    ck_assert_uint_eq(file.firmware.n + file.hab_signature.n, 0);
}
END_TEST

START_TEST(records_have_64_hashes)
{
    struct aw_bundle bundle = {.proof.n = AW_BOOTCFG_PROOF_MAX + 1};
    struct aw_bootcfg config = {.offset = 7};
    struct aw_bundle_file file = {.index = 7};

    ck_assert_int_eq(aw_bundle_to_config(&bundle, &config), AW_ERR_SPACE);
    ck_assert_int_eq(config.offset, 7);
    ck_assert_int_eq(aw_bundle_to_file(&bundle, &file), AW_ERR_SPACE);
    ck_assert_uint_eq(file.index, 7);
    bundle.proof.n--;
    ck_assert_int_eq(aw_bundle_to_config(&bundle, &config), AW_OK);
    ck_assert_int_eq(aw_bundle_to_file(&bundle, &file), AW_OK);
}
END_TEST

/* A hash of another length than 32 bytes is refused, nothing is touched. */
START_TEST(from_odd_hashes)
{
    uint8_t hash[33] = {0};
    struct aw_bootcfg config = {.n_proof = 1};
    struct aw_bundle bundle = {.index = 7};

    for (size_t n = 0; n < sizeof(hash); n++) {
        config.proof[0] = (aw_bytes){hash, n};
        ck_assert(aw_bundle_from_config(&config, &bundle, NULL) ==
                  (n == 32 ? AW_OK : AW_ERR_FORMAT));
        ck_assert_uint_eq(bundle.index, n < 32 ? 7 : 0);
    }
}
END_TEST

START_TEST(fits_target)
{
    static const struct {
        const char *target; /* NULL: no HAB section */
        const char *wanted;
        enum aw_component component;
        bool fits;
    } rows[] = {
        {"ci", "ci", AW_BOOTLOADER, true},
        {"ci", "prod", AW_BOOTLOADER, false},
        {"ci", "c", AW_BOOTLOADER, false},
        {"ci", "", AW_BOOTLOADER, true},
        {NULL, "ci", AW_BOOTLOADER, false},
        {NULL, "", AW_BOOTLOADER, true},
        {"prod", "ci", AW_RECOVERY, false},
        {NULL, "ci", AW_TRUSTED_OS, true},
        {"prod", "ci", AW_TRUSTED_APPLET, true},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct aw_manifest m = {.component = rows[i].component};

        m.has_hab = rows[i].target != NULL;
        m.hab_target = aw_text(m.has_hab ? rows[i].target : "");
        ck_assert(aw_manifest_fits_target(&m, aw_text(rows[i].wanted)) ==
                  rows[i].fits);
    }
}
END_TEST

/* Each leaf of the synthetic log is opened or refused as upstream's fetcher
 * does. */
START_TEST(open_each_leaf)
{
    static struct aw_policy policy;
    const cJSON *leaves = vec_json(SYN "leaves.json");
    const cJSON *fetched = vec_json(SYN "fetch-each.json");
    struct compat compat;

    compat_load(&compat, "Release log");
    synthetic_policy(&policy);
    ck_assert_int_eq(cJSON_GetArraySize(leaves), 23);
    for (int i = 0; i < 23; i++) {
        struct aw_wr work = aw_wr_init(work_area, sizeof(work_area));
        struct aw_manifest manifest;
        aw_bytes why = vec_str(cJSON_GetArrayItem(leaves, i), "Why");
        bool want = vec_bool(cJSON_GetArrayItem(fetched, i), "Ok");
        aw_err err =
            aw_leaf_open(leaf_at((unsigned)i), &policy, &work, &manifest, NULL);

        compat_decided(&compat, why, (err == AW_OK) == want);
    }
    compat_done(&compat);
}
END_TEST

/* What the fetcher picks for each HAB target. */
START_TEST(latest_as_upstream)
{
    static const char *const targets[] = {"", "ci", "prod", "nosuch"};
    static struct aw_policy policy;
    struct aw_latest latest = {0};
    char name[32];

    synthetic_policy(&policy);
    for (unsigned i = 0; i < 23; i++) {
        struct aw_wr work = aw_wr_init(work_area, sizeof(work_area));
        struct aw_manifest manifest;

        if (aw_leaf_open(leaf_at(i), &policy, &work, &manifest, NULL) ==
            AW_OK) {
            ck_assert_int_eq(aw_latest_add(&latest, i, &manifest,
                                           aw_text(targets[_i]), NULL),
                             AW_OK);
        }
    }
    (void)snprintf(name, sizeof(name), "hab_target=%s", targets[_i]);
    const cJSON *rows =
        cJSON_GetObjectItemCaseSensitive(vec_json(SYN "scan.json"), name);
    const cJSON *row = NULL;
    int n = 0;

    cJSON_ArrayForEach(row, rows)
    {
        enum aw_component c = AW_BOOTLOADER;

        ck_assert_int_eq(aw_component_parse(vec_str(row, "Component"), &c),
                         AW_OK);
        bool none = aw_bytes_is(vec_str(row, "Index"), "none");

        ck_assert(latest.of[c].found == !none);
        if (!none) {
            ck_assert_uint_eq(latest.of[c].index, vec_u64(row, "Index"));
        }
        n++;
    }
    ck_assert_int_eq(n, AW_COMPONENTS);
}
END_TEST

Suite *suite_bundle(void)
{
    Suite *s = suite_create("bundle");
    TCase *tc = tcase_create("all");

    tcase_add_test(tc, verify_cases);
    tcase_add_test(tc, expectations);
    tcase_add_test(tc, to_and_from_records);
    tcase_add_test(tc, records_have_64_hashes);
    tcase_add_test(tc, from_odd_hashes);
    tcase_add_test(tc, fits_target);
    tcase_add_test(tc, open_each_leaf);
    tcase_add_loop_test(tc, latest_as_upstream, 0, 4);
    suite_add_tcase(s, tc);
    return s;
}
