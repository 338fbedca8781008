/* SPDX-License-Identifier: Apache-2.0 */
#include "otp/source.h"

#include <string.h>

int otp_check_part(struct aw_ctx *ctx, const struct otp_source *source,
                   const char *subject, const char *is)
{
    const char *part = otp_part_names[source->part];

    if (part == NULL || strcmp(part, is) == 0) {
        return AW_EXIT_OK;
    }
    return aw_report(ctx, &(struct aw_finding){
                              .err = AW_ERR_TYPE,
                              .on = AW_ON_DEVICE,
                              .exit = AW_EXIT_DEVICE,
                              .what = "these are fuses of another part",
                              .subject = subject,
                              .expected = part,
                              .got = is,
                              .remedy = source->planned
                                            ? "name the device that the plan "
                                              "was made for"
                                            : "leave --part out, or name the "
                                              "other device",
                          });
}

bool otp_is_ulz(uint32_t word)
{
    const uint32_t ulz_mark = 0x40;

    return (word & ulz_mark) != 0;
}

/* Of a file and a device the one that stands in the stronger place counts. */
static int choose(struct aw_ctx *ctx, struct otp_source *source)
{
    if (source->otp == NULL || source->usb.device == NULL) {
        return AW_EXIT_OK;
    }
    enum aw_opt_source file = aw_opts_source(&ctx->opts, "otp");
    enum aw_opt_source device = aw_opts_source(&ctx->opts, "device");

    if (file == device) {
        return aw_usage(ctx, "fuses are those of --device or those of a file, "
                             "not both");
    }
    if (file > device) {
        source->usb.device = NULL;
    } else {
        source->otp = NULL;
    }
    return AW_EXIT_OK;
}

int otp_open(struct aw_ctx *ctx, const struct otp_source *source, bool write,
             struct otp_fuses *fuses)
{
    struct otp_source one = *source;
    int code = choose(ctx, &one);

    *fuses = (struct otp_fuses){.path = one.otp == NULL ? AW_NVMEM_DEFAULT
                                                        : one.otp};
    if (code != AW_EXIT_OK) {
        return code;
    }
    code = one.usb.device != NULL ? otp_open_device(ctx, &one, fuses)
                                  : otp_open_file(ctx, &one, write, fuses);
    if (code != AW_EXIT_OK) {
        otp_close(fuses);
    }
    return code;
}

void otp_close(struct otp_fuses *fuses)
{
    aw_nvmem_close(fuses->nvmem);
    fuses->nvmem = NULL;
    otp_close_device(fuses->device);
    fuses->device = NULL;
}

int otp_report_plan(struct aw_ctx *ctx, const struct otp_fuses *fuses,
                    aw_err err, const struct aw_plan_result *result,
                    const struct aw_diag *diag)
{
    return result->why == AW_PLAN_FINE
               ? otp_report_read(ctx, fuses, err, diag)
               : fuse_report_plan(ctx, fuses->path, err, result, diag);
}
