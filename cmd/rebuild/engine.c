/* SPDX-License-Identifier: Apache-2.0 */
#include "rebuild/engine.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "aw/ct.h"
#include "aw/ftlog/bundle.h"
#include "aw/ftlog/merkle.h"
#include "aw/hostio/artefacts.h"
#include "common/stop.h"

enum { EVIDENCE_MAX = 16 * 1024 * 1024 };

/* The image in the log, when it is at hand and is what the log says. */
static aw_bytes logged_image(struct rebuild_engine *e,
                             const uint8_t sha256[AW_SHA256_SIZE])
{
    struct aw_artefact_name name;
    uint8_t digest[AW_SHA256_SIZE];

    e->image.n = 0;
    e->image.failed = false;
    if (e->artefacts == NULL) {
        return (aw_bytes){NULL, 0};
    }
    const struct aw_store *store = aw_store_face(e->artefacts);

    aw_artefact_name(sha256, &name);
    if (store->get(store->ctx, name.text, &e->image, NULL) != AW_OK) {
        aw_warn(e->ctx, "%s: the logged image is not to be had", name.text);
        return (aw_bytes){NULL, 0};
    }
    aw_sha256(aw_wr_done(&e->image), digest);
    if (!aw_ct_equal(digest, sha256, sizeof(digest))) {
        aw_warn(e->ctx, "%s: the stored image has other bytes", name.text);
        return (aw_bytes){NULL, 0};
    }
    return aw_wr_done(&e->image);
}

/* What the leaf says goes into the result, whatever becomes of it. */
static void describe(const struct rebuild_engine *e,
                     const struct aw_manifest *m, aw_bytes leaf, uint64_t index,
                     struct aw_rb_result *r)
{
    aw_hash hash;

    aw_merkle_leaf(leaf, &hash);
    *r = (struct aw_rb_result){
        .origin = e->trust->use.policy.origin,
        .has_index = index != UINT64_MAX,
        .index = index == UINT64_MAX ? 0 : index,
        .component = m->component,
        .version = m->tag_name,
        .commit = m->commit,
        .recipe = aw_text("-"),
        .varied = aw_text("-"),
        .memory = aw_text("-"),
        .verdict = AW_RB_REFUSED,
    };
    if (r->origin.n == 0) {
        r->origin = aw_text("-");
    }
    memcpy(r->leaf, hash.b, AW_SHA256_SIZE);
    memcpy(r->expected, m->firmware_sha256, AW_SHA256_SIZE);
}

static const char *varied_text(struct rebuild_engine *e, const char *text)
{
    static const char *const known[] = {
        "-", "path,user,locale,zone,umask", "path,user,locale,zone,umask,clock",
        "path,user,locale,zone,umask,cpus",
        "path,user,locale,zone,umask,clock,cpus"};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcmp(known[i], text) == 0) {
            return known[i];
        }
    }
    return aw_pool_text(&e->ctx->pool, text);
}

static void take_outcome(struct rebuild_engine *e,
                         const struct aw_rb_outcome *o,
                         struct rebuild_done *done)
{
    struct aw_rb_result *r = &done->result;
    const struct aw_rb_pass *shown = &o->pass[0];

    r->verdict = o->verdict;
    r->varied = aw_text(varied_text(e, o->varied));
    for (size_t i = 0; i < AW_RB_PASSES; i++) {
        r->passes += o->pass[i].has_digest ? 1 : 0;
        done->took_ms += o->pass[i].ran ? o->pass[i].out.took_ms : 0;
    }
    /* The pass that does not fit tells. */
    if (o->verdict == AW_RB_DIFFERS && o->pass[1].has_digest &&
        memcmp(shown->digest, r->expected, AW_SHA256_SIZE) == 0) {
        shown = &o->pass[1];
    }
    r->has_built = shown->has_digest;
    if (shown->has_digest) {
        memcpy(r->built, shown->digest, AW_SHA256_SIZE);
    }
    if (o->pass[0].ran) {
        r->memory = aw_text(aw_rb_memory_name(o->pass[0].out.memory));
    }
    memcpy(done->reason, o->reason, sizeof(done->reason));
    done->has_difference = o->has_difference;
    done->between = o->between;
    done->difference = o->difference;
    done->place = o->place;
}

static int fail_build(struct rebuild_engine *e, aw_err err,
                      const struct aw_host_diag *why)
{
    return aw_report(e->ctx,
                     &(struct aw_finding){
                         .err = err,
                         .on = AW_ON_LOCAL,
                         .exit = err == AW_ERR_CANCELLED      ? aw_stop_exit()
                                 : err == AW_ERR_PRECONDITION ? AW_EXIT_REFUSED
                                                              : 0,
                         .what = "the rebuild could not be done",
                         .subject = "rebuild",
                         .host = err == AW_ERR_CANCELLED ? NULL : why,
                     });
}

