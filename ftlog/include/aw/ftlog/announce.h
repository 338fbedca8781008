/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_FTLOG_ANNOUNCE_H
#define AW_FTLOG_ANNOUNCE_H

#include "aw/ftlog/latest.h"
#include "aw/ftlog/manifest.h"
#include "aw/ftlog/policy.h"

/*
 * What must hold before a release is announced. An entry of a log is for
 * ever, so all that a device, a verifier or a rebuilder would refuse later is
 * refused here, before anybody signs.
 */
enum {
    /* Longest version text that upstream's OS can read back from the RPMB:
     * it reads 32 bytes of a gob string with 4 bytes in front of the text.
     * A device with a longer one stops at every boot. */
    AW_ANNOUNCE_VERSION_MAX = 28
};

/* The rules, in the order in which they are looked at. */
enum aw_announce_rule {
    AW_ANNOUNCE_COMPONENT,     /* the component that was meant */
    AW_ANNOUNCE_SIGNERS,       /* the policy says who signs it */
    AW_ANNOUNCE_TEST_BUILD,    /* no build for tests: TEST=1 */
    AW_ANNOUNCE_BUILT_FOR,     /* what is compiled in is what the policy says */
    AW_ANNOUNCE_VERSION,       /* OS, applet: devices can store the version */
    AW_ANNOUNCE_HAB_SECTION,   /* bootloader, recovery: yes; others: no */
    AW_ANNOUNCE_HAB_TARGET,    /* the policy's */
    AW_ANNOUNCE_IMAGE_SIZE,    /* it fits where it is stored */
    AW_ANNOUNCE_IMAGE,         /* SHA-256 of the image */
    AW_ANNOUNCE_HAB_SIGNATURE, /* there where it belongs, and its SHA-256 */
    AW_ANNOUNCE_NEWER,         /* newer than all that is in the log */
    AW_ANNOUNCE_FINE
};

/* A release as it is to be announced. Spans are borrowed. */
struct aw_announce {
    struct aw_manifest manifest;
    enum aw_component component; /* that the caller means */
    aw_bytes image;              /* ELF, or IMX without CSF */
    bool has_hab_signature;
    aw_bytes hab_signature;  /* CSF that follows the IMX */
    bool allow_long_version; /* waives AW_ANNOUNCE_VERSION */
};

/**
 * Checks all rules but AW_ANNOUNCE_NEWER, which needs the log.
 *
 * @param rule  the first rule that is broken; AW_ANNOUNCE_FINE without any
 * @param diag  may be NULL; for AW_ANNOUNCE_BUILT_FOR and _TEST_BUILD `at` is
 *              the number of the environment variable
 *
 * @return AW_OK; AW_ERR_POLICY for another component or HAB target, a
 *         missing or needless HAB section or HAB signature, and a variable
 *         that is not the policy's; AW_ERR_NO_SIG if the policy names no key
 *         for the component; AW_ERR_PRECONDITION for a build for tests;
 *         AW_ERR_SPACE for a version or an image that is too long, and for
 *         an empty image; AW_ERR_DIGEST for an image or HAB signature that is
 *         not the manifest's.
 */
AW_MUST_CHECK aw_err aw_announce_check(const struct aw_announce *announce,
                                       const struct aw_policy *policy,
                                       enum aw_announce_rule *rule,
                                       struct aw_diag *diag);

/**
 * Checks AW_ANNOUNCE_NEWER: versions only go up, since devices refuse to go
 * back.
 *
 * @param latest  of the component, from all entries of the log
 *
 * @return AW_OK; AW_ERR_POLICY if the version is not above the latest.
 */
AW_MUST_CHECK aw_err aw_announce_check_newer(
    const struct aw_manifest *manifest, const struct aw_latest_entry *latest,
    struct aw_diag *diag);

/** True for an environment variable of a build for tests: TEST with any value
 *  but "" and "0", in whatever case and with blanks around the name; also the
 *  name alone, whose value nobody knows. */
bool aw_env_is_test(aw_bytes env);

/**
 * What a policy says that an environment variable must be.
 *
 * @param name  LOG_ORIGIN, LOG_PUBLIC_KEY, APPLET_PUBLIC_KEY, OS_PUBLIC_KEY1,
 *              OS_PUBLIC_KEY2, SRK_HASH
 * @param w     receives the value; nothing for other names, and for what the
 *              policy does not fix
 */
void aw_policy_env(const struct aw_policy *policy, aw_bytes name,
                   struct aw_wr *w);

/**
 * Compares an environment variable with what a policy says that it must be.
 *
 * @param env   KEY=value; untrusted
 *
 * @return AW_OK; AW_ERR_NOT_FOUND if the policy says nothing of it;
 *         AW_ERR_POLICY if it is another one.
 */
AW_MUST_CHECK aw_err aw_policy_check_env(const struct aw_policy *policy,
                                         aw_bytes env);

#endif
