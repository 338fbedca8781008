/* SPDX-License-Identifier: Apache-2.0 */
#include "log/signing.h"

#include <string.h>

#include "common/offline.h"

#define LOG_SIGNING_RESTORE                                           \
    "nothing was added or signed; bring the folder back to what was " \
    "published last"

/* Origin that the last checkpoint has; the caller has not verified it yet. */
static aw_bytes last_origin(const struct log_signing *s)
{
    struct aw_note note;
    struct aw_checkpoint checkpoint;

    if (aw_note_split(s->last, &note, NULL) != AW_OK ||
        aw_checkpoint_parse(note.text, &checkpoint, NULL) != AW_OK) {
        return (aw_bytes){NULL, 0};
    }
    return checkpoint.origin;
}

static int open_last(struct log_signing *s)
{
    struct aw_diag diag = {.where = NULL};
    int code = log_writer_checkpoint(s->writer, &s->last);

    if (code != AW_EXIT_OK) {
        return code;
    }
    if (s->origin.n == 0) {
        s->origin = s->last.n > 0 ? last_origin(s) : s->key.name;
    }
    if (s->last.n == 0) {
        return AW_EXIT_OK;
    }
    aw_err err = aw_checkpoint_open(s->last, s->origin, &s->key, 1,
                                    &s->last_parsed, &diag);

    if (err == AW_OK) {
        return AW_EXIT_OK;
    }
    return aw_report(
        s->writer->ctx,
        &(struct aw_finding){
            .err = err,
            .on = AW_ON_LOG,
            .what = "the checkpoint in the folder is not this log's",
            .subject = aw_pool_printf(&s->writer->ctx->pool, "%s/%s",
                                      s->writer->path, AW_LOG_CHECKPOINT),
            .expected = aw_pool_printf(
                &s->writer->ctx->pool, "origin %s, signed by %s",
                aw_pool_bytes(&s->writer->ctx->pool, s->origin),
                aw_key_label(s->writer->ctx, s->key.name, s->key.id)),
            .diag = &diag,
            .remedy = "sign with the log's own key, and give its origin",
        });
}

/* The tree goes on from the last checkpoint in the folder. */
static int follow_last(struct log_signing *s)
{
    struct log_writer *w = s->writer;
    struct aw_tree held = {.size = s->last_parsed.size,
                           .root = s->last_parsed.root};
    struct aw_proof proof = {0};
    struct aw_diag diag = {.where = NULL};

    if (s->last.n == 0) {
        return AW_EXIT_OK;
    }
    s->unchanged = held.size == w->tree.size;
    aw_err err = aw_log_follow(w->log, &held, &proof, &diag);

    if (err == AW_ERR_FORK || err == AW_ERR_PROOF || err == AW_ERR_ROLLBACK) {
        return aw_report(
            w->ctx,
            &(struct aw_finding){
                .err = err,
                .on = AW_ON_LOG,
                .what = "the tree contradicts the checkpoint that is signed "
                        "already",
                .subject = w->path,
                .expected = aw_pool_printf(
                    &w->ctx->pool, "a continuation of the tree of size %llu",
                    (unsigned long long)held.size),
                .diag = &diag,
                .remedy = LOG_SIGNING_RESTORE,
            });
    }
    return err == AW_OK ? AW_EXIT_OK
                        : log_writer_fail(w, err, w->log->path.text, &diag);
}

/* A trust of the log's key alone, as log_view wants it. */
static void make_trust(struct log_signing *s)
{
    struct aw_trust *t = aw_pool_alloc(&s->writer->ctx->pool, 1, sizeof(*t));

    aw_policy_init(&t->use.policy);
    t->use.policy.has_log = true;
    t->use.policy.log = s->key;
    t->use.policy.origin = s->origin;
    t->use.name = "options";
    t->use.from = "command line";
    s->trust = t;
}

