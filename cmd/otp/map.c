/* SPDX-License-Identifier: Apache-2.0 */
/* Fuse maps: those built in, and files. */
#include "aw/hostio/fusemap_yaml.h"
#include "common/input.h"
#include "otp/source.h"

const char *const otp_part_names[] = {[OTP_PART_AUTO] = NULL,
                                      [OTP_PART_UL] = "IMX6UL",
                                      [OTP_PART_ULL] = "IMX6ULL",
                                      [OTP_PART_ULZ] = "IMX6ULZ"};

/* True when the first line that says something is that of our format; else
 * the file is taken for YAML. Both have comments behind #. */
static bool is_own_format(aw_bytes text)
{
    struct aw_rd r = aw_rd_init(text);

    while (aw_rd_left(&r) > 0) {
        aw_bytes line = aw_rd_line(&r);

        if (r.failed) {
            return false;
        }
        if (line.n > 0 && line.p[0] != '#') {
            return aw_bytes_starts(line, "aw-fusemap");
        }
    }
    return false;
}

static int report_map(struct aw_ctx *ctx, const char *path, aw_err err,
                      const struct aw_host_diag *host)
{
    return aw_report(ctx,
                     &(struct aw_finding){
                         .err = err,
                         .on = AW_ON_INPUT,
                         .what = "the fuse map cannot be used",
                         .subject = path,
                         .expected = "a fuse map, or a YAML map of "
                                     "crucible",
                         .host = host->text[0] != '\0' ? host : NULL,
                         .diag = host->text[0] != '\0' ? NULL : &host->diag,
                     });
}

/* A map from a file of either format. */
static int load_file(struct aw_ctx *ctx, const char *path, bool overlay,
                     struct aw_fusemap *map)
{
    struct aw_host_diag host = {.network = false};
    struct aw_blob blob = {.n = 0};
    aw_bytes text = {NULL, 0};
    int code = aw_input_read(ctx, path, AW_FUSEMAP_YAML_MAX, &text);

    if (code != AW_EXIT_OK) {
        return code;
    }
    if (!is_own_format(text)) {
        aw_err err = aw_fusemap_yaml(text, overlay, &blob, &host);

        if (err != AW_OK) {
            return report_map(ctx, path, err, &host);
        }
        aw_pool_adopt(&ctx->pool, blob.p);
        text = aw_blob_bytes(&blob);
    }
    aw_err err = aw_fusemap_parse(text, map, &host.diag);

    if (err == AW_OK && map->overlay != overlay) {
        err = aw_fail(
            &host.diag, AW_ERR_TYPE,
            overlay ? "fuse map: is no overlay" : "fuse map: is an overlay", 0);
    }
    return err == AW_OK ? AW_EXIT_OK : report_map(ctx, path, err, &host);
}

static int add_overlay(struct aw_ctx *ctx, const char *path,
                       struct aw_fusemap *map)
{
    struct aw_host_diag host = {.network = false};
    struct aw_fusemap *over = aw_pool_alloc(&ctx->pool, 1, sizeof(*over));
    int code = load_file(ctx, path, true, over);

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_err err = aw_fusemap_overlay(map, over, &host.diag);

    return err == AW_OK ? AW_EXIT_OK : report_map(ctx, path, err, &host);
}

void otp_builtin(const char *part, struct aw_fusemap *map)
{
    aw_err err = aw_fusemap_parse(aw_fusemap_builtin(aw_text(part)), map, NULL);

    AW_BUG_ON(err != AW_OK);
}

static int load_builtin(struct aw_ctx *ctx, const char *part,
                        struct aw_fusemap *map)
{
    if (part == NULL) {
        return aw_usage(ctx, "name the part with --part, or a fuse map with "
                             "--map");
    }
    otp_builtin(part, map);
    return AW_EXIT_OK;
}

int otp_load_map_of(struct aw_ctx *ctx, const struct otp_source *source,
                    const char *part, struct aw_fusemap **map)
{
    struct aw_fusemap *m = aw_pool_alloc(&ctx->pool, 1, sizeof(*m));
    int code = source->map != NULL ? load_file(ctx, source->map, false, m)
                                   : load_builtin(ctx, part, m);

    if (code == AW_EXIT_OK && source->overlay != NULL) {
        code = add_overlay(ctx, source->overlay, m);
    }
    if (code == AW_EXIT_OK) {
        *map = m;
    }
    return code;
}

int otp_load_map(struct aw_ctx *ctx, const struct otp_source *source,
                 struct aw_fusemap **map)
{
    return otp_load_map_of(ctx, source, otp_part_names[source->part], map);
}

unsigned otp_part_of(const struct aw_plan *plan)
{
    if (aw_bytes_is(plan->part, "IMX6ULL")) {
        return OTP_PART_ULL;
    }
    return aw_bytes_is(plan->part, "IMX6ULZ") ? OTP_PART_ULZ : OTP_PART_UL;
}
