/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/ftlog/policy.h"

static bool fresh(const struct aw_policy *policy, uint64_t time, uint64_t now)
{
    if (policy->max_age_s == 0) {
        return true;
    }
    if (time > now) {
        return time - now <= AW_POLICY_CLOCK_SKEW_S;
    }
    return now - time <= policy->max_age_s;
}

aw_err aw_policy_cosigned(const struct aw_policy *policy,
                          aw_bytes checkpoint_note, uint64_t now,
                          struct aw_cosigned *cosigned, struct aw_diag *diag)
{
    struct aw_vkey keys[AW_POLICY_WITNESSES];
    struct aw_note note;
    struct aw_cosigned out = {0};

    AW_BUG_ON(policy->n_witnesses > AW_POLICY_WITNESSES);
    for (size_t i = 0; i < policy->n_witnesses; i++) {
        keys[i] = policy->witness[i].key;
    }
    aw_err err =
        aw_note_open(checkpoint_note, keys, policy->n_witnesses, &note, diag);

    if (err != AW_OK && err != AW_ERR_NO_SIG) {
        return err;
    }
    for (size_t i = 0; err == AW_OK && i < policy->n_witnesses; i++) {
        if (note.verified[i] != 0) {
            out.time[i] = note.time[i];
            out.counted[i] = fresh(policy, note.time[i], now);
            out.n += out.counted[i] ? 1 : 0;
        }
    }
    *cosigned = out;
    return AW_OK;
}

/* Members of a group that are met; groups refer to earlier ones only. */
static size_t count_members(const struct aw_group *group, const bool *met)
{
    size_t n = 0;

    for (size_t i = 0; i < group->n; i++) {
        n += met[group->member[i]] ? 1 : 0;
    }
    return n;
}

aw_err aw_policy_check_quorum(const struct aw_policy *policy,
                              aw_bytes checkpoint_note, uint64_t now,
                              struct aw_diag *diag)
{
    bool met[AW_POLICY_WITNESSES + AW_POLICY_GROUPS] = {false};
    struct aw_cosigned cosigned;

    if (!policy->has_quorum) {
        return AW_OK;
    }
    aw_err err =
        aw_policy_cosigned(policy, checkpoint_note, now, &cosigned, diag);

    if (err != AW_OK) {
        return err;
    }
    for (size_t i = 0; i < policy->n_witnesses; i++) {
        met[i] = cosigned.counted[i];
    }
    for (size_t i = 0; i < policy->n_groups; i++) {
        met[AW_POLICY_WITNESSES + i] =
            count_members(&policy->group[i], met) >= policy->group[i].threshold;
    }
    if (!met[policy->quorum]) {
        return aw_fail(diag, AW_ERR_QUORUM, "policy: witnesses that count",
                       cosigned.n);
    }
    return AW_OK;
}
