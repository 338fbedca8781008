/* SPDX-License-Identifier: Apache-2.0 */
/* The target set: single fuses get values. */
#include <string.h>

#include "plan_private.h"

aw_err aw_plan_begin_set(aw_bytes part, struct aw_plan *plan)
{
    struct aw_plan p = {.target = AW_PLAN_SET, .part = part};
    bool room = plan_look_at(&p, LOCK_BANK, LOCK_WORD, 0);

    AW_BUG_ON(!room);
    if (!plan_part_known(part)) {
        return AW_ERR_UNSUPPORTED;
    }
    *plan = p;
    return AW_OK;
}

/* Place of word k of a fuse, in banks of eight words. */
static unsigned set_index(const struct aw_plan_set *set, size_t k)
{
    return set->fuse.bank * (unsigned)BANK_WORDS + set->fuse.word + (unsigned)k;
}

bool plan_look_at_set(struct aw_plan *plan, const struct aw_plan_set *set)
{

    for (size_t k = 0; k < aw_fuse_words(&set->fuse, 32); k++) {
        unsigned at = set_index(set, k);

        if (at / BANK_WORDS > UINT8_MAX ||
            !plan_look_at(plan, at / BANK_WORDS, at % BANK_WORDS, 0)) {
            return false;
        }
    }
    return true;
}

static void add_locks(struct aw_plan *plan, const struct aw_fusemap *map)
{
    for (size_t i = 0; i < plan->n_words; i++) {
        struct aw_plan_word *w = &plan->words[i];
        const struct aw_fuse_register *reg =
            aw_fusemap_at(map, w->bank, w->word);

        w->lock = reg == NULL ? 0 : aw_fusemap_lock_mask(map, reg);
    }
}

aw_err aw_plan_add(struct aw_plan *plan, const struct aw_fusemap *map,
                   const struct aw_fuse *fuse, aw_bytes value)
{
    struct aw_plan p = *plan;
    uint32_t words[AW_FUSE_WORDS_MAX];

    AW_BUG_ON(p.target != AW_PLAN_SET);
    if (!aw_bytes_equal(map->part, p.part) || map->bank_words != BANK_WORDS ||
        aw_fuse_word_bits(map) != 32) {
        return AW_ERR_TYPE;
    }
    aw_err err = aw_fuse_encode(fuse, 32, value, words);

    if (err != AW_OK) {
        return err;
    }
    if (p.n_sets == AW_PLAN_SETS_MAX) {
        return AW_ERR_SPACE;
    }
    struct aw_plan_set *set = &p.sets[p.n_sets++];

    set->fuse = *fuse;
    memcpy(set->value, value.p, value.n);
    if (!plan_look_at_set(&p, set)) {
        return AW_ERR_SPACE;
    }
    add_locks(&p, map);
    *plan = p;
    return AW_OK;
}

/* Bits that values ask for, by number of the plan's word. */
struct wanted {
    uint32_t mask[AW_PLAN_WORDS_MAX];
    uint32_t value[AW_PLAN_WORDS_MAX];
};

static aw_err want_set(const struct aw_plan *plan,
                       const struct aw_plan_set *set, struct wanted *wanted,
                       struct aw_plan_result *result)
{
    uint32_t words[AW_FUSE_WORDS_MAX] = {0};
    aw_bytes value = {set->value, aw_fuse_bytes(&set->fuse)};
    aw_err err = aw_fuse_encode(&set->fuse, 32, value, words);

    if (err != AW_OK) {
        return plan_refuse(result, AW_PLAN_CONFLICT, NULL, 0);
    }
    for (size_t k = 0; k < aw_fuse_words(&set->fuse, 32); k++) {
        unsigned index = set_index(set, k);
        const struct aw_plan_word *at =
            plan_need_word(plan, index / BANK_WORDS, index % BANK_WORDS);
        size_t i = (size_t)(at - plan->words);
        uint32_t mask = aw_fuse_mask(&set->fuse, 32, k);

        if ((mask & wanted->mask[i] & (words[k] ^ wanted->value[i])) != 0) {
            return plan_refuse(result, AW_PLAN_CONFLICT, at, words[k]);
        }
        wanted->mask[i] |= mask;
        wanted->value[i] |= words[k];
    }
    return AW_OK;
}

static aw_err check_wanted(const struct aw_plan_word *at, uint32_t mask,
                           uint32_t value, struct aw_plan_result *result)
{
    bool config = at->bank == CONFIG_BANK && at->word == CONFIG_WORD;

    if ((at->start & mask & ~value) != 0) {
        return plan_refuse(result, AW_PLAN_FOREIGN, at, value);
    }
    /* Closing has an order, which only the other target keeps. */
    if (config && (value & ~at->start & SEC_CLOSED) != 0) {
        return plan_refuse(result, AW_PLAN_CLOSES, at, value);
    }
    return AW_OK;
}

aw_err plan_derive_set(struct aw_plan *plan, struct aw_plan_result *result)
{
    struct wanted wanted = {.mask = {0}};
    aw_err err = AW_OK;

    for (size_t i = 0; err == AW_OK && i < plan->n_sets; i++) {
        err = want_set(plan, &plan->sets[i], &wanted, result);
    }
    for (size_t i = 0; err == AW_OK && i < plan->n_words; i++) {
        err = check_wanted(&plan->words[i], wanted.mask[i], wanted.value[i],
                           result);
        plan->words[i].bits = wanted.value[i] & ~plan->words[i].start;
    }
    if (err == AW_OK) {
        err = plan_check_locks(plan, result);
    }
    /* The word of the locks comes first in the list and last in the plan. */
    for (size_t i = 1; err == AW_OK && i <= plan->n_words; i++) {
        const struct aw_plan_word *at = &plan->words[i % plan->n_words];

        if (at->bits != 0) {
            plan_add_step(plan, AW_PLAN_PROGRAM, at, at->bits);
        }
    }
    return err;
}
