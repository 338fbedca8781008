/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_FTLOG_POLICY_H
#define AW_FTLOG_POLICY_H

#include "aw/ftlog/note.h"
#include "aw/release.h"

/*
 * Trust policy: which log, which keys sign which component, which witnesses
 * must have cosigned. Text format "aw-policy 1" and C2SP tlog-policy, see
 * docs/formats/policy.md. Spans are borrowed from the policy text.
 */
enum {
    AW_POLICY_MAX = 64 * 1024, /* bytes of text */
    AW_POLICY_KEYS = 4,        /* per component */
    AW_POLICY_WITNESSES = 64,
    AW_POLICY_GROUPS = 32,
    AW_POLICY_MEMBERS = 64, /* of one group */
    AW_POLICY_REBUILDERS = 16
};

struct aw_signers {
    size_t n; /* every one of them must sign */
    struct aw_vkey key[AW_POLICY_KEYS];
};

struct aw_witness_key {
    aw_bytes name;      /* name inside the policy */
    struct aw_vkey key; /* type 04 */
    aw_bytes url;
};

/* Threshold over witnesses and earlier groups. */
struct aw_group {
    aw_bytes name;
    size_t threshold;
    size_t n;
    /* below AW_POLICY_WITNESSES a witness, else a group minus that number */
    uint8_t member[AW_POLICY_MEMBERS];
};

struct aw_policy {
    bool has_log;
    struct aw_vkey log;
    aw_bytes log_url;
    aw_bytes origin;
    struct aw_signers signers[AW_COMPONENTS];
    aw_bytes hab_target; /* empty: not fixed */
    bool has_srk_hash;
    uint8_t srk_hash[32];
    aw_bytes binaries_url;
    size_t n_witnesses;
    struct aw_witness_key witness[AW_POLICY_WITNESSES];
    size_t n_groups;
    struct aw_group group[AW_POLICY_GROUPS];
    bool has_quorum;    /* false: no cosignature is asked for */
    uint8_t quorum;     /* numbered as a group member */
    uint64_t max_age_s; /* 0: any age; needs a quorum */
    size_t n_rebuilders;
    struct aw_vkey rebuilder[AW_POLICY_REBUILDERS];
    size_t rebuilder_quorum;
    aw_bytes rebuilds_url;
};

void aw_policy_init(struct aw_policy *policy);
AW_MUST_CHECK aw_err aw_policy_parse(aw_bytes text, struct aw_policy *policy,
                                     struct aw_diag *diag);
/** Checks the quorum of a checkpoint note. `now` in seconds since 1970, used
 *  for max_age_s only. AW_ERR_QUORUM when it is not met. */
AW_MUST_CHECK aw_err aw_policy_check_quorum(const struct aw_policy *policy,
                                            aw_bytes checkpoint_note,
                                            uint64_t now, struct aw_diag *diag);

#endif
