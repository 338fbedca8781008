/* SPDX-License-Identifier: Apache-2.0 */
/* New firmware for a board in service. It is verified here before a byte is
 * sent, and by the board before a byte is written. */
#include <string.h>

#include "aw/sha256.h"
#include "bundle/check.h"
#include "common/progress.h"
#include "common/stop.h"
#include "ctl/ctl.h"

enum {
    ANSWER_MS = 60000, /* judging, writing and reading back 32 MiB */
    LOOK_MS = 250,
    LOOKS = 120, /* until the applet was judged and started */
    VERSION = 64
};

struct args {
    struct aw_usb_args usb;
    struct bundle_check_args check;
    bool dry_run;
};

static const struct aw_opt opts[] = {
    AW_USB_OPTS(offsetof(struct args, usb)),
    {.name = "dry-run",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct args, dry_run),
     .help = "Verify the release and look at the board; send nothing."},
    BUNDLE_CHECK_OPTS(offsetof(struct args, check)),
    BUNDLE_COMMON_OPTS(offsetof(struct args, check)),
    AW_TRUST_LOG_OPTS(offsetof(struct args, check.trust)),
    AW_TRUST_KEY_OPTS(offsetof(struct args, check.trust)),
};

/* What is sent. */
struct load {
    struct aw_release release;
    const char *component;
    const char *version;
    aw_bytes bytes; /* evidence, and behind it the file */
    uint32_t evidence;
    uint8_t digest[AW_SHA256_SIZE];
};

static int refuse(struct aw_ctx *ctx, const char *subject, const char *what,
                  const char *expected, const char *got, const char *remedy)
{
    return aw_report(ctx, &(struct aw_finding){
                              .err = AW_ERR_PRECONDITION,
                              .on = AW_ON_INPUT,
                              .exit = AW_EXIT_REFUSED,
                              .what = what,
                              .subject = subject,
                              .expected = expected,
                              .got = got,
                              .remedy = remedy,
                          });
}

/* The evidence as a configuration record, and the file. */
static aw_err lay_out(struct aw_ctx *ctx, const struct aw_bundle *bundle,
                      struct load *load)
{
    size_t room = AW_BOOTCFG_MAX + load->release.firmware.n;
    struct aw_wr w = aw_wr_init(aw_pool_alloc(&ctx->pool, room, 1), room);
    struct aw_bootcfg config;
    aw_err err = aw_bundle_to_config(bundle, &config);

    if (err == AW_OK) {
        err = aw_bootcfg_write(&config, &w);
    }
    load->evidence = (uint32_t)w.n;
    aw_wr_put(&w, load->release.firmware);
    load->bytes = aw_wr_done(&w);
    aw_sha256(load->bytes, load->digest);
    return err;
}

static const char *version_of(struct aw_ctx *ctx,
                              const struct aw_release *release)
{
    char *text = aw_pool_alloc(&ctx->pool, VERSION, 1);
    struct aw_wr w = aw_wr_init(text, VERSION - 1);

    aw_semver_write(&release->version, &w);
    return text;
}

static int load_release(struct aw_ctx *ctx, const struct args *args,
                        struct load *load)
{
    const char *name = ctx->operands.item[0];
    struct aw_bundle bundle;
    int code =
        bundle_check_release(ctx, name, &args->check, &load->release, &bundle);

    if (code != AW_EXIT_OK) {
        return code;
    }
    const struct aw_release *r = &load->release;

    load->component = aw_component_name(r->component);
    if (!aw_release_sealed(r) || !r->has_firmware ||
        aw_component_has_hab(r->component)) {
        return refuse(ctx, name, "this release cannot be installed",
                      "TRUSTED_OS or TRUSTED_APPLET with its image",
                      load->component,
                      r->has_firmware ? "aw provision writes bootloaders"
                                      : "give --firmware");
    }
    load->version = version_of(ctx, r);
    return lay_out(ctx, &bundle, load) == AW_OK
               ? AW_EXIT_OK
               : refuse(ctx, name, "the evidence is too long for a board",
                        "at most 64 proof hashes and 40960 bytes", "more",
                        NULL);
}

