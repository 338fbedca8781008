/* SPDX-License-Identifier: Apache-2.0 */
/* Commands and their messages. */
#include "aw/sdp/control.h"

#include <string.h>

enum { BAD_COMMAND = 1 };

/* Room for an answer. */
struct answer {
    uint8_t bytes[AW_CTL_MESSAGE_MAX];
    struct aw_wr w;
};

static aw_err ask(struct aw_control *c, uint8_t command, aw_bytes request,
                  struct answer *a, struct aw_diag *diag)
{
    a->w = aw_wr_init(a->bytes, sizeof(a->bytes));
    return aw_control_call(c, command, request, &a->w, diag);
}

static aw_err malformed(aw_err err, uint8_t command, struct aw_diag *diag)
{
    return err == AW_OK ? AW_OK
                        : aw_fail(diag, err, "control: message", command);
}

aw_err aw_control_status(struct aw_control *c, struct aw_ctl_status *status,
                         struct aw_diag *diag)
{
    struct answer a;
    aw_err err = ask(c, AW_CTL_INF, (aw_bytes){NULL, 0}, &a, diag);

    if (err != AW_OK) {
        return err;
    }
    return malformed(aw_ctl_status_read(aw_wr_done(&a.w), status), AW_CTL_INF,
                     diag);
}

/* A command that upstream's OS does not have. */
static aw_err only_ours(const struct aw_control *c, aw_err err,
                        struct aw_diag *diag)
{
    return err == AW_ERR_REFUSED && c->fault == BAD_COMMAND
               ? aw_fail(diag, AW_ERR_UNSUPPORTED, "control: command", 0)
               : err;
}

aw_err aw_control_information(struct aw_control *c,
                              struct aw_ctl_information *information,
                              struct aw_diag *diag)
{
    struct answer a;
    aw_err err = ask(c, AW_CTL_INFORMATION, (aw_bytes){NULL, 0}, &a, diag);

    if (err != AW_OK) {
        return only_ours(c, err, diag);
    }
    return malformed(aw_ctl_information_read(aw_wr_done(&a.w), information),
                     AW_CTL_INFORMATION, diag);
}

/* A command that is answered by a Response. */
static aw_err order(struct aw_control *c, uint8_t command, aw_bytes request,
                    struct aw_diag *diag)
{
    struct answer a;
    struct aw_ctl_response r = {.error = 0};
    aw_err err = ask(c, command, request, &a, diag);

    if (err == AW_OK) {
        err = malformed(aw_ctl_response_read(aw_wr_done(&a.w), &r), command,
                        diag);
    }
    if (err != AW_OK || r.error == 0) {
        return err;
    }
    c->fault = 0;
    memcpy(c->reason, r.reason, sizeof(c->reason));
    return aw_fail(diag, AW_ERR_REFUSED, "control: response", r.error);
}

aw_err aw_control_configure(struct aw_control *c,
                            const struct aw_ctl_config *config,
                            struct aw_diag *diag)
{
    uint8_t bytes[AW_CTL_MESSAGE_MAX];
    struct aw_wr w = aw_wr_init(bytes, sizeof(bytes));

    aw_ctl_config_write(config, &w);
    return order(c, AW_CTL_CFG, aw_wr_done(&w), diag);
}

aw_err aw_control_log(struct aw_control *c, uint8_t command, bool goes_on,
                      struct aw_ctl_log *piece, struct aw_diag *diag)
{
    uint8_t bytes[16];
    struct aw_wr w = aw_wr_init(bytes, sizeof(bytes));
    struct answer a;

    aw_ctl_log_request_write(goes_on, &w);
    aw_err err = ask(c, command, aw_wr_done(&w), &a, diag);

    if (err == AW_OK) {
        err =
            malformed(aw_ctl_log_read(aw_wr_done(&a.w), piece), command, diag);
    }
    /* Without bytes it would never end. */
    if (err == AW_OK && piece->more && piece->n == 0) {
        err = aw_fail(diag, AW_ERR_FORMAT, "control: empty piece", command);
    }
    return err;
}

aw_err aw_control_arm(struct aw_control *c, const struct aw_ctl_arm *arm,
                      struct aw_diag *diag)
{
    uint8_t bytes[AW_CTL_MESSAGE_MAX];
    struct aw_wr w = aw_wr_init(bytes, sizeof(bytes));

    aw_ctl_arm_write(arm, &w);
    return only_ours(c, order(c, AW_CTL_ARM, aw_wr_done(&w), diag), diag);
}

aw_err aw_control_activate(struct aw_control *c, struct aw_diag *diag)
{
    return order(c, AW_CTL_HAB, (aw_bytes){NULL, 0}, diag);
}

aw_err aw_control_rpmb_retry(struct aw_control *c, struct aw_diag *diag)
{
    return only_ours(c, order(c, AW_CTL_RPMB_RETRY, (aw_bytes){NULL, 0}, diag),
                     diag);
}

aw_err aw_control_next_identity(struct aw_control *c, struct aw_diag *diag)
{
    return only_ours(
        c, order(c, AW_CTL_NEXT_IDENTITY, (aw_bytes){NULL, 0}, diag), diag);
}

aw_err aw_control_update(struct aw_control *c,
                         const struct aw_ctl_update *update,
                         struct aw_diag *diag)
{
    uint8_t bytes[AW_CTL_MESSAGE_MAX];
    struct aw_wr w = aw_wr_init(bytes, sizeof(bytes));

    aw_ctl_update_write(update, &w);
    if (w.failed) {
        return aw_fail(diag, AW_ERR_SPACE, "control: update", update->n);
    }
    return order(c, AW_CTL_UPDATE, aw_wr_done(&w), diag);
}
