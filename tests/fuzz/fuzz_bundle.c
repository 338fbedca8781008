/* SPDX-License-Identifier: Apache-2.0 */
/* Bundles in every form, from bytes to the verdict, under a fixed policy. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "aw/ftlog/bundle.h"
#include "fuzz.h"

/* Log, bootloader, OS and applet keys of aw-synthetic, and those of ci/2. */
static const char synthetic_text[] =
    "aw-policy 1\n"
    "log ArmoredWitnessFirmwareLog+3e6f9306+"
    "ARjETaImkiqXZCH5pk1XtfX0tHgFhi1qGIxQqT6231S1\n"
    "origin testlog\n"
    "component BOOTLOADER "
    "test-boot+44991abe+AUjHQ4wNywnc2WLBdBb+tIG0PPgDRyUGEsW2MwaHIPpF\n"
    "component TRUSTED_OS "
    "test-os-1+9395589a+AYlQ0SeQx8tVtQZkIJxU7OKmv8rspXRiRc4hVO/bq1xV "
    "test-os-2+102291d1+AV91Bykl/mok7XNiC8XCDn+6bScvzttbqo2ru0Xdocj5\n"
    "component TRUSTED_APPLET "
    "test-applet+290af40f+Af0AiAktGwImYbgFA9UrczRbYBaJbdZzn5A2ToTOkqxV\n"
    "hab-target ci\n"
    "quorum none\n";
static const char real_text[] =
    "aw-policy 1\n"
    "log transparency.dev-aw-ftlog-ci-2+f77c6276+"
    "AZXqiaARpwF4MoNOxx46kuiIRjrML0PDTm+c7BLaAMt6\n"
    "origin transparency.dev/armored-witness/firmware_transparency/ci/2\n"
    "component TRUSTED_APPLET transparency.dev-aw-applet-ci+3ff32e2c+"
    "AV1fgxtByjXuPjPfi0/7qTbEBlPGGCyxqr6ZlppoLOz3\n"
    "quorum none\n";

static struct aw_policy policies[2];
static uint8_t work_area[AW_MANIFEST_WORK];
static uint8_t json_area[AW_BOOTCFG_JSON_WORK];
static uint8_t out_area[2 * AW_BOOTCFG_JSON_MAX];

static void check(int ok)
{
    if (!ok) {
        __builtin_trap();
    }
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    check(aw_policy_parse(aw_text(synthetic_text), &policies[0], NULL) ==
          AW_OK);
    check(aw_policy_parse(aw_text(real_text), &policies[1], NULL) == AW_OK);
    return 0;
}

/* Of another component, or older than asked for: refused at that step. */
static void ask_for_more(const struct aw_bundle *bundle,
                         const struct aw_policy *policy,
                         enum aw_component component)
{
    static struct aw_verdict verdict;
    static const struct aw_semver newest = {
        .major = INT64_MAX, .minor = INT64_MAX, .patch = INT64_MAX};
    struct aw_expect other = {
        .component = component == AW_RECOVERY ? AW_BOOTLOADER : AW_RECOVERY};
    struct aw_expect newer = {.component = component,
                              .has_least_version = true,
                              .least_version = newest};
    struct aw_wr work = aw_wr_init(work_area, sizeof(work_area));

    check(aw_bundle_verify(bundle, policy, &other, &work, &verdict, NULL) ==
          AW_ERR_POLICY);
    check(verdict.step == AW_STEP_POLICY);
    check(aw_bundle_verify(bundle, policy, &newer, &work, &verdict, NULL) ==
          AW_ERR_POLICY);
    check(!aw_release_sealed(&verdict.release));
}

/* A verdict is sealed if and only if all steps passed, and then nothing in the
 * bundle may change: a flipped bit of the manifest must be refused. */