static const char *tree_of(struct log_signing *s, const struct aw_tree *tree,
                           const char *what)
{
    return aw_pool_printf(&s->writer->ctx->pool, "%s of size %llu", what,
                          (unsigned long long)tree->size);
}

/* The tree in the folder is no signed statement, so it is no evidence. */
static int refuse_tree(struct log_signing *s, aw_err err,
                       const struct aw_tree *seen, const struct aw_diag *diag)
{
    struct log_writer *w = s->writer;

    return aw_report(
        w->ctx, &(struct aw_finding){
                    .err = err,
                    .on = AW_ON_LOG,
                    .exit = AW_EXIT_LOG,
                    .what = "the tree in the folder, which is not signed, does "
                            "not continue what this machine saw of the log",
                    .subject = w->path,
                    .expected = tree_of(s, seen, "a continuation of the tree"),
                    .got = tree_of(s, &w->tree,
                                   err == AW_ERR_ROLLBACK ? "a rollback: a tree"
                                                          : "a fork: a tree"),
                    .diag = diag,
                    .remedy = LOG_SIGNING_RESTORE,
                });
}

/* The tree goes on from the last one that this machine saw. */
static int follow_seen(struct log_signing *s)
{
    struct log_writer *w = s->writer;
    struct aw_tree seen;
    struct aw_proof proof = {0};
    struct aw_diag diag = {.where = NULL};

    if (!log_view_seen(&s->view, &seen)) {
        return AW_EXIT_OK;
    }
    aw_err err = aw_log_follow(w->log, &seen, &proof, &diag);

    if (err == AW_ERR_FORK || err == AW_ERR_PROOF || err == AW_ERR_ROLLBACK) {
        return refuse_tree(s, err, &seen, &diag);
    }
    return err == AW_OK ? AW_EXIT_OK
                        : log_writer_fail(w, err, w->log->path.text, &diag);
}

static void set_view(struct log_signing *s, aw_bytes note,
                     const struct aw_tree *tree)
{
    struct log_view *v = &s->view;

    v->source = s->writer->path;
    v->name = s->writer->path;
    v->store = s->writer->store;
    v->layout = s->writer->layout == AW_LAYOUT_TILES ? 2 : 1;
    v->log = s->writer->log;
    v->tree = *tree;
    v->note = note;
    v->remedy = LOG_SIGNING_RESTORE;
}

/* The folder's tree and its last checkpoint, which the tree continues, against
 * what was seen. Two signed notes that contradict each other are evidence. */
static int check_seen(struct log_signing *s)
{
    const struct aw_tree last = {.size = s->last_parsed.size,
                                 .root = s->last_parsed.root};
    int code = AW_EXIT_OK;

    set_view(s, s->last, &last);
    if (s->last.n > 0) {
        code = log_view_check(&s->view);
    }
    return code == AW_EXIT_OK ? follow_seen(s) : code;
}

static int make_text(struct log_signing *s)
{
    enum { ROOM = 256 }; /* beside the origin */
    struct aw_pool *pool = &s->writer->ctx->pool;
    size_t room = s->origin.n + ROOM;
    struct aw_wr w = aw_wr_init(aw_pool_alloc(pool, room, 1), room);
    struct aw_checkpoint c = {.origin = s->origin,
                              .size = s->writer->tree.size,
                              .root = s->writer->tree.root};
    struct aw_checkpoint again;

    aw_checkpoint_write(&c, &w);
    AW_BUG_ON(w.failed);
    s->text = aw_wr_done(&w);
    if (aw_checkpoint_parse(s->text, &again, NULL) != AW_OK ||
        !aw_bytes_equal(again.origin, c.origin)) {
        return aw_usage(s->writer->ctx, "--origin is not fit for a checkpoint: "
                                        "one line that is not empty");
    }
    return AW_EXIT_OK;
}

