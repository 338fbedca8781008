/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for a board, and what is said when none comes. */
#include <string.h>

#include "common/stop.h"
#include "common/term.h"
#include "common/usb.h"

enum { GRACE_MS = 1000, MS_PER_S = 1000 };

/* A search and what it found. */
struct search {
    struct aw_usb_link *link;
    struct aw_usb_want want;
    const char *kind;
    uint64_t wait_ms;
    struct aw_usb_id *list;
};

/* Fills the list. @return number of devices; 0, too, when there is no list */
static size_t look(const struct search *s)
{
    const struct aw_usb *usb = &s->link->usb;
    uint32_t changes = 0;
    size_t n = 0;
    aw_err err =
        usb->list(usb->ctx, s->list, AW_USB_DEVICES, &n, &changes, NULL);

    if (err != AW_OK) {
        return 0;
    }
    return n < AW_USB_DEVICES ? n : AW_USB_DEVICES;
}

/* Devices that are there, or those of them that fit; NULL without any. */
static const char *labels(struct aw_ctx *ctx, const struct search *s,
                          bool fitting)
{
    const char *text = NULL;
    size_t n = look(s);

    for (size_t i = 0; i < n; i++) {
        struct aw_usb_want all = s->want;

        all.path = NULL;
        all.serial = NULL;
        if (aw_usb_wanted(fitting ? &s->want : &all, &s->list[i])) {
            text =
                aw_pool_printf(&ctx->pool, "%s%s%s", text == NULL ? "" : text,
                               text == NULL ? "" : ", ",
                               aw_usb_label(&ctx->pool, &s->list[i]));
        }
    }
    return text;
}

static int report_several(struct aw_ctx *ctx, const struct search *s)
{
    return aw_report(
        ctx, &(struct aw_finding){
                 .err = AW_ERR_AMBIGUOUS,
                 .on = AW_ON_DEVICE,
                 .what = "more than one device fits",
                 .subject = s->link->name,
                 .expected = aw_pool_printf(&ctx->pool, "one %s", s->kind),
                 .got = labels(ctx, s, true),
                 .remedy = "name one of them: --device=port=PATH",
             });
}

/* Something is where the caller looks; that it is not what he wants may
 * change. */
static bool place_taken(const struct search *s)
{
    size_t n = look(s);

    for (size_t i = 0; i < n; i++) {
        const struct aw_usb_id *id = &s->list[i];

        if ((s->want.path != NULL && strcmp(id->path, s->want.path) == 0) ||
            (s->want.serial != NULL &&
             strcmp(id->serial, s->want.serial) == 0)) {
            return true;
        }
    }
    return false;
}

/* A board of ours that is at the place where one is waited for, and is
 * something else; NULL: none. */
static const char *labels_there(struct aw_ctx *ctx, const struct search *s)
{
    const struct aw_usb_link *link = s->link;
    const char *text = NULL;
    size_t n = look(s);

    for (size_t i = 0; i < n; i++) {
        const struct aw_usb_id *id = &s->list[i];
        enum aw_usb_mode mode = aw_usb_mode(id);
        bool here = link->path == NULL || link->twin != NULL ||
                    strcmp(link->path, id->path) == 0;

        if (here && mode != AW_USB_MODE_OTHER && mode != link->to) {
            text = aw_pool_printf(
                &ctx->pool, "%s%s%s: %s", text == NULL ? "" : text,
                text == NULL ? "" : ", ", aw_usb_label(&ctx->pool, id),
                aw_usb_mode_name(mode));
        }
    }
    return text;
}

/* How the board gets where it is waited for. */
static const char *way_there(struct aw_ctx *ctx, const struct aw_usb_link *link)
{
    bool download = link->to == AW_USB_MODE_DOWNLOAD;
    bool moved = download || link->to == AW_USB_MODE_CONTROL;

    if (link->dir != NULL && moved) {
        return aw_pool_printf(&ctx->pool,
                              "aw twin switch %s %s, then aw twin power %s "
                              "cycle; aw twin status %s shows where it is",
                              link->dir, download ? "usb" : "mmc", link->dir,
                              link->dir);
    }
    if (link->to == AW_USB_MODE_RECOVERY && !link->bound) {
        return "send a recovery to a board in serial download: aw sdp boot";
    }
    if (link->dir != NULL) {
        return aw_pool_printf(&ctx->pool,
                              "look at power, cable and boot switch: aw twin "
                              "status %s",
                              link->dir);
    }
    return moved ? aw_pool_printf(&ctx->pool,
                                  "power the board off, move the boot switch "
                                  "to %s, and power it on, by a cable A to C; "
                                  "aw doctor looks at this machine",
                                  download ? "USB" : "eMMC")
                 : "look at power, cable (A to C) and boot switch; aw doctor "
                   "looks at this machine";
}

