/* SPDX-License-Identifier: Apache-2.0 */
/* Plans and refusals in words. */
#include <inttypes.h>
#include <string.h>

#include "common/consent.h"
#include "common/input.h"
#include "fuse/fuse.h"

/* What to do about a refusal; NULL: what its exit code says. */
static const struct {
    const char *remedy;
    int exit;
} advice[] = {
    [AW_PLAN_FINE] = {NULL, AW_EXIT_INTERNAL},
    [AW_PLAN_READ_LOCKED] = {"leave this device as it is", AW_EXIT_REFUSED},
    [AW_PLAN_LOCKED] = {"nothing can complete this word any more; leave this "
                        "device as it is",
                        AW_EXIT_REFUSED},
    [AW_PLAN_FOREIGN] = {"find out who fused this device and with which "
                         "values; fuses cannot be cleared",
                         AW_EXIT_REFUSED},
    [AW_PLAN_VANISHED] = {"power the device down, read its fuses again and "
                          "make a new plan",
                          AW_EXIT_REFUSED},
    [AW_PLAN_FAB] = {"do not fuse this part", AW_EXIT_REFUSED},
    [AW_PLAN_FIELD_RETURN] = {"do not fuse this part", AW_EXIT_REFUSED},
    [AW_PLAN_REVOKED] = {"find out which keys were revoked and why; use "
                         "another device",
                         AW_EXIT_REFUSED},
    [AW_PLAN_SDP_DISABLED] = {"use another device", AW_EXIT_REFUSED},
    [AW_PLAN_OTHER_HASH] = {"check --srk-hash; a closed device keeps the hash "
                            "that it has",
                            AW_EXIT_REFUSED},
    [AW_PLAN_CONFLICT] = {"give one value for each bit", AW_EXIT_USAGE},
    [AW_PLAN_CLOSES] = {"use --target hab-closed", AW_EXIT_REFUSED},
    [AW_PLAN_NO_UNIT] = {"check that --current or --otp names the fuses of a "
                         "device",
                         AW_EXIT_DEVICE},
    [AW_PLAN_OTHER_UNIT] = {"connect the device that the plan was made for, "
                            "or make a plan for this one",
                            AW_EXIT_DEVICE},
    [AW_PLAN_OTHER_GOAL] = {"make a new plan from the fuses as they are now",
                            AW_EXIT_REFUSED},
    [AW_PLAN_READ_ONLY] = {"run it where the fuses can be written: on the "
                           "device itself as root, or on virtual fuses",
                           AW_EXIT_REFUSED},
    [AW_PLAN_NEEDS_BOOT] = {"power the device off and on, boot the signed "
                            "image and recovery, and run the same command "
                            "again",
                            AW_EXIT_REFUSED},
    [AW_PLAN_HAB_UNKNOWN] = {"boot the signed image, read HAB's log and give "
                             "it with --hab-log",
                             AW_EXIT_REFUSED},
    [AW_PLAN_HAB_EVENTS] = {"do not close this device: aw hab explain says "
                            "what the events mean; sign the image again and "
                            "flash it",
                            AW_EXIT_REFUSED},
    [AW_PLAN_RECOVERY_UNKNOWN] = {"boot recovery by serial download, read "
                                  "HAB's log and give it with "
                                  "--recovery-hab-log",
                                  AW_EXIT_REFUSED},
    [AW_PLAN_RECOVERY_EVENTS] = {"do not close this device: aw hab explain "
                                 "says what the events mean; sign recovery in "
                                 "its form for serial download",
                                 AW_EXIT_REFUSED},
    [AW_PLAN_REFUSED] = {"read the fuses again; run the same command again to "
                         "go on",
                         0},
    [AW_PLAN_NOT_TAKEN] = {"power the device off and on and run the same "
                           "command again; if the bits still do not take, "
                           "take the device out of use",
                           AW_EXIT_STORAGE},
    [AW_PLAN_CHANGED] = {"stop: keep the device as it is and read its fuses",
                         AW_EXIT_UNKNOWN},
};

/* Bits of a word, or NULL when no word is meant. */
static const char *word_text(struct aw_ctx *ctx,
                             const struct aw_plan_result *result, uint32_t bits)
{
    if (result->expected == 0 && result->got == 0) {
        return NULL;
    }
    return aw_pool_printf(&ctx->pool, "bank %u word %u: 0x%08" PRIx32,
                          result->bank, result->word, bits);
}