/* What runs of the component; NULL: none. */
static const struct aw_ctl_slot *running(const struct ctl_session *s,
                                         const struct load *load)
{
    const struct aw_ctl_information *i = &s->information;

    for (size_t k = 0; k < i->n_slots; k++) {
        if (i->slots[k].started &&
            strcmp(i->slots[k].component, load->component) == 0) {
            return &i->slots[k];
        }
    }
    return NULL;
}

static void put_running(struct aw_ctx *ctx, const char *key,
                        const struct aw_ctl_slot *slot)
{
    if (slot == NULL) {
        return;
    }
    aw_out_begin(&ctx->out, key);
    aw_out_text(&ctx->out, "version", slot->version);
    aw_out_text(&ctx->out, "slot", slot->name);
    aw_out_count(&ctx->out, "copy", slot->copy);
    aw_out_bool(&ctx->out, "confirmed", slot->confirmed);
    aw_out_end(&ctx->out);
}

/* Bytes of this very update that the board has already. */
static uint32_t known(const struct ctl_session *s, const struct load *load)
{
    const struct aw_ctl_incoming *i = &s->information.incoming;

    return strcmp(i->component, load->component) == 0 &&
                   i->total == load->bytes.n &&
                   i->digest_n == sizeof(load->digest) &&
                   memcmp(i->digest, load->digest, sizeof(load->digest)) == 0
               ? i->received
               : 0;
}

static aw_err begin(struct ctl_session *s, const struct load *load,
                    struct aw_diag *diag)
{
    struct aw_ctl_update u = {.step = AW_CTL_UPDATE_BEGIN,
                              .evidence = load->evidence,
                              .file = (uint32_t)load->bytes.n - load->evidence,
                              .digest_n = sizeof(u.digest)};

    memcpy(u.component, load->component, strlen(load->component));
    memcpy(u.digest, load->digest, sizeof(u.digest));
    return aw_control_update(&s->control, &u, diag);
}

static aw_err send_part(struct ctl_session *s, const struct load *load,
                        uint32_t at, uint32_t *n, struct aw_diag *diag)
{
    struct aw_ctl_update u = {.step = AW_CTL_UPDATE_PART, .offset = at};
    size_t left = load->bytes.n - at;

    u.n = left < sizeof(u.data) ? left : sizeof(u.data);
    memcpy(u.data, load->bytes.p + at, u.n);
    *n = (uint32_t)u.n;
    return aw_cancelled()
               ? aw_fail(diag, AW_ERR_CANCELLED, "control: update", at)
               : aw_control_update(&s->control, &u, diag);
}

static aw_err send(struct aw_ctx *ctx, struct ctl_session *s,
                   const struct load *load, uint32_t from, struct aw_diag *diag)
{
    const struct aw_step step = {.name = "send firmware",
                                 .device = s->link.name,
                                 .unit = "bytes",
                                 .total = load->bytes.n};
    struct aw_progress *progress = aw_progress_begin(ctx, &step);
    uint32_t n = 0;
    aw_err err = begin(s, load, diag);

    aw_progress_skip(progress, from);
    for (uint32_t at = from; err == AW_OK && at < load->bytes.n; at += n) {
        err = send_part(s, load, at, &n, diag);
        aw_progress_add(progress, err == AW_OK ? n : 0);
    }
    aw_progress_end(progress, err == AW_OK);
    return err;
}

static aw_err finish(struct aw_ctx *ctx, struct ctl_session *s,
                     struct aw_diag *diag)
{
    const struct aw_step step = {.name = "judge and write",
                                 .device = s->link.name,
                                 .unit = "steps",
                                 .total = 1};
    const struct aw_ctl_update u = {.step = AW_CTL_UPDATE_END};
    struct aw_progress *progress = aw_progress_begin(ctx, &step);

    s->control.timeout_ms = ANSWER_MS;
    aw_err err = aw_control_update(&s->control, &u, diag);

    aw_progress_add(progress, err == AW_OK ? 1 : 0);
    aw_progress_end(progress, err == AW_OK);
    return err;
}

