/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "plan_private.h"

/* A plan on its way. */
struct run {
    struct aw_plan now; /* made anew; `start` follows what was programmed */
    const struct aw_otp *otp;
    struct aw_plan_result *result;
    struct aw_diag *diag;
    unsigned skip;
    bool proven; /* the signed images started without HAB events */
};

static aw_err stop(struct run *run, aw_err err, enum aw_plan_why why,
                   const char *where)
{
    (void)plan_stop(run->result, err, why, NULL, 0, 0);
    return aw_fail(run->diag, err, where, 0);
}

static aw_err stop_at(struct run *run, aw_err err, enum aw_plan_why why,
                      const struct aw_plan_word *at, uint32_t got)
{
    (void)plan_stop(run->result, err, why, at, at->start, got);
    return aw_fail(run->diag, err, "fuse plan: word",
                   (uint64_t)at->bank * 8 + at->word);
}

static aw_err reload(struct run *run)
{
    if (run->otp->reload == NULL) {
        return AW_OK;
    }
    return run->otp->reload(run->otp->ctx, run->diag);
}

/* The plan as the device now asks for it. Nothing is written yet. */
static aw_err look(struct run *run, const struct aw_plan *plan)
{
    uint32_t value[AW_PLAN_WORDS_MAX] = {0};
    uint8_t unit[AW_PLAN_UNIT_SIZE];
    aw_err err = reload(run);

    run->now = *plan;
    if (err == AW_OK) {
        err = plan_read_unit(run->otp, unit, run->diag);
    }
    if (err != AW_OK) {
        return err;
    }
    if (memcmp(unit, plan->unit, sizeof(unit)) != 0) {
        return stop(run, AW_ERR_PRECONDITION, AW_PLAN_OTHER_UNIT,
                    "fuse plan: unit");
    }
    err = plan_read(plan, run->otp, value, run->result, run->diag);
    for (size_t i = 0; err == AW_OK && i < plan->n_words; i++) {
        struct aw_plan_word *at = &run->now.words[i];

        if ((at->start & ~value[i]) != 0) {
            return stop_at(run, AW_ERR_PRECONDITION, AW_PLAN_VANISHED, at,
                           value[i]);
        }
        if ((value[i] & ~(at->start | at->bits)) != 0) {
            return stop_at(run, AW_ERR_PRECONDITION, AW_PLAN_FOREIGN, at,
                           value[i]);
        }
        at->start = value[i];
    }
    return err;
}

/* What is left must end where the plan ends. */
static aw_err check_goal(struct run *run, const struct aw_plan *plan)
{
    for (size_t i = 0; i < plan->n_words; i++) {
        const struct aw_plan_word *was = &plan->words[i];
        const struct aw_plan_word *is = &run->now.words[i];

        if ((was->start | was->bits) != (is->start | is->bits)) {
            return stop_at(run, AW_ERR_PRECONDITION, AW_PLAN_OTHER_GOAL, is,
                           was->start | was->bits);
        }
    }
    return AW_OK;
}

/* Every word is what it should be at this point. Number `just` was programmed
 * last, and is the only one whose bits may be missing without more alarm;
 * n_words stands for none. */
static aw_err check_all(struct run *run, size_t just)
{
    uint32_t value[AW_PLAN_WORDS_MAX] = {0};
    aw_err err = reload(run);

    if (err == AW_OK) {
        err = plan_read(&run->now, run->otp, value, run->result, run->diag);
    }
    for (size_t i = 0; err == AW_OK && i < run->now.n_words; i++) {
        const struct aw_plan_word *w = &run->now.words[i];
        uint32_t extra = value[i] & ~w->start;

        if (extra != 0 || (i != just && value[i] != w->start)) {
            return stop_at(run, AW_ERR_CONTENT, AW_PLAN_CHANGED, w, value[i]);
        }
        if (value[i] != w->start) {
            return stop_at(run, AW_ERR_IO, AW_PLAN_NOT_TAKEN, w, value[i]);
        }
    }
    return err;
}

static struct aw_plan_word *word_of(struct run *run,
                                    const struct aw_plan_step *step)
{
    const struct aw_plan_word *at =
        plan_word(&run->now, step->bank, step->word);

    AW_BUG_ON(at == NULL);
    return &run->now.words[at - run->now.words];
}

