/* SPDX-License-Identifier: Apache-2.0 */
/* Plans that a device carries out itself: its trusted OS closes the board. */
#include <string.h>

#include "aw/hab/event.h"
#include "common/term.h"
#include "otp/apply.h"
#include "otp/device.h"
#include "otp/evidence.h"

static int refuse(struct aw_ctx *ctx, const struct otp_fuses *fuses,
                  const char *what, const char *expected, const char *got,
                  const char *remedy)
{
    return aw_report(ctx, &(struct aw_finding){
                              .err = AW_ERR_PRECONDITION,
                              .on = AW_ON_DEVICE,
                              .exit = AW_EXIT_REFUSED,
                              .what = what,
                              .subject = fuses->path,
                              .expected = expected,
                              .got = got,
                              .remedy = remedy,
                          });
}

static int check_os(struct aw_ctx *ctx, const struct otp_fuses *fuses,
                    const struct aw_plan *plan)
{
    const struct ctl_session *s = fuses->device->os;
    const char *serial = fuse_serial_text(ctx, plan);

    /* The fuses are the plan's device's; it has to say so itself, too. */
    if (strcmp(s->status.serial, serial) != 0) {
        return aw_report(ctx, &(struct aw_finding){
                                  .err = AW_ERR_AMBIGUOUS,
                                  .on = AW_ON_DEVICE,
                                  .what = "the board says another serial than "
                                          "its fuses",
                                  .subject = fuses->path,
                                  .expected = serial,
                                  .got = s->status.serial,
                                  .remedy = "use another board",
                              });
    }
    if (s->information.secure_boot.keys_usable) {
        return refuse(ctx, fuses,
                      "the board is closed, and its trusted OS fuses nothing "
                      "more",
                      "an open board", "a closed one, with steps left",
                      "run it on the device itself, where Linux shows the "
                      "fuses");
    }
    return ctl_may_activate(ctx, s, plan->srk_hash);
}

int otp_device_takes(struct aw_ctx *ctx, const struct otp_fuses *fuses,
                     const struct aw_plan *plan, bool dry_run)
{
    const struct otp_device *d = fuses->device;
    bool closes = plan->target == AW_PLAN_HAB_CLOSED;

    if (dry_run && (d->os == NULL || !closes)) {
        return AW_EXIT_OK;
    }
    if (!closes) {
        return refuse(ctx, fuses, "no device blows single fuses over USB",
                      "a plan of the target hab-closed", "a plan of --set",
                      "run it on the device itself, where Linux shows the "
                      "fuses");
    }
    if (d->os == NULL) {
        return refuse(ctx, fuses,
                      "in serial download fuses are read, not blown",
                      "a board that runs our trusted OS",
                      aw_usb_label(&ctx->pool, &d->id),
                      "start the board from its eMMC, with a trusted OS that "
                      "is built for this SRK hash, and run the same command "
                      "again");
    }
    return check_os(ctx, fuses, plan);
}

/* True when the whole hash is there: what the device fuses now locks it, and
 * closes the board. */
static bool has_hash(const struct aw_plan *now)
{
    return aw_plan_state(now) >= AW_PLAN_S2;
}

/* The image's log, which the OS has from the bootloader, ends at its last byte
 * that is not 0. */
static bool is_log_of_image(const struct aw_ctl_secure_boot *b, aw_bytes log)
{
    uint8_t image[AW_HAB_LOG_SIZE] = {0};

    if (!b->reported || b->log_n > sizeof(image)) {
        return false;
    }
    memcpy(image, b->log, b->log_n);
    return aw_bytes_equal(log, (aw_bytes){image, sizeof(image)});
}

/* The OS asks for the proof that the image starts; that recovery does, which
 * would have to mend a closed board, only the host can know. */
