/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aw/hab/plan.h"
#include "aw/hostio/vfuse.h"
#include "plan_support.h"
#include "suites.h"
#include "support.h"

/*
 * The promise of a plan, tried at every interruption: from every state it
 * either ends exactly at its target or is refused before the first write, and
 * on the way no foreign bit is blown, nor SEC_CONFIG before all else was read
 * back.
 */
enum { RANDOM_STATES = 1000, CONFIG = 6, RUNS_MAX = 64 };
#define SEC_CONFIG UINT32_C(3)
#define SEC_CLOSED UINT32_C(2)

/* A device that watches what is done to it. */
struct spy {
    struct aw_vfuse v;
    struct aw_otp inner;
    const struct aw_plan *plan;
    uint32_t goal[AW_VFUSE_WORDS];
    bool fresh[AW_VFUSE_WORDS]; /* read since the last write to any fuse */
    bool reloaded;              /* shadow registers are younger than that */
    bool proven; /* in this run a boot without HAB events was shown */
    size_t writes;
};

static aw_err spy_read(void *ctx, unsigned bank, unsigned word, uint32_t *value,
                       struct aw_diag *diag)
{
    struct spy *spy = ctx;
    aw_err err = spy->inner.read(&spy->v, bank, word, value, diag);

    if (err == AW_OK && spy->reloaded) {
        spy->fresh[bank * 8 + word] = true;
    }
    return err;
}

/* True when the part may be closed now: every word was read back since the
 * last write, and all but SEC_CONFIG is exactly at the goal. */
static bool may_close(const struct spy *spy)
{
    for (size_t i = 0; i < spy->plan->n_words; i++) {
        const struct aw_plan_word *w = &spy->plan->words[i];
        unsigned at = w->bank * 8U + w->word;
        uint32_t rest = ~(at == CONFIG ? SEC_CONFIG : 0);

        if (!spy->fresh[at] ||
            (spy->v.fuse[at] & rest) != (spy->goal[at] & rest)) {
            return false;
        }
    }
    return true;
}

/* True when the plan may blow these bits now: none foreign, none twice, none
 * of a locked hash, none but the hash without proof, and SEC_CONFIG last.
 * Checks are slow, so this is one. */
static bool may_program(const struct spy *spy, unsigned at, uint32_t bits)
{
    bool hash = at >= 24 && at < 32;

    if (bits == 0 || (bits & ~spy->goal[at]) != 0 ||
        (bits & spy->v.fuse[at]) != 0 ||
        (hash && (spy->v.fuse[0] & 0x4000) != 0)) {
        return false;
    }
    if (!hash && (spy->v.fuse[CONFIG] & SEC_CLOSED) == 0 && !spy->proven) {
        return false;
    }
    return at != CONFIG || (bits & SEC_CONFIG) == 0 || may_close(spy);
}

static aw_err spy_program(void *ctx, unsigned bank, unsigned word,
                          uint32_t bits, struct aw_diag *diag)
{
    struct spy *spy = ctx;
    unsigned at = bank * 8 + word;

    if (!may_program(spy, at, bits)) {
        ck_abort_msg("bank %u word %u: %08x", bank, word, bits);
    }
    memset(spy->fresh, 0, sizeof(spy->fresh));
    spy->reloaded = false;
    spy->writes++;
    return spy->inner.program(&spy->v, bank, word, bits, diag);
}

static aw_err spy_reload(void *ctx, struct aw_diag *diag)
{
    struct spy *spy = ctx;

    spy->reloaded = true;
    return spy->inner.reload(&spy->v, diag);
}

static aw_err spy_boot(void *ctx, struct aw_otp_boot *boot,
                       struct aw_diag *diag)
{
    struct spy *spy = ctx;
    aw_err err = spy->inner.boot(&spy->v, boot, diag);

    spy->proven = err == AW_OK && boot->cold &&
                  boot->image == AW_OTP_HAB_CLEAN &&
                  boot->recovery == AW_OTP_HAB_CLEAN;
    return err;
}

static struct spy spy_on(const struct aw_vfuse *v, const struct aw_plan *plan)
{
    struct spy spy = {.v = *v, .plan = plan};

