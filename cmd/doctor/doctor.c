/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/doctor.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct aw_opt opts[] = {
    {.name = "key",
     .type = AW_OPT_LIST,
     .at = offsetof(struct doctor_args, keys),
     .arg = "FILE|ADDRESS",
     .help = "Signer key that has to be there: a file, or the address of a "
             "key in a token or agent. May be given again."},
    {.name = "root",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct doctor_args, root),
     .arg = "DIR",
     .help = "Look at the system below DIR in place of this machine: files "
             "of /etc, /usr/lib, /run, /sys, /dev and /proc."},
    {.name = "uid",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct doctor_args, uid),
     .arg = "N",
     .help = "With --root, number of the user whose rights are meant; 0 "
             "without it."},
    {.name = "now",
     .type = AW_OPT_U64,
     .at = offsetof(struct doctor_args, now),
     .arg = "SECONDS",
     .hidden = true,
     .help = "Time of the clock, for tests."},
};

static const char *const verdicts[] = {[DOCTOR_OK] = "ok",
                                       [DOCTOR_WARNING] = "warning",
                                       [DOCTOR_FAILED] = "failed"};

static void put_line(struct doctor *d, const struct doctor_found *f)
{
    struct aw_out *out = &d->ctx->out;

    if (!aw_out_is_json(out)) {
        aw_out_line(out, "%-8s %s%s%s: %s", verdicts[f->verdict], f->check,
                    f->subject == NULL ? "" : " ",
                    f->subject == NULL ? "" : f->subject, f->detail);
        if (f->remedy != NULL && f->verdict != DOCTOR_OK) {
            aw_out_line(out, "%-8s do next: %s", "", f->remedy);
        }
        return;
    }
    aw_out_begin(out, NULL);
    aw_out_text(out, "check", f->check);
    aw_out_text(out, "verdict", verdicts[f->verdict]);
    if (f->subject != NULL) {
        aw_out_text(out, "subject", f->subject);
    }
    aw_out_text(out, "detail", f->detail);
    if (f->remedy != NULL && f->verdict != DOCTOR_OK) {
        aw_out_text(out, "remedy", f->remedy);
    }
    aw_out_end(out);
}

void doctor_put_reported(struct doctor *d, const struct doctor_found *found)
{
    d->warnings += found->verdict == DOCTOR_WARNING ? 1 : 0;
    d->failures += found->verdict == DOCTOR_FAILED ? 1 : 0;
    put_line(d, found);
}

void doctor_put(struct doctor *d, const struct doctor_found *found)
{
    doctor_put_reported(d, found);
    if (found->verdict != DOCTOR_FAILED) {
        return;
    }
    (void)aw_report(
        d->ctx, &(struct aw_finding){
                    .err = AW_ERR_PRECONDITION,
                    .on = AW_ON_LOCAL,
                    .exit = found->exit == 0 ? AW_EXIT_REFUSED : found->exit,
                    .what = found->check,
                    .subject = found->subject,
                    .got = found->detail,
                    .remedy = found->remedy,
                });
}

/* @return AW_EXIT_OK, or that of wrong usage */
static int take_user(struct doctor *d)
{
    const char *text = d->args->uid;
    char *end = NULL;

    if (text == NULL) {
        d->uid = d->args->root == NULL ? (unsigned)geteuid() : 0;
        return AW_EXIT_OK;
    }
    unsigned long uid = strtoul(text, &end, 10);

    if (d->args->root == NULL || text[0] < '0' || text[0] > '9' ||
        *end != '\0' || uid > INT32_MAX) {
        return aw_usage(d->ctx, "--uid is a number, and goes with --root");
    }
    d->uid = (unsigned)uid;
    return AW_EXIT_OK;
}

static int run(struct aw_ctx *ctx, const void *values)
{
    const struct doctor_args *args = values;
    struct doctor d = {
        .ctx = ctx, .args = args, .root = args->root == NULL ? "" : args->root};
    int code = take_user(&d);

    if (code != AW_EXIT_OK) {
        return code;
    }
    if (aw_out_is_json(&ctx->out)) {
        aw_out_begin_list(&ctx->out, "checks");
    }
    doctor_udev(&d);
    doctor_usb(&d);
    doctor_time(&d);
    doctor_keys(&d);
    doctor_folders(&d);
    if (aw_out_is_json(&ctx->out)) {
        aw_out_end_list(&ctx->out);
    }
    aw_out_count(&ctx->out, "warnings_found", d.warnings);
    aw_out_count(&ctx->out, "failures", d.failures);
    return AW_EXIT_OK;
}

const struct aw_cmd aw_cmd_doctor = {
    .name = "doctor",
    .summary = "look at this machine for what stands in the way",
    .prose = "Checks what provisioning and verifying devices need: udev rules "
             "and groups, boards that are plugged in with the kernel drivers "
             "that have them and their speed, clock, keys, space, saved state. "
             "Nothing is changed. Each finding says what to do next; warnings "
             "do not change the exit code.",
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .size = sizeof(struct doctor_args),
    .run = run,
};
