/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include "aw/sdp/control.h"
#include "common/usb.h"

/* aw ctl status | config | console | crash-log | hab */
extern const struct aw_cmd aw_cmd_ctl;

extern const struct aw_cmd ctl_cmd_status;
extern const struct aw_cmd ctl_cmd_config;
extern const struct aw_cmd ctl_cmd_console;
extern const struct aw_cmd ctl_cmd_crash_log;
extern const struct aw_cmd ctl_cmd_hab;

/* A board whose trusted OS runs. */
struct ctl_session {
    struct aw_usb_link link;
    struct aw_usb_id id;
    struct aw_usb_device device;
    struct aw_control control;
    struct aw_ctl_status status;
    bool ours; /* our trusted OS: `information` is set */
    struct aw_ctl_information information;
};

/**
 * Waits for a trusted OS, opens it, asks for its status and, if it is ours,
 * its information; writes the member "device".
 *
 * @return AW_EXIT_OK; or the exit code of what was reported: nothing is open
 */
AW_MUST_CHECK int ctl_connect(struct aw_ctx *ctx,
                              const struct aw_usb_args *args,
                              struct ctl_session *session);
void ctl_disconnect(struct ctl_session *session);

/** Asks for the information again. @return as ctl_connect */
AW_MUST_CHECK int ctl_look(struct aw_ctx *ctx, struct ctl_session *session);

/** Reports why a call on the session failed.
 *  @param what  what was under way: "asking for its status" */
int ctl_report(struct aw_ctx *ctx, const struct ctl_session *session,
               aw_err err, const struct aw_diag *diag, const char *what);

/** Reports that this takes our own trusted OS. */
int ctl_only_ours(struct aw_ctx *ctx, const struct ctl_session *session,
                  const char *what);

/** Writes a configuration as members of the present object. */
void ctl_put_config(struct aw_ctx *ctx, const struct aw_ctl_config *config);

#endif