    spy.inner = aw_vfuse_otp(&spy.v);
    memcpy(spy.goal, v->fuse, sizeof(spy.goal));
    for (size_t i = 0; i < plan->n_words; i++) {
        const struct aw_plan_word *w = &plan->words[i];

        spy.goal[w->bank * 8 + w->word] = w->start | w->bits;
    }
    return spy;
}

static struct aw_otp spy_otp(struct spy *spy)
{
    return (struct aw_otp){.ctx = spy,
                           .read = spy_read,
                           .program = spy_program,
                           .reload = spy_reload,
                           .boot = spy_boot};
}

static aw_err apply(struct spy *spy, const struct aw_plan *plan,
                    struct aw_plan_result *result)
{
    struct aw_otp otp = spy_otp(spy);

    memset(spy->fresh, 0, sizeof(spy->fresh));
    spy->reloaded = false;
    spy->proven = false;
    return aw_plan_apply(plan, &otp, AW_PLAN_SKIP_NOTHING, result, NULL);
}

/* The plan stopped for the boot of the signed images. */
static bool wants_boot(aw_err err, const struct aw_plan_result *result)
{
    return err == AW_ERR_PRECONDITION && (result->why == AW_PLAN_NEEDS_BOOT ||
                                          result->why == AW_PLAN_HAB_UNKNOWN);
}

/* Applies a plan, again after every end of power and every boot that it asks
 * for, until it is done. @return writes of all runs together */
static size_t run_to_end(struct spy *spy, const struct aw_plan *plan)
{
    struct aw_plan_result result;
    aw_err err = AW_ERR_IO;

    for (unsigned i = 0; err != AW_OK && i < RUNS_MAX; i++) {
        err = apply(spy, plan, &result);
        if (err == AW_OK) {
            break;
        }
        ck_assert_msg(wants_boot(err, &result) || spy->v.off, "%s",
                      aw_plan_why_text(result.why));
        plan_boot(&spy->v);
    }
    ck_assert_int_eq(err, AW_OK);
    ck_assert_mem_eq(spy->v.fuse, spy->goal, sizeof(spy->goal));
    return spy->writes;
}

/* The plan as it comes out of a file. */
static struct aw_plan through_text(const struct aw_plan *plan, char *text,
                                   size_t cap)
{
    struct aw_plan back;

    ck_assert_int_eq(aw_plan_parse(plan_text(plan, text, cap), &back, NULL),
                     AW_OK);
    return back;
}

/* Interrupts at write n, of whose word the bits in mask take; resumes by the
 * old plan and by one made anew. */
static void interrupt(const struct aw_vfuse *v, const struct aw_plan *plan,
                      size_t n, uint32_t mask)
{
    struct spy old = spy_on(v, plan);
    struct aw_plan_result result;

    old.v.cut_after = n;
    old.v.cut_mask = mask;
    while (!old.v.off) {
        aw_err cut = apply(&old, plan, &result);

        ck_assert_int_ne(cut, AW_OK);
        if (!old.v.off) {
            ck_assert(wants_boot(cut, &result));
            plan_boot(&old.v);
        }
    }
    plan_boot(&old.v);
    struct aw_plan next;
    aw_err err = plan_try_closing(&old.v, &next, &result);

    ck_assert_int_eq(err, AW_OK);
    struct spy anew = spy_on(&old.v, &next);

    ck_assert_mem_eq(anew.goal, old.goal, sizeof(anew.goal));
    (void)run_to_end(&anew, &next);
    (void)run_to_end(&old, plan);
}

/* Every interruption of a part in some state. @return true when the plan was
 * not refused */
static bool every_interruption(struct aw_vfuse *v, uint32_t *random)
{
    static char text[AW_PLAN_TEXT_MAX];
    struct aw_plan made;
    struct aw_plan_result result;

    aw_vfuse_boot(v);
    struct aw_vfuse before = *v;

    bool refused = plan_try_closing(v, &made, &result) != AW_OK;

    ck_assert_int_eq(refused, result.why != AW_PLAN_FINE);
    ck_assert_mem_eq(v->fuse, before.fuse, sizeof(v->fuse));
    if (refused) {
        return false;
    }
    struct aw_plan plan = through_text(&made, text, sizeof(text));
    struct spy spy = spy_on(v, &plan);
    size_t writes = run_to_end(&spy, &plan);

    for (size_t n = 0; n < writes; n++) {
        interrupt(v, &plan, n, 0);
        interrupt(v, &plan, n, 0xffffffff);
        interrupt(v, &plan, n, plan_random(random));
    }
    return true;
}

