/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "ctl/ctl.h"
#include "hab/hab.h"

static const struct aw_opt opts[] = {AW_USB_OPTS(0)};

static void put_witness(struct aw_ctx *ctx, const struct aw_ctl_witness *w)
{
    aw_out_begin(&ctx->out, "witness");
    aw_out_text(&ctx->out, "identity", w->identity);
    aw_out_text(&ctx->out, "ip", w->ip);
    aw_out_text(&ctx->out, "attestation_key", w->attestation_key);
    aw_out_text(&ctx->out, "attested_id", w->attested_id);
    aw_out_text(&ctx->out, "attested_bastion_id", w->attested_bastion_id);
    aw_out_end(&ctx->out);
}

static void put_status(struct aw_ctx *ctx, const struct aw_ctl_status *s)
{
    struct aw_out *out = &ctx->out;

    aw_out_begin(out, "status");
    aw_out_text(out, "serial", s->serial);
    aw_out_bool(out, "secure_boot", s->hab);
    aw_out_text(out, "srk_hash", s->srk_hash);
    aw_out_text(out, "version", s->version);
    aw_out_text(out, "revision", s->revision);
    aw_out_text(out, "build", s->build);
    aw_out_text(out, "runtime", s->runtime);
    aw_out_bool(out, "link", s->link);
    aw_out_text(out, "mac", s->mac);
    aw_out_count(out, "identity_counter", s->identity_counter);
    if (s->has_witness) {
        put_witness(ctx, &s->witness);
    }
    aw_out_end(out);
}

/* The log that the device hands on, as the boot ROM wrote it. */
static void put_events(struct aw_ctx *ctx, const struct aw_ctl_secure_boot *b)
{
    const aw_bytes log = {b->log, b->log_n};
    struct aw_hab_record record;
    size_t at = 0;

    aw_out_begin_list(&ctx->out, "events");
    while (aw_hab_log_next(log, &at, &record, NULL) == AW_OK) {
        struct aw_hab_event event;

        if (record.tag == AW_HAB_EVENT_TAG &&
            aw_hab_event_parse(record.bytes, &event, NULL) == AW_OK) {
            hab_put_event(ctx, NULL, &event, record.bytes);
        }
    }
    aw_out_end_list(&ctx->out);
}

static void put_secure_boot(struct aw_ctx *ctx,
                            const struct aw_ctl_secure_boot *b)
{
    struct aw_out *out = &ctx->out;

    aw_out_begin(out, "secure_boot");
    aw_out_bool(out, "closed", b->closed);
    aw_out_bool(out, "keys_usable", b->keys_usable);
    aw_out_text(out, "plan", b->plan);
    aw_out_bool(out, "powered_up_since_fuse", b->cold);
    aw_out_bool(out, "reported", b->reported);
    if (b->reported) {
        aw_out_text(out, "status", aw_hab_status_row((uint8_t)b->status)->text);
        aw_out_text(out, "configuration",
                    aw_hab_config_row((uint8_t)b->config)->text);
        aw_out_text(out, "state", aw_hab_state_row((uint8_t)b->state)->text);
        put_events(ctx, b);
    }
    aw_out_end(out);
}

static void put_fuses(struct aw_ctx *ctx, const struct aw_ctl_information *i)
{
    aw_out_begin_list(&ctx->out, "fuses");
    for (size_t k = 0; k < i->n_fuses; k++) {
        const struct aw_ctl_fuse *f = &i->fuses[k];

        aw_out_begin(&ctx->out, NULL);
        aw_out_count(&ctx->out, "bank", f->bank);
        aw_out_count(&ctx->out, "word", f->word);
        aw_out_text(&ctx->out, "value",
                    aw_pool_printf(&ctx->pool, "0x%08" PRIx32, f->value));
        aw_out_end(&ctx->out);
    }
    aw_out_end_list(&ctx->out);
}

static void put_slots(struct aw_ctx *ctx, const struct aw_ctl_information *i)
{
    aw_out_begin_list(&ctx->out, "slots");
    for (size_t k = 0; k < i->n_slots; k++) {
        const struct aw_ctl_slot *s = &i->slots[k];

        aw_out_begin(&ctx->out, NULL);
        aw_out_text(&ctx->out, "component", s->component);
        aw_out_count(&ctx->out, "copy", s->copy);
        aw_out_text(&ctx->out, "slot", s->name);
        aw_out_text(&ctx->out, "version", s->version);
        aw_out_bool(&ctx->out, "started", s->started);
        aw_out_bool(&ctx->out, "confirmed", s->confirmed);
        aw_out_count(&ctx->out, "attempts", s->attempts);
        aw_out_end(&ctx->out);
    }
    aw_out_end_list(&ctx->out);
}

static void put_rpmb(struct aw_ctx *ctx, const struct aw_ctl_rpmb *r)
{
    aw_out_begin(&ctx->out, "rpmb");
    aw_out_text(&ctx->out, "state", r->state);
    aw_out_text(&ctx->out, "os_version", r->os_version);
    aw_out_text(&ctx->out, "applet_version", r->applet_version);
    aw_out_count(&ctx->out, "writes", r->writes);
    aw_out_end(&ctx->out);
}

static void put_incoming(struct aw_ctx *ctx, const struct aw_ctl_incoming *i)
{
    if (i->component[0] == '\0') {
        return;
    }
    aw_out_begin(&ctx->out, "incoming");
    aw_out_text(&ctx->out, "component", i->component);
    aw_out_count(&ctx->out, "received", i->received);
    aw_out_count(&ctx->out, "total", i->total);
    aw_out_end(&ctx->out);
}

static void put_information(struct aw_ctx *ctx,
                            const struct aw_ctl_information *i)
{
    struct aw_out *out = &ctx->out;

    aw_out_text(out, "part", i->part);
    put_secure_boot(ctx, &i->secure_boot);
    put_rpmb(ctx, &i->rpmb);
    put_slots(ctx, i);
    put_incoming(ctx, &i->incoming);
    aw_out_begin(out, "applet");
    aw_out_text(out, "state", i->applet.state);
    aw_out_bool(out, "ready", i->applet.ready);
    aw_out_count(out, "starts", i->applet.starts);
    aw_out_text(out, "last_end", i->applet.last_end);
    aw_out_end(out);
    aw_out_begin(out, "config");
    ctl_put_config(ctx, &i->config);
    aw_out_end(out);
    put_fuses(ctx, i);
}

static int run(struct aw_ctx *ctx, const void *values)
{
    struct ctl_session *s = aw_pool_alloc(&ctx->pool, 1, sizeof(*s));
    int code = ctl_connect(ctx, values, s);

    if (code != AW_EXIT_OK) {
        return code;
    }
    put_status(ctx, &s->status);
    aw_out_bool(&ctx->out, "ours", s->ours);
    if (s->ours) {
        put_information(ctx, &s->information);
    }
    ctl_disconnect(s);
    return AW_EXIT_OK;
}

const struct aw_cmd ctl_cmd_status = {
    .name = "status",
    .summary = "show what a trusted OS says of itself and its board",
    .prose = "Shows serial, versions, secure boot and network of a board whose "
             "trusted OS runs; of our own trusted OS also fuses, the log of "
             "the boot ROM's HAB, slots, replay protected memory and "
             "configuration. All of this is what the trusted OS says.",
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .size = sizeof(struct aw_usb_args),
    .run = run,
};
