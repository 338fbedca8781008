/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <time.h>

#include "common/input.h"
#include "manifest/manifest.h"
#include "release/artefact.h"
#include "release/publish.h"

/* The release as it is read back. */
struct confirm {
    struct publish *p;
    struct log_view view;
    struct aw_bundle bundle;
    struct aw_verdict verdict;
};

static int read_entry(struct confirm *c)
{
    struct aw_pool *pool = &c->p->ctx->pool;
    struct aw_wr buf =
        aw_wr_init(aw_pool_alloc(pool, AW_ENTRIES_MAX, 1), AW_ENTRIES_MAX);
    struct aw_host_diag why = {.network = false};
    aw_err err = aw_log_get(c->view.log, c->p->index, &buf, &c->bundle.manifest,
                            &c->bundle.proof, &why.diag);

    if (err != AW_OK) {
        return log_view_read_fail(&c->view, err, &why);
    }
    c->bundle.checkpoint = c->view.note;
    c->bundle.index = c->p->index;
    return AW_EXIT_OK;
}

/* A copy of its own: the reader has one buffer. */
static int read_artefact(struct confirm *c, struct release_artefacts *from,
                         const uint8_t sha256[AW_SHA256_SIZE], aw_bytes *data)
{
    aw_bytes file = {NULL, 0};
    int code = release_artefacts_read(from, sha256, &file);

    if (code != AW_EXIT_OK) {
        return code;
    }
    uint8_t *copy = aw_pool_alloc(&c->p->ctx->pool, file.n + 1, 1);

    if (file.n > 0) {
        memcpy(copy, file.p, file.n);
    }
    *data = (aw_bytes){copy, file.n};
    return AW_EXIT_OK;
}

static int read_artefacts(struct confirm *c)
{
    const struct aw_manifest *m = &c->p->announce.manifest;
    struct release_artefacts from;
    int code =
        release_artefacts_open(c->p->ctx, c->p->args->artefacts, NULL, &from);

    if (code == AW_EXIT_OK) {
        c->bundle.has_firmware = true;
        code = read_artefact(c, &from, m->firmware_sha256, &c->bundle.firmware);
    }
    if (code == AW_EXIT_OK && m->has_hab) {
        c->bundle.has_hab_signature = true;
        code = read_artefact(c, &from, m->hab_sig_sha256,
                             &c->bundle.hab_signature);
    }
    release_artefacts_close(&from);
    return code;
}

static int judge(struct confirm *c)
{
    const struct publish *p = c->p;
    struct aw_wr work = manifest_work(p->ctx);
    struct aw_expect expect = {
        .component = p->announce.component,
        .has_least_version = true,
        .least_version = p->announce.manifest.version,
        .now = (uint64_t)time(NULL),
    };
    struct aw_diag diag = {.where = NULL};
    aw_err err = aw_bundle_verify(&c->bundle, &p->trust->use.policy, &expect,
                                  &work, &c->verdict, &diag);

    if (err == AW_OK && !aw_bytes_equal(c->bundle.manifest, p->leaf)) {
        err = aw_fail(&diag, AW_ERR_DIGEST, "log: entry", p->index);
    }
    if (err == AW_OK && aw_release_sealed(&c->verdict.release)) {
        return AW_EXIT_OK;
    }
    return aw_report(
        p->ctx,
        &(struct aw_finding){
            .err = err,
            .on = AW_ON_STATEMENT,
            .what = "the release that was published does not verify",
            .subject =
                aw_pool_printf(&p->ctx->pool, "entry %llu of %s",
                               (unsigned long long)p->index, p->args->log),
            .expected = aw_bundle_step_name(c->verdict.step),
            .diag = &diag,
            .remedy = "look at log and artefacts with aw release show --check",
        });
}

int publish_confirm(struct publish *p)
{
    struct confirm *c = aw_pool_alloc(&p->ctx->pool, 1, sizeof(*c));
    const struct log_view_args args = {.layout = 0};

    c->p = p;
    int code = log_view_look(p->ctx, &args, p->trust, p->args->log, &c->view);

    if (code == AW_EXIT_OK) {
        code = read_entry(c);
    }
    if (code == AW_EXIT_OK) {
        code = read_artefacts(c);
    }
    if (code == AW_EXIT_OK) {
        code = judge(c);
    }
    log_view_close(&c->view);
    return code;
}
