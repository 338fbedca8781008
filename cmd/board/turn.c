/* SPDX-License-Identifier: Apache-2.0 */
/* The operator moves the boot switch and the power: what USB shows is waited
 * for, and said when it is something else. */
#include <string.h>
#include <strings.h>
#include <time.h>

#include "board/board.h"
#include "common/stop.h"

enum { LOOK_MS = 250, NS_PER_MS = 1000000, MS_PER_S = 1000 };

/* What is waited for, and what was seen meanwhile. */
struct turn {
    struct board *board;
    enum aw_usb_mode to;
    struct aw_usb_id *list;
    uint32_t before; /* arrival of what was there at the begin; 0: nothing */
    uint32_t told;   /* arrival of what was called wrong; 0: nothing */
    bool found;
    struct aw_usb_id id;
};

static uint64_t wall_ms(void)
{
    struct timespec now = {0, 0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * MS_PER_S + (uint64_t)now.tv_nsec / NS_PER_MS;
}

/* Is it at the place of our board? A twin has two plugs. */
static bool is_here(const struct board *b, const struct aw_usb_id *id)
{
    const char *path = b->unit.path[0] != '\0' ? b->unit.path : b->link.path;

    return b->link.twin != NULL || path == NULL || strcmp(path, id->path) == 0;
}

static bool is_ours(const struct board *b, const struct aw_usb_id *id)
{
    bool known = b->unit.serial[0] != '\0' && id->serial[0] != '\0';

    return known ? strcasecmp(b->unit.serial, id->serial) == 0 : is_here(b, id);
}

/* It came with the switch where it was, or it starts from nothing else. */
static void tell_wrong(struct turn *t, const struct aw_usb_id *id)
{
    bool download = aw_usb_mode(id) == AW_USB_MODE_DOWNLOAD;

    if (t->told == id->arrival || id->arrival == t->before) {
        return;
    }
    t->told = id->arrival;
    board_prompt(t->board,
                 download ? BOARD_ASK_CAME_DOWNLOAD : BOARD_ASK_CAME_EMMC);
}

/* One device of the list. @return AW_EXIT_OK, or 32: another board */
static int look_at(struct turn *t, const struct aw_usb_id *id)
{
    enum aw_usb_mode mode = aw_usb_mode(id);
    struct board *b = t->board;

    if (mode == t->to && is_ours(b, id)) {
        t->found = true;
        t->id = *id;
        return AW_EXIT_OK;
    }
    if (mode == t->to && is_here(b, id)) {
        return aw_unit_see(b->ctx, &b->unit, id, id->serial);
    }
    if ((mode == AW_USB_MODE_DOWNLOAD || mode == AW_USB_MODE_CONTROL) &&
        mode != t->to && is_here(b, id)) {
        tell_wrong(t, id);
    }
    return AW_EXIT_OK;
}

static int look_around(struct turn *t, uint32_t *changes)
{
    struct board *b = t->board;
    const struct aw_usb *usb = &b->link.usb;
    struct aw_diag diag = {.err = AW_OK};
    size_t n = 0;
    int code = AW_EXIT_OK;
    aw_err err =
        usb->list(usb->ctx, t->list, AW_USB_DEVICES, &n, changes, &diag);

    if (err != AW_OK) {
        return board_report(b, err, "waiting for the operator", &diag);
    }
    for (size_t i = 0;
         i < n && i < AW_USB_DEVICES && !t->found && code == AW_EXIT_OK; i++) {
        code = look_at(t, &t->list[i]);
    }
    return code;
}

static int report_late(const struct turn *t, uint64_t limit_ms)
{
    struct board *b = t->board;
    bool download = t->to == AW_USB_MODE_DOWNLOAD;

    return aw_report(
        b->ctx,
        &(struct aw_finding){
            .err = AW_ERR_TIMEOUT,
            .on = AW_ON_DEVICE,
            .what = download ? "the board did not come in serial download"
                             : "the trusted OS did not start",
            .subject = b->link.name,
            .expected = aw_pool_printf(&b->ctx->pool, "%s within %.1f s",
                                       download ? "serial download"
                                                : "its control interface",
                                       (double)limit_ms / MS_PER_S),
            .got = t->told == 0 ? "none came"
                   : download   ? "it started from its eMMC"
                                : "it came up in serial download",
            .remedy = aw_pool_printf(
                &b->ctx->pool,
                "look at power, cable and boot switch%s%s, then run the same "
                "command again: what is done is not done again",
                download || t->told != 0 ? "" : "; ",
                download || t->told != 0 ? "" : AW_USB_SECOND_PLUG),
        });
}

/* Time of an operator is the wall's; a twin's own may run ahead of it. */
static void pause_rest(uint64_t since_ms)
{
    uint64_t passed = wall_ms() - since_ms;
    struct timespec rest = {0, 0};

    if (passed < LOOK_MS) {
        rest.tv_nsec = (long)(LOOK_MS - passed) * NS_PER_MS;
        (void)nanosleep(&rest, NULL);
    }
}

/* What is there already when the operator is asked. */
static uint32_t arrival_now(struct turn *t)
{
    const struct aw_usb *usb = &t->board->link.usb;
    uint32_t changes = 0;
    size_t n = 0;

    if (usb->list(usb->ctx, t->list, AW_USB_DEVICES, &n, &changes, NULL) !=
        AW_OK) {
        return 0;
    }
    for (size_t i = 0; i < n && i < AW_USB_DEVICES; i++) {
        if (is_here(t->board, &t->list[i])) {
            return t->list[i].arrival;
        }
    }
    return 0;
}

int board_turn(struct board *b, enum aw_usb_mode to, uint64_t limit_ms,
               struct aw_usb_id *id)
{
    const struct aw_usb *usb = &b->link.usb;
    struct turn t = {.board = b,
                     .to = to,
                     .list = aw_pool_alloc(&b->ctx->pool, AW_USB_DEVICES,
                                           sizeof(struct aw_usb_id))};
    uint64_t begin = wall_ms();
    uint32_t changes = 0;

    t.before = arrival_now(&t);
    board_prompt(b,
                 to == AW_USB_MODE_DOWNLOAD ? BOARD_ASK_USB : BOARD_ASK_EMMC);
    for (;;) {
        uint64_t now = wall_ms();
        int code = look_around(&t, &changes);

        if (code != AW_EXIT_OK || t.found) {
            *id = t.id;
            return code;
        }
        if (aw_cancelled()) {
            return board_report(b, AW_ERR_CANCELLED, "waiting for the operator",
                                NULL);
        }
        if (now - begin > limit_ms) {
            return report_late(&t, limit_ms);
        }
        if (usb->wait(usb->ctx, changes, LOOK_MS, NULL) != AW_OK) {
            pause_rest(now);
        }
    }
}
