/* SPDX-License-Identifier: Apache-2.0 */
/* Steps: their time limits, what the operator is told, and events. */
#include "board/board.h"
#include "common/stop.h"
#include "common/term.h"

static const struct {
    const char *code;
    const char *text;
} asks[] = {
    [BOARD_ASK_PLUG] = {"switch-usb-plug", "Move the boot switch to USB and "
                                           "plug the device in."},
    [BOARD_ASK_USB] = {"switch-usb-replug",
                       "Power the device off, move the boot switch to USB, and "
                       "power it on."},
    [BOARD_ASK_EMMC] = {"switch-emmc-replug",
                        "Power the device off, move the boot switch to eMMC, "
                        "and power it on."},
    [BOARD_ASK_EMMC_OFF] = {"switch-emmc-unplug",
                            "Power the device off and move the boot switch to "
                            "eMMC."},
    [BOARD_ASK_ASIDE] = {"set-aside", "Power the device off and set it aside: "
                                      "it did not pass."},
    [BOARD_ASK_CAME_DOWNLOAD] = {"came-up-download",
                                 "It came up in serial download: the boot "
                                 "switch is still at USB, or it does not start "
                                 "from its eMMC."},
    [BOARD_ASK_CAME_EMMC] = {"came-up-emmc",
                             "It started from its eMMC: the boot switch is not "
                             "at USB."},
};

void board_prompt(struct board *board, enum board_ask ask)
{
    aw_events_put(&board->ctx->events,
                  &(struct aw_event){.device = board->link.name,
                                     .step = "operator",
                                     .state = "prompt",
                                     .code = asks[ask].code,
                                     .detail = asks[ask].text});
    if (aw_events_on(&board->ctx->events)) {
        aw_say(0, "%s", asks[ask].text);
    } else {
        aw_complain(AW_BOLD, "", "%s", asks[ask].text);
    }
}

void board_event(struct board *board, const char *step, const char *state)
{
    aw_events_put(&board->ctx->events,
                  &(struct aw_event){.device = board->link.name,
                                     .step = step,
                                     .state = state});
}

void board_step(struct board *board, const char *name, uint64_t limit_ms)
{
    const struct aw_usb *usb = &board->link.usb;
    uint64_t now = usb->now_ms(usb->ctx);

    board->step = name;
    board->deadline =
        limit_ms == 0 || limit_ms > UINT64_MAX - now ? 0 : now + limit_ms;
}

aw_err board_tick(const struct board *board, struct aw_diag *diag)
{
    const struct aw_usb *usb = &board->link.usb;

    if (aw_cancelled()) {
        return aw_fail(diag, AW_ERR_CANCELLED, board->step, 0);
    }
    return board->deadline != 0 && usb->now_ms(usb->ctx) > board->deadline
               ? aw_fail(diag, AW_ERR_TIMEOUT, board->step, 0)
               : AW_OK;
}
