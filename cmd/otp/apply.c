/* SPDX-License-Identifier: Apache-2.0 */
#include "otp/apply.h"

#include <string.h>

#include "common/stop.h"
#include "common/term.h"
#include "otp/evidence.h"

static const struct aw_opt apply_opts[] = {
    OTP_FUSES_OPT(otp_apply_args),
    OTP_DEVICE_OPTS(otp_apply_args),
    {.name = "yes",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct otp_apply_args, yes),
     .arg = "HASH",
     .help = "Consent without a question, by the hash of the very plan: its "
             "last line."},
    {.name = "dry-run",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct otp_apply_args, dry_run),
     .help = "Check everything and print the steps that are left; blow "
             "nothing."},
    {.name = "hab-log",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct otp_apply_args, hab_log),
     .arg = "FILE",
     .help = "HAB's log of this boot, all 2944 bytes from address 0x00904000, "
             "or the text that md.b of U-Boot prints of them: the proof that "
             "the signed image starts. Not for virtual fuses."},
    {.name = "recovery-hab-log",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct otp_apply_args, recovery_log),
     .arg = "FILE",
     .help = "The same of a boot of recovery by serial download."},
    {.name = "skip-recovery-proof",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct otp_apply_args, skip_recovery),
     .help = "Go on without the proof that recovery starts. If it does not, a "
             "closed device whose storage breaks is lost."},
};

/* A device whose writes are shown, and can be stopped between two of them. */
struct watch {
    struct aw_ctx *ctx;
    const struct aw_plan *plan;
    struct otp_fuses fuses;
    struct otp_evidence evidence; /* from the operator, not from the device */
    bool spent;                   /* fuses were programmed in this boot */
    int refused; /* exit code of what was reported and kept from being written */
};

static aw_err watch_read(void *ctx, unsigned bank, unsigned word,
                         uint32_t *value, struct aw_diag *diag)
{
    const struct watch *w = ctx;

    return w->fuses.otp.read(w->fuses.otp.ctx, bank, word, value, diag);
}

/* What is known of this boot is spent with the first write. */
static aw_err spend_boot(struct watch *w, struct aw_diag *diag)
{
    if (w->spent || w->fuses.is_virtual) {
        return AW_OK;
    }
    w->refused = otp_evidence_spend(w->ctx, &w->evidence);
    w->spent = true;
    return w->refused == AW_EXIT_OK
               ? AW_OK
               : aw_fail(diag, AW_ERR_STATE, "otp apply: record of the boot",
                         0);
}

static aw_err watch_program(void *ctx, unsigned bank, unsigned word,
                            uint32_t bits, struct aw_diag *diag)
{
    struct watch *w = ctx;
    struct aw_plan_step step = {.kind = AW_PLAN_PROGRAM,
                                .bank = (uint8_t)bank,
                                .word = (uint8_t)word,
                                .bits = bits};
    const char *text = fuse_step_text(w->ctx, w->plan, &step);

    if (aw_cancelled()) {
        return aw_fail(diag, AW_ERR_CANCELLED, "otp apply: stopped", 0);
    }
    aw_err err = spend_boot(w, diag);

    if (err != AW_OK) {
        return err;
    }
    aw_say(0, "%s", text);
    err = w->fuses.otp.program(w->fuses.otp.ctx, bank, word, bits, diag);

    aw_events_put(
        &w->ctx->events,
        &(struct aw_event){.device = fuse_serial_text(w->ctx, w->plan),
                           .step = "fuse",
                           .state = err == AW_OK ? "done" : "failed",
                           .detail = text});
    return err;
}

static aw_err watch_reload(void *ctx, struct aw_diag *diag)
{
    const struct watch *w = ctx;

    if (w->fuses.otp.reload == NULL) {
        return AW_OK;
    }
    return w->fuses.otp.reload(w->fuses.otp.ctx, diag);
}

static aw_err watch_boot(void *ctx, struct aw_otp_boot *boot,
                         struct aw_diag *diag)
{
    const struct watch *w = ctx;

    if (w->fuses.is_virtual) {
        return w->fuses.otp.boot(w->fuses.otp.ctx, boot, diag);
    }
    *boot = w->evidence.boot;
    return AW_OK;
}