START_TEST(interrupted_from_states)
{
    uint32_t random = (uint32_t)_i + 1;
    struct aw_vfuse v = plan_at_state((enum aw_plan_state)_i);

    ck_assert(every_interruption(&v, &random));
}
END_TEST

/* Some of the bits of a word: none, all or a random choice. */
static uint32_t some_of(uint32_t bits, uint32_t *random)
{
    switch (plan_random(random) % 4) {
    case 0:
        return 0;
    case 1:
        return bits;
    default:
        return bits & plan_random(random);
    }
}

/* True once in n. */
static bool once_in(unsigned n, uint32_t *random)
{
    return plan_random(random) % n == 0;
}

/* A part in a state that mostly lies on some way to the target, and sometimes
 * not: foreign bits, locks, closed too early. */
static struct aw_vfuse random_part(uint32_t *random)
{
    struct aw_vfuse v = plan_at_state(AW_PLAN_S0);
    const struct aw_vfuse done = plan_at_state(AW_PLAN_S5);
    bool hash_done = once_in(2, random);

    for (unsigned i = 0; i < 8; i++) {
        uint32_t all = done.fuse[24 + i];

        v.fuse[24 + i] = hash_done ? all : some_of(all, random);
    }
    if (hash_done || once_in(8, random)) {
        v.fuse[0] |= some_of(0x4000, random);
        v.fuse[6] |= some_of(SEC_CLOSED, random);
    }
    v.fuse[6] |= some_of(0x0cd40008, random);
    v.fuse[7] |= some_of(0x00000010, random);
    v.fuse[6] |= plan_random(random) & 0xe120ff30;
    v.fuse[7] |= plan_random(random) & 0xffffffef;
    if (once_in(8, random)) {
        v.fuse[24 + plan_random(random) % 8] |= 1U << plan_random(random) % 32;
    }
    if (once_in(16, random)) {
        v.fuse[46 + plan_random(random) % 2] |= 1U << plan_random(random) % 4;
    }
    if (once_in(8, random)) {
        v.fuse[0] |= plan_random(random);
    }
    if (once_in(16, random)) {
        v.fuse[6] &= ~SEC_CONFIG;
    }
    return v;
}

START_TEST(interrupted_from_anywhere)
{
    enum { GROUPS = 4, IN_GROUP = RANDOM_STATES / GROUPS };
    uint32_t random = 0x5eed0000U + (uint32_t)_i;
    unsigned done = 0;

    for (unsigned i = 0; i < IN_GROUP; i++) {
        struct aw_vfuse v = random_part(&random);

        done += every_interruption(&v, &random) ? 1 : 0;
    }
    /* Both outcomes were tried, and often. */
    ck_assert_uint_gt(done, IN_GROUP / 4);
    ck_assert_uint_lt(done, IN_GROUP - IN_GROUP / 8);
}
END_TEST

/* Open parts in any state, with any evidence but a proof, at any interruption:
 * nothing but the hash is blown, whatever is tried. */
START_TEST(never_closed_without_proof)
{
    enum { TRIES = 250, RUNS = 4 };
    uint32_t random = 0xc105ed00U + (uint32_t)_i;
    unsigned seen = 0;

    for (unsigned i = 0; i < TRIES; i++) {
        struct aw_vfuse v = random_part(&random);
        struct aw_plan plan;
        struct aw_plan_result result;

        v.fuse[CONFIG] &= ~SEC_CLOSED;
        aw_vfuse_boot(&v);
        if (plan_try_closing(&v, &plan, &result) != AW_OK) {
            continue;
        }
        struct spy spy = spy_on(&v, &plan);

        seen++;
        for (unsigned k = 0; k < RUNS; k++) {
            aw_vfuse_boot(&spy.v);
            spy.v.image = (enum aw_otp_hab)(plan_random(&random) % 3);
            spy.v.recovery = (enum aw_otp_hab)(plan_random(&random) % 3);
            spy.v.written = spy.v.image == AW_OTP_HAB_CLEAN &&
                            spy.v.recovery == AW_OTP_HAB_CLEAN;
            spy.v.cut_after = plan_random(&random) % 16;
            spy.v.cut_mask = plan_random(&random);
            ck_assert_int_ne(apply(&spy, &plan, &result), AW_OK);
            ck_assert_uint_eq(spy.v.fuse[0], v.fuse[0]);
            ck_assert_uint_eq(spy.v.fuse[CONFIG], v.fuse[CONFIG]);
            ck_assert_uint_eq(spy.v.fuse[7], v.fuse[7]);
        }
        spy.v.cut_after = AW_VFUSE_NO_CUT;
        plan_boot(&spy.v);
        (void)run_to_end(&spy, &plan);
    }
    ck_assert_uint_gt(seen, TRIES / 8);
}
END_TEST

