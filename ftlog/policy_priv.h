/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POLICY_PRIV_H
#define POLICY_PRIV_H

#include "aw/ftlog/policy.h"

/* State while the lines of a policy are read. */
struct policy_reader {
    struct aw_policy *policy;
    struct aw_rd line; /* what is left of the line */
    uint64_t number;   /* of the line, from 1 */
    uint32_t seen;     /* words that may stand once, by place in the table */
    bool member[AW_POLICY_WITNESSES + AW_POLICY_GROUPS]; /* of some group */
    struct aw_diag *diag;
};

/** Next field of the line; empty at its end. */
aw_bytes policy_field(struct policy_reader *r);

/** Notes a failure at the line. */
aw_err policy_fail(struct policy_reader *r, aw_err err, const char *where);

/* Readers of the lines of one word each, behind the word. */
AW_MUST_CHECK aw_err policy_read_max_age(struct policy_reader *r);
AW_MUST_CHECK aw_err policy_read_witness(struct policy_reader *r);
AW_MUST_CHECK aw_err policy_read_group(struct policy_reader *r);
AW_MUST_CHECK aw_err policy_read_quorum(struct policy_reader *r);

/** True when both wrap the same public key, whatever their names. */
bool policy_same_public(const struct aw_vkey *a, const struct aw_vkey *b);

#endif
