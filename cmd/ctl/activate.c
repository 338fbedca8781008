/* SPDX-License-Identifier: Apache-2.0 */
/* What a trusted OS is asked for to close its part; the host plans the same
 * from the fuses that it shows. */
#include <string.h>
#include <strings.h>

#include "aw/text.h"
#include "ctl/ctl.h"
#include "fuse/fuse.h"

enum { ANSWER_MS = 30000 };

static const char reboot[] = "SRK hash fused, reboot, check, repeat";

aw_err ctl_fuse(const struct ctl_session *s, unsigned bank, unsigned word,
                uint32_t *value, struct aw_diag *diag)
{
    const struct aw_ctl_information *i = &s->information;

    for (size_t k = 0; k < i->n_fuses; k++) {
        if (i->fuses[k].bank == bank && i->fuses[k].word == word) {
            *value = i->fuses[k].value;
            return AW_OK;
        }
    }
    return aw_fail(diag, AW_ERR_NOT_FOUND, "control: fuse word",
                   (uint64_t)bank * 8 + word);
}

/* The fuses that the device shows, as a device. */
static aw_err read_word(void *ctx, unsigned bank, unsigned word,
                        uint32_t *value, struct aw_diag *diag)
{
    return ctl_fuse(ctx, bank, word, value, diag);
}

int ctl_plan(struct aw_ctx *ctx, struct ctl_session *s,
             const uint8_t hash[AW_PLAN_SRK_SIZE], struct aw_plan *plan)
{
    const struct aw_otp otp = {.ctx = s, .read = read_word};
    struct aw_plan_result result = {.why = AW_PLAN_FINE};
    struct aw_diag diag = {.err = AW_OK};
    aw_err err = aw_plan_begin_closed(aw_text(s->information.part), hash, plan);

    if (err == AW_OK) {
        err = aw_plan_make(plan, &otp, &result, &diag);
    }
    return err == AW_OK
               ? AW_EXIT_OK
               : fuse_report_plan(ctx, s->link.name, err, &result, &diag);
}

int ctl_activate(struct aw_ctx *ctx, struct ctl_session *s,
                 const uint8_t hash[AW_PLAN_SRK_SIZE], struct aw_plan *plan,
                 bool *waits)
{
    struct aw_diag diag = {.err = AW_OK};
    int code = ctl_arm(ctx, s);

    if (code != AW_EXIT_OK) {
        return code;
    }
    uint32_t timeout_ms = s->control.timeout_ms;

    s->control.timeout_ms = ANSWER_MS;
    aw_err err = aw_control_activate(&s->control, &diag);
    s->control.timeout_ms = timeout_ms;
    *waits = err == AW_ERR_REFUSED && s->control.fault == 0 &&
             strcmp(s->control.reason, reboot) == 0;
    if (err != AW_OK && !*waits) {
        return ctl_report(ctx, s, err, &diag, "fusing");
    }
    code = ctl_look(ctx, s);
    return code == AW_EXIT_OK ? ctl_plan(ctx, s, hash, plan) : code;
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

int ctl_may_activate(struct aw_ctx *ctx, const struct ctl_session *s,
                     const uint8_t srk_hash[AW_PLAN_SRK_SIZE])
{
    const struct aw_ctl_secure_boot *b = &s->information.secure_boot;
    uint8_t text[2 * AW_PLAN_SRK_SIZE];
    struct aw_wr w = aw_wr_init(text, sizeof(text));

    if (!s->ours) {
        return ctl_only_ours(ctx, s, "to show its fuses");
    }
    aw_wr_hex(&w, (aw_bytes){srk_hash, AW_PLAN_SRK_SIZE});
    const char *hash = aw_pool_bytes(&ctx->pool, aw_wr_done(&w));

    if (strcasecmp(s->status.srk_hash, hash) != 0) {
        return refuse(ctx, s, "the trusted OS has another SRK hash", hash,
                      s->status.srk_hash,
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

static int needs_reboot(struct aw_ctx *ctx, const struct ctl_session *s)
{
    return refuse(ctx, s, "the board has to be powered up anew",
                  "a start of the signed bootloader with an empty HAB log, "
                  "since the SRK hash was fused",
                  s->control.reason,
                  "power the board off and on, look at aw ctl status, and run "
                  "the same command again");
}

int ctl_end_activation(struct aw_ctx *ctx, const struct ctl_session *s,
                       const struct aw_plan *plan, bool waits)
{
    if (waits) {
        return needs_reboot(ctx, s);
    }
    if (plan->n_steps > 0) {
        return refuse(
            ctx, s, "the board says that it is closed, its fuses do not",
            "no step left", aw_pool_printf(&ctx->pool, "%zu", plan->n_steps),
            "keep the board as it is, and read aw ctl status");
    }
    return AW_EXIT_OK;
}
