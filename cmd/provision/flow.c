/* SPDX-License-Identifier: Apache-2.0 */
/* From stage to stage. Which one a board is at follows from what was saved and
 * from what the board shows; what it shows wins. */
#include "provision/provision.h"

/* What leads to the next stage. */
static int advance(struct provision *p)
{
    bool fuse = p->args->fuse;

    switch (p->state.stage) {
    case PROVISION_FLASHED:
        if (fuse) {
            return provision_fuse_hash(p);
        }
        return p->args->attest ? provision_attest(p)
                               : provision_record_write(p);
    case PROVISION_HASHED:
        return provision_prove(p);
    case PROVISION_PROVEN:
        return provision_close(p);
    case PROVISION_CLOSED:
        return provision_recover(p);
    case PROVISION_COMPLETE:
        return provision_attest(p);
    case PROVISION_ATTESTED:
        return p->who.identity.known ? provision_record_write(p)
                                     : provision_attest(p);
    default:
        return provision_recover(p);
    }
}

/* A trusted OS runs: that is where an earlier run may go on. */
static int begin_at_os(struct provision *p)
{
    int code = provision_open_os(p, &p->board.id);

    if (code == AW_EXIT_OK && p->state.stage < PROVISION_FLASHED) {
        provision_leave_os(p);
        p->asked = true; /* nobody knows what is on it */
    }
    return code;
}

static int begin(struct provision *p)
{
    struct board *b = &p->board;

    b->control = p->args->fuse || p->args->attest;
    board_step(b, "provision: boot", p->args->step_ms);
    int code = board_await(b);

    p->at = b->mode;
    if (code != AW_EXIT_OK) {
        return code;
    }
    return p->at == AW_USB_MODE_CONTROL ? begin_at_os(p) : provision_recover(p);
}

int provision_flow(struct provision *p)
{
    enum provision_stage last = provision_last_stage(p);
    int code = begin(p);

    while (code == AW_EXIT_OK && p->state.stage < last) {
        code = advance(p);
    }
    provision_leave_os(p);
    return code;
}