static int prove(struct aw_ctx *ctx, const struct otp_fuses *fuses,
                 const struct otp_apply_args *args, const struct aw_plan *now)
{
    struct aw_plan_result result = {.why = AW_PLAN_RECOVERY_EVENTS};
    enum aw_otp_hab recovery = AW_OTP_HAB_UNKNOWN;
    aw_bytes log = {NULL, 0};
    int code = otp_evidence_log(ctx, args->recovery_log, &log, &recovery);

    if (code != AW_EXIT_OK) {
        return code;
    }
    if (recovery != AW_OTP_HAB_UNKNOWN &&
        is_log_of_image(&fuses->device->os->information.secure_boot, log)) {
        return otp_evidence_same(ctx, args->recovery_log);
    }
    if (recovery == AW_OTP_HAB_EVENTS) {
        return fuse_report_plan(ctx, fuses->path, AW_ERR_PRECONDITION, &result,
                                NULL);
    }
    if (recovery == AW_OTP_HAB_CLEAN || !has_hash(now)) {
        return AW_EXIT_OK;
    }
    if (args->skip_recovery) {
        otp_apply_warn_skipped(ctx);
        return AW_EXIT_OK;
    }
    return refuse(ctx, fuses, aw_plan_why_text(AW_PLAN_RECOVERY_UNKNOWN),
                  "HAB's log of recovery, without events", "none",
                  "give it with --recovery-hab-log, or go on without it with "
                  "--skip-recovery-proof; aw provision --fuse sees recovery "
                  "start by itself");
}

static bool is_left(const struct aw_plan *plan, const struct aw_plan_step *step)
{
    for (size_t i = 0; i < plan->n_steps; i++) {
        const struct aw_plan_step *s = &plan->steps[i];

        if (s->kind == step->kind && s->bank == step->bank &&
            s->word == step->word && (s->bits & step->bits) != 0) {
            return true;
        }
    }
    return false;
}

/* Words that were to be programmed, and are: as if each had been seen. */
static size_t put_events(struct aw_ctx *ctx, const struct aw_plan *before,
                         const struct aw_plan *after)
{
    size_t n = 0;

    for (size_t i = 0; i < before->n_steps; i++) {
        const struct aw_plan_step *s = &before->steps[i];

        if (s->kind != AW_PLAN_PROGRAM || is_left(after, s)) {
            continue;
        }
        const char *text = fuse_step_text(ctx, before, s);

        n++;
        aw_say(0, "%s", text);
        aw_events_put(&ctx->events, &(struct aw_event){
                                        .device = fuse_serial_text(ctx, before),
                                        .step = "fuse",
                                        .state = "done",
                                        .detail = text});
    }
    return n;
}

static int blow(struct aw_ctx *ctx, struct ctl_session *s, struct aw_plan *now)
{
    struct aw_plan before = *now;
    uint8_t hash[AW_PLAN_SRK_SIZE];
    bool waits = false;
    struct aw_event event = {
        .device = fuse_serial_text(ctx, now), .step = "fuse", .state = "start"};

    memcpy(hash, now->srk_hash, sizeof(hash));
    aw_events_put(&ctx->events, &event);
    int code = ctl_activate(ctx, s, hash, now, &waits);

    if (code != AW_EXIT_OK) {
        event.state = "failed";
        aw_events_put(&ctx->events, &event);
        return code;
    }
    aw_out_count(&ctx->out, "writes", put_events(ctx, &before, now));
    fuse_put_state(ctx, now);
    return ctl_end_activation(ctx, s, now, waits);
}

int otp_device_apply(struct aw_ctx *ctx, struct otp_fuses *fuses,
                     const struct otp_apply_args *args,
                     const struct aw_plan *plan, struct aw_plan *now)
{
    int code = prove(ctx, fuses, args, now);

    if (code == AW_EXIT_OK) {
        code = fuse_consent(ctx, fuses->path, now, args->yes,
                            fuse_hash_text(ctx, plan));
    }
    if (code != AW_EXIT_OK) {
        fuse_put_state(ctx, now);
        return code;
    }
    return blow(ctx, fuses->device->os, now);
}
