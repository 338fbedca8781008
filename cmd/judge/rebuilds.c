/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/rebuilds.h"

#include <inttypes.h>
#include <string.h>

#include "aw/hostio/artefacts.h"
#include "aw/reprobuild/result.h"
#include "common/net.h"

/* A look under way. */
struct looking {
    struct aw_ctx *ctx;
    const struct aw_policy *policy;
    const char *subject;
    const struct aw_verdict *verdict;
    uint64_t index;
    const struct aw_store *store;
    struct aw_wr buf;
    size_t n;
    aw_bytes operator_of[AW_POLICY_REBUILDERS]; /* that reproduced it */
    int code;
};

static aw_bytes operator_name(const struct aw_vkey *key)
{
    return (aw_bytes){key->name.p, aw_bytes_find(key->name, 0, '/')};
}

static void count(struct looking *l, const struct aw_vkey *key)
{
    aw_bytes name = operator_name(key);

    for (size_t i = 0; i < l->n; i++) {
        if (aw_bytes_equal(l->operator_of[i], name)) {
            return;
        }
    }
    l->operator_of[l->n++] = name;
}

/* True when the result is of this very release. */
static bool fits(const struct looking *l, const struct aw_rb_result *r)
{
    return r->has_index && r->index == l->index &&
           aw_bytes_equal(r->origin, l->policy->origin) &&
           memcmp(r->leaf, l->verdict->leaf.b, AW_SHA256_SIZE) == 0 &&
           memcmp(r->expected, l->verdict->manifest.firmware_sha256,
                  AW_SHA256_SIZE) == 0;
}

static void take(struct looking *l, const struct aw_vkey *key,
                 const struct aw_rb_result *r)
{
    struct aw_ctx *ctx = l->ctx;

    if (r->verdict == AW_RB_REPRODUCED) {
        count(l, key);
    } else if (r->verdict == AW_RB_DIFFERS) {
        int code = aw_report(
            ctx,
            &(struct aw_finding){
                .err = AW_ERR_DIGEST,
                .on = AW_ON_STATEMENT,
                .exit = AW_EXIT_REBUILD,
                .what = "a rebuilder says that the release is not what its "
                        "source gives",
                .subject = l->subject,
                .expected = "reproduced",
                .got = aw_pool_printf(&ctx->pool, "%s: %s",
                                      aw_pool_bytes(&ctx->pool, key->name),
                                      aw_pool_bytes(&ctx->pool, r->reason)),
                .remedy = "do not use the release; rebuild it yourself",
            });

        l->code = aw_exit_join(l->code, code);
    }
}

/* What one rebuilder says. What cannot be read or believed does not count. */
static void look_at(struct looking *l, const struct aw_vkey *key)
{
    struct aw_artefact_name leaf;
    struct aw_diag diag = {.where = NULL};
    struct aw_rb_result result;
    struct aw_note note;

    aw_artefact_name(l->verdict->leaf.b, &leaf);
    const char *name = aw_pool_printf(&l->ctx->pool, "%s/%08" PRIx32 ".result",
                                      leaf.text, key->id);

    l->buf.n = 0;
    l->buf.failed = false;
    aw_err err = l->store->get(l->store->ctx, name, &l->buf, &diag);

    if (err == AW_ERR_NOT_FOUND) {
        return;
    }
    if (err == AW_OK) {
        err = aw_note_open(aw_wr_done(&l->buf), key, 1, &note, &diag);
    }
    if (err == AW_OK) {
        err = aw_rb_result_parse(note.text, &result, &diag);
    }
    if (err == AW_OK && !fits(l, &result)) {
        err = AW_ERR_POLICY;
    }
    if (err != AW_OK) {
        aw_warn(l->ctx, "%s: does not count: %s", name, aw_err_text(err));
        return;
    }
    take(l, key, &result);
}

static size_t operators_of(const struct aw_policy *policy)
{
    size_t n = 0;

    for (size_t i = 0; i < policy->n_rebuilders; i++) {
        bool first = true;

        for (size_t k = 0; k < i; k++) {
            first =
                first && !aw_bytes_equal(operator_name(&policy->rebuilder[i]),
                                         operator_name(&policy->rebuilder[k]));
        }
        n += first ? 1 : 0;
    }
    return n;
}

static int too_few(struct looking *l, uint64_t need)
{
    struct aw_pool *pool = &l->ctx->pool;

    return aw_report(
        l->ctx,
        &(struct aw_finding){
            .err = AW_ERR_POLICY,
            .on = AW_ON_INPUT,
            .exit = AW_EXIT_REFUSED,
            .what = "too few rebuilders have reproduced the release",
            .subject = l->subject,
            .expected = aw_pool_printf(pool, "%" PRIu64 " operators", need),
            .got = aw_pool_printf(pool, "%zu", l->n),
            .remedy = "wait until more have, or rebuild it: "
                      "aw verify-build single",
        });
}

static int open_source(struct aw_ctx *ctx, const char *source,
                       struct aw_host_store **store)
{
    struct aw_store_options options = {.offline = false};
    struct aw_host_diag why = {.network = false};
    int code = aw_net_options(ctx, NULL, &options);

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_err err = aw_store_open(source, &options, store, &why);

    return err == AW_OK
               ? AW_EXIT_OK
               : aw_report(ctx, &(struct aw_finding){
                                    .err = err,
                                    .on = AW_ON_INPUT,
                                    .subject = source,
                                    .expected = "results of rebuilders",
                                    .host = &why,
                                });
}

int rebuilds_check(struct aw_ctx *ctx, const struct rebuilds_ask *ask,
                   const char *subject, const struct aw_verdict *verdict,
                   uint64_t index, struct rebuilds_found *found)
{
    const struct aw_policy *policy = ask->policy;
    uint64_t need = ask->need == 0 ? policy->rebuilder_quorum : ask->need;
    const char *source = ask->source;
    struct looking l = {
        .ctx = ctx,
        .policy = policy,
        .subject = subject,
        .verdict = verdict,
        .index = index,
    };
    struct aw_host_store *store = NULL;

    *found = (struct rebuilds_found){.need = need};
    if (need == 0) {
        return AW_EXIT_OK;
    }
    if (source == NULL && policy->rebuilds_url.n > 0) {
        source = aw_pool_bytes(&ctx->pool, policy->rebuilds_url);
    }
    if (source == NULL || need > operators_of(policy)) {
        return aw_usage(ctx,
                        "--require-rebuilders: the policy must name so many "
                        "rebuilders, and it or --rebuilds where their results "
                        "are");
    }
    int code = open_source(ctx, source, &store);

    if (code != AW_EXIT_OK) {
        return code;
    }
    l.store = aw_store_face(store);
    l.buf = aw_wr_init(aw_pool_alloc(&ctx->pool, AW_RB_RESULT_MAX, 1),
                       AW_RB_RESULT_MAX);
    for (size_t i = 0; i < policy->n_rebuilders; i++) {
        look_at(&l, &policy->rebuilder[i]);
    }
    aw_store_close(store);
    found->operators = l.n;
    return l.n >= need ? l.code : aw_exit_join(l.code, too_few(&l, need));
}

void rebuilds_show(struct aw_ctx *ctx, const struct rebuilds_found *found)
{
    if (found->need == 0) {
        return;
    }
    aw_out_begin(&ctx->out, "rebuilders");
    aw_out_u64(&ctx->out, "required", found->need);
    aw_out_u64(&ctx->out, "reproduced", found->operators);
    aw_out_end(&ctx->out);
}