int log_signing_open(struct log_signing *s)
{
    int code = open_last(s);

    if (code == AW_EXIT_OK) {
        code = make_text(s);
    }
    if (code == AW_EXIT_OK) {
        code = follow_last(s);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    make_trust(s);
    code = log_view_state(s->writer->ctx, s->trust, s->accept_new_baseline,
                          &s->view);
    return code == AW_EXIT_OK ? check_seen(s) : code;
}

int log_signing_check_new(struct log_signing *s)
{
    struct aw_ctx *ctx = s->writer->ctx;
    struct aw_tree seen;

    if (s->origin.n == 0) {
        s->origin = s->key.name;
    }
    int code = make_text(s);

    if (code == AW_EXIT_OK) {
        make_trust(s);
        code = log_view_state(ctx, s->trust, s->accept_new_baseline, &s->view);
    }
    if (code != AW_EXIT_OK || !log_view_seen(&s->view, &seen) ||
        seen.size == 0) {
        return code;
    }
    return aw_report(
        ctx, &(struct aw_finding){
                 .err = AW_ERR_EXISTS,
                 .on = AW_ON_INPUT,
                 .what = "there is a log under this key and origin already",
                 .subject = aw_pool_bytes(&ctx->pool, s->origin),
                 .expected = "a key and an origin that have signed no entries",
                 .got = tree_of(s, &seen, "a tree, seen on this machine,"),
                 .remedy = "nothing was made; make another key or give another "
                           "--origin; to go on with that log, copy its folder",
             });
}

/* The checks again, after the tree has grown. Others may have seen more of
 * the log meanwhile. */
static int check_again(struct log_signing *s)
{
    int code = make_text(s);

    if (code == AW_EXIT_OK) {
        code = follow_last(s);
    }
    if (code == AW_EXIT_OK) {
        code = log_view_state_again(&s->view);
    }
    return code == AW_EXIT_OK ? check_seen(s) : code;
}

int log_signing_begin(struct log_signing *s)
{
    int code = s->trust == NULL ? log_signing_open(s) : check_again(s);

    set_view(s, s->text, &s->writer->tree);
    return code;
}

aw_bytes log_signing_text(const struct log_signing *s)
{
    return s->text;
}

bool log_signing_unchanged(const struct log_signing *s)
{
    return s->unchanged;
}

aw_bytes log_signing_last_note(const struct log_signing *s)
{
    return s->last;
}

uint64_t log_signing_last(const struct log_signing *s)
{
    return s->last.n == 0 ? 0 : s->last_parsed.size;
}

int log_signing_sign(struct log_signing *s, const struct aw_signer_use *by,
                     aw_bytes *note)
{
    enum { LINE_ROOM = 1024 };
    struct aw_ctx *ctx = s->writer->ctx;
    size_t room = s->text.n + LINE_ROOM;
    struct aw_wr w = aw_wr_init(aw_pool_alloc(&ctx->pool, room, 1), room);
    int code = aw_signer_note(ctx, by, s->text, "the checkpoint", &w);

    *note = aw_wr_done(&w);
    return code;
}

/* The note is signed by the log, and over the very text that was checked. */
static int verify(struct log_signing *s, aw_bytes note, const char *subject)
{
    struct aw_offline offline = {
        .subject = subject,
        .what = "this is no signature of the log over its present tree",
        .remedy = "prepare the text again and have it signed; entries may "
                  "have been integrated since",
        .text = s->text,
        .key = s->key,
    };
    aw_bytes line;

    return aw_offline_verify(s->writer->ctx, &offline, note, &line);
}

int log_signing_publish(struct log_signing *s, aw_bytes note,
                        const char *subject)
{
    int code = AW_EXIT_OK;

    if (s->unchanged && !s->renew) {
        note = s->last;
    } else {
        code = verify(s, note, subject);
        if (code == AW_EXIT_OK) {
            code = log_writer_publish(s->writer, note);
        }
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    s->view.note = note;
    return log_view_advance(&s->view);
}

void log_signing_close(struct log_signing *s)
{
    s->view.store = NULL; /* the writer's */
    log_view_close(&s->view);
}
