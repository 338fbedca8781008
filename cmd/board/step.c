/* SPDX-License-Identifier: Apache-2.0 */
/* Steps: their time limits, what the operator is told, and events. */
#include "board/board.h"
#include "common/stop.h"
#include "common/term.h"

void board_prompt(struct aw_ctx *ctx, const char *what)
{
    aw_events_put(&ctx->events, &(struct aw_event){.step = "operator",
                                                   .state = "prompt",
                                                   .detail = what});
    aw_say(0, "%s", what);
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
