/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "aw/hostio/artefacts.h"
#include "common/input.h"
#include "common/stop.h"
#include "log/scan.h"
#include "release/publish.h"

/* What the log has already. */
struct search {
    struct publish *p;
    struct aw_latest latest; /* without the entry itself */
};

/* An entry that no checkpoint covers yet, and that is not ours. */
static void note_left(struct publish *p, const struct log_entry *entry)
{
    struct aw_pool *pool = &p->ctx->pool;
    uint64_t first = log_signing_last(&p->signing);

    if (entry->index < first || aw_bytes_equal(entry->leaf, p->leaf)) {
        return;
    }
    if (p->left == NULL) {
        p->left = aw_pool_alloc(pool, (size_t)(p->writer.tree.size - first),
                                sizeof(*p->left));
    }
    struct publish_left *left = &p->left[p->n_left++];

    left->index = entry->index;
    if (entry->err == AW_OK) {
        left->component = aw_component_name(entry->manifest->component);
        left->version = aw_pool_bytes(pool, entry->manifest->tag_name);
    }
}

/* Nothing goes out unnamed. */
static void name_left(struct publish *p)
{
    for (size_t i = 0; i < p->n_left; i++) {
        const struct publish_left *left = &p->left[i];

        aw_warn(p->ctx,
                "the checkpoint also covers entry %llu, %s%s%s, which an "
                "earlier run has left in the folder",
                (unsigned long long)left->index,
                left->component == NULL ? "no release for this policy"
                                        : left->component,
                left->version == NULL ? "" : ", ",
                left->version == NULL ? "" : left->version);
    }
}

static void look(void *ctx, const struct log_entry *entry)
{
    struct search *s = ctx;
    struct publish *p = s->p;

    note_left(p, entry);
    if (aw_bytes_equal(entry->leaf, p->leaf)) {
        p->in_log = true;
        p->index = entry->index;
    } else if (entry->err == AW_OK &&
               aw_latest_add(&s->latest, entry->index, entry->manifest,
                             p->announce.manifest.hab_target, NULL) != AW_OK) {
        /* No reader takes it for a release either. */
        aw_warn(p->ctx, "entry %llu is left out: its version is too long",
                (unsigned long long)entry->index);
    }
}

static int refuse_older(struct publish *p, const struct aw_latest_entry *latest)
{
    struct aw_pool *pool = &p->ctx->pool;

    return aw_report(
        p->ctx,
        &(struct aw_finding){
            .err = AW_ERR_PRECONDITION,
            .on = AW_ON_INPUT,
            .what = "the log has this version or a newer one already",
            .subject = p->name,
            .expected = aw_pool_printf(
                pool, "a version above %s, entry %llu",
                aw_pool_bytes(pool,
                              (aw_bytes){latest->version, latest->version_n}),
                (unsigned long long)latest->index),
            .got = aw_pool_bytes(pool, p->announce.manifest.tag_name),
            .remedy = "nothing was published: devices refuse to go back; say "
                      "--allow-older if it is meant",
        });
}

/* Looks the entry up among all that is in the tree. */
static int check_newer(struct publish *p)
{
    struct search *s = aw_pool_alloc(&p->ctx->pool, 1, sizeof(*s));
    struct log_view view = {
        .ctx = p->ctx,
        .trust = p->trust,
        .name = p->args->log,
        .store = p->writer.store,
        .log = p->writer.log,
        .tree = p->writer.tree,
    };
    const struct aw_latest_entry *latest = &s->latest.of[p->announce.component];

    s->p = p;
    int code = log_scan(&view, look, s);

    if (code != AW_EXIT_OK || p->in_log || p->args->allow_older) {
        return code;
    }
    return aw_announce_check_newer(&p->announce.manifest, latest, NULL) == AW_OK
               ? AW_EXIT_OK
               : refuse_older(p, latest);
}

static int refuse_store(struct publish *p, aw_err err,
                        const struct aw_host_diag *why)
{
    struct aw_finding f = {
        .err = err,
        .on = AW_ON_LOCAL,
        .what = "an artefact could not be stored",
        .subject = p->args->artefacts,
        .expected = "a folder to write to",
        .host = why,
    };

    if (err == AW_ERR_DIGEST) {
        f.expected = "a file with the digest that its name says";
        f.remedy = "nothing was published; find out who wrote it, and remove "
                   "it";
    } else if (err == AW_ERR_CANCELLED || err == AW_ERR_TIMEOUT) {
        f.exit = err == AW_ERR_CANCELLED ? aw_stop_exit() : AW_EXIT_TIME;
        f.expected = "no other program that writes to it";
        f.remedy = "try again when the other one is done";
    } else if (err == AW_ERR_NOT_FOUND ||
               (err == AW_ERR_IO && why->diag.at != EIO)) {
        f.exit = AW_EXIT_REFUSED;
        f.remedy = "check the folder and your rights to it";
    }
    return aw_report(p->ctx, &f);
}

int publish_store(struct publish *p, aw_bytes data,
                  const uint8_t sha256[AW_SHA256_SIZE], bool *stored)
{
    struct aw_host_diag why = {.network = false};
    aw_err err = aw_artefact_put(p->args->artefacts, data, sha256,
                                 &aw_stop_wait, stored, &why);

    return err == AW_OK ? AW_EXIT_OK : refuse_store(p, err, &why);
}

static int store_artefacts(struct publish *p)
{
    int code = publish_sources_store(p);

    for (size_t i = 0; i < p->n_artefacts && code == AW_EXIT_OK; i++) {
        struct publish_artefact *a = &p->artefact[i];

        code = publish_store(p, a->data, a->sha256, &a->stored);
    }
    return code;
}

