/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "aw/hostio/alloc.h"
#include "common/progress.h"
#include "common/stop.h"
#include "judge/judge.h"
#include "release/show.h"

static void refuse_entry(struct show *s, const struct show_entry *e)
{
    (void)aw_report(
        s->ctx,
        &(struct aw_finding){
            .err = e->err,
            .on = AW_ON_STATEMENT,
            .what = "an entry of the log is no release",
            .subject = aw_pool_printf(&s->ctx->pool, "entry %llu",
                                      (unsigned long long)e->index),
            .expected = "a manifest that all keys of its component signed, "
                        "and no other component's",
            .diag = &e->diag,
            .remedy = "nobody takes it for a release; look at it with aw log "
                      "get and aw manifest show",
        });
}

/* The log's own index leads from the manifest to the entry. */
static int check_index(struct show *s, const struct show_entry *e)
{
    struct aw_host_diag why = {.network = false};
    struct aw_proof proof;
    uint64_t index = 0;
    aw_err err = aw_log_find(s->view.log, &e->leaf, &index, &proof, &why.diag);

    if (err == AW_OK || err == AW_ERR_UNSUPPORTED) {
        return AW_EXIT_OK;
    }
    if (err == AW_ERR_CANCELLED || err == AW_ERR_NET || err == AW_ERR_TIMEOUT) {
        return log_view_read_fail(&s->view, err, &why);
    }
    (void)aw_report(
        s->ctx,
        &(struct aw_finding){
            .err = err,
            .on = AW_ON_LOG,
            .exit =
                err == AW_ERR_NOT_FOUND ? AW_EXIT_NOT_LOGGED : AW_EXIT_MISMATCH,
            .what = "the log's index does not lead to the entry",
            .subject = aw_pool_printf(&s->ctx->pool, "%s/%s", s->view.name,
                                      s->view.log->path.text),
            .expected =
                aw_pool_printf(&s->ctx->pool, "the number of entry %llu",
                               (unsigned long long)e->index),
            .diag = &why.diag,
            .remedy = "restore the file; aw log audit checks all of them",
        });
    return AW_EXIT_OK;
}

/* A missing or wrong file is a finding and the next one is looked at.
 * @return false: it is one of these */
static bool check_artefact(struct show *s, struct show_artefact *a,
                           aw_bytes *data)
{
    a->has_size =
        release_artefacts_read(&s->artefacts, a->sha256, data) == AW_EXIT_OK;
    a->size = a->has_size ? data->n : 0;
    s->artefacts_read += a->has_size ? 1 : 0;
    return a->has_size;
}

/* Whether a closed device with the policy's SRK hash starts the image. */
static void judge_rom(struct show *s, struct show_entry *e, aw_bytes image,
                      aw_bytes csf)
{
    const struct rom_case it = {
        .subject = aw_pool_printf(&s->ctx->pool, "entry %llu",
                                  (unsigned long long)e->index),
        .policy = &s->view.trust->use.policy,
        .component = e->component,
        .image = image,
        .csf = csf,
    };
    aw_bytes target = it.policy->hab_target;

    if (target.n > 0 && !aw_bytes_is(target, e->hab_target)) {
        return; /* the SRK hash is another target's */
    }
    if (rom_judge(s->ctx, &it, &e->rom) != AW_EXIT_OK) {
        e->rom.verdict = ROM_REFUSED; /* and it is a finding by now */
    }
}

static void check_artefacts(struct show *s, struct show_entry *e)
{
    aw_bytes image = {NULL, 0};
    aw_bytes csf = {NULL, 0};
    bool fine = check_artefact(s, &e->firmware, &image);

    if (!e->hab_signature.named) {
        return;
    }
    /* The next one takes its place in memory. */
    uint8_t *copy = aw_alloc(image.n + 1, 1);

    if (image.n > 0) {
        memcpy(copy, image.p, image.n);
    }
    if (check_artefact(s, &e->hab_signature, &csf) && fine) {
        judge_rom(s, e, (aw_bytes){copy, image.n}, csf);
    }
    free(copy);
}

