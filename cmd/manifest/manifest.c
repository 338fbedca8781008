/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest/manifest.h"

#include <inttypes.h>
#include <stdio.h>

#include "aw/ftlog/merkle.h"
#include "common/input.h"
#include "common/term.h"
#include "note/note.h"

static const struct aw_cmd *const commands[] = {
    &aw_cmd_manifest_create,
    &aw_cmd_manifest_sign,
    &aw_cmd_manifest_show,
    &aw_cmd_manifest_verify,
    NULL,
};

const struct aw_cmd aw_cmd_manifest = {
    .name = "manifest",
    .summary = "make, sign, show and verify release manifests",
    .prose = "A manifest is the signed note that announces one release of one "
             "component. Its bytes, signatures included, are a leaf of the "
             "firmware log.",
    .sub = commands,
};

struct aw_wr manifest_work(struct aw_ctx *ctx)
{
    return aw_wr_init(aw_pool_alloc(&ctx->pool, AW_MANIFEST_WORK, 1),
                      AW_MANIFEST_WORK);
}

static void put_digest(struct aw_ctx *ctx, const char *key,
                       const uint8_t digest[32])
{
    aw_out_hex(&ctx->out, key, (aw_bytes){digest, 32});
}

static void put_build(struct aw_ctx *ctx, const struct aw_manifest *m)
{
    aw_out_begin(&ctx->out, "build");
    if (m->has_tamago) {
        aw_out_bytes(&ctx->out, "tamago_version", m->tamago_version);
    }
    if (m->recipe.n > 0) {
        aw_out_bytes(&ctx->out, "recipe", m->recipe);
    }
    if (m->has_toolchain) {
        aw_out_bytes(&ctx->out, "toolchain", m->toolchain_name);
        aw_out_bytes(&ctx->out, "toolchain_version", m->toolchain_version);
        put_digest(ctx, "toolchain_sha256", m->toolchain_sha256);
    }
    if (m->has_sources_sha256) {
        put_digest(ctx, "sources_sha256", m->sources_sha256);
    }
    aw_out_begin_list(&ctx->out, "envs");
    for (size_t i = 0; i < m->n_envs; i++) {
        aw_out_bytes(&ctx->out, NULL, m->envs[i]);
    }
    aw_out_end_list(&ctx->out);
    aw_out_end(&ctx->out);
}

/* Upstream writes such manifests for devices that are open for good. */
static void put_no_hab(struct aw_ctx *ctx, const struct manifest_file *file)
{
    if (!aw_out_is_json(&ctx->out)) {
        aw_out_text(&ctx->out, "hab", "none");
    }
    aw_warn(ctx, "%s: no HAB signature: a closed device does not boot this",
            aw_input_name(file->path));
}

void manifest_put(struct aw_ctx *ctx, const struct manifest_file *file)
{
    const struct aw_manifest *m = &file->manifest;
    aw_hash leaf;

    aw_out_text(&ctx->out, "component", aw_component_name(m->component));
    aw_out_bytes(&ctx->out, "version", m->tag_name);
    aw_out_bytes(&ctx->out, "commit", m->commit);
    aw_out_u64(&ctx->out, "schema_version", m->schema_version);
    put_digest(ctx, "firmware_sha256", m->firmware_sha256);
    if (m->has_hab) {
        aw_out_begin(&ctx->out, "hab");
        aw_out_bytes(&ctx->out, "target", m->hab_target);
        put_digest(ctx, "signature_sha256", m->hab_sig_sha256);
        aw_out_end(&ctx->out);
    } else if (aw_component_has_hab(m->component)) {
        put_no_hab(ctx, file);
    }
    put_build(ctx, m);
    if (file->is_signed) {
        note_put_signers(ctx, &file->note);
        aw_merkle_leaf(file->data, &leaf);
        aw_out_base64(&ctx->out, "leaf_hash",
                      (aw_bytes){leaf.b, sizeof(leaf.b)});
    }
}

aw_err manifest_check_lines(aw_bytes text, struct aw_diag *diag)
{
    size_t at = aw_bytes_find(text, 0, '\r');

    return at == text.n
               ? AW_OK
               : aw_fail(diag, AW_ERR_FORMAT, "manifest: line end", at);
}

int manifest_report(struct aw_ctx *ctx, const char *path, aw_bytes data,
                    aw_err err, enum aw_subject on, const struct aw_diag *diag)
{
    struct aw_finding f = {
        .err = err,
        .on = on,
        .what = "this is no release manifest",
        .subject = aw_input_name(path),
        .expected = "a signed note with the JSON text of a release",
        .diag = diag,
    };

    if (manifest_check_lines(data, NULL) != AW_OK) {
        f.expected = "lines that end in LF, as they were written";
        f.got = "lines that end in CR LF";
        f.remedy = "get the file as it was written: something on its way has "
                   "changed the ends of its lines";
    } else if (err == AW_ERR_NOT_FOUND) {
        f.got = "a key is missing";
        f.remedy = "make it with aw manifest create";
    }
    return aw_report(ctx, &f);
}

static int write_new(struct aw_ctx *ctx, const char *path, aw_bytes data)
{
    enum { MODE = 0666 }; /* less the umask */
    struct aw_host_diag host = {.network = false};
    aw_err err = aw_file_write(path, data, MODE, AW_FILE_NEW, &host);

    if (err == AW_OK) {
        aw_say(0, "wrote %s", path);
        return AW_EXIT_OK;
    }
    return aw_report(ctx, &(struct aw_finding){
                              .err = err,
                              .on = AW_ON_INPUT,
                              .what = "the manifest could not be written",
                              .subject = path,
                              .expected = "a new file",
                              .host = &host,
                          });
}

int manifest_put_result(struct aw_ctx *ctx, const char *output, aw_bytes data,
                        const struct aw_vkey *key)
{
    const char *path = aw_input_output(output);

    if (path == NULL) {
        aw_out_raw(&ctx->out, data);
    } else {
        int code = write_new(ctx, path, data);

        if (code != AW_EXIT_OK) {
            return code;
        }
    }
    if (!aw_out_is_json(&ctx->out)) {
        return AW_EXIT_OK;
    }
    if (key != NULL) {
        aw_out_text(&ctx->out, "key", aw_key_label(ctx, key->name, key->id));
    }
    if (path != NULL) {
        aw_out_text(&ctx->out, "output", path);
    }
    aw_out_bytes(&ctx->out, "manifest", data);
    return AW_EXIT_OK;
}
