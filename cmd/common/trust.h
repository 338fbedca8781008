/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_TRUST_H
#define COMMON_TRUST_H

#include "common/policy.h"

/*
 * Whom a command trusts: a named policy, or one put together from options
 * with upstream's names. A policy together with an option for the log or for
 * keys is wrong usage; hab-target and srk-hash complete a policy that is
 * silent about them.
 */
struct aw_trust_args {
    const char *policy;
    const char *tmpl;
    const char *log_url;
    const char *origin;
    const char *log_key;
    const char *applet;
    const char *boot;
    const char *os1;
    const char *os2;
    const char *recovery;
    const char *hab_target;
    const char *srk_hash;
};

/* Rows of an option table for a struct that holds an aw_trust_args at offset
 * `base`: whom to trust about the log, and where the log is. */
#define AW_TRUST_ROW(base, field)                                              \
    .type = AW_OPT_TEXT, .at = (base) + offsetof(struct aw_trust_args, field), \
    .group = "Trust"

#define AW_TRUST_WHO_OPTS(base)                                              \
    {.name = "policy",                                                       \
     .arg = "NAME|FILE",                                                     \
     .help = "Policy that says which log and which keys count: ci, prod, a " \
             "name below the policies folder, or a file.",                   \
     AW_TRUST_ROW(base, policy)},                                            \
        {.name = "template",                                                 \
         .arg = "ci|prod",                                                   \
         .help = "Built-in policy, as --policy.",                            \
         AW_TRUST_ROW(base, tmpl)},                                          \
        {.name = "origin",                                                   \
         .alias = "firmware-log-origin log-origin",                          \
         .arg = "TEXT",                                                      \
         .help = "Origin line of the log's checkpoints.",                    \
         AW_TRUST_ROW(base, origin)},                                        \
    {                                                                        \
        .name = "vkey", .alias = "firmware-log-verifier log-pubkey",         \
        .arg = "KEY",                                                        \
        .help = "Verifier key of the log: a key string or a file with one.", \
        AW_TRUST_ROW(base, log_key)                                          \
    }

#define AW_TRUST_LOG_OPTS(base)                                               \
    AW_TRUST_WHO_OPTS(base),                                                  \
    {                                                                         \
        .name = "log-url", .alias = "firmware-log-url", .arg = "URL|DIR",     \
        .help = "Where the log is: a folder, file:// or http(s):// address.", \
        AW_TRUST_ROW(base, log_url)                                           \
    }

#define AW_TRUST_KEY_OPTS(base)                                       \
    {.name = "applet-verifier",                                       \
     .alias = "applet-pubkey",                                        \
     .arg = "KEY",                                                    \
     .help = "Key that signs the trusted applet.",                    \
     AW_TRUST_ROW(base, applet)},                                     \
        {.name = "boot-verifier",                                     \
         .alias = "boot-pubkey",                                      \
         .arg = "KEY",                                                \
         .help = "Key that signs the bootloader.",                    \
         AW_TRUST_ROW(base, boot)},                                   \
        {.name = "os-verifier-1",                                     \
         .alias = "os-pubkey1",                                       \
         .arg = "KEY",                                                \
         .help = "First key that signs the trusted OS.",              \
         AW_TRUST_ROW(base, os1)},                                    \
        {.name = "os-verifier-2",                                     \
         .alias = "os-pubkey2",                                       \
         .arg = "KEY",                                                \
         .help = "Second key that signs the trusted OS.",             \
         AW_TRUST_ROW(base, os2)},                                    \
        {.name = "recovery-verifier",                                 \
         .alias = "recovery-pubkey",                                  \
         .arg = "KEY",                                                \
         .help = "Key that signs the recovery image.",                \
         AW_TRUST_ROW(base, recovery)},                               \
    {                                                                 \
        .name = "hab-target", .arg = "NAME",                          \
        .help = "HAB target that bootloader and recovery must name.", \
        AW_TRUST_ROW(base, hab_target)                                \
    }

/* For commands that judge images as the boot ROM does. */
#define AW_TRUST_ROM_OPTS(base)                                               \
    {                                                                         \
        .name = "srk-hash", .arg = "HASH",                                    \
        .help = "SRK hash in the device's fuses, 64 hex digits or a file of " \
                "32 bytes: bootloader and recovery must be signed under it, " \
                "as the boot ROM of a closed part decides.",                  \
        AW_TRUST_ROW(base, srk_hash)                                          \
    }

/* The trust of one run; big, so it lives in the pool. */
struct aw_trust {
    struct aw_policy_use use; /* show it with aw_policy_put */
    const char *log_url;      /* NULL: unknown */
};

/**
 * Puts the trust together.
 *
 * @param trust  set to memory of the pool
 * @return AW_EXIT_OK, or the exit code of what was reported
 */
AW_MUST_CHECK int aw_trust_load(struct aw_ctx *ctx,
                                const struct aw_trust_args *args,
                                struct aw_trust **trust);

/** The same for what cannot do without a log: key and origin are there. */
AW_MUST_CHECK int aw_trust_load_log(struct aw_ctx *ctx,
                                    const struct aw_trust_args *args,
                                    struct aw_trust **trust);

/** Reports when the trust names no log. @return as aw_trust_load */
AW_MUST_CHECK int aw_trust_need_log(struct aw_ctx *ctx,
                                    const struct aw_trust *trust);

#endif