/* Evidence that is missing or bad stops before the lock, for ever. */
static const struct {
    const char *name;
    enum aw_otp_hab image;
    enum aw_otp_hab recovery;
    unsigned skip;
    enum aw_plan_why why;
} evidence[] = {
    {"clean", AW_OTP_HAB_CLEAN, AW_OTP_HAB_CLEAN, 0, AW_PLAN_FINE},
    {"no log", AW_OTP_HAB_UNKNOWN, AW_OTP_HAB_CLEAN, 0, AW_PLAN_HAB_UNKNOWN},
    {"events", AW_OTP_HAB_EVENTS, AW_OTP_HAB_CLEAN, 0, AW_PLAN_HAB_EVENTS},
    {"no log of recovery", AW_OTP_HAB_CLEAN, AW_OTP_HAB_UNKNOWN, 0,
     AW_PLAN_RECOVERY_UNKNOWN},
    {"events of recovery", AW_OTP_HAB_CLEAN, AW_OTP_HAB_EVENTS, 0,
     AW_PLAN_RECOVERY_EVENTS},
    {"recovery left out", AW_OTP_HAB_CLEAN, AW_OTP_HAB_UNKNOWN,
     AW_PLAN_SKIP_RECOVERY, AW_PLAN_FINE},
    {"events of recovery left out", AW_OTP_HAB_CLEAN, AW_OTP_HAB_EVENTS,
     AW_PLAN_SKIP_RECOVERY, AW_PLAN_RECOVERY_EVENTS},
    {"no log left out", AW_OTP_HAB_UNKNOWN, AW_OTP_HAB_UNKNOWN,
     AW_PLAN_SKIP_RECOVERY, AW_PLAN_HAB_UNKNOWN},
};

/* Rows of the table, for each state of an open part. */
START_TEST(boot_needs_evidence)
{
    enum aw_plan_state state =
        (enum aw_plan_state)((size_t)_i % (AW_PLAN_S4 + 1));
    size_t row = (size_t)_i / (AW_PLAN_S4 + 1);
    struct aw_vfuse v = plan_at_state(state);
    const struct aw_vfuse before = v;
    struct aw_plan plan = plan_closing_of(&v);
    struct aw_otp otp = aw_vfuse_otp(&v);
    struct aw_plan_result result;

    /* Not without power going after the last write. */
    v.written = true;
    v.image = AW_OTP_HAB_CLEAN;
    v.recovery = AW_OTP_HAB_CLEAN;
    for (unsigned i = 0; i < 2; i++) {
        ck_assert_int_eq(
            aw_plan_apply(&plan, &otp, evidence[row].skip, &result, NULL),
            AW_ERR_PRECONDITION);
        ck_assert_int_eq(result.why, AW_PLAN_NEEDS_BOOT);
    }
    for (unsigned i = 0; i < 3; i++) {
        aw_vfuse_boot(&v);
        v.image = evidence[row].image;
        v.recovery = evidence[row].recovery;
        aw_err err =
            aw_plan_apply(&plan, &otp, evidence[row].skip, &result, NULL);

        ck_assert_msg(result.why == evidence[row].why, "%s: got %s",
                      evidence[row].name, aw_plan_why_text(result.why));
        ck_assert_int_eq(err == AW_OK, evidence[row].why == AW_PLAN_FINE);
        if (err == AW_OK) {
            ck_assert_uint_ne(v.fuse[CONFIG] & SEC_CLOSED, 0);
        } else {
            ck_assert_uint_eq(v.fuse[0], before.fuse[0]);
            ck_assert_uint_eq(v.fuse[CONFIG], before.fuse[CONFIG]);
            ck_assert_uint_eq(v.fuse[7], before.fuse[7]);
        }
    }
}
END_TEST

