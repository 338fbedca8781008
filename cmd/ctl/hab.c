/* SPDX-License-Identifier: Apache-2.0 */
/* Closing a board for ever: the device does it, the host plans the same from
 * the fuses that the device shows, and compares. */
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "aw/text.h"
#include "common/ask.h"
#include "common/term.h"
#include "ctl/ctl.h"
#include "otp/otp.h"

struct args {
    struct aw_usb_args usb;
    const char *srk_hash;
    const char *yes;
    bool dry_run;
};

enum { ANSWER_MS = 30000, HASH_DIGITS = 2 * AW_PLAN_SRK_SIZE };

static const char reboot[] = "SRK hash fused, reboot, check, repeat";

static const struct aw_opt opts[] = {
    AW_USB_OPTS(offsetof(struct args, usb)),
    {.name = "srk-hash",
     .type = AW_OPT_TEXT,
     .arg = "HEX",
     .at = offsetof(struct args, srk_hash),
     .help = "Hash of the SRK table that the board is to trust; has to be the "
             "one that is compiled into its trusted OS.",
     .required = true},
    {.name = "yes",
     .type = AW_OPT_TEXT,
     .arg = "HASH",
     .at = offsetof(struct args, yes),
     .help = "Consent without a question, by the hash of the very plan, which "
             "--dry-run shows."},
    {.name = "dry-run",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct args, dry_run),
     .help = "Show the plan; fuse nothing."},
};

/* The fuses that the device shows, as a device. */
static aw_err read_word(void *ctx, unsigned bank, unsigned word,
                        uint32_t *value, struct aw_diag *diag)
{
    const struct aw_ctl_information *i = ctx;

    for (size_t k = 0; k < i->n_fuses; k++) {
        if (i->fuses[k].bank == bank && i->fuses[k].word == word) {
            *value = i->fuses[k].value;
            return AW_OK;
        }
    }
    return aw_fail(diag, AW_ERR_NOT_FOUND, "control: fuse word",
                   (uint64_t)bank * 8 + word);
}

static int make_plan(struct aw_ctx *ctx, struct ctl_session *s,
                     const uint8_t hash[AW_PLAN_SRK_SIZE], struct aw_plan *plan)
{
    const struct aw_otp otp = {.ctx = &s->information, .read = read_word};
    struct aw_plan_result result = {.why = AW_PLAN_FINE};
    struct aw_diag diag = {.err = AW_OK};
    aw_err err = aw_plan_begin_closed(aw_text(s->information.part), hash, plan);

    if (err == AW_OK) {
        err = aw_plan_make(plan, &otp, &result, &diag);
    }
    return err == AW_OK
               ? AW_EXIT_OK
               : otp_report_plan(ctx, s->link.name, err, &result, &diag);
}

static int refuse(struct aw_ctx *ctx, const struct ctl_session *s,
                  const char *what, const char *expected, const char *got,
                  const char *remedy)
{
    return aw_report(ctx, &(struct aw_finding){
                              .err = AW_ERR_PRECONDITION,
                              .on = AW_ON_DEVICE,
                              .exit = AW_EXIT_REFUSED,
                              .what = what,
                              .subject = s->link.name,
                              .expected = expected,
                              .got = got,
                              .remedy = remedy,
                          });
}

static int declined(struct aw_ctx *ctx, const struct ctl_session *s,
                    const char *what, const char *expected, int code)
{
    return aw_report(
        ctx, &(struct aw_finding){
                 .err = code == AW_EXIT_DECLINED ? AW_ERR_CANCELLED
                                                 : AW_ERR_PRECONDITION,
                 .on = AW_ON_INPUT,
                 .exit = code,
                 .what = what,
                 .subject = s->link.name,
                 .expected = expected,
                 .got = "no consent; nothing was fused",
                 .remedy = "look at the plan with --dry-run, then give its "
                           "hash with --yes",
             });
}

static int ask(struct aw_ctx *ctx, const struct ctl_session *s,
               const struct aw_plan *plan)
{
    char line[64] = "";

    /* Nobody consents to what --quiet hides. */
    aw_complain(AW_BOLD, "consent: ",
                "this will be done to device %s, and cannot be undone:",
                s->status.serial);
    for (size_t i = 0; i < plan->n_steps; i++) {
        aw_complain(AW_PLAIN, "", "%4zu  %s", i + 1,
                    otp_step_text(ctx, plan, &plan->steps[i]));
    }
    aw_events_put(&ctx->events,
                  &(struct aw_event){.device = s->status.serial,
                                     .step = "confirm",
                                     .state = "prompt",
                                     .detail = "type the device's serial"});
    aw_complain(AW_BOLD, "consent: ",
                "type the serial of the device to go on, anything else to "
                "stop:");
    if (!aw_ask_line(line, sizeof(line)) ||
        strcasecmp(line, s->status.serial) != 0) {
        return declined(ctx, s, "the device's serial was not typed",
                        s->status.serial, AW_EXIT_DECLINED);
    }
    return AW_EXIT_OK;
}

static int confirm(struct aw_ctx *ctx, const struct args *a,
                   const struct ctl_session *s, const struct aw_plan *plan)
{
    const char *hash = otp_hash_text(ctx, plan);

    if (a->yes != NULL) {
        return strcmp(a->yes, hash) == 0
                   ? AW_EXIT_OK
                   : declined(ctx, s, "--yes names another plan", hash,
                              AW_EXIT_REFUSED);
    }
    if (ctx->global.non_interactive || isatty(STDIN_FILENO) != 1) {
        return declined(ctx, s, "fusing needs consent",
                        aw_pool_printf(&ctx->pool, "--yes=%s", hash),
                        AW_EXIT_REFUSED);
    }
    return ask(ctx, s, plan);
}

