/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_POLICY_H
#define COMMON_POLICY_H

#include "aw/ftlog/policy.h"
#include "common/input.h"

/* A policy as read, and what results say of it. Lives as long as the run. */
struct aw_policy_use {
    struct aw_policy policy;
    const char *name; /* as given: "prod" */
    const char *from; /* "built in", or the file */
    uint8_t sha256[AW_SHA256_SIZE];
};

/**
 * Reads the policy of a name or path. A value without `/` and `.` is a name:
 * "ci" and "prod" are built in, others are NAME in the folder policies of the
 * configuration folder, else of /etc/aw. All other values are paths.
 *
 * @param value  borrowed for the run
 * @param use    set to a policy in pool memory
 *
 * @return AW_EXIT_OK, or the exit code of what was reported
 */
AW_MUST_CHECK int aw_policy_read(struct aw_ctx *ctx, const char *value,
                                 const struct aw_policy_use **use);

/** Puts name, origin of the text and hash as the object "policy". */
void aw_policy_put(struct aw_ctx *ctx, const struct aw_policy_use *use);

/** Adds the keys of all components that are not among the keys already. */
void aw_policy_add_keys(struct aw_ctx *ctx, const struct aw_policy *policy,
                        struct aw_keys *keys);

#endif
