/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aw/bytes.h"
#include "board/board.h"
#include "common/progress.h"

enum {
    LEAVE_MS = 5000,
    GRACE_MS = 1000 /* a board that is just coming up asks for nobody */
};

/* Words of the fuses: what closes the part, and the SRK hash. */
enum { CONFIG_BANK = 0, CONFIG_WORD = 6, SRK_BANK = 3 };
enum { SEC_CONFIG_CLOSED = 1 << 1 };

struct watch {
    struct board *board;
    struct aw_progress *progress;
    uint64_t done;
    struct aw_diag late;
};

static bool on_step(void *ctx, uint64_t done, uint64_t total)
{
    struct watch *watch = ctx;

    aw_progress_total(watch->progress, total);
    aw_progress_add(watch->progress, done - watch->done);
    watch->done = done;
    return board_tick(watch->board, &watch->late) == AW_OK;
}

int board_connect(struct aw_ctx *ctx, const struct aw_usb_args *args,
                  struct board *board)
{
    memset(board, 0, sizeof(*board));
    board->ctx = ctx;
    board->args = args;
    return aw_usb_connect(ctx, args, &board->link);
}

void board_leave(struct board *board)
{
    if (board->open) {
        board->device.close(board->device.ctx);
        board->open = false;
    }
    if (board->dev != NULL) {
        aw_blockdev_close(board->dev);
        board->dev = NULL;
    }
}

void board_close(struct board *board)
{
    board_leave(board);
    aw_usb_disconnect(&board->link);
}

/* Is it what was asked for, as far as it shows? The gamma board's control
 * interface is at the second plug. */
static bool fits(const struct aw_usb_link *link, const struct aw_usb_id *id)
{
    return (link->path == NULL || strcmp(link->path, id->path) == 0 ||
            (link->twin != NULL && aw_usb_mode(id) == AW_USB_MODE_CONTROL)) &&
           (link->serial == NULL || id->serial[0] == '\0' ||
            strcmp(link->serial, id->serial) == 0);
}

/* What is plugged in, of what is meant. */
struct seen {
    size_t n;              /* boards that are welcome */
    size_t others;         /* of them, not in serial download */
    enum aw_usb_mode mode; /* of the last one */
    const struct aw_usb_id *last;
    const char *labels;
};

static bool welcome(const struct board *board, enum aw_usb_mode mode)
{
    return mode == AW_USB_MODE_RECOVERY || mode == AW_USB_MODE_DOWNLOAD ||
           (board->control && mode == AW_USB_MODE_CONTROL);
}

/* One look. */
static aw_err look_around(struct board *board, struct aw_usb_id *list,
                          uint32_t *changes, struct seen *seen)
{
    const struct aw_usb *usb = &board->link.usb;
    struct aw_pool *pool = &board->ctx->pool;
    size_t n = 0;
    aw_err err = usb->list(usb->ctx, list, AW_USB_DEVICES, &n, changes, NULL);

    *seen = (struct seen){.labels = "", .mode = AW_USB_MODE_OTHER};
    for (size_t i = 0; err == AW_OK && i < n && i < AW_USB_DEVICES; i++) {
        enum aw_usb_mode mode = aw_usb_mode(&list[i]);

        if (fits(&board->link, &list[i]) && welcome(board, mode)) {
            seen->n++;
            seen->others += mode != AW_USB_MODE_DOWNLOAD ? 1 : 0;
            seen->mode = mode;
            seen->last = &list[i];
            seen->labels = aw_pool_printf(pool, "%s%s%s", seen->labels,
                                          seen->n > 1 ? ", " : "",
                                          aw_usb_label(pool, &list[i]));
        }
    }
    return err;
}

static int report_mixed(struct board *board, const struct seen *seen)
{
    return aw_report(board->ctx,
                     &(struct aw_finding){
                         .err = AW_ERR_AMBIGUOUS,
                         .on = AW_ON_DEVICE,
                         .what = "more than one device fits",
                         .subject = board->link.name,
                         .expected = "one board",
                         .got = seen->labels,
                         .remedy = "name one of them: --device=port=PATH",
                     });
}

