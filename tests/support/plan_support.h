/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_SUPPORT_H
#define PLAN_SUPPORT_H

#include "aw/hab/plan.h"
#include "aw/hostio/vfuse.h"

/* Parts and plans for tests. All plans are for the hash of vectors srk4. */
extern const uint8_t plan_hash[AW_PLAN_SRK_SIZE];

/** A part as delivered, unit E1BEADDE78563412. */
struct aw_vfuse plan_part(const char *part);
/** An i.MX6UL somewhere on the way. */
struct aw_vfuse plan_at_state(enum aw_plan_state state);
/** Plan that closes it; fails the test when there is none. */
struct aw_plan plan_closing_of(struct aw_vfuse *v);
aw_err plan_try_closing(struct aw_vfuse *v, struct aw_plan *plan,
                        struct aw_plan_result *result);
/** Text of a plan. */
aw_bytes plan_text(const struct aw_plan *plan, char *text, size_t cap);
/** Power goes and comes, and both images start without events. */
void plan_boot(struct aw_vfuse *v);
/** Next of a row of numbers that is the same in every run; never 0. */
uint32_t plan_random(uint32_t *state);

#endif
