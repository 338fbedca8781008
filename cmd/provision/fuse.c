/* SPDX-License-Identifier: Apache-2.0 */
/* Closing the part: first the hash, then the proof that both images start
 * under it, then the rest. */
#include <string.h>
#include <unistd.h>

#include "aw/hab/event.h"
#include "fuse/fuse.h"
#include "provision/provision.h"

/* A part as it leaves the factory, of which nobody knows the unique id. */
static aw_err read_blank(void *ctx, unsigned bank, unsigned word,
                         uint32_t *value, struct aw_diag *diag)
{
    enum { CONFIG_WORD = 6, CONFIG_OPEN = 1 };
    bool unit = bank == 0 && (word == 1 || word == 2);

    (void)ctx;
    (void)diag;
    *value = unit || (bank == 0 && word == CONFIG_WORD) ? CONFIG_OPEN : 0;
    return AW_OK;
}

int provision_show_fuses(struct provision *p)
{
    struct aw_plan *plan = aw_pool_alloc(&p->ctx->pool, 1, sizeof(*plan));
    const struct aw_otp otp = {.read = read_blank};
    struct aw_plan_result result = {.why = AW_PLAN_FINE};
    struct aw_diag diag = {.err = AW_OK};

    if (!p->args->fuse) {
        return AW_EXIT_OK;
    }
    /* The target is the same for all three parts. */
    aw_err err = aw_plan_begin_closed(aw_text("IMX6ULL"),
                                      p->trust->use.policy.srk_hash, plan);

    if (err == AW_OK) {
        err = aw_plan_make(plan, &otp, &result, &diag);
    }
    if (err != AW_OK) {
        return fuse_report_plan(p->ctx, "the policy's SRK hash", err, &result,
                                &diag);
    }
    aw_out_begin_list(&p->ctx->out, "fuses");
    for (size_t i = 0; i < plan->n_steps; i++) {
        aw_out_text(&p->ctx->out, NULL,
                    fuse_step_text(p->ctx, plan, &plan->steps[i]));
    }
    aw_out_end_list(&p->ctx->out);
    return AW_EXIT_OK;
}

int provision_note_closed(struct provision *p)
{
    if (!p->args->fuse || p->state.stage >= PROVISION_CLOSED) {
        return AW_EXIT_OK;
    }
    /* Power was lost with the last bit, before anybody could be told; or all
     * of it was done before. */
    if (p->state.stage >= PROVISION_PROVEN || p->state.proven) {
        return provision_state_reach(p, PROVISION_CLOSED);
    }
    if (p->args->run_anyway) {
        aw_warn(p->ctx, "the device was closed already; what it started with "
                        "before was not seen");
        return provision_state_reach(p, PROVISION_CLOSED);
    }
    return provision_refuse(
        p, &(struct aw_finding){
               .what = "the device is closed already",
               .expected = "an open part, or one that this station has "
                           "begun to close by this very plan",
               .got = "SEC_CONFIG is fused",
               .remedy = "give --attest in place of --fuse: the rest is "
                         "written, and the device says who it is; or go on "
                         "with --run-anyway",
           });
}

static int make_plan(struct provision *p, struct aw_plan *plan)
{
    return ctl_plan(p->ctx, &p->os, p->trust->use.policy.srk_hash, plan);
}

static const char *plan_hash(struct provision *p)
{
    uint8_t text[2 * AW_SHA256_SIZE];
    struct aw_wr w = aw_wr_init(text, sizeof(text));

    aw_wr_hex(&w, (aw_bytes){p->plan.sha256, AW_SHA256_SIZE});
    return aw_pool_bytes(&p->ctx->pool, aw_wr_done(&w));
}

int provision_may_fuse(struct provision *p)
{
    const char *yes = p->args->yes;
    const char *hash = plan_hash(p);
    bool ask = !p->ctx->global.non_interactive && isatty(STDIN_FILENO) == 1;

    if (!p->args->fuse || (yes != NULL ? strcmp(yes, hash) == 0 : ask)) {
        return AW_EXIT_OK;
    }
    return aw_report(
        p->ctx, &(struct aw_finding){
                    .err = AW_ERR_PRECONDITION,
                    .on = AW_ON_INPUT,
                    .exit = AW_EXIT_REFUSED,
                    .what = yes == NULL ? "fusing needs consent"
                                        : "--yes names another plan",
                    .expected = aw_pool_printf(&p->ctx->pool, "--yes=%s", hash),
                    .got = yes == NULL ? "nobody to ask" : yes,
                    .remedy = "look at the plan with --dry-run, then give its "
                              "hash with --yes",
                });
}

/* Once a run; the plan is the one of the whole board. */
static int consent(struct provision *p, const struct aw_plan *plan)
{
    int code = p->consented ? (int)AW_EXIT_OK
                            : fuse_consent(p->ctx, p->os.link.name, plan,
                                           p->args->yes, plan_hash(p));

    p->consented = code == AW_EXIT_OK;
    return code;
}

