/* SPDX-License-Identifier: Apache-2.0 */
#include "log/witnessing.h"

#include <string.h>
#include <time.h>

#include "common/stop.h"
#include "log/witnessing_private.h"

enum { MS_PER_S = 1000, PAUSE_MS = 250 };

#define LEFT_BEHIND                                                        \
    "nobody sees the new entries yet, but they stay in the folder and go " \
    "out with its next checkpoint; the same command asks again"

static uint64_t now_s(void)
{
    time_t now = time(NULL);

    return now < 0 ? 0 : (uint64_t)now;
}

static int refuse_url(struct aw_ctx *ctx, const char *url)
{
    return aw_usage(ctx,
                    "%s is no address of a witness: http(s)://HOST/PATH, "
                    "without user name, query and fragment",
                    url);
}

int log_witnessing_check(struct aw_ctx *ctx, struct log_witnessing *w)
{
    const struct aw_list *urls = w->urls;

    for (size_t i = 0; i < urls->n; i++) {
        if (!aw_post_url_ok(urls->item[i])) {
            return refuse_url(ctx, urls->item[i]);
        }
    }
    if (urls->n > 0 && w->policy->n_witnesses == 0) {
        return aw_usage(ctx, "--witness needs a policy that names the "
                             "witnesses and their keys");
    }
    return aw_net_options(ctx, w->net, &w->patience);
}

static void add_url(struct log_witnessing *w, const char *url)
{
    char *own = aw_pool_text(&witnessing_ctx(w)->pool, url);
    size_t n = strlen(own);

    while (n > 0 && own[n - 1] == '/') {
        own[--n] = '\0';
    }
    for (size_t i = 0; i < w->n; i++) {
        if (strcmp(w->asked[i].url, own) == 0) {
            return;
        }
    }
    w->asked[w->n++] =
        (struct log_witness){.url = own, .old = log_signing_last(w->signing)};
}

static void find_asked(struct log_witnessing *w)
{
    const struct aw_policy *policy = w->policy;

    w->asked =
        aw_pool_alloc(&witnessing_ctx(w)->pool,
                      w->urls->n + policy->n_witnesses + 1, sizeof(*w->asked));
    for (size_t i = 0; i < w->urls->n; i++) {
        add_url(w, w->urls->item[i]);
    }
    for (size_t i = 0; policy->has_quorum && i < policy->n_witnesses; i++) {
        if (policy->witness[i].url.n > 0) {
            add_url(w, aw_pool_bytes(&witnessing_ctx(w)->pool,
                                     policy->witness[i].url));
        }
    }
}

bool log_witnessing_begin(struct log_witnessing *w)
{
    const struct log_signing *s = w->signing;

    find_asked(w);
    if (log_signing_unchanged(s) && w->policy->has_quorum) {
        return aw_policy_check_quorum(w->policy, log_signing_last_note(s),
                                      now_s(), NULL) != AW_OK;
    }
    return w->n > 0 || w->policy->has_quorum;
}

/* The note with the log's own line alone; cosignatures that it carries
 * already are taken off. */
static int take_apart(struct log_witnessing *w, aw_bytes note, aw_bytes *bare)
{
    struct aw_pool *pool = &witnessing_ctx(w)->pool;
    struct aw_wr work =
        aw_wr_init(aw_pool_alloc(pool, AW_WITNESS_WORK, 1), AW_WITNESS_WORK);
    struct aw_wr out = aw_wr_init(aw_pool_alloc(pool, note.n, 1), note.n);
    struct aw_note opened;
    struct aw_diag diag = {.where = NULL};
    aw_err err = aw_note_open(note, &w->signing->key, 1, &opened, &diag);

    if (err != AW_OK) {
        return aw_report(witnessing_ctx(w),
                         &(struct aw_finding){
                             .err = err,
                             .on = AW_ON_STATEMENT,
                             .what = "the new checkpoint does not verify",
                             .subject = w->signing->writer->path,
                             .expected = "a signature of the log",
                             .diag = &diag,
                         });
    }
    aw_wr_put(&out, opened.text);
    aw_wr_u8(&out, '\n');
    aw_wr_put(&out, aw_note_line(opened.sigs, opened.verified[0]));
    *bare = aw_wr_done(&out);
    const struct aw_cosignatures none = {.time = {0}};

    if (aw_witness_take(opened.sigs, opened.text, w->policy, &work, &w->got,
                        NULL) != AW_OK ||
        witnessing_from_future(&none, &w->got)) {
        /* None, or broken ones, are no loss: the witnesses are asked. */
        memset(&w->got, 0, sizeof(w->got));
    }
    return AW_EXIT_OK;
}