static int add_entry(struct publish *p)
{
    struct aw_new_entry entry = {.data = p->leaf};
    int code = log_writer_add(&p->writer, &entry, 1);

    if (code == AW_EXIT_OK) {
        code = log_writer_integrate(&p->writer);
    }
    p->index = entry.index;
    return code;
}

/* The checkpoint of this very tree that was signed elsewhere. */
static const struct publish_attached *
attached_checkpoint(const struct publish *p)
{
    for (size_t i = 0; i < p->n_attached; i++) {
        if (aw_bytes_equal(p->attached[i].text,
                           log_signing_text(&p->signing))) {
            return &p->attached[i];
        }
    }
    return NULL;
}

static int no_log_key(struct publish *p)
{
    const struct aw_vkey *key = &p->trust->use.policy.log;

    return aw_report(
        p->ctx,
        &(struct aw_finding){
            .err = AW_ERR_NO_SIG,
            .on = AW_ON_INPUT,
            .exit = AW_EXIT_REFUSED,
            .what = "the signature of the log is missing",
            .subject = p->args->log,
            .expected = aw_key_label(p->ctx, key->name, key->id),
            .remedy = "give the log's --key, or --prepare and --attach where "
                      "it is elsewhere",
        });
}

/* A note of --attach that is about a checkpoint, or NULL. */
static const struct publish_attached *any_checkpoint(const struct publish *p)
{
    for (size_t i = 0; i < p->n_attached; i++) {
        if (!aw_bytes_equal(p->attached[i].text, p->text)) {
            return &p->attached[i];
        }
    }
    return NULL;
}

/* Before the log is changed: somebody will sign the new tree. */
static int check_log_key(struct publish *p)
{
    bool fine = publish_signer(p, &p->trust->use.policy.log) != NULL ||
                p->args->prepare != NULL || any_checkpoint(p) != NULL;

    return fine ? AW_EXIT_OK : no_log_key(p);
}

/* Nobody here can sign the checkpoint. */
static int wait_for_key(struct publish *p)
{
    const struct publish_attached *old = any_checkpoint(p);

    if (p->args->prepare != NULL) {
        p->lacking[p->n_lacking++] = &p->trust->use.policy.log;
        return publish_prepare(p, "checkpoint", log_signing_text(&p->signing));
    }
    /* It says what is wrong with a checkpoint of another tree. */
    return old != NULL ? log_signing_publish(&p->signing, old->note,
                                             aw_input_name(old->path))
                       : no_log_key(p);
}

/* The checkpoint as the log signs it: from here or from elsewhere. */
static int get_note(struct publish *p, aw_bytes *note, const char **subject)
{
    struct log_signing *s = &p->signing;
    const struct publish_attached *attached = attached_checkpoint(p);
    const struct aw_signer_use *by = publish_signer(p, &s->key);

    *subject = "the new checkpoint";
    if (log_signing_unchanged(s)) {
        *note = log_signing_last_note(s);
        return AW_EXIT_OK;
    }
    if (attached != NULL) {
        *note = attached->note;
        *subject = aw_input_name(attached->path);
        return AW_EXIT_OK;
    }
    return by != NULL ? log_signing_sign(s, by, note) : wait_for_key(p);
}

static int publish_checkpoint(struct publish *p)
{
    struct log_signing *s = &p->signing;
    const char *subject = NULL;
    aw_bytes note = {NULL, 0};
    int code = get_note(p, &note, &subject);

    s->renew = log_witnessing_begin(&p->witnessing);
    if (code != AW_EXIT_OK || note.n == 0) {
        return code;
    }
    if (s->renew) {
        code = log_witnessing_run(&p->witnessing, note, &note);
    }
    if (code == AW_EXIT_OK) {
        code = log_signing_publish(s, note, subject);
    }
    p->published = code == AW_EXIT_OK;
    return code;
}

static int sign_log(struct publish *p)
{
    p->witnessing.signing = &p->signing;
    int code = log_signing_begin(&p->signing);

    return code == AW_EXIT_OK ? publish_checkpoint(p) : code;
}

/* A folder that is older than what was published gets no entry: it would
 * stay there, and its tree could never be signed. */
static int check_folder(struct publish *p)
{
    p->signing.writer = &p->writer;
    p->signing.key = p->trust->use.policy.log;
    p->signing.origin = p->trust->use.policy.origin;
    p->signing.accept_new_baseline = p->args->accept_new_baseline;
    return log_signing_open(&p->signing);
}

static int work(struct publish *p)
{
    int code = check_folder(p);

    if (code == AW_EXIT_OK) {
        /* Entries that an interrupted run has left come first. */
        code = log_writer_integrate(&p->writer);
    }
    if (code == AW_EXIT_OK) {
        code = check_newer(p);
    }
    if (code == AW_EXIT_OK && !p->in_log) {
        code = check_log_key(p);
    }
    if (code == AW_EXIT_OK) {
        code = store_artefacts(p);
    }
    if (code == AW_EXIT_OK && !p->in_log) {
        code = add_entry(p);
    }
    if (code == AW_EXIT_OK) {
        name_left(p);
        code = sign_log(p);
    }
    return code;
}

int publish_to_log(struct publish *p)
{
    int code = log_writer_open(p->ctx, p->args->log, &p->writer);

    if (code == AW_EXIT_OK) {
        code = work(p);
    }
    log_signing_close(&p->signing);
    log_writer_close(&p->writer);
    return code;
}
