/* SPDX-License-Identifier: Apache-2.0 */
/* Fuses of a device on USB: a board in serial download shows all of them, as
 * long as it is open, and a board with our trusted OS those that matter for
 * closing it. */
#include "otp/device.h"

#include <string.h>

#include "otp/source.h"

enum { BANKS_UL = 16, BANKS_ULL = 8, BANK_WORDS = 8 };
enum { CONFIG_BANK = 0, CONFIG_WORD = 6 };

static bool is_board(const struct aw_usb_id *id)
{
    return aw_usb_mode(id) != AW_USB_MODE_OTHER;
}

static aw_err read_sdp(void *ctx, unsigned bank, unsigned word, uint32_t *value,
                       struct aw_diag *diag)
{
    struct otp_device *d = ctx;

    if (bank >= d->banks || word >= BANK_WORDS) {
        return aw_fail(diag, AW_ERR_NOT_FOUND, "fuses: no such word",
                       (uint64_t)bank * BANK_WORDS + word);
    }
    return sdp_fuse(d->sdp, bank, word, value, diag);
}

static aw_err read_os(void *ctx, unsigned bank, unsigned word, uint32_t *value,
                      struct aw_diag *diag)
{
    struct otp_device *d = ctx;

    return ctl_fuse(d->os, bank, word, value, diag);
}

/* The ROM said that it does not show its memory. */
static int report_hidden(struct aw_ctx *ctx, const struct otp_device *d)
{
    const uint8_t *word = d->sdp->sdp.word;

    return aw_report(
        ctx,
        &(struct aw_finding){
            .err = AW_ERR_REFUSED,
            .on = AW_ON_DEVICE,
            .exit = AW_EXIT_REFUSED,
            .what = "this part does not show its fuses in serial download",
            .subject = d->link.name,
            .expected = "an open part without SDP_READ_DISABLE",
            .got = aw_pool_printf(&ctx->pool,
                                  "the boot ROM of %s part refuses: %02x %02x "
                                  "%02x %02x",
                                  d->sdp->sdp.closed ? "a closed" : "an open",
                                  word[0], word[1], word[2], word[3]),
            .remedy = "start the board from its eMMC: our trusted OS shows "
                      "the words that matter for closing it",
        });
}

static int open_sdp(struct aw_ctx *ctx, struct otp_device *d, const char **part)
{
    struct sdp_session *s = aw_pool_alloc(&ctx->pool, 1, sizeof(*s));
    struct aw_diag diag = {.err = AW_OK};
    uint32_t config = 0;

    s->link = d->link;
    s->id = d->id;
    int code = sdp_open_at(ctx, s);

    if (code != AW_EXIT_OK) {
        return code;
    }
    d->sdp = s;
    aw_err err = sdp_fuse(s, CONFIG_BANK, CONFIG_WORD, &config, &diag);

    if (err == AW_ERR_REFUSED) {
        return report_hidden(ctx, d);
    }
    if (err != AW_OK) {
        return sdp_report(ctx, s, err, &diag, "reading the fuses");
    }
    *part = d->id.product == AW_SDP_PRODUCT_UL ? "IMX6UL"
            : otp_is_ulz(config)               ? "IMX6ULZ"
                                               : "IMX6ULL";
    d->banks = d->id.product == AW_SDP_PRODUCT_UL ? BANKS_UL : BANKS_ULL;
    return AW_EXIT_OK;
}

/* What a device says is one of the parts that there are; or NULL. */
static const char *known_part(const char *said)
{
    for (unsigned i = OTP_PART_UL; i <= OTP_PART_ULZ; i++) {
        if (strcmp(said, otp_part_names[i]) == 0) {
            return otp_part_names[i];
        }
    }
    return NULL;
}

static int report_part(struct aw_ctx *ctx, const struct otp_device *d)
{
    return aw_report(ctx, &(struct aw_finding){
                              .err = AW_ERR_TYPE,
                              .on = AW_ON_DEVICE,
                              .exit = AW_EXIT_DEVICE,
                              .what = "the board says that it is of a part "
                                      "that this tool does not know",
                              .subject = d->link.name,
                              .expected = "IMX6UL, IMX6ULL or IMX6ULZ",
                              .got = d->os->information.part,
                              .remedy = "read its fuses in serial download",
                          });
}