static int prove(struct log_witnessing *w, uint64_t old, struct aw_proof *proof)
{
    struct log_writer *writer = w->signing->writer;
    struct aw_tree from = {.size = old};
    struct aw_diag diag = {.where = NULL};

    proof->n = 0;
    if (old == 0 || old == writer->tree.size) {
        return AW_EXIT_OK;
    }
    aw_err err = aw_log_root_at(writer->log, old, &from.root, &diag);

    if (err == AW_OK) {
        err = aw_log_prove_consistency(writer->log, &from, proof, &diag);
    }
    return err == AW_OK
               ? AW_EXIT_OK
               : log_writer_fail(writer, err, writer->log->path.text, &diag);
}

static int fill_post(struct log_witnessing *w, struct log_witness *asked,
                     aw_bytes bare, struct aw_post *post)
{
    struct aw_pool *pool = &witnessing_ctx(w)->pool;
    struct aw_wr body = aw_wr_init(
        aw_pool_alloc(pool, AW_WITNESS_REQUEST_MAX, 1), AW_WITNESS_REQUEST_MAX);
    struct aw_proof proof;
    struct aw_diag diag = {.where = NULL};
    int code = prove(w, asked->old, &proof);

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_err err = aw_witness_request(asked->old, &proof, bare, &body, &diag);

    if (err != AW_OK) {
        return aw_report(witnessing_ctx(w),
                         &(struct aw_finding){
                             .err = err,
                             .on = AW_ON_INPUT,
                             .what = "the checkpoint is too long for witnesses",
                             .subject = w->signing->writer->path,
                             .diag = &diag,
                         });
    }
    post->url = aw_pool_printf(pool, "%s/add-checkpoint", asked->url);
    post->body = aw_wr_done(&body);
    return AW_EXIT_OK;
}

/* Asks all that may still cosign. */
static int ask(struct log_witnessing *w, aw_bytes bare, size_t *left)
{
    struct aw_ctx *ctx = witnessing_ctx(w);
    struct aw_post *post = aw_pool_alloc(&ctx->pool, w->n + 1, sizeof(*post));
    size_t *to = aw_pool_alloc(&ctx->pool, w->n + 1, sizeof(*to));
    const struct aw_post_options options = {
        .offline = ctx->global.offline,
        .connect_ms = w->patience.connect_ms,
        .request_ms = w->patience.stall_s * MS_PER_S,
        .cancelled = aw_stop_asked,
    };
    size_t n = 0;

    for (size_t i = 0; i < w->n; i++) {
        struct log_witness *asked = &w->asked[i];

        if (asked->answered || asked->final) {
            continue;
        }
        int code = fill_post(w, asked, bare, &post[n]);

        if (code != AW_EXIT_OK) {
            return code;
        }
        to[n++] = i;
    }
    aw_post_all(post, n, &options);
    *left = 0;
    for (size_t i = 0; i < n; i++) {
        struct log_witness *asked = &w->asked[to[i]];

        witnessing_judge(w, asked, &post[i]);
        *left += asked->answered || asked->final ? 0 : 1;
    }
    return AW_EXIT_OK;
}

/* Ends: a witness is asked again only after a failure or a conflict, both of
 * which are counted. */
