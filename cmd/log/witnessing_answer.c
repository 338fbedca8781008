/* SPDX-License-Identifier: Apache-2.0 */
/* What a witness has answered, and what that means. */
#include <time.h>

#include "log/witnessing_private.h"

enum {
    CONFLICTS_MAX = 3, /* answers that another tree was cosigned last */
    HTTP_OK = 200,
    HTTP_FORBIDDEN = 403,
    HTTP_NOT_FOUND = 404,
    HTTP_CONFLICT = 409,
    HTTP_UNPROCESSABLE = 422,
    HTTP_TOO_MANY = 429,
    HTTP_SERVER_ERROR = 500
};

struct aw_ctx *witnessing_ctx(const struct log_witnessing *w)
{
    return w->signing->writer->ctx;
}

uint64_t witnessing_size(const struct log_witnessing *w)
{
    return w->signing->writer->tree.size;
}

/* Notes why a witness has not cosigned. */
static void give_up(struct log_witness *asked, aw_err err, int exit,
                    const char *what, bool final)
{
    asked->final = final;
    asked->why = (struct aw_finding){
        .err = err,
        .on = AW_ON_LOG,
        .exit = exit,
        .what = what,
        .subject = asked->url,
        .expected = "a cosignature",
        .remedy = "nothing was published; ask the witness's operator",
    };
}

static const char *say_status(struct log_witnessing *w,
                              const struct aw_post *post)
{
    return aw_pool_printf(&witnessing_ctx(w)->pool, "HTTP status %u",
                          post->status);
}

bool witnessing_from_future(const struct aw_cosignatures *before,
                            const struct aw_cosignatures *after)
{
    time_t now = time(NULL);
    uint64_t latest = (now < 0 ? 0 : (uint64_t)now) + AW_POLICY_CLOCK_SKEW_S;

    for (size_t i = 0; i < AW_POLICY_WITNESSES; i++) {
        if (after->line[i].n > 0 && after->line[i].p != before->line[i].p &&
            after->time[i] > latest) {
            return true;
        }
    }
    return false;
}

static void take_cosignature(struct log_witnessing *w,
                             struct log_witness *asked,
                             const struct aw_post *post)
{
    struct aw_wr work =
        aw_wr_init(aw_pool_alloc(&witnessing_ctx(w)->pool, AW_WITNESS_WORK, 1),
                   AW_WITNESS_WORK);
    struct aw_cosignatures got = w->got;
    aw_err err = aw_witness_take((aw_bytes){post->answer, post->n},
                                 log_signing_text(w->signing), w->policy, &work,
                                 &got, &asked->diag);

    if (err == AW_OK && witnessing_from_future(&w->got, &got)) {
        give_up(asked, AW_ERR_RANGE, AW_EXIT_LOG,
                "the witness's cosignature is from the future", true);
        asked->why.expected = "a time that is not after this machine's";
        asked->why.remedy = "nothing was published; compare the clocks of this "
                            "machine and of the witness";
    } else if (err == AW_OK) {
        asked->answered = true;
        w->got = got;
    } else {
        give_up(asked, err, AW_EXIT_LOG,
                "the witness's answer is no cosignature of this checkpoint",
                true);
        asked->why.expected = "a cosignature by a witness of the policy";
        asked->why.diag = &asked->diag;
    }
}

/* It has cosigned another tree last than we thought. */
static void take_conflict(struct log_witnessing *w, struct log_witness *asked,
                          const struct aw_post *post)
{
    uint64_t size = 0;
    struct aw_pool *pool = &witnessing_ctx(w)->pool;
    aw_err err = aw_witness_conflict((aw_bytes){post->answer, post->n}, &size,
                                     &asked->diag);

    if (err != AW_OK) {
        give_up(asked, err, AW_EXIT_NETWORK,
                "the witness does not say which tree it has cosigned", true);
        asked->why.diag = &asked->diag;
    } else if (size > witnessing_size(w)) {
        give_up(asked, AW_ERR_ROLLBACK, AW_EXIT_LOG,
                "the witness has cosigned a larger tree of this log", true);
        asked->why.expected =
            aw_pool_printf(pool, "at most %llu entries",
                           (unsigned long long)witnessing_size(w));
        asked->why.got =
            aw_pool_printf(pool, "%llu entries", (unsigned long long)size);
        asked->why.remedy = "nothing was published: the folder is older than "
                            "what was published before, or there is a second "
                            "log under this key";
    } else if (size == asked->old) {
        give_up(asked, AW_ERR_FORMAT, AW_EXIT_NETWORK,
                "the witness contradicts itself", true);
        asked->why.got =
            aw_pool_printf(pool, "it refuses size %llu and asks for it",
                           (unsigned long long)size);
    } else {
        asked->moved++;
        give_up(asked, AW_ERR_NET, AW_EXIT_NETWORK,
                "the witness's tree keeps changing",
                asked->moved > CONFLICTS_MAX);
        asked->old = size;
    }
}

/* A failure that may pass counts as a try. */
static void fail_for_now(const struct log_witnessing *w,
                         struct log_witness *asked, aw_err err, int exit,
                         const char *what, bool may_pass)
{
    asked->failed++;
    give_up(asked, err, exit, what,
            !may_pass || asked->failed >= w->patience.attempts);
}

static void take_status(struct log_witnessing *w, struct log_witness *asked,
                        const struct aw_post *post)
{
    switch (post->status) {
    case HTTP_UNPROCESSABLE:
        give_up(asked, AW_ERR_FORK, AW_EXIT_LOG,
                "the witness has cosigned a tree that this one does not "
                "continue",
                true);
        asked->why.remedy = "nothing was published: restore the log from what "
                            "was published before";
        break;
    case HTTP_FORBIDDEN:
        give_up(asked, AW_ERR_SIG, AW_EXIT_LOG,
                "the witness does not accept the log's signature", true);
        break;
    case HTTP_NOT_FOUND:
        give_up(asked, AW_ERR_NOT_FOUND, AW_EXIT_NETWORK,
                "the witness does not know this log", true);
        break;
    default:
        fail_for_now(
            w, asked, AW_ERR_NET, AW_EXIT_NETWORK, "the witness did not cosign",
            post->status == HTTP_TOO_MANY || post->status >= HTTP_SERVER_ERROR);
        break;
    }
    asked->why.got = say_status(w, post);
}

void witnessing_judge(struct log_witnessing *w, struct log_witness *asked,
                      const struct aw_post *post)
{
    if (post->err != AW_OK) {
        fail_for_now(w, asked, post->err, 0, "the witness cannot be reached",
                     post->err == AW_ERR_NET);
        asked->host = post->why;
        asked->why.host = &asked->host;
        asked->why.remedy = "nothing was published; try again later";
    } else if (post->status == HTTP_OK) {
        take_cosignature(w, asked, post);
    } else if (post->status == HTTP_CONFLICT) {
        take_conflict(w, asked, post);
    } else {
        take_status(w, asked, post);
    }
}
