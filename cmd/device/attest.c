/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/ctl.h"
#include "device/device.h"
#include "device/identity.h"

struct args {
    struct aw_usb_args usb;
    bool fused;
    uint64_t applet_ms;
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
    {.name = "applet-timeout",
     .type = AW_OPT_DURATION,
     .at = offsetof(struct args, applet_ms),
     .arg = "DURATION",
     .fallback = "2m",
     .help = "How long to wait until the device names its witness, which the "
             "Go project's does once its applet has reported; time of a twin "
             "is its own."},
};

static int attest(struct aw_ctx *ctx, struct device_who *who,
                  struct ctl_session *s, uint64_t applet_ms)
{
    int code = ctl_await_applet(ctx, s, false, applet_ms);

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
    code = attest(ctx, &who, s, args->applet_ms);
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
