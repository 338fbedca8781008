/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hab/ivt.h"
#include "bundle/check.h"
#include "common/input.h"
#include "common/progress.h"
#include "common/stop.h"
#include "sdp/sdp.h"

enum { LEAVE_MS = 2000 };

struct args {
    struct aw_usb_args usb;
    struct bundle_check_args check;
    bool unverified;
    bool skip_dcd;
};

static const struct aw_opt opts[] = {
    AW_USB_OPTS(offsetof(struct args, usb)),
    {.name = "unverified",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct args, unverified),
     .help = "FILE is an image (IMX with its CSF, if it has one) that nobody "
             "has verified: for tests and for firmware under work. The result "
             "says so."},
    {.name = "skip-dcd",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct args, skip_dcd),
     .help = "Send the IVT as it is, with SKIP_DCD_HEADER before the jump. "
             "Usually its DCD pointer is cleared, as signatures for serial "
             "download want it."},
    BUNDLE_CHECK_OPTS(offsetof(struct args, check)),
    BUNDLE_COMMON_OPTS(offsetof(struct args, check)),
    AW_TRUST_LOG_OPTS(offsetof(struct args, check.trust)),
    AW_TRUST_KEY_OPTS(offsetof(struct args, check.trust)),
    AW_TRUST_ROM_OPTS(offsetof(struct args, check.trust)),
};

/* What is sent: one of the two. */
struct load {
    bool verified;
    struct aw_release release;
    aw_bytes image;
};

/* Progress of the transfer as the step of a command. */
struct watch {
    struct aw_progress *progress;
    uint64_t done;
};

static bool on_step(void *ctx, uint64_t done, uint64_t total)
{
    struct watch *watch = ctx;

    aw_progress_total(watch->progress, total);
    aw_progress_add(watch->progress, done - watch->done);
    watch->done = done;
    return !aw_cancelled();
}

static const char *const stages[] = {
    [AW_SDP_CHECKING] = "looking at the image",
    [AW_SDP_CONNECTING] = "asking for its status",
    [AW_SDP_DCD] = "sending the DCD",
    [AW_SDP_FILE] = "sending the image",
    [AW_SDP_JUMP] = "starting the image",
    [AW_SDP_STARTED] = "starting the image",
};

static aw_err send(struct aw_ctx *ctx, const struct args *args,
                   struct sdp_session *s, const struct load *load,
                   struct aw_sdp_boot *boot, struct aw_diag *diag)
{
    const struct aw_step step = {
        .name = "send image", .device = s->link.name, .unit = "bytes"};
    struct watch watch = {.progress = aw_progress_begin(ctx, &step)};
    const struct aw_sdp_progress progress = {&watch, on_step};
    const struct aw_sdp_how how = {.skip_dcd = args->skip_dcd,
                                   .progress = &progress};
    aw_err err =
        load->verified
            ? aw_sdp_boot(&s->sdp, &load->release, &how, boot, diag)
            : aw_sdp_boot_unverified(&s->sdp, load->image, &how, boot, diag);

    aw_progress_end(watch.progress, err == AW_OK);
    return err;
}

/* Whether the board left the bus is all that USB shows of a start. */
static void put_boot(struct aw_ctx *ctx, const struct sdp_session *s,
                     const struct aw_sdp_boot *boot)
{
    struct aw_usb_id *list =
        aw_pool_alloc(&ctx->pool, AW_USB_DEVICES, sizeof(*list));
    bool left =
        aw_usb_departure(&s->link.usb, &s->id, LEAVE_MS, list, NULL) == AW_OK;

    aw_out_text(&ctx->out, "address",
                aw_pool_printf(&ctx->pool, "0x%08x", (unsigned)boot->address));
    aw_out_count(&ctx->out, "dcd_bytes", boot->dcd_bytes);
    aw_out_count(&ctx->out, "file_bytes", boot->file_bytes);
    aw_out_bool(&ctx->out, "left_bus", left);
    if (!left) {
        aw_warn(ctx, "the boot ROM took the jump, but the board did not leave "
                     "the bus: look at its console");
    }
}

static int report_boot(struct aw_ctx *ctx, const struct sdp_session *s,
                       aw_err err, const struct aw_sdp_boot *boot,
                       const struct aw_diag *diag)
{
    if (boot->stage != AW_SDP_CHECKING) {
        return sdp_report(ctx, s, err, diag, stages[boot->stage]);
    }
    return aw_report(ctx, &(struct aw_finding){
                              .err = err,
                              .on = AW_ON_INPUT,
                              .what = "the image cannot be booted over USB",
                              .subject = ctx->operands.item[0],
                              .expected = "an i.MX image with IVT and DCD",
                              .diag = diag,
                          });
}

