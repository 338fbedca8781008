/* SPDX-License-Identifier: Apache-2.0 */
/* Closing a board for ever: the device does it, the host plans the same from
 * the fuses that the device shows, and compares. */
#include <string.h>
#include <strings.h>

#include "aw/text.h"
#include "ctl/ctl.h"
#include "fuse/fuse.h"

struct args {
    struct aw_usb_args usb;
    const char *srk_hash;
    const char *yes;
    bool dry_run;
};

enum { HASH_DIGITS = 2 * AW_PLAN_SRK_SIZE };

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

static int activate(struct aw_ctx *ctx, struct ctl_session *s,
                    const uint8_t *hash, struct aw_plan *plan)
{
    bool waits = false;
    int code = ctl_activate(ctx, s, hash, plan, &waits);

    if (code != AW_EXIT_OK) {
        return code;
    }
    fuse_put_state(ctx, plan);
    return ctl_end_activation(ctx, s, plan, waits);
}

static int carry_out(struct aw_ctx *ctx, const struct args *a,
                     struct ctl_session *s)
{
    struct aw_plan plan;
    uint8_t hash[AW_PLAN_SRK_SIZE];
    struct aw_wr w = aw_wr_init(hash, sizeof(hash));

    if (aw_hex_decode(aw_text(a->srk_hash), &w) != AW_OK) {
        return aw_usage(ctx, "not an SRK hash: %s", a->srk_hash);
    }
    int code = ctl_may_activate(ctx, s, hash);

    if (code == AW_EXIT_OK) {
        code = ctl_plan(ctx, s, hash, &plan);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    fuse_put_plan(ctx, &plan);
    if (a->dry_run || plan.n_steps == 0) {
        fuse_put_state(ctx, &plan);
        fuse_put_steps(ctx, &plan);
        return AW_EXIT_OK;
    }
    code = fuse_consent(ctx, s->link.name, &plan, a->yes,
                        fuse_hash_text(ctx, &plan));
    return code == AW_EXIT_OK ? activate(ctx, s, hash, &plan) : code;
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
