/* SPDX-License-Identifier: Apache-2.0 */
/* Plans in words. */
#include "plan_private.h"

static const struct {
    const char *name;
    const char *text;
} states[] = {
    [AW_PLAN_S0] = {"S0", "no SRK hash is fused"},
    [AW_PLAN_S1] = {"S1", "a part of the SRK hash is fused"},
    [AW_PLAN_S2] = {"S2", "the SRK hash is fused, not locked"},
    [AW_PLAN_S3] = {"S3", "the SRK hash is locked, hardening is incomplete"},
    [AW_PLAN_S4] = {"S4", "hardened, still open"},
    [AW_PLAN_S5] = {"S5", "closed"},
    [AW_PLAN_SX] = {"SX", "nothing leads from here to the target"},
};

static const char *const reasons[] = {
    [AW_PLAN_FINE] = "nothing",
    [AW_PLAN_READ_LOCKED] = "a word cannot be read: it is read-locked",
    [AW_PLAN_LOCKED] = "a word is locked before it is complete",
    [AW_PLAN_FOREIGN] = "bits are set that must not be set",
    [AW_PLAN_VANISHED] = "bits are gone that were set before",
    [AW_PLAN_FAB] = "SEC_CONFIG is 0: this is no part for the field",
    [AW_PLAN_FIELD_RETURN] = "the part is marked for field return",
    [AW_PLAN_REVOKED] = "an SRK is revoked on a part that is still open",
    [AW_PLAN_SDP_DISABLED] = "serial download is disabled, and with it every "
                             "recovery",
    [AW_PLAN_OTHER_HASH] = "the part is closed with another SRK hash",
    [AW_PLAN_CONFLICT] = "two values disagree about a bit",
    [AW_PLAN_CLOSES] = "SEC_CONFIG closes the part: only the target "
                       "hab-closed does that",
    [AW_PLAN_NO_UNIT] = "the unique id is empty: these are no fuses of a "
                        "device",
    [AW_PLAN_OTHER_UNIT] = "this is another device than the plan's",
    [AW_PLAN_OTHER_GOAL] = "the plan's steps do not lead from here to its "
                           "goal",
    [AW_PLAN_READ_ONLY] = "these fuses can only be read",
    [AW_PLAN_NEEDS_BOOT] = "the device was not powered up since the last "
                           "write to a fuse",
    [AW_PLAN_HAB_UNKNOWN] = "there is no HAB log of the signed image's boot",
    [AW_PLAN_HAB_EVENTS] = "HAB logged events when the signed image booted",
    [AW_PLAN_RECOVERY_UNKNOWN] = "there is no HAB log of recovery's boot",
    [AW_PLAN_RECOVERY_EVENTS] = "HAB logged events when recovery booted",
    [AW_PLAN_REFUSED] = "the fuse controller reported an error",
    [AW_PLAN_NOT_TAKEN] = "bits did not take",
    [AW_PLAN_CHANGED] = "bits changed that were not programmed",
};

const char *aw_plan_state_name(enum aw_plan_state state)
{
    return states[state].name;
}

const char *aw_plan_state_text(enum aw_plan_state state)
{
    return states[state].text;
}

const char *aw_plan_why_text(enum aw_plan_why why)
{
    return reasons[why];
}

/* Puts names with commas between them. */
struct names {
    const struct aw_sink *out;
    bool any;
};

static void put_name(struct names *names, aw_bytes name)
{
    if (names->any) {
        aw_sink_text(names->out, ",");
    }
    names->any = true;
    aw_sink_put(names->out, name);
}

/* True when the fuse has bits that the step sets. */
static bool set_touches(const struct aw_plan_set *set,
                        const struct aw_plan_step *step)
{
    const unsigned bank_words = 8;
    unsigned first = set->fuse.bank * bank_words + set->fuse.word;
    unsigned at = step->bank * bank_words + step->word;

    return at >= first &&
           (aw_fuse_mask(&set->fuse, 32, at - first) & step->bits) != 0;
}

static void closing_names(const struct aw_plan_step *step, struct names *names)
{
    for (size_t i = 0; i < plan_closing_n; i++) {
        const struct plan_fuse *f = &plan_closing[i];

        if (f->bank == step->bank && f->word == step->word &&
            (f->mask & step->bits) != 0) {
            put_name(names, aw_text(f->name));
        }
    }
    if (!names->any) {
        put_name(names, aw_text("SRK_HASH"));
    }
}

void aw_plan_step_names(const struct aw_plan *plan,
                        const struct aw_plan_step *step,
                        const struct aw_sink *out)
{
    struct names names = {.out = out};

    if (step->kind != AW_PLAN_PROGRAM) {
        return;
    }
    if (plan->target == AW_PLAN_HAB_CLOSED) {
        closing_names(step, &names);
        return;
    }
    for (size_t i = 0; i < plan->n_sets; i++) {
        if (set_touches(&plan->sets[i], step)) {
            put_name(&names, plan->sets[i].fuse.name);
        }
    }
}

void aw_plan_serial(const struct aw_plan *plan, struct aw_wr *w)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < AW_PLAN_UNIT_SIZE; i++) {
        aw_wr_u8(w, (uint8_t)digits[plan->unit[i] >> 4]);
        aw_wr_u8(w, (uint8_t)digits[plan->unit[i] & 15]);
    }
}
