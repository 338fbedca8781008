/* SPDX-License-Identifier: Apache-2.0 */
/* The third-party sources of our own firmware: whoever rebuilds a release must
 * find them, however old it is by then. */
#include <stdlib.h>
#include <string.h>

#include "aw/ct.h"
#include "aw/hostio/artefacts.h"
#include "aw/hostio/file.h"
#include "common/input.h"
#include "release/publish.h"
#include "release/sources.h"

enum { PLACES = 3 };

static bool is_there(const char *path)
{
    struct aw_host_diag why = {.network = false};
    struct aw_blob blob = {.p = NULL};
    aw_err err = aw_file_read(path, 0, &blob, &why);

    aw_blob_free(&blob);
    return err != AW_ERR_NOT_FOUND;
}

static const char *below(struct publish *p, const char *folder,
                         const uint8_t sha256[AW_SHA256_SIZE])
{
    struct aw_artefact_name name;

    aw_artefact_name(sha256, &name);
    return aw_pool_printf(&p->ctx->pool, "%s/%s", folder, name.text);
}

/* Reads a file that must have the digest. A blob is freed by the caller. */
static int read_locked(struct publish *p, const char *path,
                       const uint8_t sha256[AW_SHA256_SIZE], size_t max,
                       struct aw_blob *blob)
{
    struct aw_host_diag why = {.network = false};
    uint8_t digest[AW_SHA256_SIZE];
    struct aw_artefact_name want;
    struct aw_artefact_name got;
    aw_err err = aw_file_read(path, max, blob, &why);

    if (err != AW_OK) {
        return aw_report(p->ctx,
                         &(struct aw_finding){
                             .err = err,
                             .on = AW_ON_INPUT,
                             .what = "a source of the release cannot be read",
                             .subject = path,
                             .host = &why,
                         });
    }
    aw_sha256(aw_blob_bytes(blob), digest);
    if (aw_ct_equal(digest, sha256, sizeof(digest))) {
        return AW_EXIT_OK;
    }
    aw_artefact_name(sha256, &want);
    aw_artefact_name(digest, &got);
    aw_blob_free(blob);
    return aw_report(
        p->ctx,
        &(struct aw_finding){
            .err = AW_ERR_DIGEST,
            .on = AW_ON_STATEMENT,
            .what = "a source of the release has other bytes",
            .subject = path,
            .expected = aw_pool_printf(&p->ctx->pool, "SHA-256 %s", want.text),
            .got = aw_pool_printf(&p->ctx->pool, "SHA-256 %s", got.text),
            .remedy = "nothing was published; the manifest fixes the list of "
                      "sources, and the list each archive",
        });
}

/* Where the list is: as the user says, in the store, or in a source tree. */
static const char *lock_path(struct publish *p)
{
    const char *stored =
        below(p, p->args->artefacts, p->announce.manifest.sources_sha256);

    if (p->args->sources_lock != NULL) {
        return p->args->sources_lock;
    }
    return is_there(stored) ? stored : RELEASE_SOURCES_LOCK;
}

static int missing(struct publish *p, const struct publish_source *s)
{
    return aw_report(
        p->ctx,
        &(struct aw_finding){
            .err = AW_ERR_NOT_FOUND,
            .on = AW_ON_INPUT,
            .exit = AW_EXIT_REFUSED,
            .what = "a source of the release is missing",
            .subject = s->file,
            .expected = below(p, p->sources_folder, s->sha256),
            .remedy = "nothing was published; tools/fetch-sources gets it, or "
                      "name a folder that has it with --sources",
        });
}

/* The store itself may have it from an earlier release. */
static int read_source(struct publish *p, const struct publish_source *s,
                       struct aw_blob *blob)
{
    const char *const place[PLACES] = {
        below(p, p->args->artefacts, s->sha256),
        below(p, p->sources_folder, s->sha256),
        aw_pool_printf(&p->ctx->pool, "%s/%s", p->sources_folder, s->file),
    };

    for (size_t i = 0; i < PLACES; i++) {
        if (is_there(place[i])) {
            return read_locked(p, place[i], s->sha256, AW_FIRMWARE_MAX, blob);
        }
    }
    return missing(p, s);
}

