/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/load.h"

#include "aw/emmc.h"
#include "common/input.h"

enum {
    /* A bundle file may hold the firmware too. */
    BUNDLE_MAX = AW_FIRMWARE_MAX + (1 << 20),
    HAB_SIGNATURE_MAX = 64 * 1024,
    JSON_WORK = 1 << 20
};

const char *bundle_form_name(enum bundle_form form)
{
    static const char *const names[] = {
        [BUNDLE_CONFIG] = "config record",
        [BUNDLE_FILE] = "proof bundle file",
        [BUNDLE_JSON] = "JSON",
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
                          const struct aw_bootcfg *config, struct aw_diag *diag)
{
    loaded->form = form;
    loaded->has_place = true;
    loaded->offset = config->offset;
    loaded->size = config->size;
    return aw_bundle_from_config(config, &loaded->bundle, diag);
}

static aw_err parse(struct aw_ctx *ctx, aw_bytes data,
                    struct bundle_loaded *loaded, struct aw_diag *diag)
{
    struct aw_bootcfg config;
    struct aw_bundle_file file;
    aw_err err = AW_OK;

    if (looks_like_json(data)) {
        struct aw_wr work =
            aw_wr_init(aw_pool_alloc(&ctx->pool, JSON_WORK, 1), JSON_WORK);

        err = aw_bootcfg_parse_json(data, &work, &config, diag);
        return err != AW_OK ? err
                            : take_config(loaded, BUNDLE_JSON, &config, diag);
    }
    if (data.n <= AW_BOOTCFG_MAX) {
        err = aw_bootcfg_parse(data, &config, diag);
        if (err == AW_OK) {
            return take_config(loaded, BUNDLE_CONFIG, &config, diag);
        }
        if (err != AW_ERR_TYPE) {
            return err;
        }
    }
    err = aw_bundle_file_parse(data, &file, diag);
    if (err != AW_OK) {
        return err;
    }
    loaded->form = BUNDLE_FILE;
    loaded->has_place = false;
    return aw_bundle_from_file(&file, &loaded->bundle, diag);
}

int bundle_load(struct aw_ctx *ctx, const char *path,
                struct bundle_loaded *loaded)
{
    aw_bytes data = {0};
    struct aw_diag diag = {0};
    int code = aw_input_read(ctx, path, BUNDLE_MAX, &data);

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_err err = parse(ctx, data, loaded, &diag);

    if (err != AW_OK) {
        return aw_report(
            ctx, &(struct aw_finding){
                     .err = err,
                     .on = AW_ON_STATEMENT,
                     .exit = AW_EXIT_MISMATCH,
                     .subject = path,
                     .expected = "a configuration record or proof bundle, gob "
                                 "or JSON",
                     .diag = &diag,
                     .remedy = "check where the file comes from; a bundle of "
                               "a device is the gob in front of its image",
                 });
    }
    return AW_EXIT_OK;
}

int bundle_load_image(struct aw_ctx *ctx, const char *firmware,
                      const char *hab_signature, struct aw_bundle *bundle)
{
    int code = AW_EXIT_OK;

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