/* A closed part refuses what is not signed: better said before. */
static void warn_unsigned(struct aw_ctx *ctx, const struct sdp_session *s,
                          const struct load *load)
{
    struct aw_ivt ivt;

    if (s->sdp.closed && !load->verified &&
        aw_ivt_parse(load->image, &ivt, NULL) == AW_OK && ivt.csf == 0) {
        aw_warn(ctx, "the part is closed, and the image has no signature");
    }
}

static int boot_load(struct aw_ctx *ctx, const struct args *args,
                     const struct load *load)
{
    struct sdp_session *s = aw_pool_alloc(&ctx->pool, 1, sizeof(*s));
    struct aw_diag diag = {.err = AW_OK};
    struct aw_sdp_boot boot;
    int code = sdp_connect(ctx, &args->usb, s);

    if (code != AW_EXIT_OK) {
        return code;
    }
    sdp_put(ctx, s);
    aw_out_bool(&ctx->out, "verified", load->verified);
    warn_unsigned(ctx, s, load);
    aw_err err = send(ctx, args, s, load, &boot, &diag);

    if (err == AW_OK) {
        put_boot(ctx, s, &boot);
    } else {
        code = report_boot(ctx, s, err, &boot, &diag);
    }
    sdp_disconnect(s);
    return code;
}

static int load_unverified(struct aw_ctx *ctx, struct load *load)
{
    static const char *const useless[] = {"firmware",
                                          "hab-signature",
                                          "component",
                                          "least-version",
                                          "proof-dir",
                                          "skip-hab",
                                          "accept-new-baseline",
                                          "policy",
                                          "template",
                                          "origin",
                                          "vkey",
                                          "log-url",
                                          "applet-verifier",
                                          "boot-verifier",
                                          "os-verifier-1",
                                          "os-verifier-2",
                                          "recovery-verifier",
                                          "hab-target",
                                          "srk-hash"};

    for (size_t i = 0; i < sizeof(useless) / sizeof(useless[0]); i++) {
        if (aw_opts_given(&ctx->opts, useless[i])) {
            return aw_usage(ctx,
                            "--%s says what to verify; it does not go "
                            "with --unverified",
                            useless[i]);
        }
    }
    return aw_input_read(ctx, ctx->operands.item[0], AW_FIRMWARE_MAX,
                         &load->image);
}

static int load_release(struct aw_ctx *ctx, const struct args *args,
                        struct load *load)
{
    int code = bundle_check_release(ctx, ctx->operands.item[0], &args->check,
                                    &load->release, NULL);

    load->verified = true;
    if (code == AW_EXIT_OK &&
        (!load->release.has_firmware || !load->release.has_hab_signature ||
         !aw_component_has_hab(load->release.component))) {
        return aw_report(
            ctx, &(struct aw_finding){
                     .err = AW_ERR_PRECONDITION,
                     .on = AW_ON_INPUT,
                     .what = "this release cannot be booted over USB",
                     .subject = ctx->operands.item[0],
                     .expected = "RECOVERY or BOOTLOADER with image and HAB "
                                 "signature",
                     .got = aw_component_name(load->release.component),
                     .remedy = "give --firmware and --hab-signature",
                 });
    }
    return code;
}

static int run(struct aw_ctx *ctx, const void *values)
{
    const struct args *args = values;
    struct load load = {.verified = false};
    int code = args->unverified ? load_unverified(ctx, &load)
                                : load_release(ctx, args, &load);

    return code == AW_EXIT_OK ? boot_load(ctx, args, &load) : code;
}

const struct aw_cmd sdp_cmd_boot = {
    .name = "boot",
    .summary = "boot a release over USB",
    .prose =
        "Verifies the proof bundle FILE as aw bundle verify does, and sends "
        "its image to the boot ROM of a board in serial download: DCD, image "
        "and HAB signature, jump. Nothing is sent before all is "
        "verified.\n\nThe result says that the ROM took the image, and "
        "whether the board left the bus then; what it runs it has to show "
        "itself.",
    .operands = "FILE",
    .min_operands = 1,
    .max_operands = 1,
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .size = sizeof(struct args),
    .run = run,
};
