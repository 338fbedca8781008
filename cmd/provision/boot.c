/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "common/progress.h"
#include "common/stop.h"
#include "provision/provision.h"
#include "sdp/sdp.h"

enum { LEAVE_MS = 5000 };

struct watch {
    struct aw_progress *progress;
    uint64_t done;
};

static bool on_step(void *ctx, uint64_t done, uint64_t total)
{
    struct watch *watch = ctx;

    aw_progress_total(watch->progress, total);
    aw_progress_add(watch->progress, done - watch->done);
    watch->done = done;
    return !aw_cancelled();
}

/* The recovery that an earlier run has booted is still there. */
static bool is_recovery(struct provision *p, struct aw_usb_link *link)
{
    struct aw_usb_id *list =
        aw_pool_alloc(&p->ctx->pool, AW_USB_DEVICES, sizeof(*list));
    uint32_t changes = 0;
    size_t found = 0;
    size_t n = 0;

    if (link->usb.list(link->usb.ctx, list, AW_USB_DEVICES, &n, &changes,
                       NULL) != AW_OK) {
        return false;
    }
    for (size_t i = 0; i < n && i < AW_USB_DEVICES; i++) {
        bool fits =
            aw_usb_mode(&list[i]) == AW_USB_MODE_RECOVERY &&
            (link->path == NULL || strcmp(link->path, list[i].path) == 0) &&
            (link->serial == NULL || strcmp(link->serial, list[i].serial) == 0);

        found += fits ? 1 : 0;
        if (fits) {
            memcpy(p->unit.path, list[i].path, sizeof(p->unit.path));
        }
        /* A board that waits in its boot ROM is what is meant, too. */
        found += aw_usb_mode(&list[i]) == AW_USB_MODE_DOWNLOAD ? 2 : 0;
    }
    if (found != 1) {
        p->unit.path[0] = '\0';
    }
    return found == 1;
}

/* Which chip this is, where it says so. */
static int bind(struct provision *p, struct sdp_session *s)
{
    struct aw_diag diag = {.err = AW_OK};
    char serial[AW_UNIT_SERIAL] = "";
    aw_err err = sdp_unit(s, serial, &diag);

    if (err != AW_OK && err != AW_ERR_REFUSED) {
        return sdp_report(p->ctx, s, err, &diag, "reading the unique id");
    }
    return aw_unit_see(p->ctx, &p->unit, &s->id, serial);
}

static int send(struct provision *p, struct sdp_session *s)
{
    struct watch watch = {.progress = aw_progress_begin(
                              p->ctx, &(struct aw_step){.name = "boot recovery",
                                                        .device = s->link.name,
                                                        .unit = "bytes"})};
    const struct aw_sdp_progress progress = {&watch, on_step};
    const struct aw_sdp_how how = {.progress = &progress};
    struct aw_sdp_boot boot;
    struct aw_diag diag = {.err = AW_OK};
    aw_err err = aw_sdp_boot(&s->sdp, &p->release[AW_RECOVERY].verdict.release,
                             &how, &boot, &diag);

    aw_progress_end(watch.progress, err == AW_OK);
    return err == AW_OK
               ? AW_EXIT_OK
               : sdp_report(p->ctx, s, err, &diag, "booting the recovery");
}

static int leave(struct provision *p, struct sdp_session *s)
{
    struct aw_usb_id *list =
        aw_pool_alloc(&p->ctx->pool, AW_USB_DEVICES, sizeof(*list));
    struct aw_diag diag = {.err = AW_OK};
    aw_err err = aw_usb_departure(&s->link.usb, &s->id, LEAVE_MS, list, &diag);

    return err == AW_OK
               ? AW_EXIT_OK
               : sdp_report(p->ctx, s, err, &diag,
                            "waiting for the board to leave its boot ROM");
}

static int boot(struct provision *p)
{
    struct sdp_session *s = aw_pool_alloc(&p->ctx->pool, 1, sizeof(*s));

    provision_prompt(p, "Move the boot switch to USB and plug the device in.");
    s->link = p->link;
    int code = sdp_open(p->ctx, p->args->usb.wait_ms, s);

    if (code != AW_EXIT_OK) {
        return code;
    }
    p->link.name = s->link.name;
    aw_usb_put(p->ctx, &s->link, &s->id);
    code = bind(p, s);
    if (code == AW_EXIT_OK) {
        code = send(p, s);
    }
    if (code == AW_EXIT_OK) {
        code = leave(p, s);
    }
    sdp_close(s);
    return code;
}

int provision_boot(struct provision *p)
{
    return is_recovery(p, &p->link) ? AW_EXIT_OK : boot(p);
}
