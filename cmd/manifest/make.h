/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MANIFEST_MAKE_H
#define MANIFEST_MAKE_H

#include "aw/ftlog/manifest.h"
#include "common/cmd.h"

/* What options say of a release, with upstream's names. */
struct manifest_says {
    const char *tag;
    const char *commit;
    uint64_t schema_version;
    const char *hab_target; /* has no row here */
    const char *tamago;
    struct aw_list envs;
    const char *recipe;
    const char *toolchain;
    const char *toolchain_version;
    const char *toolchain_sha256;
    const char *sources_sha256;
};

#define MANIFEST_SAY(base, field) \
    .at = (base) + offsetof(struct manifest_says, field)

/* Rows of an option table for a struct that holds a manifest_says at offset
 * `base`. `need`: version and commit must be given. */
#define MANIFEST_SAY_OPTS(base, need)                                          \
    {.name = "git-tag",                                                        \
     .type = AW_OPT_TEXT,                                                      \
     MANIFEST_SAY(base, tag),                                                  \
     .arg = "VERSION",                                                         \
     .help = "Version of the release, a semantic version; a v in front is "    \
             "dropped.",                                                       \
     .required = (need)},                                                      \
        {.name = "git-commit-fingerprint",                                     \
         .type = AW_OPT_TEXT,                                                  \
         MANIFEST_SAY(base, commit),                                           \
         .arg = "HEX",                                                         \
         .help = "Commit that it is built from, 40 lower-case hex digits.",    \
         .required = (need)},                                                  \
        {.name = "schema-version",                                             \
         .type = AW_OPT_U64,                                                   \
         MANIFEST_SAY(base, schema_version),                                   \
         .arg = "N",                                                           \
         .fallback = "0",                                                      \
         .help = "Version of the manifest's form, 0 or 1."},                   \
        {.name = "build-env",                                                  \
         .type = AW_OPT_LIST,                                                  \
         MANIFEST_SAY(base, envs),                                             \
         .arg = "KEY=VALUE",                                                   \
         .group = "Build",                                                     \
         .help = "Environment variable that the build needs."},                \
        {.name = "tamago-version",                                             \
         .type = AW_OPT_TEXT,                                                  \
         MANIFEST_SAY(base, tamago),                                           \
         .arg = "VERSION",                                                     \
         .group = "Build",                                                     \
         .help = "Version of the TamaGo compiler, for firmware in Go; a v in " \
                 "front "                                                      \
                 "is dropped."},                                               \
        {.name = "recipe",                                                     \
         .type = AW_OPT_TEXT,                                                  \
         MANIFEST_SAY(base, recipe),                                           \
         .arg = "NAME",                                                        \
         .group = "Build",                                                     \
         .help = "How firmware in C is built, such as c-firmware-1. Then the " \
                 "four "                                                       \
                 "options below are needed, too."},                            \
        {.name = "toolchain-name",                                             \
         .type = AW_OPT_TEXT,                                                  \
         MANIFEST_SAY(base, toolchain),                                        \
         .arg = "NAME",                                                        \
         .group = "Build",                                                     \
         .help = "Package of the compiler."},                                  \
        {.name = "toolchain-version",                                          \
         .type = AW_OPT_TEXT,                                                  \
         MANIFEST_SAY(base, toolchain_version),                                \
         .arg = "VERSION",                                                     \
         .group = "Build",                                                     \
         .help = "Version of that package."},                                  \
        {.name = "toolchain-sha256",                                           \
         .type = AW_OPT_TEXT,                                                  \
         MANIFEST_SAY(base, toolchain_sha256),                                 \
         .arg = "HEX",                                                         \
         .group = "Build",                                                     \
         .help = "SHA-256 of that package."},                                  \
    {                                                                          \
        .name = "sources-sha256", .type = AW_OPT_TEXT,                         \
        MANIFEST_SAY(base, sources_sha256), .arg = "HEX", .group = "Build",    \
        .help = "SHA-256 of the list of third-party sources."                  \
    }

/* The artefacts that a manifest names. */
struct manifest_artefacts {
    enum aw_component component;
    aw_bytes image;
    bool has_hab_signature;
    aw_bytes hab_signature;
};

/** Checks that the options go together. @return exit code */
AW_MUST_CHECK int manifest_says_check(struct aw_ctx *ctx,
                                      const struct manifest_says *says,
                                      const struct manifest_artefacts *of);

/**
 * Makes the JSON text of a manifest, and reads it back: what no reader takes
 * is not made.
 *
 * @param text  memory of the pool
 * @return AW_EXIT_OK, or the exit code of what was reported
 */
AW_MUST_CHECK int manifest_make(struct aw_ctx *ctx,
                                const struct manifest_says *says,
                                const struct manifest_artefacts *of,
                                aw_bytes *text);

#endif