static int parse_lock(struct publish *p)
{
    struct aw_sources list;
    struct aw_source row;
    struct aw_diag diag = {.where = NULL};
    size_t n = 0;
    aw_err err = AW_OK;

    for (aw_sources_init(p->sources_list, &list);
         (err = aw_sources_next(&list, &row, &diag)) == AW_OK;) {
        n++;
    }
    if (err != AW_ERR_NOT_FOUND) {
        return aw_report(p->ctx,
                         &(struct aw_finding){
                             .err = err,
                             .on = AW_ON_INPUT,
                             .exit = AW_EXIT_REFUSED,
                             .what = "the list of sources is none",
                             .subject = p->sources_lock,
                             .expected = "lines: package, file, SHA-256",
                             .diag = &diag,
                         });
    }
    p->source = aw_pool_alloc(&p->ctx->pool, n + 1, sizeof(*p->source));
    aw_sources_init(p->sources_list, &list);
    while (aw_sources_next(&list, &row, NULL) == AW_OK) {
        struct publish_source *s = &p->source[p->n_sources++];

        s->file = aw_pool_bytes(&p->ctx->pool, row.file);
        memcpy(s->sha256, row.sha256, sizeof(s->sha256));
    }
    return AW_EXIT_OK;
}

static int read_lock(struct publish *p)
{
    struct aw_blob blob = {.p = NULL};

    p->sources_lock = lock_path(p);
    int code =
        read_locked(p, p->sources_lock, p->announce.manifest.sources_sha256,
                    AW_SOURCES_MAX, &blob);

    if (code == AW_EXIT_OK) {
        uint8_t *copy = aw_pool_alloc(&p->ctx->pool, blob.n + 1, 1);

        if (blob.n > 0) {
            memcpy(copy, blob.p, blob.n);
        }
        p->sources_list = (aw_bytes){copy, blob.n};
        aw_blob_free(&blob);
    }
    return code == AW_EXIT_OK ? parse_lock(p) : code;
}

/* As tools/fetch-sources finds its cache, which is the same for root. */
static int find_folder(struct publish *p)
{
    const char *own = getenv("AW_SOURCE_CACHE");
    const char *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");

    if (p->args->sources != NULL || own != NULL) {
        p->sources_folder = p->args->sources != NULL ? p->args->sources : own;
    } else if (cache != NULL && cache[0] == '/') {
        p->sources_folder =
            aw_pool_printf(&p->ctx->pool, "%s/aw/sources", cache);
    } else if (home != NULL) {
        p->sources_folder =
            aw_pool_printf(&p->ctx->pool, "%s/.cache/aw/sources", home);
    } else {
        return aw_usage(p->ctx, "give --sources: HOME is not set");
    }
    return AW_EXIT_OK;
}

int publish_sources_read(struct publish *p)
{
    bool ours = release_has_sources(&p->announce.manifest);
    bool asked = aw_opts_given(&p->ctx->opts, "sources") ||
                 aw_opts_given(&p->ctx->opts, "sources-lock");

    if (!ours) {
        return asked ? aw_usage(p->ctx,
                                "--sources and --sources-lock are for "
                                "firmware of recipe %s",
                                RELEASE_RECIPE)
                     : AW_EXIT_OK;
    }
    int code = find_folder(p);

    if (code == AW_EXIT_OK) {
        code = read_lock(p);
    }
    for (size_t i = 0; i < p->n_sources && code == AW_EXIT_OK; i++) {
        struct aw_blob blob = {.p = NULL};

        code = read_source(p, &p->source[i], &blob);
        p->source[i].size = blob.n;
        aw_blob_free(&blob);
    }
    return code;
}

int publish_sources_store(struct publish *p)
{
    bool stored = false;
    int code = AW_EXIT_OK;

    if (p->sources_folder == NULL) {
        return AW_EXIT_OK;
    }
    for (size_t i = 0; i < p->n_sources && code == AW_EXIT_OK; i++) {
        struct publish_source *s = &p->source[i];
        struct aw_blob blob = {.p = NULL};

        code = read_source(p, s, &blob);
        if (code == AW_EXIT_OK) {
            code =
                publish_store(p, aw_blob_bytes(&blob), s->sha256, &s->stored);
        }
        aw_blob_free(&blob);
    }
    /* Last: who finds the list finds what it names. */
    return code == AW_EXIT_OK
               ? publish_store(p, p->sources_list,
                               p->announce.manifest.sources_sha256, &stored)
               : code;
}
