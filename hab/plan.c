/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hab/plan.h"

#include <string.h>

#include "plan_private.h"

/* Words that decide about closing, and bits in them. Source: IMX6ULRM and
 * IMX6ULLRM, "Fusemap"; the same on the three parts. */
enum {
    LOCK_BANK = 0,
    LOCK_WORD = 0,
    CONFIG_BANK = 0,
    CONFIG_WORD = 6,
    CONFIG2_WORD = 7,
    SRK_BANK = 3,
    SRK_WORDS = AW_PLAN_SRK_SIZE / 4,
    SPECIAL_BANK = 5,
    FIELD_RETURN_WORD = 6,
    REVOKE_WORD = 7,
    BANK_WORDS = 8
};

#define BOOT_CFG_LOCK    UINT32_C(0x0000000c)
#define SRK_LOCK         UINT32_C(0x00004000)
#define SEC_CONFIG       UINT32_C(0x00000003)
#define SEC_CLOSED       UINT32_C(0x00000002)
#define SDP_DISABLE      UINT32_C(0x00020000)
#define SDP_READ_DISABLE UINT32_C(0x00040000)
#define HARDENING        UINT32_C(0x0cd00008)
#define UART_DISABLE     UINT32_C(0x00000010)
#define REVOKE           UINT32_C(0x00000007)
#define FIELD_RETURN     UINT32_C(0x00000001)

const struct plan_fuse plan_closing[] = {
    {"SRK_LOCK", SRK_LOCK, LOCK_BANK, LOCK_WORD, 0},
    {"UART_SERIAL_DOWNLOAD_DISABLE", UART_DISABLE, CONFIG_BANK, CONFIG2_WORD,
     1},
    {"DIR_BT_DIS", 0x00000008, CONFIG_BANK, CONFIG_WORD, 2},
    {"SJC_DISABLE", 0x00100000, CONFIG_BANK, CONFIG_WORD, 2},
    {"JTAG_SMODE", 0x00c00000, CONFIG_BANK, CONFIG_WORD, 2},
    {"KTE", 0x04000000, CONFIG_BANK, CONFIG_WORD, 2},
    {"JTAG_HEO", 0x08000000, CONFIG_BANK, CONFIG_WORD, 2},
    /* Behind the others: until here the host can read HAB's log over SDP. */
    {"SDP_READ_DISABLE", SDP_READ_DISABLE, CONFIG_BANK, CONFIG_WORD, 3},
    /* Last of all: everything before it can be done again. */
    {"SEC_CONFIG", SEC_CONFIG, CONFIG_BANK, CONFIG_WORD, 4},
};
const size_t plan_closing_n = sizeof(plan_closing) / sizeof(plan_closing[0]);
enum { GROUP_LAST = 4 };

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

