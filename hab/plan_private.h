/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_PRIVATE_H
#define PLAN_PRIVATE_H

#include "aw/hab/plan.h"

/* What the files of the plan share. */

/* Words that decide about closing. Source: IMX6ULRM and IMX6ULLRM, "Fusemap";
 * the same on the three parts. */
enum {
    LOCK_BANK = 0,
    LOCK_WORD = 0,
    CONFIG_BANK = 0,
    CONFIG_WORD = 6,
    BANK_WORDS = 8
};

/* The bit of word 6 of bank 0 that closes a part. */
#define SEC_CLOSED UINT32_C(0x00000002)

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

/** The same of a word that every plan of its target looks at. */
const struct aw_plan_word *plan_need_word(const struct aw_plan *plan,
                                          unsigned bank, unsigned word);

/** True for the parts that plans are made for. */
bool plan_part_known(aw_bytes part);

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

/** The same for one target each. */
AW_MUST_CHECK aw_err plan_derive_closed(struct aw_plan *plan,
                                        struct aw_plan_result *result);
AW_MUST_CHECK aw_err plan_derive_set(struct aw_plan *plan,
                                     struct aw_plan_result *result);

/** Appends a step. @param at  its word; NULL: none */
void plan_add_step(struct aw_plan *plan, enum aw_plan_kind kind,
                   const struct aw_plan_word *at, uint32_t bits);

/** Refuses a word that is both incomplete and locked. */
AW_MUST_CHECK aw_err plan_check_locks(const struct aw_plan *plan,
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

/** The same with AW_ERR_PRECONDITION, and what the word was found with.
 *  @param at  NULL: no word */
aw_err plan_refuse(struct aw_plan_result *result, enum aw_plan_why why,
                   const struct aw_plan_word *at, uint32_t expected);

#endif