/* The boot ROM of a closed device locks these words in every boot. */
static bool locked_by_rom(const struct aw_plan_result *result, aw_err err)
{
    enum { SPECIAL_BANK = 5, FIELD_RETURN_WORD = 6, REVOKE_WORD = 7 };

    return result->why == AW_PLAN_REFUSED && err == AW_ERR_PRECONDITION &&
           result->bank == SPECIAL_BANK &&
           (result->word == FIELD_RETURN_WORD || result->word == REVOKE_WORD);
}

static int report_locked_by_rom(struct aw_ctx *ctx, const char *subject,
                                const struct aw_plan_result *result)
{
    return aw_report(
        ctx, &(struct aw_finding){
                 .err = AW_ERR_PRECONDITION,
                 .on = AW_ON_DEVICE,
                 .exit = AW_EXIT_REFUSED,
                 .what = "the boot ROM locked this word until the next boot",
                 .subject = subject,
                 .expected = word_text(ctx, result, result->expected),
                 .got = "a closed device, started by an image that did not "
                        "unlock it",
                 .remedy = "for SRK_REVOKE start an image signed with aw hab "
                           "sign --unlock-srk-revoke (virtual fuses: aw otp "
                           "virtual boot --unlock-srk-revoke), then run the "
                           "same command again",
             });
}

int fuse_report_io(struct aw_ctx *ctx, const char *path, aw_err err,
                   const struct aw_diag *diag)
{
    return aw_report(ctx, &(struct aw_finding){
                              .err = err,
                              .on = AW_ON_DEVICE,
                              .what = "the fuses cannot be reached",
                              .subject = path,
                              .diag = diag,
                          });
}

int fuse_report_plan(struct aw_ctx *ctx, const char *subject, aw_err err,
                     const struct aw_plan_result *result,
                     const struct aw_diag *diag)
{
    enum aw_plan_why why = result->why;

    if (why == AW_PLAN_FINE) {
        return fuse_report_io(ctx, subject, err, diag);
    }
    if (locked_by_rom(result, err)) {
        return report_locked_by_rom(ctx, subject, result);
    }
    int code = advice[why].exit;
    bool unsaved = why == AW_PLAN_REFUSED && err == AW_ERR_RESOURCE;

    return aw_report(ctx,
                     &(struct aw_finding){
                         .err = err,
                         .on = AW_ON_DEVICE,
                         .exit = err == AW_ERR_CANCELLED ? 0 : code,
                         .what = unsaved ? "there was no room to keep what "
                                           "was to be blown: nothing was"
                                         : aw_plan_why_text(why),
                         .subject = subject,
                         .expected = word_text(ctx, result, result->expected),
                         .got = word_text(ctx, result, result->got),
                         .remedy = advice[why].remedy,
                         .diag = why == AW_PLAN_REFUSED ? diag : NULL,
                     });
}

int fuse_read_plan(struct aw_ctx *ctx, const char *path, struct aw_plan *plan)
{
    struct aw_diag diag = {.where = NULL};
    aw_bytes text = {NULL, 0};
    int code = aw_input_read(ctx, path, AW_PLAN_TEXT_MAX, &text);

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_err err = aw_plan_parse(text, plan, &diag);

    if (err == AW_OK) {
        return AW_EXIT_OK;
    }
    return aw_report(
        ctx, &(struct aw_finding){
                 .err = err,
                 .on = AW_ON_INPUT,
                 .exit = AW_EXIT_REFUSED,
                 .what = "the plan is none that aw otp plan makes",
                 .subject = aw_input_name(path),
                 .expected = "a whole and unchanged fuse plan",
                 .got = err == AW_ERR_DIGEST
                            ? "its steps or its hash are not those that follow "
                              "from the rest"
                            : NULL,
                 .remedy = "make the plan again; plans are not edited",
                 .diag = &diag,
             });
}

const char *fuse_hash_text(struct aw_ctx *ctx, const struct aw_plan *plan)
{
    uint8_t hash[AW_SHA256_SIZE];
    const size_t room = 2 * (size_t)AW_SHA256_SIZE;
    struct aw_wr w = aw_wr_init(aw_pool_alloc(&ctx->pool, room + 1, 1), room);

    aw_plan_hash(plan, hash);
    aw_wr_hex(&w, (aw_bytes){hash, sizeof(hash)});
    return (const char *)w.p;
}

