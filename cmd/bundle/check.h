/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BUNDLE_CHECK_H
#define BUNDLE_CHECK_H

#include "aw/ftlog/bundle.h"
#include "common/trust.h"

/* Verification of a bundle in a file: aw verify --bundle and aw bundle verify
 * are the same. */
struct bundle_check_args {
    struct aw_trust_args trust;
    const char *firmware;
    const char *hab_signature;
    const char *component;
    const char *least_version;
    const char *proof_dir;
    uint64_t rebuilders;
    const char *rebuilds;
    bool skip_hab;
    bool accept_new_baseline;
};

#define BUNDLE_CHECK_ROW(base, field) \
    .type = AW_OPT_TEXT,              \
    .at = (base) + offsetof(struct bundle_check_args, field)

/* Rows of an option table for a struct that holds a bundle_check_args at
 * offset `base`: what only a bundle has, and what images have too. */
#define BUNDLE_CHECK_OPTS(base)                                           \
    {.name = "firmware",                                                  \
     .arg = "FILE",                                                       \
     .help = "Image that belongs to the bundle: ELF, or IMX without HAB " \
             "signature.",                                                \
     BUNDLE_CHECK_ROW(base, firmware)},                                   \
        {.name = "hab-signature",                                         \
         .arg = "FILE",                                                   \
         .help = "HAB signature (CSF) that belongs to the bundle.",       \
         BUNDLE_CHECK_ROW(base, hab_signature)},                          \
        {.name = "component",                                             \
         .arg = "NAME",                                                   \
         .help = "Refuse a bundle of another component: BOOTLOADER, "     \
                 "RECOVERY, TRUSTED_OS or TRUSTED_APPLET.",               \
         BUNDLE_CHECK_ROW(base, component)},                              \
    {                                                                     \
        .name = "least-version", .arg = "VERSION",                        \
        .help = "Refuse an older release.",                               \
        BUNDLE_CHECK_ROW(base, least_version)                             \
    }

#define BUNDLE_COMMON_OPTS(base)                                              \
    {.name = "proof-dir",                                                     \
     .arg = "DIR",                                                            \
     .help = "Write each verified manifest with its proof "                   \
             "(c2sp.org/tlog-proof) below DIR, for others to check "          \
             "offline with aw log check.",                                    \
     BUNDLE_CHECK_ROW(base, proof_dir)},                                      \
        {.name = "require-rebuilders",                                        \
         .type = AW_OPT_U64,                                                  \
         .at = (base) + offsetof(struct bundle_check_args, rebuilders),       \
         .arg = "N",                                                          \
         .help = "Rebuilders of so many operators must have reproduced each " \
                 "release; what the policy says by default."},                \
        {.name = "rebuilds",                                                  \
         .arg = "DIR|URL",                                                    \
         .help = "Where results of rebuilders are; what the policy says by "  \
                 "default.",                                                  \
         BUNDLE_CHECK_ROW(base, rebuilds)},                                   \
        {.name = "skip-hab",                                                  \
         .type = AW_OPT_FLAG,                                                 \
         .at = (base) + offsetof(struct bundle_check_args, skip_hab),         \
         .help = "Leave out what the boot ROM decides about bootloader and "  \
                 "recovery; the result says so."},                            \
    {                                                                         \
        .name = "accept-new-baseline", .type = AW_OPT_FLAG,                   \
        .at =                                                                 \
            (base) + offsetof(struct bundle_check_args, accept_new_baseline), \
        .help = "Start anew when the saved state of the log is missing or "   \
                "damaged."                                                    \
    }

/**
 * Verifies the bundle in a file and writes the result. The log is asked when
 * --log-url is given.
 *
 * @param path     "-" is standard input
 * @param trust    names a log
 * @param release  set on success to what was verified, borrowed from memory of
 *                 the pool; may be NULL
 * @param bundle   the same with the evidence; may be NULL
 *
 * @return AW_EXIT_OK, or the exit code of what was reported
 */
AW_MUST_CHECK int bundle_check(struct aw_ctx *ctx, const char *path,
                               const struct bundle_check_args *args,
                               const struct aw_trust *trust,
                               struct aw_release *release,
                               struct aw_bundle *bundle);

/** The same for a release that something is done with afterwards: with the
 *  trust that the options say, and the result as member "release". */
AW_MUST_CHECK int bundle_check_release(struct aw_ctx *ctx, const char *path,
                                       const struct bundle_check_args *args,
                                       struct aw_release *release,
                                       struct aw_bundle *bundle);

#endif
