/* SPDX-License-Identifier: Apache-2.0 */
/* Command 0xc2: new firmware from the host. A host that was cut off asks what
 * has come, and goes on from there. */
#include <inttypes.h>
#include <string.h>

#include "fw/print.h"
#include "os/control/control.h"
#include "os/release/update.h"
#include "os/text.h"

enum { REASON = 160 };

static uint8_t evidence[AW_BOOTCFG_MAX];

static uint32_t total(const struct control_update *u)
{
    return u->evidence + u->file;
}

/* An applet may have begun one of its own since. */
static bool goes_on(struct control_update *u)
{
    if (u->received >= u->evidence && !update_begun(UPDATE_BY_HOST)) {
        u->begun = false;
    }
    return u->begun;
}

static aw_err begin(struct control *control, const struct aw_ctl_update *m,
                    struct aw_diag *diag)
{
    struct control_update *u = &control->update;
    struct control_update asked = {
        .begun = true, .evidence = m->evidence, .file = m->file};

    if (aw_component_parse(aw_text(m->component), &asked.component) != AW_OK ||
        (asked.component != AW_TRUSTED_OS &&
         asked.component != AW_TRUSTED_APPLET)) {
        return aw_fail(diag, AW_ERR_UNSUPPORTED, "update: component", 0);
    }
    if (m->evidence == 0 || m->file == 0 || m->digest_n != sizeof(u->digest)) {
        return aw_fail(diag, AW_ERR_FORMAT, "update: message", m->step);
    }
    if (m->evidence > sizeof(evidence) || m->file > UPDATE_FILE_MAX) {
        return aw_fail(diag, AW_ERR_SPACE, "update: size", m->file);
    }
    memcpy(asked.digest, m->digest, sizeof(asked.digest));
    if (goes_on(u) && u->component == asked.component &&
        u->evidence == asked.evidence && u->file == asked.file &&
        memcmp(u->digest, asked.digest, sizeof(u->digest)) == 0) {
        return AW_OK;
    }
    *u = asked;
    return AW_OK;
}

/* The next bytes of evidence, or of the file. */
static aw_err take(struct control *control, aw_bytes bytes,
                   struct aw_diag *diag)
{
    struct control_update *u = &control->update;
    struct aw_rd r = aw_rd_init(bytes);
    aw_err err = AW_OK;

    if (u->received < u->evidence) {
        size_t left = u->evidence - u->received;
        size_t n = bytes.n < left ? bytes.n : left;
        aw_bytes part = aw_rd_take(&r, n);

        memcpy(evidence + u->received, part.p, part.n);
        u->received += (uint32_t)part.n;
        if (u->received == u->evidence) {
            err = update_begin(control->os, UPDATE_BY_HOST, u->component,
                               (aw_bytes){evidence, u->evidence}, diag);
        }
    }
    aw_bytes rest = aw_rd_rest(&r);

    if (err == AW_OK && rest.n > 0) {
        err = update_part(UPDATE_BY_HOST, u->component, rest, diag);
        u->received += (uint32_t)rest.n;
    }
    return err;
}

/* One whose answer was lost may come again. */
static aw_err part(struct control *control, const struct aw_ctl_update *m,
                   struct aw_diag *diag)
{
    struct control_update *u = &control->update;

    if (!goes_on(u)) {
        return aw_fail(diag, AW_ERR_PRECONDITION, "update: not begun", 0);
    }
    if (m->offset > u->received || m->n > total(u) - m->offset) {
        return aw_fail(diag, AW_ERR_RANGE, "update: offset", m->offset);
    }
    size_t known = u->received - m->offset;

    if (known >= m->n) {
        return AW_OK;
    }
    aw_err err = take(control, (aw_bytes){m->data + known, m->n - known}, diag);

    u->begun = err == AW_OK;
    return err;
}

static aw_err end(struct control *control, struct aw_diag *diag)
{
    struct control_update *u = &control->update;

    if (!goes_on(u)) {
        return aw_fail(diag, AW_ERR_PRECONDITION, "update: not begun", 0);
    }
    if (u->received < total(u)) {
        return aw_fail(diag, AW_ERR_SHORT, "update: not complete", u->received);
    }
    u->begun = false;
    return update_end(control->os, UPDATE_BY_HOST, u->component, diag);
}

static aw_err serve(struct control *control, const struct aw_ctl_update *m,
                    struct aw_diag *diag)
{
    switch (m->step) {
    case AW_CTL_UPDATE_BEGIN:
        return begin(control, m, diag);
    case AW_CTL_UPDATE_PART:
        return part(control, m, diag);
    case AW_CTL_UPDATE_END:
        return end(control, diag);
    default:
        return aw_fail(diag, AW_ERR_UNSUPPORTED, "update: step", m->step);
    }
}

/* What is refused, and where. */
static void put_reason(aw_err err, const struct aw_diag *diag,
                       char text[REASON])
{
    const char *where = diag->where != NULL ? diag->where : "update";
    struct aw_wr w = aw_wr_init(text, REASON - 1);

    memset(text, 0, REASON);
    aw_wr_put(&w, aw_text(aw_err_text(err)));
    aw_wr_put(&w, aw_text(" ("));
    aw_wr_put(&w, aw_text(where));
    aw_wr_put(&w, aw_text(")"));
    print("update: %s: %s at %08" PRIx32 "\n", aw_err_name(err), where,
          (uint32_t)diag->at);
}

enum u2fhid_error control_update(struct control *control, aw_bytes request,
                                 struct aw_wr *reply)
{
    static struct aw_ctl_update message;
    struct aw_diag diag = {.err = AW_OK};
    char text[REASON];
    aw_err err = aw_ctl_update_read(request, &message);

    if (err == AW_OK) {
        err = serve(control, &message, &diag);
    }
    if (err == AW_OK) {
        control_respond(reply, NULL);
        return U2FHID_OK;
    }
    put_reason(err, &diag, text);
    control_respond(reply, text);
    return U2FHID_OK;
}

void control_incoming(struct control *control, struct aw_ctl_incoming *to)
{
    struct control_update *u = &control->update;

    memset(to, 0, sizeof(*to));
    if (!goes_on(u)) {
        return;
    }
    text_put(to->component, sizeof(to->component),
             aw_component_name(u->component));
    to->received = u->received;
    to->total = total(u);
    to->digest_n = sizeof(to->digest);
    memcpy(to->digest, u->digest, sizeof(to->digest));
}