/* A backend that knows nothing of boots never closes anything. */
START_TEST(no_evidence_at_all)
{
    struct aw_vfuse v = plan_at_state((enum aw_plan_state)_i);
    struct aw_plan plan = plan_closing_of(&v);
    struct aw_otp otp = aw_vfuse_otp(&v);
    struct aw_plan_result result;

    otp.boot = NULL;
    otp.reload = NULL;
    ck_assert_int_eq(aw_plan_apply(&plan, &otp, 0, &result, NULL),
                     AW_ERR_PRECONDITION);
    ck_assert_int_eq(result.why, AW_PLAN_NEEDS_BOOT);
    ck_assert_uint_eq(result.writes, 0);
}
END_TEST

/* Each bit of the target, when it does not take: the plan stops there. */
START_TEST(stuck_bits)
{
    const struct aw_vfuse done = plan_at_state(AW_PLAN_S5);
    const struct aw_vfuse blank = plan_at_state(AW_PLAN_S0);
    uint32_t todo = done.fuse[_i] & ~blank.fuse[_i];

    for (unsigned bit = 0; bit < 32; bit++) {
        struct aw_vfuse v = blank;
        struct aw_plan plan = plan_closing_of(&v);
        struct aw_plan_result result;
        struct spy spy = spy_on(&v, &plan);

        if ((todo >> bit & 1) == 0) {
            continue;
        }
        spy.v.stuck[_i] = UINT32_C(1) << bit;
        aw_err err = apply(&spy, &plan, &result);

        if (result.why == AW_PLAN_NEEDS_BOOT) {
            plan_boot(&spy.v);
            err = apply(&spy, &plan, &result);
        }
        ck_assert_int_eq(err, AW_ERR_IO);
        ck_assert_int_eq(result.why, AW_PLAN_NOT_TAKEN);
        ck_assert_uint_eq(result.bank * 8U + result.word, (unsigned)_i);
        ck_assert_uint_eq(result.expected & ~result.got, UINT32_C(1) << bit);
        ck_assert_uint_eq(spy.v.fuse[CONFIG] & SEC_CLOSED, 0);
        /* It takes at a later try: the plan goes on. */
        spy.v.stuck[_i] = 0;
        plan_boot(&spy.v);
        (void)run_to_end(&spy, &plan);
    }
}
END_TEST

/* A device that is none, or was changed by someone else. */
static const struct {
    const char *name;
    unsigned word;
    uint32_t flip;
    enum aw_plan_why why;
} others[] = {
    {"same", 40, 0xffffffff, AW_PLAN_FINE},
    {"other unit", 2, 0x00000001, AW_PLAN_OTHER_UNIT},
    {"bit vanished", 0, 0x00000001, AW_PLAN_VANISHED},
    {"bit of no step", 7, 0x00000020, AW_PLAN_FOREIGN},
    {"bit of another hash", 24, 0x00000002, AW_PLAN_FOREIGN},
    {"revoked since", 47, 0x00000001, AW_PLAN_FOREIGN},
    {"closed too early", 6, 0x00000002, AW_PLAN_OTHER_HASH},
    {"locked too early", 0, 0x00004000, AW_PLAN_LOCKED},
    {"unreadable", 47, 0xbadabada, AW_PLAN_READ_LOCKED},
};

START_TEST(refused_before_first_write)
{
    struct aw_vfuse v = plan_at_state(AW_PLAN_S0);
    struct aw_plan plan = plan_closing_of(&v);
    struct aw_otp otp = aw_vfuse_otp(&v);
    struct aw_plan_result result;

    v.fuse[others[_i].word] ^= others[_i].flip;
    aw_vfuse_boot(&v);
    struct aw_vfuse before = v;
    aw_err err = aw_plan_apply(&plan, &otp, 0, &result, NULL);

    ck_assert_int_eq(err, AW_ERR_PRECONDITION);
    if (others[_i].why == AW_PLAN_FINE) {
        ck_assert_int_eq(result.why, AW_PLAN_NEEDS_BOOT);
        return;
    }
    ck_assert_msg(result.why == others[_i].why, "%s: got %s", others[_i].name,
                  aw_plan_why_text(result.why));
    ck_assert_uint_eq(result.writes, 0);
    ck_assert_mem_eq(v.fuse, before.fuse, sizeof(v.fuse));
}
END_TEST

