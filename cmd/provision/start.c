/* SPDX-License-Identifier: Apache-2.0 */
/* The board starts from its eMMC, and its trusted OS is spoken to. */
#include <string.h>
#include <strings.h>

#include "provision/provision.h"

int provision_refuse(struct provision *p, const struct aw_finding *finding)
{
    struct aw_finding f = *finding;

    f.err = AW_ERR_PRECONDITION;
    f.on = AW_ON_DEVICE;
    f.exit = AW_EXIT_REFUSED;
    f.subject = p->board.link.name;
    return aw_report(p->ctx, &f);
}

void provision_leave_os(struct provision *p)
{
    if (p->os_open) {
        ctl_close(&p->os);
        p->os_open = false;
    }
}

static void keep_fuses(struct provision *p)
{
    const struct aw_ctl_information *i = &p->os.information;

    if (p->os.ours) {
        p->n_fuses = i->n_fuses;
        memcpy(p->fuses, i->fuses, sizeof(p->fuses));
    }
}

/* The hash that is compiled into the trusted OS is what it would fuse. */
static int check_srk(struct provision *p)
{
    const struct aw_policy *policy = &p->trust->use.policy;
    const char *got = p->os.status.srk_hash;
    uint8_t text[2 * AW_SHA256_SIZE];
    struct aw_wr w = aw_wr_init(text, sizeof(text));

    if (!policy->has_srk_hash) {
        return AW_EXIT_OK;
    }
    aw_wr_hex(&w, (aw_bytes){policy->srk_hash, AW_SHA256_SIZE});
    const char *want = aw_pool_bytes(&p->ctx->pool, aw_wr_done(&w));

    if (strcasecmp(got, want) == 0) {
        return AW_EXIT_OK;
    }
    if (!p->args->fuse) {
        aw_warn(p->ctx,
                "the trusted OS has another SRK hash than the policy: "
                "%s",
                got[0] == '\0' ? "none" : got);
        return AW_EXIT_OK;
    }
    return provision_refuse(
        p, &(struct aw_finding){
               .what = "the trusted OS has another SRK hash",
               .expected = want,
               .got = got[0] == '\0' ? "none" : got,
               .remedy = "release a trusted OS that is built for this hash",
           });
}

static int check_version(struct provision *p)
{
    const struct aw_manifest *m =
        &p->pick.release[AW_TRUSTED_OS].verdict.manifest;
    const char *got = p->os.status.version;

    if (aw_bytes_equal(aw_text(got), m->tag_name)) {
        return AW_EXIT_OK;
    }
    return provision_refuse(
        p, &(struct aw_finding){
               .what = "another trusted OS runs than the one that was written",
               .expected = aw_pool_bytes(&p->ctx->pool, m->tag_name),
               .got = got,
               .remedy = "run the same command again with the boot switch at "
                         "USB",
           });
}

/* It has to be the OS that was written, on the board that it was written to. */
static int check_status(struct provision *p)
{
    const struct ctl_session *s = &p->os;

    if (p->state.stage < PROVISION_FLASHED) {
        return AW_EXIT_OK; /* whatever it is, it is going to be replaced */
    }
    if (p->args->fuse && !s->ours) {
        return ctl_only_ours(p->ctx, s, "to show its fuses");
    }
    if (s->ours && strcmp(s->information.serial, s->status.serial) != 0) {
        return provision_refuse(
            p, &(struct aw_finding){.what = "the board says two serials",
                                    .expected = s->status.serial,
                                    .got = s->information.serial,
                                    .remedy = "use another board"});
    }
    int code = check_srk(p);

    return code == AW_EXIT_OK ? check_version(p) : code;
}

/* The unique id is enough: the interface may be at another plug. */
static int bind(struct provision *p, const struct aw_usb_id *id)
{
    struct aw_unit *unit = &p->board.unit;

    if (unit->serial[0] != '\0' || unit->path[0] != '\0') {
        return aw_unit_see(p->ctx, unit, id, p->os.status.serial);
    }
    struct aw_unit first = {.path = ""};
    int code = aw_unit_see(p->ctx, &first, id, p->os.status.serial);

    memcpy(unit->serial, first.serial, sizeof(unit->serial));
    return code;
}

int provision_open_os(struct provision *p, const struct aw_usb_id *id)
{
    struct board *b = &p->board;
    struct ctl_session *s = &p->os;

    memset(s, 0, sizeof(*s));
    s->link = b->link;
    s->link.path = NULL;
    if (s->link.name == NULL) {
        s->link.name = aw_pool_printf(&p->ctx->pool, "port=%s", id->path);
        b->link.name = s->link.name;
    }
    s->id = *id;
    int code = ctl_open(p->ctx, s);

    if (code != AW_EXIT_OK) {
        return code;
    }
    p->os_open = true;
    p->at = AW_USB_MODE_CONTROL;
    p->asked = false;
    code = bind(p, id);
    if (code == AW_EXIT_OK) {
        code = provision_state_open(p);
    }
    keep_fuses(p);
    if (code == AW_EXIT_OK) {
        code = check_status(p);
    }
    if (code == AW_EXIT_OK && s->ours && s->information.secure_boot.closed) {
        code = provision_note_closed(p);
    }
    return code;
}

int provision_start(struct provision *p)
{
    struct aw_usb_id id;

    if (p->os_open && !p->asked) {
        return AW_EXIT_OK;
    }
    provision_leave_os(p);
    board_leave(&p->board);
    int code =
        board_turn(&p->board, AW_USB_MODE_CONTROL, p->args->operator_ms, &id);

    if (code == AW_EXIT_OK) {
        code = provision_open_os(p, &id);
    }
    if (code == AW_EXIT_OK) {
        board_event(&p->board, "start", "done");
    }
    return code;
}
