/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include "aw/hab/plan.h"
#include "aw/sdp/control.h"
#include "common/usb.h"

/* aw ctl status | config | console | crash-log | hab | install | program-rpmb |
 * next-identity */
extern const struct aw_cmd aw_cmd_ctl;

extern const struct aw_cmd ctl_cmd_status;
extern const struct aw_cmd ctl_cmd_config;
extern const struct aw_cmd ctl_cmd_console;
extern const struct aw_cmd ctl_cmd_crash_log;
extern const struct aw_cmd ctl_cmd_hab;
extern const struct aw_cmd ctl_cmd_install;
extern const struct aw_cmd ctl_cmd_program_rpmb;
extern const struct aw_cmd ctl_cmd_next_identity;

/* A board whose trusted OS runs. */
struct ctl_session {
    struct aw_usb_link link;
    struct aw_usb_id id;
    struct aw_usb_device device;
    struct aw_control control;
    char serial[AW_UNIT_SERIAL]; /* private: of the board, once it is known */
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

/**
 * The same for a device that was found: `link` and `id` of the session are
 * set, all else is zeros. Close it with ctl_close, which leaves the link.
 */
AW_MUST_CHECK int ctl_open(struct aw_ctx *ctx, struct ctl_session *session);
void ctl_close(struct ctl_session *session);

/**
 * After the board said that it starts anew: waits until it has gone and the
 * same board is back, and asks it again.
 *
 * @return as ctl_connect
 */
AW_MUST_CHECK int ctl_reconnect(struct aw_ctx *ctx,
                                const struct aw_usb_args *args,
                                struct ctl_session *session);

/** Names device and SRK hash, as they say themselves.
 *  @return AW_EXIT_OK, or the exit code of what was reported */
AW_MUST_CHECK int ctl_arm(struct aw_ctx *ctx, struct ctl_session *session);

/** A word of the fuses that the device shows.
 *  @return AW_OK; AW_ERR_NOT_FOUND: it does not show this word */
AW_MUST_CHECK aw_err ctl_fuse(const struct ctl_session *session, unsigned bank,
                              unsigned word, uint32_t *value,
                              struct aw_diag *diag);

/** Plans from the fuses that the device shows how to close it.
 *  @return AW_EXIT_OK, or the exit code of what was reported */
AW_MUST_CHECK int ctl_plan(struct aw_ctx *ctx, struct ctl_session *session,
                           const uint8_t srk_hash[AW_PLAN_SRK_SIZE],
                           struct aw_plan *plan);

/**
 * Names device and hash to it, lets it fuse as far as it goes, and looks at it
 * again; `plan` is made anew. Consent is the caller's.
 *
 * @param waits  set: it has to be powered up anew first
 * @return AW_EXIT_OK, or the exit code of what was reported
 */
AW_MUST_CHECK int ctl_activate(struct aw_ctx *ctx, struct ctl_session *session,
                               const uint8_t srk_hash[AW_PLAN_SRK_SIZE],
                               struct aw_plan *plan, bool *waits);

/** What can be known before the device is asked to fuse: it runs our trusted
 *  OS, which has this SRK hash, and is open.
 *  @return AW_EXIT_OK, or the exit code of what was reported */
AW_MUST_CHECK int ctl_may_activate(struct aw_ctx *ctx,
                                   const struct ctl_session *session,
                                   const uint8_t srk_hash[AW_PLAN_SRK_SIZE]);

/**
 * Reports how fusing ended that did not close the board: it has to be powered
 * up anew, or steps of the plan are left.
 *
 * @param plan   as ctl_activate made it
 * @param waits  as ctl_activate set it
 * @return AW_EXIT_OK: it is closed; AW_EXIT_REFUSED
 */
AW_MUST_CHECK int ctl_end_activation(struct aw_ctx *ctx,
                                     const struct ctl_session *session,
                                     const struct aw_plan *plan, bool waits);

/** Asks for the status again. @return as ctl_connect */
AW_MUST_CHECK int ctl_ask_status(struct aw_ctx *ctx,
                                 struct ctl_session *session);

/** Asks for the information again. @return as ctl_connect */
AW_MUST_CHECK int ctl_look(struct aw_ctx *ctx, struct ctl_session *session);

/**
 * Waits until the applet has reported: the device names its witness and, if it
 * is our trusted OS and `runs` is set, the applet runs and is ready. Where that
 * takes a while it says so, and has an event.
 *
 * @param limit_ms  by the link's clock
 * @return AW_EXIT_OK; or the exit code of what was reported: 22 in the end
 */
AW_MUST_CHECK int ctl_await_applet(struct aw_ctx *ctx,
                                   struct ctl_session *session, bool runs,
                                   uint64_t limit_ms);

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