START_TEST(read_only)
{
    struct aw_vfuse v = plan_at_state(AW_PLAN_S3);
    struct aw_plan plan = plan_closing_of(&v);
    struct aw_otp otp = aw_vfuse_otp(&v);
    struct aw_plan_result result;

    otp.program = NULL;
    ck_assert_int_eq(aw_plan_apply(&plan, &otp, 0, &result, NULL),
                     AW_ERR_PRECONDITION);
    ck_assert_int_eq(result.why, AW_PLAN_READ_ONLY);
    plan.words[0].bits |= 0x80; /* a goal that no plan has */
    ck_assert_int_eq(aw_plan_apply(&plan, &otp, 0, &result, NULL),
                     AW_ERR_PRECONDITION);
    ck_assert_int_eq(result.why, AW_PLAN_OTHER_GOAL);
    v = plan_at_state(AW_PLAN_S5);
    plan = plan_closing_of(&v);
    ck_assert_int_eq(aw_plan_apply(&plan, &otp, 0, &result, NULL), AW_OK);
}
END_TEST

/* A controller that blows one bit too many, in the same or another word. */
struct sloppy {
    struct aw_vfuse v;
    struct aw_otp inner;
    unsigned word;
    uint32_t extra;
};

static aw_err sloppy_read(void *ctx, unsigned bank, unsigned word,
                          uint32_t *value, struct aw_diag *diag)
{
    struct sloppy *s = ctx;

    return s->inner.read(&s->v, bank, word, value, diag);
}

static aw_err sloppy_reload(void *ctx, struct aw_diag *diag)
{
    struct sloppy *s = ctx;

    return s->inner.reload(&s->v, diag);
}

static aw_err sloppy_program(void *ctx, unsigned bank, unsigned word,
                             uint32_t bits, struct aw_diag *diag)
{
    struct sloppy *s = ctx;

    s->v.fuse[s->word] |= s->extra;
    return s->inner.program(&s->v, bank, word, bits, diag);
}

START_TEST(one_bit_too_many)
{
    static const struct {
        unsigned word;
        uint32_t extra;
    } rows[] = {{24, 2}, {31, 0x40000000}, {6, 0x00020000}, {6, 2}, {0, 4}};
    struct sloppy s = {.v = plan_at_state(AW_PLAN_S0),
                       .word = rows[_i].word,
                       .extra = rows[_i].extra};
    struct aw_otp otp = {.ctx = &s,
                         .read = sloppy_read,
                         .program = sloppy_program,
                         .reload = sloppy_reload};
    struct aw_plan plan = plan_closing_of(&s.v);
    struct aw_plan_result result;

    s.inner = aw_vfuse_otp(&s.v);
    ck_assert_int_eq(aw_plan_apply(&plan, &otp, 0, &result, NULL),
                     AW_ERR_CONTENT);
    ck_assert_int_eq(result.why, AW_PLAN_CHANGED);
    ck_assert_uint_eq(result.writes, 1);
    ck_assert_uint_eq(result.bank * 8U + result.word, rows[_i].word);
}
END_TEST

/* A device that fails at read or reload number n. */
struct failing {
    struct aw_vfuse v;
    struct aw_otp inner;
    unsigned left;
};

static aw_err failing_read(void *ctx, unsigned bank, unsigned word,
                           uint32_t *value, struct aw_diag *diag)
{
    struct failing *f = ctx;

    if (f->left-- == 0) {
        return aw_fail(diag, AW_ERR_TIMEOUT, "test", 0);
    }
    return f->inner.read(&f->v, bank, word, value, diag);
}

static aw_err failing_program(void *ctx, unsigned bank, unsigned word,
                              uint32_t bits, struct aw_diag *diag)
{
    struct failing *f = ctx;

    return f->inner.program(&f->v, bank, word, bits, diag);
}

static aw_err failing_reload(void *ctx, struct aw_diag *diag)
{
    struct failing *f = ctx;

    if (f->left-- == 0) {
        return aw_fail(diag, AW_ERR_IO, "test", 0);
    }
    return f->inner.reload(&f->v, diag);
}