static void verify(const struct aw_bundle *bundle,
                   const struct aw_policy *policy)
{
    static struct aw_verdict verdict;
    static uint8_t altered[AW_MANIFEST_MAX];
    struct aw_expect expect = {.any_component = true};
    struct aw_wr work = aw_wr_init(work_area, sizeof(work_area));
    struct aw_diag diag = {0};
    aw_err err =
        aw_bundle_verify(bundle, policy, &expect, &work, &verdict, &diag);

    check((err == AW_OK) == aw_release_sealed(&verdict.release));
    check((err == AW_OK) == (verdict.step == AW_STEP_DONE));
    check(err == diag.err);
    check(aw_bundle_step_name(verdict.step)[0] != '\0');
    if (err != AW_OK) {
        return;
    }
    ask_for_more(bundle, policy, verdict.release.component);
    struct aw_bundle other = *bundle;

    check(bundle->manifest.n > 0 && bundle->manifest.n <= sizeof(altered));
    memcpy(altered, bundle->manifest.p, bundle->manifest.n);
    altered[bundle->manifest.n / 2] ^= 1;
    other.manifest.p = altered;
    check(aw_bundle_verify(&other, policy, &expect, &work, &verdict, NULL) !=
          AW_OK);
    check(!aw_release_sealed(&verdict.release));
}

static void same_evidence(const struct aw_bundle *a, const struct aw_bundle *b)
{
    check(a->index == b->index);
    check(aw_bytes_equal(a->checkpoint, b->checkpoint));
    check(aw_bytes_equal(a->manifest, b->manifest));
    check(a->proof.n == b->proof.n);
    check(memcmp(a->proof.h, b->proof.h, a->proof.n * sizeof(a->proof.h[0])) ==
          0);
}

/* What was read is written, and read to the same again. */
static void round_trip(const struct aw_bundle *bundle)
{
    struct aw_bootcfg config;
    struct aw_bootcfg again;
    struct aw_bundle read;
    struct aw_wr w = aw_wr_init(out_area, sizeof(out_area));

    if (aw_bundle_to_config(bundle, &config) != AW_OK) {
        return;
    }
    if (aw_bootcfg_write(&config, &w) == AW_OK) {
        check(aw_bootcfg_parse(aw_wr_done(&w), &again, NULL) == AW_OK);
        check(aw_bundle_from_config(&again, &read, NULL) == AW_OK);
        same_evidence(bundle, &read);
    }
    struct aw_wr text = aw_wr_init(out_area, AW_BOOTCFG_JSON_MAX);
    struct aw_wr work = aw_wr_init(json_area, sizeof(json_area));
    struct aw_sink sink = aw_sink_wr(&text);

    aw_bootcfg_write_json(&config, &sink);
    if (!text.failed) {
        check(aw_bootcfg_parse_json(aw_wr_done(&text), &work, &again, NULL) ==
              AW_OK);
        check(aw_bundle_from_config(&again, &read, NULL) == AW_OK);
        same_evidence(bundle, &read);
    }
}

static void judge(const struct aw_bundle *bundle, bool borrowed_json)
{
    for (size_t i = 0; i < 2; i++) {
        verify(bundle, &policies[i]);
    }
    /* The round trip needs the area that a JSON bundle borrows from. */
    if (!borrowed_json) {
        round_trip(bundle);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    aw_bytes input = {data, size};
    struct aw_bootcfg config;
    struct aw_bundle_file file;
    struct aw_bundle bundle;
    struct aw_wr work = aw_wr_init(json_area, sizeof(json_area));

    if (aw_bootcfg_parse(input, &config, NULL) == AW_OK &&
        aw_bundle_from_config(&config, &bundle, NULL) == AW_OK) {
        judge(&bundle, false);
    }
    if (aw_bundle_file_parse(input, &file, NULL) == AW_OK &&
        aw_bundle_from_file(&file, &bundle, NULL) == AW_OK) {
        judge(&bundle, false);
    }
    if (aw_bootcfg_parse_json(input, &work, &config, NULL) == AW_OK &&
        aw_bundle_from_config(&config, &bundle, NULL) == AW_OK) {
        judge(&bundle, true);
    }
    return 0;
}