const char *fuse_serial_text(struct aw_ctx *ctx, const struct aw_plan *plan)
{
    const size_t room = 2 * (size_t)AW_PLAN_UNIT_SIZE;
    struct aw_wr w = aw_wr_init(aw_pool_alloc(&ctx->pool, room + 1, 1), room);

    aw_plan_serial(plan, &w);
    return (const char *)w.p;
}

void fuse_put_plan(struct aw_ctx *ctx, const struct aw_plan *plan)
{
    struct aw_out *out = &ctx->out;
    bool closes = plan->target == AW_PLAN_HAB_CLOSED;

    aw_out_bytes(out, "part", plan->part);
    aw_out_text(out, "serial", fuse_serial_text(ctx, plan));
    aw_out_text(out, "target", closes ? "hab-closed" : "set");
    if (closes) {
        aw_out_hex(out, "srk_hash",
                   (aw_bytes){plan->srk_hash, AW_PLAN_SRK_SIZE});
    }
    aw_out_text(out, "hash", fuse_hash_text(ctx, plan));
}

void fuse_put_state(struct aw_ctx *ctx, const struct aw_plan *plan)
{
    enum aw_plan_state state = aw_plan_state(plan);

    if (plan->target == AW_PLAN_HAB_CLOSED) {
        aw_out_text(&ctx->out, "state", aw_plan_state_name(state));
        aw_out_text(&ctx->out, "state_text", aw_plan_state_text(state));
    }
}

/* Names of the fuses of a step; memory from the pool. */
static const char *step_names(struct aw_ctx *ctx, const struct aw_plan *plan,
                              const struct aw_plan_step *step)
{
    struct aw_buf buf = {.n = 0};
    struct aw_sink sink = aw_buf_sink(&buf);

    aw_plan_step_names(plan, step, &sink);
    const char *text = aw_pool_bytes(&ctx->pool, aw_buf_bytes(&buf));

    aw_buf_wipe(&buf);
    return text;
}

const char *fuse_step_text(struct aw_ctx *ctx, const struct aw_plan *plan,
                           const struct aw_plan_step *step)
{
    switch (step->kind) {
    case AW_PLAN_PROGRAM:
        return aw_pool_printf(
            &ctx->pool, "bank %u word %u: blow 0x%08" PRIx32 " %s", step->bank,
            step->word, step->bits, step_names(ctx, plan, step));
    case AW_PLAN_BOOT:
        return "power off and on; the signed images must start without HAB "
               "events";
    case AW_PLAN_VERIFY:
        break;
    }
    return "every word so far must read back";
}

void fuse_put_steps(struct aw_ctx *ctx, const struct aw_plan *plan)
{
    static const char *const kinds[] = {[AW_PLAN_PROGRAM] = "program",
                                        [AW_PLAN_BOOT] = "boot",
                                        [AW_PLAN_VERIFY] = "verify"};
    struct aw_out *out = &ctx->out;

    aw_out_begin_list(out, "steps");
    for (size_t i = 0; i < plan->n_steps; i++) {
        const struct aw_plan_step *s = &plan->steps[i];

        if (!aw_out_is_json(out)) {
            aw_out_text(out, NULL, fuse_step_text(ctx, plan, s));
            continue;
        }
        aw_out_begin(out, NULL);
        aw_out_text(out, "kind", kinds[s->kind]);
        if (s->kind == AW_PLAN_PROGRAM) {
            aw_out_count(out, "bank", s->bank);
            aw_out_count(out, "word", s->word);
            aw_out_text(out, "bits",
                        aw_pool_printf(&ctx->pool, "0x%08" PRIx32, s->bits));
            aw_out_text(out, "fuses", step_names(ctx, plan, s));
        }
        aw_out_end(out);
    }
    aw_out_end_list(out);
}

int fuse_consent(struct aw_ctx *ctx, const char *subject,
                 const struct aw_plan *plan, const char *yes, const char *hash)
{
    const struct aw_consent consent = {
        .subject = subject,
        .serial = fuse_serial_text(ctx, plan),
        .yes = yes,
        .want = hash,
        .another = "--yes names another plan",
        .deed = "fusing",
        .done = "blown",
        .remedy = "read the plan, which --dry-run shows as well, then give "
                  "its hash with --yes, or run it at a terminal",
    };
    const char **lines =
        aw_pool_alloc(&ctx->pool, plan->n_steps, sizeof(*lines));

    for (size_t i = 0; i < plan->n_steps; i++) {
        lines[i] = fuse_step_text(ctx, plan, &plan->steps[i]);
    }
    return aw_consent(ctx, &consent, lines, plan->n_steps);
}