/* What can be known before anything is asked of the device. */
static int check_first(struct aw_ctx *ctx, const struct args *a,
                       const struct ctl_session *s)
{
    const struct aw_ctl_secure_boot *b = &s->information.secure_boot;

    if (!s->ours) {
        return ctl_only_ours(ctx, s, "to show its fuses");
    }
    if (strcasecmp(s->status.srk_hash, a->srk_hash) != 0) {
        return refuse(ctx, s, "the trusted OS has another SRK hash",
                      a->srk_hash, s->status.srk_hash,
                      "flash the trusted OS that was built for this hash");
    }
    if (strcmp(s->information.serial, s->status.serial) != 0) {
        return refuse(ctx, s, "the board says two serials", s->status.serial,
                      s->information.serial, "use another board");
    }
    if (b->keys_usable) {
        return refuse(ctx, s, "secure boot is active already", "an open board",
                      "a closed one", "nothing is left to do");
    }
    return AW_EXIT_OK;
}

/* The device has to be as far as it says. */
static int look_again(struct aw_ctx *ctx, struct ctl_session *s,
                      const uint8_t hash[AW_PLAN_SRK_SIZE],
                      struct aw_plan *plan)
{
    int code = ctl_look(ctx, s);

    if (code == AW_EXIT_OK) {
        code = make_plan(ctx, s, hash, plan);
    }
    if (code == AW_EXIT_OK) {
        otp_put_state(ctx, plan);
    }
    return code;
}

static int needs_reboot(struct aw_ctx *ctx, const struct ctl_session *s)
{
    return refuse(ctx, s, "the board has to be powered up anew",
                  "a start of the signed bootloader with an empty HAB log, "
                  "since the SRK hash was fused",
                  s->control.reason,
                  "power the board off and on, look at aw ctl status, and run "
                  "the same command again");
}

static int activate(struct aw_ctx *ctx, const struct args *a,
                    struct ctl_session *s, const uint8_t *hash,
                    struct aw_plan *plan)
{
    struct aw_ctl_arm arm = {.serial = ""};
    struct aw_diag diag = {.err = AW_OK};

    memcpy(arm.serial, s->status.serial, sizeof(arm.serial));
    memcpy(arm.srk_hash, s->status.srk_hash, sizeof(arm.srk_hash));
    (void)a;
    aw_err err = aw_control_arm(&s->control, &arm, &diag);

    if (err != AW_OK) {
        return ctl_report(ctx, s, err, &diag, "arming it");
    }
    s->control.timeout_ms = ANSWER_MS;
    err = aw_control_activate(&s->control, &diag);
    bool waits = err == AW_ERR_REFUSED && s->control.fault == 0 &&
                 strcmp(s->control.reason, reboot) == 0;

    if (err != AW_OK && !waits) {
        return ctl_report(ctx, s, err, &diag, "fusing");
    }
    int code = look_again(ctx, s, hash, plan);

    if (code != AW_EXIT_OK) {
        return code;
    }
    if (!waits && plan->n_steps > 0) {
        return refuse(ctx, s,
                      "the board says that it is closed, its fuses do "
                      "not",
                      "no step left",
                      aw_pool_printf(&ctx->pool, "%zu", plan->n_steps),
                      "keep the board as it is, and read aw ctl status");
    }
    return waits ? needs_reboot(ctx, s) : AW_EXIT_OK;
}

static int carry_out(struct aw_ctx *ctx, const struct args *a,
                     struct ctl_session *s)
{
    struct aw_plan plan;
    uint8_t hash[AW_PLAN_SRK_SIZE];
    struct aw_wr w = aw_wr_init(hash, sizeof(hash));
    int code = check_first(ctx, a, s);

    if (code == AW_EXIT_OK &&
        aw_hex_decode(aw_text(a->srk_hash), &w) != AW_OK) {
        code = aw_usage(ctx, "not an SRK hash: %s", a->srk_hash);
    }
    if (code == AW_EXIT_OK) {
        code = make_plan(ctx, s, hash, &plan);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    otp_put_plan(ctx, &plan);
    if (a->dry_run || plan.n_steps == 0) {
        otp_put_state(ctx, &plan);
        otp_put_steps(ctx, &plan);
        return AW_EXIT_OK;
    }
    code = confirm(ctx, a, s, &plan);
    return code == AW_EXIT_OK ? activate(ctx, a, s, hash, &plan) : code;
}

static int run(struct aw_ctx *ctx, const void *values)
{
    const struct args *a = values;
    struct ctl_session *s = aw_pool_alloc(&ctx->pool, 1, sizeof(*s));

    if (strlen(a->srk_hash) != HASH_DIGITS) {
        return aw_usage(ctx, "an SRK hash has %d hex digits: %s", HASH_DIGITS,
                        a->srk_hash);
    }
    int code = ctl_connect(ctx, &a->usb, s);

    if (code == AW_EXIT_OK) {
        code = carry_out(ctx, a, s);
        ctl_disconnect(s);
    }
    return code;
}

const struct aw_cmd ctl_cmd_hab = {
    .name = "hab",
    .summary = "activate secure boot, for ever",
    .prose = "Lets the trusted OS fuse the SRK hash that is compiled into it "
             "and, once its signed bootloader has started with an empty HAB "
             "log, close the board: only images that are signed with these "
             "keys start from then on. It stops once for a power cycle; run "
             "the same command again then. What a loss of power interrupts "
             "goes on where it was. This command does not check that the "
             "images on the board and the recovery are signed for this hash: "
             "aw verify and aw hab verify do.",
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .size = sizeof(struct args),
    .run = run,
};