static struct aw_otp watched(struct watch *w, bool write)
{
    bool can = write && w->fuses.otp.program != NULL;

    return (struct aw_otp){.ctx = w,
                           .read = watch_read,
                           .program = can ? watch_program : NULL,
                           .reload = watch_reload,
                           .boot = watch_boot};
}

/* The plan as it would be made now: what is left. */
static int what_is_left(struct watch *w, struct aw_plan *now)
{
    struct aw_otp otp = watched(w, false);
    struct aw_plan_result result;
    struct aw_diag diag = {.where = NULL};

    *now = *w->plan;
    aw_err err = aw_plan_make(now, &otp, &result, &diag);

    return err == AW_OK
               ? AW_EXIT_OK
               : otp_report_plan(w->ctx, &w->fuses, err, &result, &diag);
}

/* Both serials, so that the operator sees which board is which. */
static int report_other_unit(struct watch *w, aw_err err)
{
    struct aw_plan seen = *w->plan;
    struct aw_plan_result result;

    /* Its unit is read first; whether there is a plan for it does not matter. */
    bool read = aw_plan_make(&seen, &w->fuses.otp, &result, NULL) == AW_OK ||
                memcmp(seen.unit, w->plan->unit, sizeof(seen.unit)) != 0;

    return aw_report(
        w->ctx, &(struct aw_finding){
                    .err = err,
                    .on = AW_ON_DEVICE,
                    .exit = AW_EXIT_DEVICE,
                    .what = aw_plan_why_text(AW_PLAN_OTHER_UNIT),
                    .subject = w->fuses.path,
                    .expected = fuse_serial_text(w->ctx, w->plan),
                    .got = read ? fuse_serial_text(w->ctx, &seen) : NULL,
                    .remedy = "connect the device that the plan was made for, "
                              "or make a plan for this one"});
}

/* Everything that can be refused is, before anybody is asked. */
static int check_first(struct watch *w, bool dry_run, bool *done)
{
    struct aw_otp otp = watched(w, false);
    struct aw_plan_result result;
    struct aw_diag diag = {.where = NULL};
    aw_err err =
        aw_plan_apply(w->plan, &otp, AW_PLAN_SKIP_NOTHING, &result, &diag);

    /* The copy without a writer always ends here when steps are left. */
    bool would_write = result.why == AW_PLAN_READ_ONLY;

    *done = err == AW_OK;
    bool unseen =
        err == AW_ERR_NOT_FOUND && !dry_run && w->plan->target == AW_PLAN_SET;

    if (w->fuses.device != NULL && (would_write || unseen)) {
        return otp_device_takes(w->ctx, &w->fuses, w->plan, dry_run);
    }
    if (*done || (would_write && (dry_run || w->fuses.otp.program != NULL))) {
        return AW_EXIT_OK;
    }
    return result.why == AW_PLAN_OTHER_UNIT
               ? report_other_unit(w, err)
               : otp_report_plan(w->ctx, &w->fuses, err, &result, &diag);
}

/* True when the device must be booted before it can be closed. */
static bool needs_proof(const struct aw_plan *now)
{
    bool boot = false;

    for (size_t i = 0; i < now->n_steps; i++) {
        boot = boot || now->steps[i].kind == AW_PLAN_BOOT;
    }
    return boot;
}

static int load_evidence(struct watch *w, const struct otp_apply_args *args,
                         const struct aw_plan *now)
{
    w->evidence =
        (struct otp_evidence){.hab_log = args->hab_log,
                              .recovery_log = args->recovery_log,
                              .serial = fuse_serial_text(w->ctx, w->plan)};
    return w->fuses.is_virtual || !needs_proof(now)
               ? AW_EXIT_OK
               : otp_evidence_load(w->ctx, &w->evidence);
}

void otp_apply_warn_skipped(struct aw_ctx *ctx)
{
    aw_warn(ctx, "not checked, as asked: that recovery starts without HAB "
                 "events");
}

