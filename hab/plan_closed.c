/* SPDX-License-Identifier: Apache-2.0 */
/* The target hab-closed: only signed images start. */
#include <string.h>

#include "plan_private.h"

/* More words that decide about closing, and bits in them. Source: IMX6ULRM and
 * IMX6ULLRM, "Fusemap"; the same on the three parts. */
enum {
    CONFIG2_WORD = 7,
    SRK_BANK = 3,
    SRK_WORDS = AW_PLAN_SRK_SIZE / 4,
    SPECIAL_BANK = 5,
    FIELD_RETURN_WORD = 6,
    REVOKE_WORD = 7
};

#define BOOT_CFG_LOCK    UINT32_C(0x0000000c)
#define SRK_LOCK         UINT32_C(0x00004000)
#define SEC_CONFIG       UINT32_C(0x00000003)
#define SDP_DISABLE      UINT32_C(0x00020000)
#define SDP_READ_DISABLE UINT32_C(0x00040000)
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
    if (!plan_part_known(part)) {
        return AW_ERR_UNSUPPORTED;
    }
    if (!hash_usable(&p)) {
        return AW_ERR_PRECONDITION;
    }
    *plan = p;
    return AW_OK;
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

static bool is_closed(const struct aw_plan *plan)
{
    const struct aw_plan_word *config =
        plan_need_word(plan, CONFIG_BANK, CONFIG_WORD);

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
        plan_need_word(plan, CONFIG_BANK, CONFIG_WORD);
    const struct aw_plan_word *returned =
        plan_need_word(plan, SPECIAL_BANK, FIELD_RETURN_WORD);
    const struct aw_plan_word *revoke =
        plan_need_word(plan, SPECIAL_BANK, REVOKE_WORD);

    if ((config->start & SEC_CONFIG) == 0) {
        return plan_refuse(result, AW_PLAN_FAB, config, SEC_CONFIG);
    }
    if ((returned->start & FIELD_RETURN) != 0) {
        return plan_refuse(result, AW_PLAN_FIELD_RETURN, returned, 0);
    }
    if (is_closed(plan)) {
        return AW_OK;
    }
    if ((revoke->start & REVOKE) != 0) {
        return plan_refuse(result, AW_PLAN_REVOKED, revoke, 0);
    }
    if ((config->start & SDP_DISABLE) != 0) {
        return plan_refuse(result, AW_PLAN_SDP_DISABLED, config, 0);
    }
    return AW_OK;
}

static aw_err check_hash(const struct aw_plan *plan,
                         struct aw_plan_result *result)
{
    for (unsigned i = 0; i < SRK_WORDS; i++) {
        const struct aw_plan_word *at = plan_need_word(plan, SRK_BANK, i);
        uint32_t want = srk_word(plan, i);

        if (is_closed(plan) && at->start != want) {
            return plan_refuse(result, AW_PLAN_OTHER_HASH, at, want);
        }
        if ((at->start & ~want) != 0) {
            return plan_refuse(result, AW_PLAN_FOREIGN, at, want);
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
            at = plan_need_word(plan, f->bank, f->word);
            bits |= f->mask;
        }
    }
    AW_BUG_ON(at == NULL);
    bits &= at->bits;
    if (bits == 0) {
        return;
    }
    if (group == GROUP_LAST) {
        plan_add_step(plan, AW_PLAN_VERIFY, NULL, 0);
    }
    plan_add_step(plan, AW_PLAN_PROGRAM, at, bits);
}

aw_err plan_derive_closed(struct aw_plan *plan, struct aw_plan_result *result)
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
    err = plan_check_locks(plan, result);
    if (err != AW_OK) {
        return err;
    }
    for (unsigned i = 0; i < SRK_WORDS; i++) {
        const struct aw_plan_word *at = plan_need_word(plan, SRK_BANK, i);

        if (at->bits != 0) {
            plan_add_step(plan, AW_PLAN_PROGRAM, at, at->bits);
        }
    }
    /* Wherever an open part was found: a lock or hardening that is there
     * already proves nothing about images. */
    if (!is_closed(plan)) {
        plan_add_step(plan, AW_PLAN_BOOT, NULL, 0);
    }
    for (unsigned group = 0; group <= GROUP_LAST; group++) {
        add_group(plan, group);
    }
    return AW_OK;
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
        hash |= plan_need_word(&p, SRK_BANK, i)->start;
        whole = whole && plan_need_word(&p, SRK_BANK, i)->bits == 0;
    }
    if (!whole) {
        return hash == 0 ? AW_PLAN_S0 : AW_PLAN_S1;
    }
    if (plan_need_word(&p, LOCK_BANK, LOCK_WORD)->bits != 0) {
        return AW_PLAN_S2;
    }
    hard =
        plan_need_word(&p, CONFIG_BANK, CONFIG2_WORD)->bits == 0 &&
        (plan_need_word(&p, CONFIG_BANK, CONFIG_WORD)->bits & ~SEC_CONFIG) == 0;
    return hard ? AW_PLAN_S4 : AW_PLAN_S3;
}
