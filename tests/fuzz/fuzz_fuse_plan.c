/* SPDX-License-Identifier: Apache-2.0 */
/* Fuse plans: what is read is written again byte for byte; and, from the
 * words of a device that the input plays, a plan that can be made can be read,
 * and carried out without a bit that is not its own. */
#include <string.h>

#include "aw/hab/plan.h"
#include "fuzz.h"

enum { WORDS = 64 };

/* Fuses without anything that is in the way. */
struct device {
    uint32_t fuse[WORDS];
};

static aw_err dev_read(void *ctx, unsigned bank, unsigned word, uint32_t *value,
                       struct aw_diag *diag)
{
    const struct device *d = ctx;
    unsigned at = bank * 8 + word;

    if (at >= WORDS) {
        return aw_fail(diag, AW_ERR_NOT_FOUND, "fuzz", at);
    }
    *value = d->fuse[at];
    return AW_OK;
}

static aw_err dev_program(void *ctx, unsigned bank, unsigned word,
                          uint32_t bits, struct aw_diag *diag)
{
    struct device *d = ctx;
    unsigned at = bank * 8 + word;

    (void)diag;
    if (at >= WORDS || (d->fuse[at] & bits) != 0) {
        __builtin_trap();
    }
    d->fuse[at] |= bits;
    return AW_OK;
}

static aw_err dev_boot(void *ctx, struct aw_otp_boot *boot,
                       struct aw_diag *diag)
{
    (void)ctx;
    (void)diag;
    *boot = (struct aw_otp_boot){
        .cold = true, .image = AW_OTP_HAB_CLEAN, .recovery = AW_OTP_HAB_CLEAN};
    return AW_OK;
}

static void check_steps(const struct aw_plan *plan)
{
    for (size_t i = 0; i < plan->n_steps; i++) {
        const struct aw_plan_step *s = &plan->steps[i];
        bool closes = s->kind == AW_PLAN_PROGRAM && s->bank == 0 &&
                      s->word == 6 && (s->bits & 2) != 0;

        if (closes &&
            (plan->target != AW_PLAN_HAB_CLOSED || i + 1 != plan->n_steps)) {
            __builtin_trap();
        }
    }
}

/* Reads; what is accepted must come out as it went in. */
static bool round_trip(aw_bytes in, struct aw_plan *plan)
{
    static char text[AW_PLAN_TEXT_MAX];
    struct aw_diag diag;
    struct aw_wr w = aw_wr_init(text, sizeof(text));
    struct aw_sink sink = aw_sink_wr(&w);

    if (aw_plan_parse(in, plan, &diag) != AW_OK) {
        return false;
    }
    aw_plan_write(plan, &sink);
    if (!aw_bytes_equal(aw_wr_done(&w), in)) {
        __builtin_trap();
    }
    (void)aw_plan_state(plan);
    check_steps(plan);
    return true;
}

static void carry_out(const struct aw_plan *plan, struct device *d)
{
    struct aw_otp otp = {
        .ctx = d, .read = dev_read, .program = dev_program, .boot = dev_boot};
    struct aw_plan_result result;

    if (aw_plan_apply(plan, &otp, 0, &result, NULL) != AW_OK) {
        __builtin_trap();
    }
    for (size_t i = 0; i < plan->n_words; i++) {
        const struct aw_plan_word *w = &plan->words[i];

        if (d->fuse[w->bank * 8 + w->word] != (w->start | w->bits)) {
            __builtin_trap();
        }
    }
}

/* The input as a device: hash, words of the boot, words of the hash. */
static void play(struct aw_rd r)
{
    static char text[AW_PLAN_TEXT_MAX];
    struct aw_wr w = aw_wr_init(text, sizeof(text));
    struct aw_sink sink = aw_sink_wr(&w);
    struct device d = {.fuse = {[1] = 1, [2] = 2}};
    struct aw_otp otp = {.ctx = &d, .read = dev_read};
    struct aw_plan plan;
    struct aw_plan back;
    struct aw_plan_result result;
    aw_bytes hash = aw_rd_take(&r, AW_PLAN_SRK_SIZE);

    d.fuse[0] = aw_rd_le32(&r);
    d.fuse[6] = aw_rd_le32(&r);
    d.fuse[7] = aw_rd_le32(&r);
    for (unsigned i = 0; i < 8; i++) {
        d.fuse[24 + i] = aw_rd_le32(&r);
    }
    if (r.failed ||
        aw_plan_begin_closed(aw_text("IMX6ULL"), hash.p, &plan) != AW_OK ||
        aw_plan_make(&plan, &otp, &result, NULL) != AW_OK) {
        return;
    }
    aw_plan_write(&plan, &sink);
    if (!round_trip(aw_wr_done(&w), &back)) {
        __builtin_trap();
    }
    carry_out(&back, &d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct aw_plan plan;
    struct aw_rd r = aw_rd_init((aw_bytes){data, size});

    if (aw_rd_u8(&r) == 0) {
        play(r);
    } else {
        (void)round_trip((aw_bytes){data, size}, &plan);
    }
    return 0;
}
