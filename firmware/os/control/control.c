/* SPDX-License-Identifier: Apache-2.0 */
#include "os/control/control.h"

#include <string.h>

#include "aw/control.h"
#include "fw/policy.h"
#include "fw/print.h"
#include "os/call/call.h"
#include "os/facts.h"
#include "os/net.h"
#include "os/self.h"
#include "os/settings.h"
#include "os/text.h"

void control_init(struct control *control, struct os *os)
{
    memset(control, 0, sizeof(*control));
    control->os = os;
    activation_init(&control->activation, os);
}

void control_respond(struct aw_wr *reply, const char *why)
{
    struct aw_ctl_response r = {.error = why == NULL ? 0 : 1};

    if (why != NULL) {
        text_put(r.reason, sizeof(r.reason), why);
    }
    aw_ctl_response_write(&r, reply);
}

static void put_mac(char *to)
{
    uint8_t id[SOC_ID_SIZE];
    uint8_t mac[ENET_MAC];
    struct aw_wr w = aw_wr_init(to, 3 * sizeof(mac));

    soc_unique_id(id);
    net_mac(id, mac);
    for (size_t i = 0; i < sizeof(mac); i++) {
        aw_wr_hex_u64(&w, mac[i], 2);
        aw_wr_u8(&w, i + 1 < sizeof(mac) ? ':' : '\0');
    }
}

static enum u2fhid_error status(struct control *control, aw_bytes request,
                                struct aw_wr *reply)
{
    struct aw_ctl_status s;

    (void)request;
    memset(&s, 0, sizeof(s));
    self_serial(s.serial);
    s.hab = snvs_key_usable();
    text_put(s.revision, sizeof(s.revision), policy.revision);
    text_put(s.build, sizeof(s.build), policy.variant);
    text_put(s.version, sizeof(s.version), policy.version);
    text_put(s.runtime, sizeof(s.runtime), "c-firmware-1 arm");
    text_put(s.srk_hash, sizeof(s.srk_hash), policy.srk_hash);
    s.link = facts_link(control->os);
    s.has_witness = facts_witness(control->os, &s.witness, &s.identity_counter);
    put_mac(s.mac);
    aw_ctl_status_write(&s, reply);
    return U2FHID_OK;
}

/* Stored, acknowledged, then given to the applet, which goes on meanwhile. */
static enum u2fhid_error configure(struct control *control, aw_bytes request,
                                   struct aw_wr *reply)
{
    struct os *os = control->os;
    struct aw_ctl_config message;
    struct abi_config config;
    const char *why = NULL;

    if (request.n == 0) {
        why = "empty configuration";
    } else if (aw_ctl_config_read(request, &message) != AW_OK) {
        why = "malformed configuration";
    } else if (settings_check(&message, &config, &why)) {
        aw_err err = settings_store(os, &config);

        why = err == AW_OK ? NULL : "configuration cannot be stored";
        print("config: %s\n", err == AW_OK ? "stored" : aw_err_name(err));
    }
    if (why == NULL) {
        os_event(os, ABI_EVENT_CONFIG);
    }
    control_respond(reply, why);
    return U2FHID_OK;
}

static enum u2fhid_error arm(struct control *control, aw_bytes request,
                             struct aw_wr *reply)
{
    struct aw_ctl_arm message;
    const char *why = "malformed request";

    if (aw_ctl_arm_read(request, &message) == AW_OK) {
        why = activation_arm(&control->activation, message.serial,
                             message.srk_hash);
    }
    control_respond(reply, why);
    return U2FHID_OK;
}

static enum u2fhid_error activate(struct control *control, aw_bytes request,
                                  struct aw_wr *reply)
{
    (void)request;
    control_respond(reply, activation_run(&control->activation));
    return U2FHID_OK;
}

/* What needs a host that named this device, and takes effect at the next
 * start. */
static void change(struct control *control, aw_err (*apply)(struct os *),
                   struct aw_wr *reply)
{
    const char *why = "not armed";

    if (control->activation.armed) {
        aw_err err = apply(control->os);

        control->activation.armed = false;
        why = err == AW_OK ? NULL : aw_err_text(err);
    }
    if (why == NULL) {
        os_reboot_soon(control->os);
    }
    control_respond(reply, why);
}

static enum u2fhid_error retry(struct control *control, aw_bytes request,
                               struct aw_wr *reply)
{
    (void)request;
    change(control, facts_rpmb_retry, reply);
    return U2FHID_OK;
}

static enum u2fhid_error next_identity(struct control *control,
                                       aw_bytes request, struct aw_wr *reply)
{
    (void)request;
    change(control, facts_next_identity, reply);
    return U2FHID_OK;
}

enum u2fhid_error control_serve(void *ctx, uint8_t command, aw_bytes request,
                                struct aw_wr *reply)
{
    static const struct {
        uint8_t command;
        enum u2fhid_error (*serve)(struct control *, aw_bytes, struct aw_wr *);
    } commands[] = {
        {AW_CTL_INF, status},
        {AW_CTL_CFG, configure},
        {AW_CTL_UPDATE, control_update},
        {AW_CTL_HAB, activate},
        {AW_CTL_CONSOLE_LOGS, control_console_log},
        {AW_CTL_CRASH_LOGS, control_crash_log},
        {AW_CTL_INFORMATION, control_information},
        {AW_CTL_ARM, arm},
        {AW_CTL_RPMB_RETRY, retry},
        {AW_CTL_NEXT_IDENTITY, next_identity},
    };

    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (commands[i].command == command) {
            return commands[i].serve(ctx, request, reply);
        }
    }
    return U2FHID_BAD_COMMAND;
}
