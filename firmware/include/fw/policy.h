/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_POLICY_H
#define FW_POLICY_H

/*
 * What is compiled into an image: whom it trusts and what it is. The build
 * writes it (firmware/policy.c.in) from variables with upstream's names, which
 * a release's manifest lists in `envs`. Texts that an image does not use are
 * empty.
 */
struct policy {
    const char *log_origin;        /* LOG_ORIGIN */
    const char *log_public_key;    /* LOG_PUBLIC_KEY, a verifier key */
    const char *os_public_key[2];  /* OS_PUBLIC_KEY1, OS_PUBLIC_KEY2 */
    const char *applet_public_key; /* APPLET_PUBLIC_KEY */
    const char *srk_hash;          /* SRK_HASH, hex */
    const char *version;           /* GIT_SEMVER_TAG */
    const char *revision;          /* REV: commit */
    const char *variant;           /* release, debug or test */
};

extern const struct policy policy;

#endif