/* Keeps logs and images of what is not as it must be. A folder a try. */
static int keep(struct rebuild_engine *e, const struct aw_rb_outcome *o,
                struct rebuild_done *done)
{
    struct aw_artefact_name leaf;
    struct aw_host_diag why = {.network = false};

    if (e->evidence == NULL || o->verdict == AW_RB_REPRODUCED) {
        return AW_EXIT_OK;
    }
    aw_artefact_name(done->result.leaf, &leaf);
    aw_err err = aw_dir_make(e->evidence, 0755, &why);

    for (unsigned i = 0; err == AW_OK; i++) {
        (void)snprintf(e->path, sizeof(e->path), "%s/%.16s-%u", e->evidence,
                       leaf.text, i);
        err = aw_rb_evidence(o, e->path, EVIDENCE_MAX, &why);
        if (err != AW_ERR_EXISTS) {
            break;
        }
        err = AW_OK;
    }
    if (err == AW_OK) {
        done->evidence = e->path;
        return AW_EXIT_OK;
    }
    return aw_report(e->ctx, &(struct aw_finding){
                                 .err = err,
                                 .on = AW_ON_LOCAL,
                                 .what = "the evidence could not be kept",
                                 .subject = e->path,
                                 .host = &why,
                             });
}

int rebuild_job(struct rebuild_engine *engine, const struct aw_rb_job *job,
                aw_bytes logged, struct rebuild_done *done)
{
    struct rebuild_engine *e = engine;
    struct aw_rb_outcome o;
    struct aw_host_diag why = {.network = false};

    done->result.recipe = aw_text(aw_rb_recipe_name(job->recipe));
    e->setup.repository = e->repository[job->component];
    aw_err err = aw_rb_build(&e->setup, job, logged, &o, &why);

    if (err != AW_OK) {
        return fail_build(e, err, &why);
    }
    take_outcome(e, &o, done);
    int code = keep(e, &o, done);

    aw_rb_outcome_free(&o);
    return code;
}

/* Writes the result, as a signed note when there is a key. */
static int put_result(struct rebuild_engine *e, struct rebuild_done *done)
{
    uint8_t text[AW_RB_RESULT_MAX];
    struct aw_wr w = aw_wr_init(text, sizeof(text));
    struct aw_diag diag = {.where = NULL};

    e->note.n = e->dsse.n = 0;
    done->result.reason = aw_text(done->reason);
    aw_rb_result_write(&done->result, &w);
    AW_BUG_ON(w.failed);
    if (!e->has_signer) {
        aw_wr_put(&e->note, aw_wr_done(&w));
        done->note = aw_wr_done(&e->note);
        return AW_EXIT_OK;
    }
    int code = aw_signer_note(e->ctx, &e->signer, aw_wr_done(&w), "the result",
                              &e->note);

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_err err =
        aw_rb_dsse_write(&done->result, &e->signer.by, &e->dsse, &diag);

    if (err != AW_OK) {
        return aw_signer_report(e->ctx, &e->signer, err, "the statement",
                                &diag);
    }
    done->note = aw_wr_done(&e->note);
    done->dsse = aw_wr_done(&e->dsse);
    return AW_EXIT_OK;
}

int rebuild_leaf(struct rebuild_engine *engine, aw_bytes leaf, uint64_t index,
                 struct rebuild_done *done)
{
    struct rebuild_engine *e = engine;
    struct aw_host_diag why = {.network = false};
    struct aw_manifest manifest;
    struct aw_rb_job job;
    int code = AW_EXIT_OK;

    memset(done, 0, sizeof(*done));
    aw_err err = aw_leaf_open(leaf, &e->trust->use.policy, &e->work, &manifest,
                              &why.diag);

    if (err != AW_OK) {
        char text[AW_RB_REASON_MAX];

        done->by_statement = true;
        done->result.verdict = AW_RB_REFUSED;
        (void)snprintf(text, sizeof(text), "no release of this policy: %s",
                       aw_err_text(err));
        aw_rb_reason(text, done->reason);
        return AW_EXIT_OK;
    }
    done->is_release = true;
    describe(e, &manifest, leaf, index, &done->result);
    err = aw_rb_job_init(&manifest, &e->trust->use.policy, &job, &why);
    if (err == AW_OK) {
        code = rebuild_job(e, &job, logged_image(e, job.expected), done);
    } else {
        done->by_statement = err != AW_ERR_UNSUPPORTED;
        aw_rb_reason(why.text, done->reason);
    }
    return code == AW_EXIT_OK ? put_result(e, done) : code;
}