static int blow(struct watch *w, const struct otp_apply_args *args)
{
    struct aw_otp otp = watched(w, true);
    struct aw_plan_result result;
    struct aw_diag diag = {.where = NULL};
    unsigned skip =
        args->skip_recovery ? AW_PLAN_SKIP_RECOVERY : AW_PLAN_SKIP_NOTHING;
    aw_err err = aw_plan_apply(w->plan, &otp, skip, &result, &diag);

    if (skip != AW_PLAN_SKIP_NOTHING && w->plan->target == AW_PLAN_HAB_CLOSED) {
        otp_apply_warn_skipped(w->ctx);
    }
    aw_out_count(&w->ctx->out, "writes", result.writes);
    if (err == AW_OK || w->refused != AW_EXIT_OK) {
        return w->refused;
    }
    return otp_report_plan(w->ctx, &w->fuses, err, &result, &diag);
}

static int carry_out_here(struct watch *w, const struct otp_apply_args *args,
                          struct aw_plan *now)
{
    int code = fuse_consent(w->ctx, w->fuses.path, now, args->yes,
                            fuse_hash_text(w->ctx, w->plan));

    if (code == AW_EXIT_OK) {
        code = load_evidence(w, args, now);
    }
    if (code == AW_EXIT_OK) {
        code = blow(w, args);
    }
    /* Where it stands now, also when it did not come to its end. */
    if (aw_plan_state(now) != AW_PLAN_SX && what_is_left(w, now) == 0) {
        fuse_put_state(w->ctx, now);
    }
    return code;
}

static int carry_out(struct watch *w, const struct otp_apply_args *args)
{
    struct aw_plan now;
    bool done = false;
    int code = check_first(w, args->dry_run, &done);

    if (code == AW_EXIT_OK) {
        code = what_is_left(w, &now);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    otp_put_device(w->ctx, &w->fuses);
    fuse_put_plan(w->ctx, w->plan);
    if (done || args->dry_run) {
        fuse_put_state(w->ctx, &now);
        fuse_put_steps(w->ctx, &now);
        aw_out_count(&w->ctx->out, "writes", 0);
        return AW_EXIT_OK;
    }
    return w->fuses.device != NULL
               ? otp_device_apply(w->ctx, &w->fuses, args, w->plan, &now)
               : carry_out_here(w, args, &now);
}

/* Logs that the fuses have themselves are not given. */
static int check_logs(struct watch *w, const struct otp_apply_args *args)
{
    if (w->fuses.is_virtual &&
        (args->hab_log != NULL || args->recovery_log != NULL)) {
        return aw_usage(w->ctx, "virtual fuses have their own HAB log, see aw "
                                "otp virtual boot");
    }
    if (w->fuses.device != NULL && args->hab_log != NULL) {
        return aw_usage(w->ctx, "a trusted OS has HAB's log of its own boot: "
                                "--hab-log is for other fuses");
    }
    return AW_EXIT_OK;
}

static int run(struct aw_ctx *ctx, const void *values)
{
    const struct otp_apply_args *args = values;
    struct aw_plan plan;
    int code = fuse_read_plan(ctx, ctx->operands.item[0], &plan);

    if (code != AW_EXIT_OK) {
        return code;
    }
    struct watch w = {.ctx = ctx, .plan = &plan};
    struct otp_source source = {.otp = args->source.otp,
                                .usb = args->source.usb,
                                .part = otp_part_of(&plan),
                                .planned = true};

    code = otp_open(ctx, &source, !args->dry_run, &w.fuses);
    if (code != AW_EXIT_OK) {
        return code;
    }
    code = check_logs(&w, args);
    if (code == AW_EXIT_OK) {
        code = carry_out(&w, args);
    }
    otp_close(&w.fuses);
    return code;
}

const struct aw_cmd otp_cmd_apply = {
    .name = "apply",
    .summary = "blow fuses as planned",
    .prose =
        "Carries out a PLAN of aw otp plan, or goes on with it where an "
        "earlier run ended. It asks for the serial of the device, or for "
        "--yes with the hash of the plan. Before the first write "
        "everything is checked, and after each write every word is read "
        "back. A plan that closes a device stops once for a boot of the "
        "signed images; run the same command again then. With --device the "
        "trusted OS of the board closes it, and blows nothing else.",
    .operands = "PLAN",
    .min_operands = 1,
    .max_operands = 1,
    .opts = apply_opts,
    .n_opts = sizeof(apply_opts) / sizeof(apply_opts[0]),
    .size = sizeof(struct otp_apply_args),
    .run = run,
};