static int take(struct board *board, const struct seen *seen)
{
    if (seen->n > 1 && seen->others > 0) {
        return report_mixed(board, seen);
    }
    board->mode = seen->n == 1 ? seen->mode : AW_USB_MODE_OTHER;
    board->was_there = board->mode == AW_USB_MODE_RECOVERY;
    if (board->was_there) {
        memcpy(board->unit.path, seen->last->path, sizeof(board->unit.path));
    }
    if (board->mode != AW_USB_MODE_OTHER) {
        board->id = *seen->last;
    }
    return AW_EXIT_OK;
}

int board_await(struct board *board)
{
    const struct aw_usb *usb = &board->link.usb;
    struct aw_usb_id *list =
        aw_pool_alloc(&board->ctx->pool, AW_USB_DEVICES, sizeof(*list));
    uint64_t now = usb->now_ms(usb->ctx);
    uint64_t end = now + board->args->wait_ms;
    uint32_t changes = 0;
    bool asked = false;
    struct seen seen = {.n = 0};

    /* Whatever goes wrong here, those who look next report it. */
    while (look_around(board, list, &changes, &seen) == AW_OK && seen.n == 0) {
        now = usb->now_ms(usb->ctx);
        uint64_t left = now < end ? end - now : 0;
        uint64_t pause = asked || left < GRACE_MS ? left : (uint64_t)GRACE_MS;

        if (left == 0) {
            break;
        }
        aw_err err =
            usb->wait(usb->ctx, changes,
                      pause < UINT32_MAX ? (uint32_t)pause : UINT32_MAX, NULL);

        if (err == AW_ERR_TIMEOUT && !asked) {
            board_prompt(board, BOARD_ASK_PLUG);
            asked = true;
        } else if (err != AW_OK) {
            break;
        }
    }
    board->waited = seen.n == 0;
    return take(board, &seen);
}

/* Which chip this is, where it says so. */
static int bind(struct board *b, struct sdp_session *s)
{
    struct aw_diag diag = {.err = AW_OK};
    char serial[AW_UNIT_SERIAL] = "";
    aw_err err = sdp_unit(s, serial, &diag);

    if (err != AW_OK && err != AW_ERR_REFUSED) {
        return sdp_report(b->ctx, s, err, &diag, "reading the unique id");
    }
    return aw_unit_see(b->ctx, &b->unit, &s->id, serial);
}

/* The fuses hold the hash as eight words, low byte first, which is the order
 * in which it is written. */
static aw_err read_fuses(struct sdp_session *s, struct board_fuses *fuses,
                         struct aw_diag *diag)
{
    struct board_fuses got = {.closed = s->sdp.closed};
    struct aw_wr hash = aw_wr_init(got.srk_hash, AW_SHA256_SIZE);
    uint32_t config = 0;
    aw_err err = sdp_fuse(s, CONFIG_BANK, CONFIG_WORD, &config, diag);

    for (unsigned i = 0; i < AW_SHA256_SIZE / 4 && err == AW_OK; i++) {
        uint32_t word = 0;

        err = sdp_fuse(s, SRK_BANK, i, &word, diag);
        aw_wr_le32(&hash, word);
    }
    if (err != AW_OK) {
        return err;
    }
    for (size_t i = 0; i < AW_SHA256_SIZE; i++) {
        got.has_srk = got.has_srk || got.srk_hash[i] != 0;
    }
    got.closed = got.closed || (config & SEC_CONFIG_CLOSED) != 0;
    got.read = true;
    *fuses = got;
    return AW_OK;
}

static const char *hash_text(struct aw_pool *pool,
                             const uint8_t hash[AW_SHA256_SIZE])
{
    uint8_t text[2 * AW_SHA256_SIZE];
    struct aw_wr w = aw_wr_init(text, sizeof(text));

    aw_wr_hex(&w, (aw_bytes){hash, AW_SHA256_SIZE});
    return aw_pool_bytes(pool, aw_wr_done(&w));
}

