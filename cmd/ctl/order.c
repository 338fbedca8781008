/* SPDX-License-Identifier: Apache-2.0 */
/* What the board does once it was armed, and then starts anew. */
#include <string.h>

#include "common/consent.h"
#include "ctl/ctl.h"

struct args {
    struct aw_usb_args usb;
    const char *yes;
};

static const struct aw_opt opts[] = {
    AW_USB_OPTS(offsetof(struct args, usb)),
    {.name = "yes",
     .type = AW_OPT_TEXT,
     .arg = "SERIAL",
     .at = offsetof(struct args, yes),
     .help = "Consent without a question, by the serial of the very board."},
};

/* One of the orders. */
struct order {
    const char *offer; /* for messages, of another OS */
    const char *what;
    const char *line; /* that is consented to */
    aw_err (*give)(struct aw_control *c, struct aw_diag *diag);
};

static const struct order program_rpmb = {
    .offer = "to program the key of the eMMC's RPMB",
    .what = "programming the RPMB's key",
    .line = "program the key of the eMMC's RPMB",
    .give = aw_control_rpmb_retry,
};

static const struct order next_identity = {
    .offer = "to change the witness's key",
    .what = "changing the witness's key",
    .line = "turn to the next witness key, for good",
    .give = aw_control_next_identity,
};

static int give(struct aw_ctx *ctx, const struct args *a,
                const struct order *order, struct ctl_session *s)
{
    const struct aw_consent consent = {
        .subject = s->link.name,
        .serial = s->status.serial,
        .yes = a->yes,
        .want = s->status.serial,
        .another = "--yes names another board",
        .deed = order->what,
        .done = "done",
        .remedy = "give the board's serial with --yes",
    };
    struct aw_diag diag = {.err = AW_OK};
    int code = s->ours ? aw_consent(ctx, &consent, &order->line, 1)
                       : ctl_only_ours(ctx, s, order->offer);

    if (code == AW_EXIT_OK) {
        code = ctl_arm(ctx, s);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_err err = order->give(&s->control, &diag);

    return err == AW_OK ? AW_EXIT_OK
                        : ctl_report(ctx, s, err, &diag, order->what);
}

static void put(struct aw_ctx *ctx, const char *key,
                const struct ctl_session *s)
{
    aw_out_begin(&ctx->out, key);
    aw_out_text(&ctx->out, "rpmb", s->information.rpmb.state);
    aw_out_count(&ctx->out, "identity_counter", s->status.identity_counter);
    if (s->status.has_witness) {
        aw_out_text(&ctx->out, "identity", s->status.witness.identity);
    }
    aw_out_end(&ctx->out);
}

static int run(struct aw_ctx *ctx, const struct args *a,
               const struct order *order)
{
    struct ctl_session *s = aw_pool_alloc(&ctx->pool, 1, sizeof(*s));
    int code = ctl_connect(ctx, &a->usb, s);

    if (code != AW_EXIT_OK) {
        return code;
    }
    put(ctx, "before", s);
    code = give(ctx, a, order, s);
    if (code != AW_EXIT_OK) {
        ctl_disconnect(s);
        return code;
    }
    code = ctl_reconnect(ctx, &a->usb, s);
    if (code == AW_EXIT_OK) {
        put(ctx, "after", s);
        ctl_disconnect(s);
    }
    return code;
}

static int run_rpmb(struct aw_ctx *ctx, const void *values)
{
    return run(ctx, values, &program_rpmb);
}

static int run_identity(struct aw_ctx *ctx, const void *values)
{
    return run(ctx, values, &next_identity);
}

const struct aw_cmd ctl_cmd_program_rpmb = {
    .name = "program-rpmb",
    .summary = "program the key of a board's RPMB after a loss of power",
    .prose =
        "A closed board that lost power while its eMMC's replay protected "
        "memory got its key says rpmb-unprovisioned, and runs no applet. This "
        "lets it program the key again. Do it only when you know that the eMMC "
        "is the board's own: whoever put another one in would learn the key. "
        "The board then starts anew; in any other state it refuses.",
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .size = sizeof(struct args),
    .run = run_rpmb,
};

const struct aw_cmd ctl_cmd_next_identity = {
    .name = "next-identity",
    .summary = "give a board's witness another key, for good",
    .prose =
        "Raises the board's identity counter: the witness has another key and "
        "name from its next start on, which follows at once, and the old key "
        "never signs again. The key that attests stays, and says so. Only a "
        "closed board whose replay protected memory is in service counts.",
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .size = sizeof(struct args),
    .run = run_identity,
};
