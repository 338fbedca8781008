/* SPDX-License-Identifier: Apache-2.0 */
/* What a trusted OS is asked for to close its part; the host plans the same
 * from the fuses that it shows. */
#include <string.h>

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