static bool runs(const struct ctl_session *s, const struct load *load)
{
    const struct aw_ctl_slot *slot = running(s, load);

    return slot != NULL && slot->copy == 1 &&
           strcmp(slot->version, load->version) == 0;
}

/* The applet starts some time after the OS has. */
static int watch(struct aw_ctx *ctx, struct ctl_session *s,
                 const struct load *load)
{
    struct aw_usb_id *list =
        aw_pool_alloc(&ctx->pool, AW_USB_DEVICES, sizeof(*list));
    int code = AW_EXIT_OK;

    for (unsigned i = 0;
         i < LOOKS && code == AW_EXIT_OK && !runs(s, load) && !aw_cancelled();
         i++) {
        aw_err err =
            aw_usb_departure(&s->link.usb, &s->id, LOOK_MS, list, NULL);

        if (err != AW_ERR_TIMEOUT) {
            break; /* it starts anew once more */
        }
        code = ctl_look(ctx, s);
    }
    put_running(ctx, "runs", running(s, load));
    if (code != AW_EXIT_OK || runs(s, load)) {
        return code;
    }
    return aw_report(
        ctx, &(struct aw_finding){
                 .err = AW_ERR_PRECONDITION,
                 .on = AW_ON_DEVICE,
                 .exit = AW_EXIT_STORAGE,
                 .what = "the board took the release, and does not run it",
                 .subject = s->link.name,
                 .expected = load->version,
                 .got = running(s, load) == NULL ? "nothing runs"
                                                 : running(s, load)->version,
                 .remedy = "look at aw ctl console and aw ctl crash-log",
             });
}

static int install(struct aw_ctx *ctx, const struct args *args,
                   struct ctl_session *s, const struct load *load)
{
    struct aw_diag diag = {.err = AW_OK};
    uint32_t from = known(s, load);

    aw_out_u64(&ctx->out, "bytes", load->bytes.n);
    aw_out_u64(&ctx->out, "resumed_at", from);
    put_running(ctx, "before", running(s, load));
    aw_out_bool(&ctx->out, "dry_run", args->dry_run);
    if (args->dry_run) {
        ctl_disconnect(s);
        return AW_EXIT_OK;
    }
    aw_err err = send(ctx, s, load, from, &diag);

    if (err == AW_OK) {
        err = finish(ctx, s, &diag);
    }
    if (err != AW_OK) {
        int code = ctl_report(ctx, s, err, &diag, "installing it");

        ctl_disconnect(s);
        return code;
    }
    aw_out_bool(&ctx->out, "installed", true);
    int code = ctl_reconnect(ctx, &args->usb, s);

    if (code == AW_EXIT_OK) {
        code = watch(ctx, s, load);
        ctl_disconnect(s);
    }
    return code;
}

static int run(struct aw_ctx *ctx, const void *values)
{
    const struct args *args = values;
    struct ctl_session *s = aw_pool_alloc(&ctx->pool, 1, sizeof(*s));
    struct load load = {.evidence = 0};
    int code = load_release(ctx, args, &load);

    if (code == AW_EXIT_OK) {
        code = ctl_connect(ctx, &args->usb, s);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    if (!s->ours) {
        code = ctl_only_ours(ctx, s, "to install firmware");
        ctl_disconnect(s);
        return code;
    }
    return install(ctx, args, s, &load);
}

const struct aw_cmd ctl_cmd_install = {
    .name = "install",
    .summary = "install a trusted OS or applet on a board in service",
    .prose =
        "Verifies the proof bundle FILE as aw bundle verify does, sends "
        "evidence and image to the trusted OS of a board, and watches it start "
        "with them. Nothing is sent before all is verified. The board judges "
        "again, writes to the slot that nothing runs from, and returns by "
        "itself to what ran before if the new version does not show within its "
        "time that it works; aw ctl status says confirmed when it did.\n\nWhat "
        "is cut off goes on with the same command, as long as the board had "
        "power. A board whose present version is not confirmed yet refuses.",
    .operands = "FILE",
    .min_operands = 1,
    .max_operands = 1,
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .size = sizeof(struct args),
    .run = run,
};
