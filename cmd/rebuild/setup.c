/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aw/emmc.h"
#include "common/stop.h"
#include "rebuild/engine.h"
#include "release/artefact.h"

static int set_repository(struct rebuild_engine *e, const char *value)
{
    enum aw_component component = AW_BOOTLOADER;
    size_t at = aw_bytes_find(aw_text(value), 0, '=');
    aw_bytes name = {(const uint8_t *)value, at};

    if (value[at] == '=' && aw_component_parse(name, &component) == AW_OK) {
        e->repository[component] = value + at + 1;
        return AW_EXIT_OK;
    }
    for (size_t i = 0; i < AW_COMPONENTS; i++) {
        if (e->repository[i] == NULL) {
            e->repository[i] = value;
        }
    }
    return AW_EXIT_OK;
}

static void set_limits(struct rebuild_engine *e)
{
    const struct rebuild_args *args = e->args;

    aw_rb_limits_default(&e->setup.limits);
    aw_rb_source_limits_default(&e->setup.source_limits);
    e->setup.limits.time_ms = args->time_ms;
    e->setup.limits.memory = args->memory;
    e->setup.limits.disk = args->disk;
    e->setup.limits.log = args->log;
    e->setup.source_limits.time_ms = args->time_ms;
    e->setup.source_limits.bytes = args->tree;
    e->setup.source_limits.pack = args->tree;
}

static void add_folder(struct rebuild_engine *e, const char *folder)
{
    struct aw_rb_inputs *in = &e->setup.inputs;

    if (in->n_folders < AW_RB_FOLDERS) {
        in->folder[in->n_folders++] = folder;
    }
}

static int set_folders(struct rebuild_engine *e)
{
    struct aw_pool *pool = &e->ctx->pool;
    const char *base = e->args->cache;
    const char *cache = getenv("AW_SOURCE_CACHE");
    int code = AW_EXIT_OK;

    if (base == NULL) {
        code = aw_input_dir(e->ctx, AW_DIR_CACHE, &base);
        if (code != AW_EXIT_OK) {
            return code;
        }
        base = aw_pool_printf(pool, "%s/rebuild", base);
    }
    char *real = NULL;

    /* git is started elsewhere than here. */
    struct aw_host_diag why = {.network = false};
    aw_err err = aw_dir_make(base, 0755, &why);

    if (err == AW_OK) {
        real = realpath(base, NULL);
    }
    if (real == NULL) {
        return aw_report(e->ctx, &(struct aw_finding){
                                     .err = err == AW_OK ? AW_ERR_IO : err,
                                     .on = AW_ON_LOCAL,
                                     .subject = base,
                                     .expected = "a folder for the cache",
                                     .host = err == AW_OK ? NULL : &why,
                                 });
    }
    aw_pool_adopt(pool, real);
    e->setup.cache = real;
    e->setup.inputs.stopped = aw_cancelled;
    e->setup.inputs.cache = aw_pool_printf(pool, "%s/inputs", real);
    if (e->args->sources.n > AW_RB_FOLDERS - 1) {
        return aw_usage(e->ctx, "--sources: at most %d folders",
                        AW_RB_FOLDERS - 1);
    }
    for (size_t i = 0; i < e->args->sources.n; i++) {
        add_folder(e, e->args->sources.item[i]);
    }
    if (cache != NULL) {
        add_folder(e, cache); /* of tools/fetch-sources */
    }
    return AW_EXIT_OK;
}

static int open_artefacts(struct rebuild_engine *e)
{
    struct aw_store_options options = {.offline = false};
    struct aw_host_diag why = {.network = false};
    const char *source = release_artefacts_source(e->ctx, &e->trust->use.policy,
                                                  e->args->artefacts);
    int code = aw_net_options(e->ctx, &e->args->view.net, &options);

    if (source == NULL || code != AW_EXIT_OK) {
        return code;
    }
    options.file_max = AW_RB_INPUT_MAX;
    aw_err err = aw_store_open(source, &options, &e->artefacts, &why);

    if (err != AW_OK) {
        return aw_report(e->ctx,
                         &(struct aw_finding){
                             .err = err,
                             .on = AW_ON_INPUT,
                             .subject = source,
                             .expected = "a folder or address with artefacts",
                             .host = &why,
                         });
    }
    e->setup.inputs.store = aw_store_face(e->artefacts);
    return AW_EXIT_OK;
}