static aw_err program(struct run *run, const struct aw_plan_step *step)
{
    struct aw_plan_word *at = word_of(run, step);

    AW_BUG_ON((step->bits & at->start) != 0 || (step->bits & ~at->bits) != 0);
    AW_BUG_ON(plan_closes(step) && !run->proven);
    aw_err err = run->otp->program(run->otp->ctx, step->bank, step->word,
                                   step->bits, run->diag);

    /* After these any of the bits may be set; after others none is. */
    if (err == AW_OK || err == AW_ERR_IO || err == AW_ERR_TIMEOUT) {
        run->result->writes++;
    }
    if (err != AW_OK) {
        return plan_stop(run->result, err, AW_PLAN_REFUSED, at,
                         at->start | step->bits, at->start);
    }
    at->start |= step->bits;
    return check_all(run, (size_t)(at - run->now.words));
}

/* How the device came up, judged. */
static enum aw_plan_why judge(const struct aw_otp_boot *boot, unsigned skip)
{
    if (!boot->cold) {
        return AW_PLAN_NEEDS_BOOT;
    }
    if (boot->image != AW_OTP_HAB_CLEAN) {
        return boot->image == AW_OTP_HAB_EVENTS ? AW_PLAN_HAB_EVENTS
                                                : AW_PLAN_HAB_UNKNOWN;
    }
    if (boot->recovery == AW_OTP_HAB_EVENTS) {
        return AW_PLAN_RECOVERY_EVENTS;
    }
    if (boot->recovery != AW_OTP_HAB_CLEAN &&
        (skip & AW_PLAN_SKIP_RECOVERY) == 0) {
        return AW_PLAN_RECOVERY_UNKNOWN;
    }
    return AW_PLAN_FINE;
}

static aw_err check_boot(struct run *run)
{
    struct aw_otp_boot boot = {.cold = false};
    aw_err err = AW_OK;

    if (run->otp->boot != NULL) {
        err = run->otp->boot(run->otp->ctx, &boot, run->diag);
    }
    if (err != AW_OK) {
        return err;
    }
    enum aw_plan_why why = judge(&boot, run->skip);

    if (why != AW_PLAN_FINE) {
        return stop(run, AW_ERR_PRECONDITION, why, "fuse plan: boot");
    }
    run->proven = true;
    return check_all(run, run->now.n_words);
}

/* Everything but the bits of the last step is in its place. */
static aw_err check_before_last(struct run *run)
{
    const struct aw_plan *now = &run->now;
    const struct aw_plan_step *last = &now->steps[now->n_steps - 1];
    aw_err err = check_all(run, now->n_words);

    for (size_t i = 0; err == AW_OK && i < now->n_words; i++) {
        const struct aw_plan_word *w = &now->words[i];
        bool here = w->bank == last->bank && w->word == last->word;
        uint32_t missing = w->bits & ~w->start;

        if (missing != (here ? last->bits : 0)) {
            return stop_at(run, AW_ERR_CONTENT, AW_PLAN_CHANGED, w, w->start);
        }
    }
    return err;
}

static aw_err take_step(struct run *run, const struct aw_plan_step *step)
{
    switch (step->kind) {
    case AW_PLAN_PROGRAM:
        return program(run, step);
    case AW_PLAN_BOOT:
        return check_boot(run);
    case AW_PLAN_VERIFY:
        return check_before_last(run);
    }
    return AW_ERR_FORMAT;
}

aw_err aw_plan_apply(const struct aw_plan *plan, const struct aw_otp *otp,
                     unsigned skip, struct aw_plan_result *result,
                     struct aw_diag *diag)
{
    struct run run = {.otp = otp, .result = result, .diag = diag, .skip = skip};

    *result = (struct aw_plan_result){.why = AW_PLAN_FINE};
    aw_err err = look(&run, plan);

    if (err == AW_OK) {
        err = plan_derive(&run.now, result);
    }
    if (err == AW_OK) {
        err = check_goal(&run, plan);
    }
    if (err == AW_OK && run.now.n_steps > 0 && otp->program == NULL) {
        err = stop(&run, AW_ERR_PRECONDITION, AW_PLAN_READ_ONLY,
                   "fuse plan: program");
    }
    for (size_t i = 0; err == AW_OK && i < run.now.n_steps; i++) {
        err = take_step(&run, &run.now.steps[i]);
    }
    return err;
}