static int check_entry(struct show *s, struct show_entry *e)
{
    if (aw_cancelled()) {
        return log_view_fail(&s->view, AW_ERR_CANCELLED, NULL, NULL);
    }
    int code = check_index(s, e);

    if (code != AW_EXIT_OK) {
        return code;
    }
    if (e->err != AW_OK) {
        refuse_entry(s, e);
        return AW_EXIT_OK;
    }
    check_artefacts(s, e);
    return AW_EXIT_OK;
}

static int by_digest(const void *a, const void *b)
{
    return memcmp(a, b, AW_SHA256_SIZE);
}

void show_name(struct show *s, const uint8_t sha256[AW_SHA256_SIZE])
{
    enum { FIRST = 64 };

    if (s->n_named == s->named_cap) {
        size_t cap = s->named_cap == 0 ? FIRST : 2 * s->named_cap;
        void *more = aw_pool_alloc(&s->ctx->pool, cap, sizeof(*s->named));

        if (s->n_named > 0) {
            memcpy(more, s->named, s->n_named * sizeof(*s->named));
        }
        s->named = more;
        s->named_cap = cap;
    }
    memcpy(s->named[s->n_named++], sha256, AW_SHA256_SIZE);
}

static void name_artefact(struct show *s, const struct show_artefact *a)
{
    if (a->named) {
        show_name(s, a->sha256);
    }
}

/* A file in the folder of artefacts. */
static aw_err look_at_file(void *ctx, const char *path)
{
    struct show *s = ctx;
    uint8_t digest[AW_SHA256_SIZE];
    aw_bytes data = {NULL, 0};
    bool is_digest = aw_artefact_digest(path, digest);

    if (aw_cancelled()) {
        return AW_ERR_CANCELLED;
    }
    if (is_digest && s->n_named > 0 &&
        bsearch(digest, s->named, s->n_named, sizeof(digest), by_digest) !=
            NULL) {
        return AW_OK; /* it was read */
    }
    s->unnamed++;
    aw_warn(s->ctx, "%s: no release names this file",
            aw_pool_printf(&s->ctx->pool, "%s/%s", s->artefacts.name, path));
    if (is_digest &&
        release_artefacts_read(&s->artefacts, digest, &data) == AW_EXIT_OK) {
        s->artefacts_read++;
    }
    return AW_OK;
}

static int check_unnamed(struct show *s)
{
    struct aw_host_diag why = {.network = false};

    if (!s->local) {
        return AW_EXIT_OK;
    }
    for (size_t i = 0; i < s->n; i++) {
        if (s->entry[i].err == AW_OK) {
            name_artefact(s, &s->entry[i].firmware);
            name_artefact(s, &s->entry[i].hab_signature);
        }
    }
    if (s->n_named > 0) {
        qsort(s->named, s->n_named, sizeof(*s->named), by_digest);
    }
    aw_err err = aw_store_walk(s->artefacts.store, "", look_at_file, s, &why);

    if (err == AW_OK) {
        return AW_EXIT_OK;
    }
    return aw_report(s->ctx,
                     &(struct aw_finding){
                         .err = err,
                         .on = AW_ON_LOCAL,
                         .exit = err == AW_ERR_CANCELLED ? aw_stop_exit() : 0,
                         .what = "the folder of artefacts cannot be read",
                         .subject = s->artefacts.name,
                         .host = err == AW_ERR_CANCELLED ? NULL : &why,
                     });
}

/* Said once, not for every release. */
static void warn_of_rom(struct show *s)
{
    bool any = false;

    for (size_t i = 0; i < s->n; i++) {
        any = any || s->entry[i].hab_signature.named;
    }
    if (any) {
        judge_warn_rom(s->ctx, &s->view.trust->use.policy, false);
    }
}

int show_check(struct show *s)
{
    struct aw_progress *progress =
        aw_progress_begin(s->ctx, &(struct aw_step){.name = "check artefacts",
                                                    .unit = "entries",
                                                    .total = s->n});
    int code = AW_EXIT_OK;

    warn_of_rom(s);
    for (size_t i = 0; i < s->n && code == AW_EXIT_OK; i++) {
        code = check_entry(s, &s->entry[i]);
        aw_progress_add(progress, 1);
    }
    aw_progress_end(progress, code == AW_EXIT_OK);
    if (code == AW_EXIT_OK) {
        code = show_check_sources(s);
    }
    return code == AW_EXIT_OK ? check_unnamed(s) : code;
}