static int open_os(struct aw_ctx *ctx, struct otp_device *d, const char **part)
{
    struct ctl_session *s = aw_pool_alloc(&ctx->pool, 1, sizeof(*s));

    s->link = d->link;
    s->id = d->id;
    int code = ctl_open(ctx, s);

    if (code != AW_EXIT_OK) {
        return code;
    }
    d->os = s;
    if (!s->ours) {
        return ctl_only_ours(ctx, s, "to show its fuses");
    }
    *part = known_part(s->information.part);
    return *part != NULL ? (int)AW_EXIT_OK : report_part(ctx, d);
}

static int report_recovery(struct aw_ctx *ctx, const struct otp_device *d)
{
    return aw_report(
        ctx, &(struct aw_finding){
                 .err = AW_ERR_PRECONDITION,
                 .on = AW_ON_DEVICE,
                 .exit = AW_EXIT_REFUSED,
                 .what = "a recovery does not show fuses",
                 .subject = d->link.name,
                 .expected = "serial download, or our trusted OS",
                 .got = aw_usb_label(&ctx->pool, &d->id),
                 .remedy = "power the board off and on: with the boot switch "
                           "at USB it comes up in serial download",
             });
}

static int open_found(struct aw_ctx *ctx, struct otp_device *d,
                      const char **part)
{
    switch (aw_usb_mode(&d->id)) {
    case AW_USB_MODE_DOWNLOAD:
        return open_sdp(ctx, d, part);
    case AW_USB_MODE_CONTROL:
        return open_os(ctx, d, part);
    default:
        return report_recovery(ctx, d);
    }
}

int otp_open_device(struct aw_ctx *ctx, const struct otp_source *source,
                    struct otp_fuses *fuses)
{
    const struct aw_usb_want want = {.fits = is_board};
    struct otp_device *d = aw_pool_alloc(&ctx->pool, 1, sizeof(*d));
    const char *part = NULL;
    int code = aw_usb_connect(ctx, &source->usb, &d->link);

    if (code != AW_EXIT_OK) {
        return code;
    }
    fuses->device = d;
    fuses->path = d->link.name;
    code = aw_usb_find(ctx, &d->link, &want,
                       "board in serial download or with a trusted OS",
                       source->usb.wait_ms, &d->id);
    if (code == AW_EXIT_OK) {
        code = open_found(ctx, d, &part);
    }
    if (code == AW_EXIT_OK) {
        code = otp_check_part(ctx, source, fuses->path, part);
    }
    fuses->otp =
        (struct aw_otp){.ctx = d, .read = d->sdp != NULL ? read_sdp : read_os};
    return code == AW_EXIT_OK ? otp_load_map_of(ctx, source, part, &fuses->map)
                              : code;
}

void otp_close_device(struct otp_device *d)
{
    if (d == NULL) {
        return;
    }
    if (d->sdp != NULL) {
        sdp_close(d->sdp);
    }
    if (d->os != NULL) {
        ctl_close(d->os);
    }
    aw_usb_disconnect(&d->link);
}

void otp_put_device(struct aw_ctx *ctx, const struct otp_fuses *fuses)
{
    if (fuses->device != NULL) {
        aw_usb_put(ctx, &fuses->device->link, &fuses->device->id);
    }
}

/* A word that a trusted OS does not show. */
static int report_missing(struct aw_ctx *ctx, const struct otp_fuses *fuses,
                          const struct aw_diag *diag)
{
    return aw_report(
        ctx, &(struct aw_finding){
                 .err = AW_ERR_NOT_FOUND,
                 .on = AW_ON_DEVICE,
                 .exit = AW_EXIT_REFUSED,
                 .what = "the trusted OS does not show a word that is needed",
                 .subject = fuses->path,
                 .remedy = "an open board shows all words in serial download",
                 .diag = diag,
             });
}

int otp_report_read(struct aw_ctx *ctx, const struct otp_fuses *fuses,
                    aw_err err, const struct aw_diag *diag)
{
    const struct otp_device *d = fuses->device;

    if (d != NULL && d->os != NULL && err == AW_ERR_NOT_FOUND) {
        return report_missing(ctx, fuses, diag);
    }
    return d != NULL && d->sdp != NULL
               ? sdp_report(ctx, d->sdp, err, diag, "reading the fuses")
               : fuse_report_io(ctx, fuses->path, err, diag);
}