static aw_err refuse(struct aw_plan_result *result, enum aw_plan_why why,
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

static bool part_known(aw_bytes part)
{
    return aw_bytes_is(part, "IMX6UL") || aw_bytes_is(part, "IMX6ULL") ||
           aw_bytes_is(part, "IMX6ULZ");
}

/* Word i of bank 3 that belongs to the hash. */
static uint32_t srk_word(const struct aw_plan *plan, unsigned i)
{
    struct aw_rd r =
        aw_rd_at((aw_bytes){plan->srk_hash, AW_PLAN_SRK_SIZE}, 4 * (size_t)i);

    return aw_rd_le32(&r);
}

/* A hash that no fuses can hold: of no key, or one that reads as locked. */
static bool hash_usable(const struct aw_plan *plan)
{
    uint32_t any = 0;

    for (unsigned i = 0; i < SRK_WORDS; i++) {
        any |= srk_word(plan, i);
        if (srk_word(plan, i) == AW_OTP_READ_LOCKED) {
            return false;
        }
    }
    return any != 0;
}

aw_err aw_plan_begin_closed(aw_bytes part, const uint8_t hash[AW_PLAN_SRK_SIZE],
                            struct aw_plan *plan)
{
    struct aw_plan p = {.target = AW_PLAN_HAB_CLOSED, .part = part};
    bool room = plan_look_at(&p, LOCK_BANK, LOCK_WORD, 0) &&
                plan_look_at(&p, CONFIG_BANK, CONFIG_WORD, BOOT_CFG_LOCK) &&
                plan_look_at(&p, CONFIG_BANK, CONFIG2_WORD, BOOT_CFG_LOCK);

    for (unsigned i = 0; i < SRK_WORDS; i++) {
        room = room && plan_look_at(&p, SRK_BANK, i, SRK_LOCK);
    }
    room = room && plan_look_at(&p, SPECIAL_BANK, FIELD_RETURN_WORD, 0) &&
           plan_look_at(&p, SPECIAL_BANK, REVOKE_WORD, 0);
    AW_BUG_ON(!room);
    memcpy(p.srk_hash, hash, AW_PLAN_SRK_SIZE);
    if (!part_known(part)) {
        return AW_ERR_UNSUPPORTED;
    }
    if (!hash_usable(&p)) {
        return AW_ERR_PRECONDITION;
    }
    *plan = p;
    return AW_OK;
}

aw_err aw_plan_begin_set(aw_bytes part, struct aw_plan *plan)
{
    struct aw_plan p = {.target = AW_PLAN_SET, .part = part};
    bool room = plan_look_at(&p, LOCK_BANK, LOCK_WORD, 0);

    AW_BUG_ON(!room);
    if (!part_known(part)) {
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

static void add_step(struct aw_plan *plan, enum aw_plan_kind kind,
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

/* Bits that a word must have at the target hab-closed. */
static uint32_t closed_bits(const struct aw_plan *plan,
                            const struct aw_plan_word *at)
{
    uint32_t bits = 0;

    if (at->bank == SRK_BANK) {
        return srk_word(plan, at->word);
    }
    for (size_t i = 0; i < plan_closing_n; i++) {
        const struct plan_fuse *f = &plan_closing[i];

        bits |= f->bank == at->bank && f->word == at->word ? f->mask : 0;
    }
    return bits;
}

static const struct aw_plan_word *need_word(const struct aw_plan *plan,
                                            unsigned bank, unsigned word)
{
    const struct aw_plan_word *at = plan_word(plan, bank, word);

    AW_BUG_ON(at == NULL);
    return at;
}

static bool is_closed(const struct aw_plan *plan)
{
    const struct aw_plan_word *config =
        need_word(plan, CONFIG_BANK, CONFIG_WORD);

    return (config->start & SEC_CLOSED) != 0;
}

bool plan_closes(const struct aw_plan_step *step)
{
    bool config = step->bank == CONFIG_BANK && step->word == CONFIG_WORD;

    return config && (step->bits & SEC_CLOSED) != 0;
}

/* Fuses that say that this part is none to be closed. */
static aw_err check_part(const struct aw_plan *plan,
                         struct aw_plan_result *result)
{
    const struct aw_plan_word *config =
        need_word(plan, CONFIG_BANK, CONFIG_WORD);
    const struct aw_plan_word *returned =
        need_word(plan, SPECIAL_BANK, FIELD_RETURN_WORD);
    const struct aw_plan_word *revoke =
        need_word(plan, SPECIAL_BANK, REVOKE_WORD);

    if ((config->start & SEC_CONFIG) == 0) {
        return refuse(result, AW_PLAN_FAB, config, SEC_CONFIG);
    }
    if ((returned->start & FIELD_RETURN) != 0) {
        return refuse(result, AW_PLAN_FIELD_RETURN, returned, 0);
    }
    if (is_closed(plan)) {
        return AW_OK;
    }
    if ((revoke->start & REVOKE) != 0) {
        return refuse(result, AW_PLAN_REVOKED, revoke, 0);
    }
    if ((config->start & SDP_DISABLE) != 0) {
        return refuse(result, AW_PLAN_SDP_DISABLED, config, 0);
    }
    return AW_OK;
}

static aw_err check_hash(const struct aw_plan *plan,
                         struct aw_plan_result *result)
{
    for (unsigned i = 0; i < SRK_WORDS; i++) {
        const struct aw_plan_word *at = need_word(plan, SRK_BANK, i);
        uint32_t want = srk_word(plan, i);

        if (is_closed(plan) && at->start != want) {
            return refuse(result, AW_PLAN_OTHER_HASH, at, want);
        }
        if ((at->start & ~want) != 0) {
            return refuse(result, AW_PLAN_FOREIGN, at, want);
        }
    }
    return AW_OK;
}

/* No word may be both incomplete and locked. */
static aw_err check_locks(const struct aw_plan *plan,
                          struct aw_plan_result *result)
{
    uint32_t locks = need_word(plan, LOCK_BANK, LOCK_WORD)->start;

    for (size_t i = 0; i < plan->n_words; i++) {
        const struct aw_plan_word *at = &plan->words[i];

        if (at->bits != 0 && (locks & at->lock) != 0) {
            return refuse(result, AW_PLAN_LOCKED, at, at->start | at->bits);
        }
    }
    return AW_OK;
}

/* The bits of one group that are still missing, as one step. */
static void add_group(struct aw_plan *plan, unsigned group)
{
    const struct aw_plan_word *at = NULL;
    uint32_t bits = 0;

    for (size_t i = 0; i < plan_closing_n; i++) {
        const struct plan_fuse *f = &plan_closing[i];

        if (f->group == group) {
            at = need_word(plan, f->bank, f->word);
            bits |= f->mask;
        }
    }
    AW_BUG_ON(at == NULL);
    bits &= at->bits;
    if (bits == 0) {
        return;
    }
    if (group == GROUP_LAST) {
        add_step(plan, AW_PLAN_VERIFY, NULL, 0);
    }
    add_step(plan, AW_PLAN_PROGRAM, at, bits);
}

static aw_err derive_closed(struct aw_plan *plan, struct aw_plan_result *result)
{
    aw_err err = check_part(plan, result);

    if (err == AW_OK) {
        err = check_hash(plan, result);
    }
    if (err != AW_OK) {
        return err;
    }
    for (size_t i = 0; i < plan->n_words; i++) {
        struct aw_plan_word *at = &plan->words[i];

        at->bits = closed_bits(plan, at) & ~at->start;
    }
    err = check_locks(plan, result);
    if (err != AW_OK) {
        return err;
    }
    for (unsigned i = 0; i < SRK_WORDS; i++) {
        const struct aw_plan_word *at = need_word(plan, SRK_BANK, i);

        if (at->bits != 0) {
            add_step(plan, AW_PLAN_PROGRAM, at, at->bits);
        }
    }
    /* Wherever an open part was found: a lock or hardening that is there
     * already proves nothing about images. */
    if (!is_closed(plan)) {
        add_step(plan, AW_PLAN_BOOT, NULL, 0);
    }
    for (unsigned group = 0; group <= GROUP_LAST; group++) {
        add_group(plan, group);
    }
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
        return refuse(result, AW_PLAN_CONFLICT, NULL, 0);
    }
    for (size_t k = 0; k < aw_fuse_words(&set->fuse, 32); k++) {
        unsigned index = set_index(set, k);
        const struct aw_plan_word *at =
            need_word(plan, index / BANK_WORDS, index % BANK_WORDS);
        size_t i = (size_t)(at - plan->words);
        uint32_t mask = aw_fuse_mask(&set->fuse, 32, k);

        if ((mask & wanted->mask[i] & (words[k] ^ wanted->value[i])) != 0) {
            return refuse(result, AW_PLAN_CONFLICT, at, words[k]);
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
        return refuse(result, AW_PLAN_FOREIGN, at, value);
    }
    /* Closing has an order, which only the other target keeps. */
    if (config && (value & ~at->start & SEC_CLOSED) != 0) {
        return refuse(result, AW_PLAN_CLOSES, at, value);
    }
    return AW_OK;
}

static aw_err derive_set(struct aw_plan *plan, struct aw_plan_result *result)
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
        err = check_locks(plan, result);
    }
    /* The word of the locks comes first in the list and last in the plan. */
    for (size_t i = 1; err == AW_OK && i <= plan->n_words; i++) {
        const struct aw_plan_word *at = &plan->words[i % plan->n_words];

        if (at->bits != 0) {
            add_step(plan, AW_PLAN_PROGRAM, at, at->bits);
        }
    }
    return err;
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
        return refuse(result, AW_PLAN_NO_UNIT, NULL, 0);
    }
    for (size_t i = 0; i < plan->n_words; i++) {
        if (plan->words[i].start == AW_OTP_READ_LOCKED) {
            return refuse(result, AW_PLAN_READ_LOCKED, &plan->words[i], 0);
        }
        plan->words[i].bits = 0;
    }
    return plan->target == AW_PLAN_HAB_CLOSED ? derive_closed(plan, result)
                                              : derive_set(plan, result);
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

enum aw_plan_state aw_plan_state(const struct aw_plan *plan)
{
    struct aw_plan p = *plan;
    struct aw_plan_result result;
    uint32_t hash = 0;
    bool whole = true;
    bool hard = true;

    if (p.target != AW_PLAN_HAB_CLOSED || plan_derive(&p, &result) != AW_OK) {
        return AW_PLAN_SX;
    }
    if (is_closed(&p)) {
        return AW_PLAN_S5;
    }
    for (unsigned i = 0; i < SRK_WORDS; i++) {
        hash |= need_word(&p, SRK_BANK, i)->start;
        whole = whole && need_word(&p, SRK_BANK, i)->bits == 0;
    }
    if (!whole) {
        return hash == 0 ? AW_PLAN_S0 : AW_PLAN_S1;
    }
    if (need_word(&p, LOCK_BANK, LOCK_WORD)->bits != 0) {
        return AW_PLAN_S2;
    }
    hard = need_word(&p, CONFIG_BANK, CONFIG2_WORD)->bits == 0 &&
           (need_word(&p, CONFIG_BANK, CONFIG_WORD)->bits & ~SEC_CONFIG) == 0;
    return hard ? AW_PLAN_S4 : AW_PLAN_S3;
}