static int report_none(struct aw_ctx *ctx, const struct search *s)
{
    bool chosen = s->link->host != NULL && !s->link->bound &&
                  (s->link->path != NULL || s->link->serial != NULL);
    const char *others = labels(ctx, s, false);
    const char *there = labels_there(ctx, s);
    struct aw_finding finding = {
        .err = AW_ERR_TIMEOUT,
        .on = AW_ON_DEVICE,
        .what = aw_pool_printf(&ctx->pool, "no %s", s->kind),
        .subject = s->link->name,
        .expected = aw_pool_printf(
            &ctx->pool, "a %s within %.1f s%s", s->kind,
            (double)s->wait_ms / MS_PER_S,
            s->link->twin != NULL ? " of the twin's own time" : ""),
        .got = there != NULL ? there : "none came",
        .remedy = way_there(ctx, s->link),
    };

    if (chosen && !place_taken(s)) {
        finding.exit = AW_EXIT_DEVICE;
        finding.got = "nothing is there";
        finding.remedy = "see aw device list";
    }
    if (s->link->hint != NULL) {
        finding.remedy =
            aw_pool_printf(&ctx->pool, "%s; %s", finding.remedy, s->link->hint);
    }
    if (others != NULL) {
        finding.got = aw_pool_printf(&ctx->pool, "%s; elsewhere: %s",
                                     finding.got, others);
    }
    return aw_report(ctx, &finding);
}

static int report_search(struct aw_ctx *ctx, const struct search *s, aw_err err,
                         const struct aw_diag *diag)
{
    struct aw_finding finding = {
        .err = err,
        .on = AW_ON_DEVICE,
        .what = aw_pool_printf(&ctx->pool, "no %s", s->kind),
        .subject = s->link->name,
        .diag = diag,
    };

    if (err == AW_ERR_AMBIGUOUS) {
        return report_several(ctx, s);
    }
    if (err == AW_ERR_TIMEOUT) {
        return report_none(ctx, s);
    }
    aw_usb_explain(&ctx->pool, s->link, &finding);
    return aw_report(ctx, &finding);
}

/* Waits a second in silence, and the rest after saying so. A twin's time runs
 * as fast as it can. */
static aw_err await(struct search *s, struct aw_usb_id *id,
                    struct aw_diag *diag)
{
    const struct aw_usb *usb = &s->link->usb;
    uint64_t limit = s->wait_ms < UINT32_MAX ? s->wait_ms : UINT32_MAX;
    uint64_t all = s->link->waited ? 0 : limit;
    uint64_t first = s->link->twin == NULL && all > GRACE_MS ? GRACE_MS : all;
    aw_err err =
        aw_usb_arrival(usb, &s->want, (uint32_t)first, s->list, id, diag);

    if (err != AW_ERR_TIMEOUT || first == all) {
        return err;
    }
    aw_say(0, "Waiting for a %s, up to %.1f s.", s->kind,
           (double)limit / MS_PER_S);
    return aw_usb_arrival(usb, &s->want, (uint32_t)(all - first), s->list, id,
                          diag);
}

int aw_usb_find(struct aw_ctx *ctx, struct aw_usb_link *link,
                const struct aw_usb_want *want, const char *kind,
                uint64_t wait_ms, struct aw_usb_id *id)
{
    struct search s = {
        .link = link,
        .want = *want,
        .kind = kind,
        .wait_ms = wait_ms,
        .list =
            aw_pool_alloc(&ctx->pool, AW_USB_DEVICES, sizeof(struct aw_usb_id)),
    };
    struct aw_diag diag = {.err = AW_OK};

    s.want.path = link->path;
    s.want.serial = link->serial;
    s.want.or_no_serial = true;
    aw_err err = await(&s, id, &diag);

    if (err != AW_OK) {
        return report_search(ctx, &s, err, &diag);
    }
    if (link->name == NULL) {
        link->name = aw_pool_printf(&ctx->pool, "port=%s", id->path);
    }
    return AW_EXIT_OK;
}
