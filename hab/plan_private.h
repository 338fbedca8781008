/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_PRIVATE_H
#define PLAN_PRIVATE_H

#include "aw/hab/plan.h"

/* What the files of the plan share. */

/* A fuse of the target hab-closed, in the order of blowing. */
struct plan_fuse {
    const char *name;
    uint32_t mask;
    uint8_t bank;
    uint8_t word;
    uint8_t group; /* fuses of one group and word are blown together */
};

extern const struct plan_fuse plan_closing[];
extern const size_t plan_closing_n;

/** Word of a plan; NULL when it does not look at it. */
const struct aw_plan_word *plan_word(const struct aw_plan *plan, unsigned bank,
                                     unsigned word);

/** Appends a word to look at, once. @return false when there is no room */
AW_MUST_CHECK bool plan_look_at(struct aw_plan *plan, unsigned bank,
                                unsigned word, uint32_t lock);

/** Appends the words of a fuse. @return false when there is no room */
AW_MUST_CHECK bool plan_look_at_set(struct aw_plan *plan,
                                    const struct aw_plan_set *set);

/** Works out bits and steps from target and words.
 *  @return AW_OK; AW_ERR_PRECONDITION with the reason in result */
AW_MUST_CHECK aw_err plan_derive(struct aw_plan *plan,
                                 struct aw_plan_result *result);

/** True when the step makes an open part a closed one. */
bool plan_closes(const struct aw_plan_step *step);

/** Reads all words of the plan into `value`; locked ones are refused. */
AW_MUST_CHECK aw_err plan_read(const struct aw_plan *plan,
                               const struct aw_otp *otp, uint32_t *value,
                               struct aw_plan_result *result,
                               struct aw_diag *diag);

/** Reads the unique id. */
AW_MUST_CHECK aw_err plan_read_unit(const struct aw_otp *otp,
                                    uint8_t unit[AW_PLAN_UNIT_SIZE],
                                    struct aw_diag *diag);

/** Notes why, at which word, and returns `err`. */
aw_err plan_stop(struct aw_plan_result *result, aw_err err,
                 enum aw_plan_why why, const struct aw_plan_word *at,
                 uint32_t expected, uint32_t got);

#endif
