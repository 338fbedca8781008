/* SPDX-License-Identifier: Apache-2.0 */
/* The board in serial download: it is bound to its unique id, gets the recovery
 * of the log, and is written to. */
#include <string.h>

#include "provision/provision.h"

/* Bits of the hash that is going to be fused, and no others: an earlier run
 * was interrupted. */
static bool is_begun(const struct provision *p)
{
    const struct board_fuses *fuses = &p->board.fuses;
    const struct aw_policy *policy = &p->trust->use.policy;
    bool begun =
        p->args->fuse && fuses->read && !fuses->closed && policy->has_srk_hash;

    for (size_t i = 0; i < AW_SHA256_SIZE; i++) {
        begun = begun && (fuses->srk_hash[i] & ~policy->srk_hash[i]) == 0;
    }
    return begun;
}

/* Before anything is sent: a part that was fused for others starts nothing of
 * ours, and what cannot be saved is not begun. */
static int before_sending(struct board *b, void *ctx)
{
    struct provision *p = ctx;
    int code = is_begun(p)
                   ? (int)AW_EXIT_OK
                   : board_check_srk(b, &p->trust->use.policy, AW_EXIT_REFUSED);

    if (code == AW_EXIT_OK) {
        code = provision_state_open(p);
    }
    return code == AW_EXIT_OK ? provision_state_reach(p, PROVISION_BOUND)
                              : code;
}

/* A recovery that was there may be anybody's, and another start than the one
 * that is asked for. */
static int bring_up(struct provision *p)
{
    struct board *b = &p->board;
    int code = AW_EXIT_OK;

    if (p->asked) {
        struct aw_usb_id id;

        board_leave(b);
        code = board_turn(b, AW_USB_MODE_DOWNLOAD, p->args->operator_ms, &id);
        b->was_there = false;
    }
    board_step(b, "provision: boot", p->args->step_ms);
    if (code == AW_EXIT_OK && !b->was_there) {
        code = board_boot(b, &p->pick.release[AW_RECOVERY].verdict.release,
                          before_sending, p);
    }
    return code == AW_EXIT_OK ? board_recovery(b) : code;
}

/* How our recovery was started; that of others does not say. */
static int look(struct provision *p)
{
    struct aw_storage_unit unit;
    struct aw_diag diag = {.err = AW_OK};
    struct board *b = &p->board;

    p->recovery_known = false;
    if (!p->args->fuse) {
        return AW_EXIT_OK;
    }
    int code = board_unit(b, AW_STORAGE_USER, &unit);

    if (code != AW_EXIT_OK || unit.blocks == 0 || !unit.ours) {
        return code;
    }
    aw_err err = aw_storage_info(&b->storage, &unit, &p->recovery, &diag);

    p->recovery_known = err == AW_OK;
    return err == AW_OK ? AW_EXIT_OK
                        : board_report(b, err, "asking what it is", &diag);
}

/* What fuses show wins over what was saved. */
static int compare_state(struct provision *p)
{
    enum { CONFIG_CLOSED = 0xcc };
    const struct board *b = &p->board;
    bool closed =
        b->fuses.closed || (p->recovery_known && p->recovery.hab.reported &&
                            p->recovery.hab.config == CONFIG_CLOSED);

    if (closed) {
        return provision_note_closed(p);
    }
    if (b->seen && b->fuses.read && p->state.stage >= PROVISION_HASHED &&
        memcmp(b->fuses.srk_hash, p->trust->use.policy.srk_hash,
               AW_SHA256_SIZE) != 0) {
        p->state.stage = PROVISION_FLASHED;
    }
    return AW_EXIT_OK;
}

static int open_state(struct provision *p)
{
    int code = provision_state_open(p);

    if (code == AW_EXIT_OK) {
        code = provision_state_reach(p, PROVISION_RECOVERY);
    }
    if (code == AW_EXIT_OK) {
        code = look(p);
    }
    return code == AW_EXIT_OK ? compare_state(p) : code;
}

int provision_recover(struct provision *p)
{
    struct board *b = &p->board;
    bool all = false;

    p->asked = p->asked || p->at == AW_USB_MODE_CONTROL;
    provision_leave_os(p);
    int code = bring_up(p);

    if (code == AW_EXIT_OK) {
        p->at = AW_USB_MODE_RECOVERY;
        code = open_state(p);
    }
    if (code == AW_EXIT_OK) {
        board_step(b, "provision: flash", p->args->step_ms);
        all = p->state.stage >= PROVISION_CLOSED;
        code = provision_flash(p);
    }
    /* From here on it takes the operator to get anywhere. */
    p->asked = true;
    return code == AW_EXIT_OK
               ? provision_state_reach(p, all ? PROVISION_COMPLETE
                                              : PROVISION_FLASHED)
               : code;
}
