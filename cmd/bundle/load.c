/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/load.h"

#include "common/input.h"

enum {
    /* A bundle file may hold the image too. */
    BUNDLE_MAX = AW_FIRMWARE_MAX + (1 << 20),
    HAB_SIGNATURE_MAX = 64 * 1024
};

const char *bundle_form_name(enum bundle_form form)
{
    static const char *const names[] = {
        [BUNDLE_CONFIG] = "config",
        [BUNDLE_FILE] = "file",
        [BUNDLE_JSON] = "json",
    };

    return names[form];
}

static bool looks_like_json(aw_bytes data)
{
    size_t i = 0;

    while (i < data.n && (data.p[i] == ' ' || data.p[i] == '\n' ||
                          data.p[i] == '\r' || data.p[i] == '\t')) {
        i++;
    }
    return i < data.n && data.p[i] == '{';
}

static aw_err take_config(struct bundle_loaded *loaded, enum bundle_form form,
                          struct aw_diag *diag)
{
    loaded->form = form;
    loaded->has_place = true;
    return aw_bundle_from_config(&loaded->config, &loaded->bundle, diag);
}

static aw_err parse_json(struct aw_ctx *ctx, aw_bytes data,
                         struct bundle_loaded *loaded, struct aw_diag *diag)
{
    struct aw_wr work =
        aw_wr_init(aw_pool_alloc(&ctx->pool, AW_BOOTCFG_JSON_WORK, 1),
                   AW_BOOTCFG_JSON_WORK);
    aw_err err = aw_bootcfg_parse_json(data, &work, &loaded->config, diag);

    return err != AW_OK ? err : take_config(loaded, BUNDLE_JSON, diag);
}

static aw_err parse_file(aw_bytes data, struct bundle_loaded *loaded,
                         struct aw_diag *diag)
{
    struct aw_bundle_file file;
    aw_err err = aw_bundle_file_parse(data, &file, diag);

    if (err != AW_OK) {
        return err;
    }
    loaded->form = BUNDLE_FILE;
    return aw_bundle_from_file(&file, &loaded->bundle, diag);
}

/* The first byte tells JSON from gob; the field names in a gob tell the two
 * gob forms apart. */
static aw_err parse(struct aw_ctx *ctx, aw_bytes data,
                    struct bundle_loaded *loaded, struct aw_diag *diag)
{
    if (looks_like_json(data)) {
        return parse_json(ctx, data, loaded, diag);
    }
    if (data.n <= AW_BOOTCFG_MAX) {
        aw_err err = aw_bootcfg_parse(data, &loaded->config, diag);

        if (err == AW_OK) {
            return take_config(loaded, BUNDLE_CONFIG, diag);
        }
        if (err != AW_ERR_TYPE) {
            return err;
        }
    }
    return parse_file(data, loaded, diag);
}

int bundle_load(struct aw_ctx *ctx, const char *path, enum aw_exit refused,
                struct bundle_loaded *loaded)
{
    aw_bytes data = {0};
    struct aw_diag diag = {0};
    int code = aw_input_read(ctx, path, BUNDLE_MAX, &data);

    if (code != AW_EXIT_OK) {
        return code;
    }
    *loaded = (struct bundle_loaded){.has_place = false};
    aw_err err = parse(ctx, data, loaded, &diag);

    if (err == AW_OK) {
        return AW_EXIT_OK;
    }
    return aw_report(
        ctx, &(struct aw_finding){
                 .err = err,
                 .on = AW_ON_STATEMENT,
                 .exit = (int)refused,
                 .what = "this is no proof bundle",
                 .subject = aw_input_name(path),
                 .expected = "a configuration record or proof bundle file in "
                             "gob, or a record in JSON",
                 .diag = &diag,
                 .remedy = "check where the file comes from; on a device the "
                           "bundle is the record in front of its image",
             });
}

static int refuse_second(struct aw_ctx *ctx, const char *option)
{
    return aw_usage(ctx, "%s: the bundle has one inside already", option);
}

int bundle_load_image(struct aw_ctx *ctx, const char *firmware,
                      const char *hab_signature, struct aw_bundle *bundle)
{
    int code = AW_EXIT_OK;

    if (firmware != NULL && bundle->has_firmware) {
        return refuse_second(ctx, "--firmware");
    }
    if (hab_signature != NULL && bundle->has_hab_signature) {
        return refuse_second(ctx, "--hab-signature");
    }
    if (firmware != NULL) {
        code = aw_input_read(ctx, firmware, AW_FIRMWARE_MAX, &bundle->firmware);
        bundle->has_firmware = true;
    }
    if (code == AW_EXIT_OK && hab_signature != NULL) {
        code = aw_input_read(ctx, hab_signature, HAB_SIGNATURE_MAX,
                             &bundle->hab_signature);
        bundle->has_hab_signature = true;
    }
    return code;
}
