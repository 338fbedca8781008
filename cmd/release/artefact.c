/* SPDX-License-Identifier: Apache-2.0 */
#include "release/artefact.h"

#include <string.h>

#include "aw/ct.h"
#include "aw/release.h"
#include "common/stop.h"

const char *release_artefacts_source(struct aw_ctx *ctx,
                                     const struct aw_policy *policy,
                                     const char *given)
{
    if (given != NULL || policy->binaries_url.n == 0) {
        return given;
    }
    return aw_pool_bytes(&ctx->pool, policy->binaries_url);
}

int release_artefacts_open(struct aw_ctx *ctx, const char *source,
                           const struct aw_net_args *net,
                           struct release_artefacts *artefacts)
{
    struct aw_store_options options = {.offline = false};
    struct aw_host_diag why = {.network = false};

    memset(artefacts, 0, sizeof(*artefacts));
    artefacts->ctx = ctx;
    artefacts->name = source;
    int code = aw_net_options(ctx, net, &options);

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_err err = aw_store_open(source, &options, &artefacts->store, &why);

    if (err != AW_OK) {
        return aw_report(ctx,
                         &(struct aw_finding){
                             .err = err,
                             .on = AW_ON_INPUT,
                             .subject = source,
                             .expected = "a folder or address with artefacts",
                             .host = &why,
                         });
    }
    artefacts->name = aw_store_name(artefacts->store);
    artefacts->buf = aw_wr_init(aw_pool_alloc(&ctx->pool, AW_FIRMWARE_MAX, 1),
                                AW_FIRMWARE_MAX);
    return AW_EXIT_OK;
}

static const char *place_of(const struct release_artefacts *a, const char *name)
{
    size_t n = strlen(a->name);
    const char *slash = n > 0 && a->name[n - 1] == '/' ? "" : "/";

    return aw_pool_printf(&a->ctx->pool, "%s%s%s", a->name, slash, name);
}

static int refuse_read(const struct release_artefacts *a, const char *name,
                       aw_err err)
{
    struct aw_finding f = {
        .err = err,
        .on = AW_ON_LOG,
        .what = "an artefact of a release cannot be read",
        .subject = place_of(a, name),
        .expected = "the file that the manifest names",
        .host = aw_store_why(a->store),
    };

    if (err == AW_ERR_NOT_FOUND) {
        f.exit = AW_EXIT_NETWORK;
        f.what = "an artefact of a release is missing";
        f.remedy = "publish the release again, or look for another copy";
    } else if (err == AW_ERR_SPACE) {
        f.exit = AW_EXIT_MISMATCH;
    } else if (err == AW_ERR_CANCELLED) {
        f.exit = aw_stop_exit();
    } else if (err == AW_ERR_IO) {
        f.on = AW_ON_LOCAL;
        f.remedy = "see whether it is a file that can be read; else restore "
                   "it from another copy";
    }
    return aw_report(a->ctx, &f);
}

int release_artefacts_read(struct release_artefacts *artefacts,
                           const uint8_t sha256[AW_SHA256_SIZE], aw_bytes *data)
{
    const struct aw_store *store = aw_store_face(artefacts->store);
    struct aw_artefact_name name;
    struct aw_artefact_name got;
    uint8_t digest[AW_SHA256_SIZE];

    aw_artefact_name(sha256, &name);
    artefacts->buf.n = 0;
    aw_err err = store->get(store->ctx, name.text, &artefacts->buf, NULL);

    if (err != AW_OK) {
        return refuse_read(artefacts, name.text, err);
    }
    *data = aw_wr_done(&artefacts->buf);
    aw_sha256(*data, digest);
    if (aw_ct_equal(digest, sha256, sizeof(digest))) {
        return AW_EXIT_OK;
    }
    aw_artefact_name(digest, &got);
    return aw_report(
        artefacts->ctx,
        &(struct aw_finding){
            .err = AW_ERR_DIGEST,
            .on = AW_ON_STATEMENT,
            .what = "an artefact is not what the manifest says",
            .subject = place_of(artefacts, name.text),
            .expected =
                aw_pool_printf(&artefacts->ctx->pool, "SHA-256 %s", name.text),
            .got = aw_pool_printf(&artefacts->ctx->pool,
                                  "SHA-256 %s, %zu bytes", got.text, data->n),
            .remedy = "do not use it; restore the file from another copy",
        });
}

void release_artefacts_close(struct release_artefacts *artefacts)
{
    aw_store_close(artefacts->store);
    artefacts->store = NULL;
}