int board_check_srk(struct board *b, const struct aw_policy *policy, int exit)
{
    const struct board_fuses *fuses = &b->fuses;

    if (!fuses->has_srk || !policy->has_srk_hash ||
        memcmp(fuses->srk_hash, policy->srk_hash, AW_SHA256_SIZE) == 0) {
        return AW_EXIT_OK;
    }
    return aw_report(
        b->ctx, &(struct aw_finding){
                    .err = AW_ERR_PRECONDITION,
                    .on = AW_ON_DEVICE,
                    .exit = exit,
                    .what = "the fuses hold another SRK hash",
                    .subject = b->link.name,
                    .expected = hash_text(&b->ctx->pool, policy->srk_hash),
                    .got = hash_text(&b->ctx->pool, fuses->srk_hash),
                    .remedy = "this board belongs to another target: choose "
                              "the policy of that one, or another board",
                });
}

static int look(struct board *b, struct sdp_session *s)
{
    struct aw_diag diag = {.err = AW_OK};

    b->fuses = (struct board_fuses){.closed = s->sdp.closed};
    b->seen = true;
    aw_err err = read_fuses(s, &b->fuses, &diag);

    /* A closed part need not show its fuses. */
    return err == AW_OK || err == AW_ERR_REFUSED
               ? AW_EXIT_OK
               : sdp_report(b->ctx, s, err, &diag, "reading the fuses");
}

static int send(struct board *b, struct sdp_session *s,
                const struct aw_release *recovery)
{
    struct watch watch = {.board = b,
                          .progress = aw_progress_begin(
                              b->ctx, &(struct aw_step){.name = "boot recovery",
                                                        .device = s->link.name,
                                                        .unit = "bytes"})};
    const struct aw_sdp_progress progress = {&watch, on_step};
    const struct aw_sdp_how how = {.progress = &progress};
    struct aw_sdp_boot boot;
    struct aw_diag diag = {.err = AW_OK};
    aw_err err = aw_sdp_boot(&s->sdp, recovery, &how, &boot, &diag);

    if (err == AW_ERR_CANCELLED && watch.late.err != AW_OK) {
        err = watch.late.err;
        diag = watch.late;
    }
    aw_progress_end(watch.progress, err == AW_OK);
    return err == AW_OK
               ? AW_EXIT_OK
               : sdp_report(b->ctx, s, err, &diag, "booting the recovery");
}

static int leave(struct board *b, struct sdp_session *s)
{
    struct aw_usb_id *list =
        aw_pool_alloc(&b->ctx->pool, AW_USB_DEVICES, sizeof(*list));
    struct aw_diag diag = {.err = AW_OK};
    aw_err err = aw_usb_departure(&s->link.usb, &s->id, LEAVE_MS, list, &diag);

    return err == AW_OK
               ? AW_EXIT_OK
               : sdp_report(b->ctx, s, err, &diag,
                            "waiting for the board to leave its boot ROM");
}

int board_boot(struct board *b, const struct aw_release *recovery,
               int (*check)(struct board *board, void *ctx), void *check_ctx)
{
    struct sdp_session *s = aw_pool_alloc(&b->ctx->pool, 1, sizeof(*s));

    s->link = b->link;
    s->link.waited = b->waited;
    int code = sdp_open(b->ctx, b->args->wait_ms, s);

    if (code != AW_EXIT_OK) {
        return code;
    }
    b->link.name = s->link.name;
    if (!b->shown) {
        aw_usb_put(b->ctx, &s->link, &s->id);
        b->shown = true;
    }
    code = bind(b, s);
    if (code == AW_EXIT_OK) {
        code = look(b, s);
    }
    if (code == AW_EXIT_OK && check != NULL) {
        code = check(b, check_ctx);
    }
    if (code == AW_EXIT_OK) {
        code = send(b, s, recovery);
    }
    if (code == AW_EXIT_OK) {
        code = leave(b, s);
    }
    sdp_close(s);
    return code;
}