/* No request is made before a commit asks for modules. */
static int open_modules(struct rebuild_engine *e)
{
    struct aw_store_options options = {.offline = false};
    struct aw_host_diag why = {.network = false};
    const char *source = e->args->go_proxy;
    int code = aw_net_options(e->ctx, &e->args->view.net, &options);

    if (code != AW_EXIT_OK || (options.offline && strstr(source, "://"))) {
        return code;
    }
    options.file_max = AW_RB_INPUT_MAX;
    aw_err err = aw_store_open(source, &options, &e->modules, &why);

    if (err != AW_OK) {
        return aw_report(e->ctx, &(struct aw_finding){
                                     .err = err,
                                     .on = AW_ON_INPUT,
                                     .subject = source,
                                     .expected = "a server for Go modules",
                                     .host = &why,
                                 });
    }
    e->setup.modules = aw_store_face(e->modules);
    return AW_EXIT_OK;
}

static struct aw_wr buffer(struct aw_ctx *ctx, size_t n)
{
    return aw_wr_init(aw_pool_alloc(&ctx->pool, n, 1), n);
}

static int open_signer(struct rebuild_engine *e)
{
    struct aw_keys known = {0, NULL};
    const struct aw_policy *policy = &e->trust->use.policy;

    if (e->args->key == NULL) {
        return AW_EXIT_OK;
    }
    known.n = policy->n_rebuilders;
    known.key =
        aw_pool_alloc(&e->ctx->pool, AW_POLICY_REBUILDERS, sizeof(*known.key));
    memcpy(known.key, policy->rebuilder, known.n * sizeof(*known.key));
    int code =
        e->args->key_name != NULL || known.n == 0
            ? aw_signer_open(e->ctx, e->args->key, e->args->key_name,
                             &e->signer)
            : aw_signer_open_known(e->ctx, e->args->key, &known, &e->signer);

    e->has_signer = code == AW_EXIT_OK;
    if (e->has_signer && e->signer.by.key.type != AW_KEY_ED25519) {
        return aw_usage(e->ctx, "--key: results are signed with a plain "
                                "Ed25519 note key");
    }
    return code;
}

int rebuild_engine_open(struct aw_ctx *ctx, const struct rebuild_args *args,
                        struct rebuild_engine *engine)
{
    struct rebuild_engine *e = engine;

    memset(e, 0, sizeof(*e));
    e->ctx = ctx;
    e->args = args;
    int code = aw_trust_load(ctx, &args->view.trust, &e->trust);

    for (size_t i = 0; i < args->repositories.n && code == AW_EXIT_OK; i++) {
        code = set_repository(e, args->repositories.item[i]);
    }
    if (code == AW_EXIT_OK) {
        code = set_folders(e);
    }
    if (code == AW_EXIT_OK) {
        code = open_artefacts(e);
    }
    if (code == AW_EXIT_OK) {
        code = open_modules(e);
    }
    if (code == AW_EXIT_OK) {
        code = open_signer(e);
    }
    set_limits(e);
    e->setup.tamago = args->tamago;
    e->setup.one_pass = args->one_pass;
    e->setup.cleanup = args->cleanup;
    e->setup.offline = ctx->global.offline;
    e->setup.stopped = aw_cancelled;
    e->evidence = args->evidence;
    e->work = buffer(ctx, AW_MANIFEST_WORK);
    e->image = buffer(ctx, AW_FIRMWARE_MAX);
    e->note = buffer(ctx, AW_RB_RESULT_MAX);
    e->dsse = buffer(ctx, 2UL * AW_RB_RESULT_MAX);
    return code;
}

void rebuild_engine_close(struct rebuild_engine *engine)
{
    aw_store_close(engine->artefacts);
    aw_store_close(engine->modules);
    aw_signer_close(&engine->signer);
}

struct aw_wr rebuild_leaf_buf(struct aw_ctx *ctx)
{
    return buffer(ctx, AW_ENTRIES_MAX);
}

int rebuild_get_leaf(struct log_view *view, uint64_t index, struct aw_wr *buf,
                     aw_bytes *leaf)
{
    struct aw_proof proof = {0};
    struct aw_host_diag why = {.network = false};

    buf->n = 0;
    aw_err err = aw_log_get(view->log, index, buf, leaf, &proof, &why.diag);

    if (err == AW_ERR_RANGE && index >= view->tree.size) {
        return aw_report(
            view->ctx,
            &(struct aw_finding){
                .err = AW_ERR_NOT_FOUND,
                .on = AW_ON_LOG,
                .exit = AW_EXIT_NOT_LOGGED,
                .subject = aw_pool_printf(&view->ctx->pool, "entry %llu",
                                          (unsigned long long)index),
                .expected =
                    aw_pool_printf(&view->ctx->pool, "an index below %llu",
                                   (unsigned long long)view->tree.size),
                .remedy = "ask for an entry that the checkpoint covers",
            });
    }
    return err == AW_OK ? AW_EXIT_OK : log_view_read_fail(view, err, &why);
}