static int activate(struct provision *p, struct aw_plan *plan, bool *waits)
{
    int code = consent(p, plan);

    if (code == AW_EXIT_OK) {
        code = provision_state_save(p);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    board_event(&p->board, "fuse", "start");
    code = ctl_activate(p->ctx, &p->os, p->trust->use.policy.srk_hash, plan,
                        waits);
    board_event(&p->board, "fuse", code == AW_EXIT_OK ? "done" : "failed");
    if (code == AW_EXIT_OK) {
        p->n_fuses = p->os.information.n_fuses;
        memcpy(p->fuses, p->os.information.fuses, sizeof(p->fuses));
    }
    return code;
}

static int report_other_state(struct provision *p, const struct aw_plan *plan,
                              const char *expected)
{
    return provision_refuse(
        p, &(struct aw_finding){
               .what = "the fuses are not as far as they have to be",
               .expected = expected,
               .got = aw_plan_state_text(aw_plan_state(plan)),
               .remedy = "keep the board as it is, and read aw ctl status",
           });
}

int provision_fuse_hash(struct provision *p)
{
    struct aw_plan *plan = aw_pool_alloc(&p->ctx->pool, 1, sizeof(*plan));
    bool waits = false;
    int code = provision_start(p);

    if (code == AW_EXIT_OK && p->state.stage == PROVISION_FLASHED) {
        code = make_plan(p, plan);
    }
    if (code != AW_EXIT_OK || p->state.stage != PROVISION_FLASHED) {
        return code; /* closed by the run before */
    }
    /* The hash is there: the device would go on and close itself, which has
     * to wait for the proof. */
    if (aw_plan_state(plan) < AW_PLAN_S2) {
        code = activate(p, plan, &waits);
        if (code == AW_EXIT_OK &&
            (!waits || aw_plan_state(plan) != AW_PLAN_S2)) {
            code = report_other_state(p, plan, "the whole hash, and no more");
        }
    }
    p->asked = true;
    return code == AW_EXIT_OK ? provision_state_reach(p, PROVISION_HASHED)
                              : code;
}

/* The recovery is what repairs a closed device: it has to start as on one. */
static int check_recovery(struct provision *p)
{
    const struct aw_storage_info *info = &p->recovery;
    struct aw_finding f = {
        .what = "it is not proven that the recovery starts once the part is "
                "closed",
        .expected = "an empty HAB log of its start",
    };

    if (!p->recovery_known || !info->hab.reported || !info->hab.whole) {
        f.got = "a recovery that does not say how it was started";
        f.remedy = "release the recovery of this project";
        return provision_refuse(p, &f);
    }
    if (info->hab.events > 0 || info->hab.status != AW_HAB_SUCCESS) {
        f.got = aw_pool_printf(&p->ctx->pool, "%u events, status %s",
                               (unsigned)info->hab.events,
                               aw_hab_status_row(info->hab.status)->text);
        f.remedy = "the part is open and stays so: look at the signature of "
                   "the recovery with aw hab verify";
        return provision_refuse(p, &f);
    }
    return AW_EXIT_OK;
}

int provision_prove(struct provision *p)
{
    /* One that runs since before the run may be anybody's. */
    bool fresh = p->at == AW_USB_MODE_RECOVERY && !p->board.was_there;
    int code = fresh ? (int)AW_EXIT_OK : provision_recover(p);

    if (code == AW_EXIT_OK && p->state.stage == PROVISION_HASHED) {
        code = check_recovery(p);
        if (code == AW_EXIT_OK) {
            code = provision_state_reach(p, PROVISION_PROVEN);
        }
    }
    p->asked = true;
    return code;
}

static int check_image(struct provision *p)
{
    const struct aw_ctl_secure_boot *b = &p->os.information.secure_boot;

    if (b->reported && b->status == AW_HAB_SUCCESS) {
        return AW_EXIT_OK;
    }
    return provision_refuse(
        p, &(struct aw_finding){
               .what = "it is not proven that the bootloader starts once the "
                       "part is closed",
               .expected = "success, and an empty HAB log",
               .got = b->reported
                          ? aw_hab_status_row((uint8_t)b->status)->text
                          : "a bootloader that does not hand over HAB's log",
               .remedy = "the part is open and stays so: look at the log with "
                         "aw ctl status",
           });
}

int provision_check_closed(struct provision *p)
{
    struct aw_plan *plan = aw_pool_alloc(&p->ctx->pool, 1, sizeof(*plan));
    int code = make_plan(p, plan);

    if (code == AW_EXIT_OK &&
        (plan->n_steps > 0 || aw_plan_state(plan) != AW_PLAN_S5)) {
        code = report_other_state(p, plan, "closed, and nothing left to fuse");
    }
    return code;
}

/* Only a start after power came counts: once more, if it was another one. */
static int close_it(struct provision *p, bool *waits)
{
    struct aw_plan *plan = aw_pool_alloc(&p->ctx->pool, 1, sizeof(*plan));
    int code = provision_start(p);

    *waits = false;
    if (code != AW_EXIT_OK || p->state.stage >= PROVISION_CLOSED) {
        return code;
    }
    code = check_image(p);
    if (code == AW_EXIT_OK) {
        code = make_plan(p, plan);
    }
    if (code == AW_EXIT_OK) {
        code = activate(p, plan, waits);
    }
    p->asked = p->asked || *waits;
    return code;
}

int provision_close(struct provision *p)
{
    bool waits = false;
    int code = close_it(p, &waits);

    if (code == AW_EXIT_OK && waits) {
        code = close_it(p, &waits);
    }
    if (code == AW_EXIT_OK && waits) {
        code = provision_refuse(
            p, &(struct aw_finding){
                   .what = "the device asks for another start again and again",
                   .got = p->os.control.reason,
                   .remedy = "take all power from it for some seconds"});
    }
    if (code == AW_EXIT_OK) {
        code = provision_check_closed(p);
    }
    p->asked = true;
    return code == AW_EXIT_OK ? provision_state_reach(p, PROVISION_CLOSED)
                              : code;
}