static aw_err failing_boot(void *ctx, struct aw_otp_boot *boot,
                           struct aw_diag *diag)
{
    struct failing *f = ctx;

    return f->inner.boot(&f->v, boot, diag);
}

START_TEST(every_access_fails_once)
{
    struct aw_vfuse v = plan_at_state(AW_PLAN_S2);
    struct aw_plan plan = plan_closing_of(&v);
    struct aw_plan_result result;
    unsigned n = 0;

    for (aw_err err = AW_ERR_IO; err != AW_OK; n++) {
        struct failing f = {.v = v, .left = n};
        struct aw_otp otp = {.ctx = &f,
                             .read = failing_read,
                             .program = failing_program,
                             .reload = failing_reload,
                             .boot = failing_boot};

        f.inner = aw_vfuse_otp(&f.v);
        plan_boot(&f.v);
        err = aw_plan_apply(&plan, &otp, 0, &result, NULL);
        ck_assert_msg(err == AW_OK || err == AW_ERR_TIMEOUT || err == AW_ERR_IO,
                      "%s", aw_err_text(err));
        struct spy spy = spy_on(&v, &plan);

        spy.v = f.v;
        plan_boot(&spy.v);
        (void)run_to_end(&spy, &plan);
    }
    ck_assert_uint_gt(n, 60);
}
END_TEST

/* A plan with byte i changed to any of these is none. */
static void other_byte(char *text, size_t i, size_t n)
{
    static const char swaps[] = {'0', '1', 'f', ' ', '\n', '\0', 'x'};
    struct aw_plan back;
    char was = text[i];

    for (size_t k = 0; k < sizeof(swaps); k++) {
        char to = swaps[k];

        if (to == was) {
            to = 'y';
        }
        text[i] = to;
        aw_bytes changed = {(const uint8_t *)text, n};

        ck_assert_msg(aw_plan_parse(changed, &back, NULL) != AW_OK, "byte %zu",
                      i);
    }
    text[i] = was;
}

/* Plan files: one that we would not have made is refused. */
START_TEST(every_byte_counts)
{
    static char text[AW_PLAN_TEXT_MAX];
    struct aw_vfuse v = plan_at_state(AW_PLAN_S1);
    struct aw_plan plan = plan_closing_of(&v);
    struct aw_plan back = {.n_words = 77};
    aw_bytes whole = plan_text(&plan, text, sizeof(text));

    ck_assert_int_eq(aw_plan_parse(whole, &back, NULL), AW_OK);
    back.n_words = 77;
    for (size_t i = 0; i < whole.n; i++) {
        other_byte(text, i, whole.n);
        ck_assert_int_ne(aw_plan_parse((aw_bytes){whole.p, i}, &back, NULL),
                         AW_OK);
    }
    ck_assert_uint_eq(back.n_words, 77);
    ck_assert_int_eq(
        aw_plan_parse((aw_bytes){whole.p, AW_PLAN_TEXT_MAX + 1}, &back, NULL),
        AW_ERR_SPACE);
}
END_TEST

Suite *suite_plan_apply(void)
{
    Suite *s = suite_create("plan_apply");
    TCase *tc = tcase_create("all");

    tcase_set_timeout(tc, 300);
    tcase_add_loop_test(tc, interrupted_from_states, AW_PLAN_S0, AW_PLAN_SX);
    tcase_add_loop_test(tc, interrupted_from_anywhere, 0, 4);
    tcase_add_loop_test(tc, never_closed_without_proof, 0, 4);
    tcase_add_loop_test(tc, boot_needs_evidence, 0,
                        (int)COUNT(evidence) * (AW_PLAN_S4 + 1));
    tcase_add_loop_test(tc, no_evidence_at_all, AW_PLAN_S2, AW_PLAN_S5);
    tcase_add_loop_test(tc, stuck_bits, 0, 32);
    tcase_add_loop_test(tc, refused_before_first_write, 0, (int)COUNT(others));
    tcase_add_test(tc, read_only);
    tcase_add_loop_test(tc, one_bit_too_many, 0, 5);
    tcase_add_test(tc, every_access_fails_once);
    tcase_add_test(tc, every_byte_counts);
    suite_add_tcase(s, tc);
    return s;
}
