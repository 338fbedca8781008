/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "ctl/ctl.h"
#include "device/device.h"
#include "device/identity.h"

struct args {
    struct aw_usb_args usb;
    bool fused;
    const char *ledger;
    const char *attestations;
};

static const struct aw_opt opts[] = {
    AW_USB_OPTS(offsetof(struct args, usb)),
    {.name = "fused",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct args, fused),
     .help = "It has to be a closed part: its key does not begin with DEV:."},
    {.name = "ledger",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, ledger),
     .arg = "DIR",
     .help = "Compare what it says with a ledger of devices."},
    {.name = "attestations",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, attestations),
     .arg = "DIR",
     .help = "Write what it attests to files there, for aw device ledger "
             "add."},
};

static int no_witness(struct aw_ctx *ctx, const struct ctl_session *s)
{
    return aw_report(ctx, &(struct aw_finding){
                              .err = AW_ERR_PRECONDITION,
                              .on = AW_ON_DEVICE,
                              .exit = AW_EXIT_REFUSED,
                              .what = "the device names no witness",
                              .subject = s->link.name,
                              .expected = "an applet that has reported",
                              .got = "none yet",
                              .remedy = "wait, and look at aw ctl status",
                          });
}

static int attest(struct aw_ctx *ctx, struct device_who *who,
                  const struct ctl_session *s)
{
    int code = s->status.has_witness ? (int)AW_EXIT_OK : no_witness(ctx, s);

    who->serial = s->status.serial;
    who->status = &s->status;
    if (code == AW_EXIT_OK) {
        code = device_who_verify(who);
    }
    if (code == AW_EXIT_OK) {
        aw_out_text(&ctx->out, "serial", who->serial);
        code = device_who_compare(who);
        device_who_put(who);
    }
    return code == AW_EXIT_OK ? device_who_write(who) : code;
}

static int run(struct aw_ctx *ctx, const void *values)
{
    const struct args *args = values;
    struct ctl_session *s = aw_pool_alloc(&ctx->pool, 1, sizeof(*s));
    struct device_who who = {
        .ctx = ctx,
        .fused = args->fused,
        .ledger = args->ledger,
        .attestations = args->attestations,
    };
    int code = device_who_find_ledger(&who);

    if (code == AW_EXIT_OK) {
        code = ctl_connect(ctx, &args->usb, s);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    code = attest(ctx, &who, s);
    ctl_disconnect(s);
    return code;
}

const struct aw_cmd device_cmd_attest = {
    .name = "attest",
    .summary = "verify who a device says it is",
    .prose = "Asks a board whose trusted OS runs for its witness key and the "
             "attestations of it, verifies them with the device's attestation "
             "key, and compares all of it with a ledger. Without a ledger the "
             "key is only what the device says: nothing shows that it is "
             "another one than yesterday's.",
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .size = sizeof(struct args),
    .run = run,
};
