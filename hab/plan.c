/* SPDX-License-Identifier: Apache-2.0 */
/* Words and steps of a plan, and how it is made from a device. */
#include "aw/hab/plan.h"

#include "plan_private.h"

aw_err plan_stop(struct aw_plan_result *result, aw_err err,
                 enum aw_plan_why why, const struct aw_plan_word *at,
                 uint32_t expected, uint32_t got)
{
    result->why = why;
    if (at != NULL) {
        result->bank = at->bank;
        result->word = at->word;
        result->expected = expected;
        result->got = got;
    }
    return err;
}

aw_err plan_refuse(struct aw_plan_result *result, enum aw_plan_why why,
                   const struct aw_plan_word *at, uint32_t expected)
{
    return plan_stop(result, AW_ERR_PRECONDITION, why, at, expected,
                     at == NULL ? 0 : at->start);
}

static struct aw_plan_word *find_word(struct aw_plan *plan, unsigned bank,
                                      unsigned word)
{
    for (size_t i = 0; i < plan->n_words; i++) {
        if (plan->words[i].bank == bank && plan->words[i].word == word) {
            return &plan->words[i];
        }
    }
    return NULL;
}

const struct aw_plan_word *plan_word(const struct aw_plan *plan, unsigned bank,
                                     unsigned word)
{
    for (size_t i = 0; i < plan->n_words; i++) {
        if (plan->words[i].bank == bank && plan->words[i].word == word) {
            return &plan->words[i];
        }
    }
    return NULL;
}

bool plan_look_at(struct aw_plan *plan, unsigned bank, unsigned word,
                  uint32_t lock)
{
    struct aw_plan_word *at = find_word(plan, bank, word);

    if (at != NULL) {
        at->lock |= lock;
        return true;
    }
    if (plan->n_words == AW_PLAN_WORDS_MAX) {
        return false;
    }
    plan->words[plan->n_words++] = (struct aw_plan_word){
        .bank = (uint8_t)bank, .word = (uint8_t)word, .lock = lock};
    return true;
}

bool plan_part_known(aw_bytes part)
{
    return aw_bytes_is(part, "IMX6UL") || aw_bytes_is(part, "IMX6ULL") ||
           aw_bytes_is(part, "IMX6ULZ");
}

const struct aw_plan_word *plan_need_word(const struct aw_plan *plan,
                                          unsigned bank, unsigned word)
{
    const struct aw_plan_word *at = plan_word(plan, bank, word);

    AW_BUG_ON(at == NULL);
    return at;
}

void plan_add_step(struct aw_plan *plan, enum aw_plan_kind kind,
                   const struct aw_plan_word *at, uint32_t bits)
{
    struct aw_plan_step step = {.kind = kind, .bits = bits};

    AW_BUG_ON(plan->n_steps == AW_PLAN_STEPS_MAX);
    if (at != NULL) {
        step.bank = at->bank;
        step.word = at->word;
    }
    plan->steps[plan->n_steps++] = step;
}

/* No word may be both incomplete and locked. */
aw_err plan_check_locks(const struct aw_plan *plan,
                        struct aw_plan_result *result)
{
    uint32_t locks = plan_need_word(plan, LOCK_BANK, LOCK_WORD)->start;

    for (size_t i = 0; i < plan->n_words; i++) {
        const struct aw_plan_word *at = &plan->words[i];

        if (at->bits != 0 && (locks & at->lock) != 0) {
            return plan_refuse(result, AW_PLAN_LOCKED, at,
                               at->start | at->bits);
        }
    }
    return AW_OK;
}

/* A unique id that no device has, but a file that is no dump of one may. */
static bool unit_empty(const uint8_t unit[AW_PLAN_UNIT_SIZE])
{
    bool zeros = true;
    bool ones = true;

    for (size_t i = 0; i < AW_PLAN_UNIT_SIZE; i++) {
        zeros = zeros && unit[i] == 0;
        ones = ones && unit[i] == 0xff;
    }
    return zeros || ones;
}

aw_err plan_derive(struct aw_plan *plan, struct aw_plan_result *result)
{
    plan->n_steps = 0;
    if (unit_empty(plan->unit)) {
        return plan_refuse(result, AW_PLAN_NO_UNIT, NULL, 0);
    }
    for (size_t i = 0; i < plan->n_words; i++) {
        if (plan->words[i].start == AW_OTP_READ_LOCKED) {
            return plan_refuse(result, AW_PLAN_READ_LOCKED, &plan->words[i], 0);
        }
        plan->words[i].bits = 0;
    }
    return plan->target == AW_PLAN_HAB_CLOSED ? plan_derive_closed(plan, result)
                                              : plan_derive_set(plan, result);
}

aw_err plan_read_unit(const struct aw_otp *otp, uint8_t unit[AW_PLAN_UNIT_SIZE],
                      struct aw_diag *diag)
{
    uint32_t low = 0;
    uint32_t high = 0;
    aw_err err = otp->read(otp->ctx, 0, 1, &low, diag);

    if (err == AW_OK) {
        err = otp->read(otp->ctx, 0, 2, &high, diag);
    }
    if (err != AW_OK) {
        return err;
    }
    for (unsigned i = 0; i < 4; i++) {
        unit[i] = (uint8_t)(low >> (8 * i));
        unit[4 + i] = (uint8_t)(high >> (8 * i));
    }
    return AW_OK;
}

aw_err plan_read(const struct aw_plan *plan, const struct aw_otp *otp,
                 uint32_t *value, struct aw_plan_result *result,
                 struct aw_diag *diag)
{
    for (size_t i = 0; i < plan->n_words; i++) {
        const struct aw_plan_word *at = &plan->words[i];
        aw_err err = otp->read(otp->ctx, at->bank, at->word, &value[i], diag);

        if (err != AW_OK) {
            return err;
        }
        if (value[i] == AW_OTP_READ_LOCKED) {
            return plan_stop(result, AW_ERR_PRECONDITION, AW_PLAN_READ_LOCKED,
                             at, 0, value[i]);
        }
    }
    return AW_OK;
}

aw_err aw_plan_make(struct aw_plan *plan, const struct aw_otp *otp,
                    struct aw_plan_result *result, struct aw_diag *diag)
{
    uint32_t value[AW_PLAN_WORDS_MAX] = {0};
    aw_err err = otp->reload == NULL ? AW_OK : otp->reload(otp->ctx, diag);

    *result = (struct aw_plan_result){.why = AW_PLAN_FINE};
    if (err == AW_OK) {
        err = plan_read_unit(otp, plan->unit, diag);
    }
    if (err == AW_OK) {
        err = plan_read(plan, otp, value, result, diag);
    }
    if (err != AW_OK) {
        return err;
    }
    for (size_t i = 0; i < plan->n_words; i++) {
        plan->words[i].start = value[i];
    }
    return plan_derive(plan, result);
}