static int ask_all(struct log_witnessing *w, aw_bytes bare)
{
    const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
    size_t left = w->n;
    int code = AW_EXIT_OK;

    for (unsigned i = 0; left > 0 && code == AW_EXIT_OK && !aw_cancelled();
         i++) {
        if (i > 1) {
            (void)nanosleep(&pause, NULL);
        }
        code = ask(w, bare, &left);
    }
    return code;
}

/* All findings of witnesses that have not cosigned. @return exit code */
static int report_failures(struct log_witnessing *w)
{
    int exit = w->n == 0 ? AW_EXIT_REFUSED : AW_EXIT_OK;

    for (size_t i = 0; i < w->n; i++) {
        if (!w->asked[i].answered) {
            exit = aw_exit_join(exit,
                                aw_report(witnessing_ctx(w), &w->asked[i].why));
        }
    }
    return exit;
}

static int refuse(struct log_witnessing *w, aw_err err,
                  const struct aw_diag *diag)
{
    int exit = report_failures(w);

    return aw_report(
        witnessing_ctx(w),
        &(struct aw_finding){
            .err = err,
            .on = AW_ON_LOG,
            .exit = exit == AW_EXIT_OK ? AW_EXIT_LOG : exit,
            .what = "the checkpoint is not published: witnesses are missing",
            .subject = w->signing->writer->path,
            .expected = w->policy->has_quorum ? "the quorum of the policy"
                                              : "all witnesses that were asked",
            .diag = diag,
            .remedy = w->n == 0 ? "name witnesses with --witness, or their "
                                  "addresses in the policy; " LEFT_BEHIND
                                : LEFT_BEHIND,
        });
}

static aw_err check_quorum(const struct log_witnessing *w, aw_bytes note,
                           struct aw_diag *diag)
{
    if (w->policy->has_quorum) {
        return aw_policy_check_quorum(w->policy, note, now_s(), diag);
    }
    for (size_t i = 0; i < w->n; i++) {
        if (!w->asked[i].answered) {
            return aw_fail(diag, AW_ERR_QUORUM, "witness: asked", i);
        }
    }
    return AW_OK;
}

int log_witnessing_run(struct log_witnessing *w, aw_bytes note,
                       aw_bytes *cosigned)
{
    struct aw_diag diag = {.where = NULL};
    aw_bytes bare = {NULL, 0};
    int code = take_apart(w, note, &bare);

    if (code == AW_EXIT_OK) {
        code = ask_all(w, bare);
    }
    if (code != AW_EXIT_OK) {
        return code;
    }
    size_t room = AW_CHECKPOINT_MAX;
    struct aw_wr out =
        aw_wr_init(aw_pool_alloc(&witnessing_ctx(w)->pool, room, 1), room);

    aw_witness_write(bare, &w->got, &out);
    if (out.failed) {
        return refuse(w, AW_ERR_SPACE, NULL);
    }
    aw_err err = check_quorum(w, aw_wr_done(&out), &diag);

    if (err != AW_OK) {
        return refuse(w, err, &diag);
    }
    for (size_t i = 0; i < w->n; i++) {
        if (!w->asked[i].answered) {
            aw_warn(witnessing_ctx(w), "%s: %s, the others are enough",
                    w->asked[i].url, w->asked[i].why.what);
        }
    }
    *cosigned = aw_wr_done(&out);
    w->done = true;
    return AW_EXIT_OK;
}

void log_witnessing_show(const struct log_witnessing *w)
{
    if (!w->done) {
        return; /* nothing else is set then */
    }
    struct aw_out *out = &witnessing_ctx(w)->out;

    aw_out_begin_list(out, "witnesses");
    for (size_t i = 0; i < w->policy->n_witnesses; i++) {
        bool cosigned = w->got.line[i].n > 0;

        aw_out_begin(out, NULL);
        aw_out_bytes(out, "name", w->policy->witness[i].name);
        aw_out_bool(out, "cosigned", cosigned);
        if (cosigned) {
            aw_out_u64(out, "time", w->got.time[i]);
        }
        aw_out_end(out);
    }
    aw_out_end_list(out);
}
