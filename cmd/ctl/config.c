/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "ctl/ctl.h"

enum dhcp { DHCP_KEEP, DHCP_ON, DHCP_OFF };

struct args {
    struct aw_usb_args usb;
    unsigned dhcp;
    const char *ip;
    const char *netmask;
    const char *gateway;
    const char *resolver;
    const char *ntp_server;
};

#define TEXT_OPT(name_, field, arg_, help_)                  \
    {                                                        \
        .name = (name_), .type = AW_OPT_TEXT, .arg = (arg_), \
        .at = offsetof(struct args, field), .help = (help_)  \
    }

static const struct aw_opt opts[] = {
    AW_USB_OPTS(offsetof(struct args, usb)),
    {.name = "dhcp",
     .type = AW_OPT_CHOICE,
     .arg = "keep|on|off",
     .fallback = "keep",
     .at = offsetof(struct args, dhcp),
     .help = "Take the network's addresses from a DHCP server."},
    TEXT_OPT("ip", ip, "ADDRESS", "Address of the board without DHCP."),
    TEXT_OPT("netmask", netmask, "MASK", "Mask of its network."),
    TEXT_OPT("gateway", gateway, "ADDRESS", "Gateway of its network."),
    TEXT_OPT("resolver", resolver, "HOST:PORT", "Server for names."),
    TEXT_OPT("ntp-server", ntp_server, "HOST", "Server for the time."),
};

static bool changes(const struct args *a)
{
    return a->dhcp != DHCP_KEEP || a->ip != NULL || a->netmask != NULL ||
           a->gateway != NULL || a->resolver != NULL || a->ntp_server != NULL;
}

/* "none" empties a value. */
static bool put(char *to, const char *from)
{
    bool none = from == NULL || strcmp(from, "none") == 0;
    size_t n = none ? 0 : strlen(from);

    if (n >= AW_CTL_TEXT) {
        return false;
    }
    if (from != NULL) {
        memset(to, 0, AW_CTL_TEXT);
        (void)snprintf(to, AW_CTL_TEXT, "%s", none ? "" : from);
    }
    return true;
}

/* What the device has, with what the operator asks for. */
static int change(struct aw_ctx *ctx, const struct args *a,
                  struct aw_ctl_config *c)
{
    if (a->dhcp != DHCP_KEEP) {
        c->dhcp = a->dhcp == DHCP_ON;
    }
    return put(c->ip, a->ip) && put(c->netmask, a->netmask) &&
                   put(c->gateway, a->gateway) &&
                   put(c->resolver, a->resolver) &&
                   put(c->ntp_server, a->ntp_server)
               ? AW_EXIT_OK
               : aw_usage(ctx, "a value is longer than %d characters",
                          AW_CTL_TEXT - 1);
}

/* What the device says afterwards is what counts. */
static int check(struct aw_ctx *ctx, struct ctl_session *s,
                 const struct aw_ctl_config *want)
{
    int code = ctl_look(ctx, s);

    if (code != AW_EXIT_OK ||
        (s->ours && memcmp(&s->information.config, want, sizeof(*want)) == 0)) {
        return code;
    }
    return aw_report(ctx, &(struct aw_finding){
                              .err = AW_ERR_FORMAT,
                              .on = AW_ON_DEVICE,
                              .exit = AW_EXIT_STORAGE,
                              .what = "the board did not keep what it was told",
                              .subject = s->link.name,
                              .remedy = "run aw ctl config again",
                          });
}

static int configure(struct aw_ctx *ctx, const struct args *a,
                     struct ctl_session *s)
{
    struct aw_ctl_config config = s->information.config;
    struct aw_diag diag = {.err = AW_OK};
    int code = change(ctx, a, &config);

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_err err = aw_control_configure(&s->control, &config, &diag);

    return err == AW_OK ? check(ctx, s, &config)
                        : ctl_report(ctx, s, err, &diag, "configuring it");
}

static int run(struct aw_ctx *ctx, const void *values)
{
    const struct args *a = values;
    struct ctl_session *s = aw_pool_alloc(&ctx->pool, 1, sizeof(*s));
    int code = ctl_connect(ctx, &a->usb, s);

    if (code != AW_EXIT_OK) {
        return code;
    }
    if (!s->ours) {
        code = ctl_only_ours(ctx, s, "to read its configuration");
    } else if (changes(a)) {
        code = configure(ctx, a, s);
    }
    if (code == AW_EXIT_OK) {
        aw_out_bool(&ctx->out, "changed", changes(a));
        aw_out_begin(&ctx->out, "config");
        ctl_put_config(ctx, &s->information.config);
        aw_out_end(&ctx->out);
    }
    ctl_disconnect(s);
    return code;
}

const struct aw_cmd ctl_cmd_config = {
    .name = "config",
    .summary = "show or set the network configuration of a board",
    .prose = "Without values it shows the configuration. Values that are given "
             "are set, the others stay; \"none\" empties one. The board keeps "
             "them on its eMMC and "
             "its applet takes them at once.",
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .size = sizeof(struct args),
    .run = run,
};
