/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aw/ftlog/latest.h"
#include "board/board.h"
#include "log/scan.h"
#include "release/artefact.h"

/* A look through the log. */
struct choice {
    struct board_pick *p;
    struct aw_latest latest;
};

static void choose(struct board_release *r, uint64_t index,
                   const uint8_t firmware[AW_SHA256_SIZE],
                   const uint8_t hab[AW_SHA256_SIZE])
{
    r->chosen = true;
    r->index = index;
    memcpy(r->firmware_sha256, firmware, AW_SHA256_SIZE);
    r->has_hab = hab != NULL;
    if (hab != NULL) {
        memcpy(r->hab_sha256, hab, AW_SHA256_SIZE);
    }
}

/* Entries that are no release are nobody's choice. */
static void take_entry(void *ctx, const struct log_entry *entry)
{
    struct choice *c = ctx;
    struct board_pick *p = c->p;

    if (entry->err != AW_OK ||
        aw_latest_add(&c->latest, entry->index, entry->manifest,
                      p->view->trust->use.policy.hab_target, NULL) != AW_OK) {
        return;
    }
    const struct aw_manifest *m = entry->manifest;

    if (p->index[m->component] == entry->index) {
        choose(&p->release[m->component], entry->index, m->firmware_sha256,
               m->has_hab ? m->hab_sig_sha256 : NULL);
    }
}

static int report_no_release(struct board_pick *p, enum aw_component component)
{
    uint64_t index = p->index[component];
    aw_bytes target = p->view->trust->use.policy.hab_target;
    const char *name = aw_component_name(component);

    return aw_report(
        p->ctx,
        &(struct aw_finding){
            .err = AW_ERR_NOT_FOUND,
            .on = AW_ON_LOG,
            .what = aw_pool_printf(&p->ctx->pool, "no release of %s", name),
            .subject = p->view->name,
            .expected =
                index != BOARD_NEWEST
                    ? aw_pool_printf(&p->ctx->pool, "one in entry %llu",
                                     (unsigned long long)index)
                : target.n > 0 && aw_component_has_hab(component)
                    ? aw_pool_printf(&p->ctx->pool, "one for target %s",
                                     aw_pool_bytes(&p->ctx->pool, target))
                    : "one",
            .remedy = "see what there is with aw release show",
        });
}

static int choose_all(struct board_pick *p)
{
    struct choice c = {.p = p};
    int code = log_scan(p->view, take_entry, &c);

    for (unsigned i = 0; i < AW_COMPONENTS && code == AW_EXIT_OK; i++) {
        const struct aw_latest_entry *latest = &c.latest.of[i];
        struct board_release *r = &p->release[i];

        if (!p->wanted[i]) {
            continue;
        }
        if (!r->chosen && latest->found && p->index[i] == BOARD_NEWEST) {
            choose(r, latest->index, latest->firmware_sha256,
                   latest->has_hab ? latest->hab_sig_sha256 : NULL);
        }
        if (!r->chosen) {
            code = report_no_release(p, (enum aw_component)i);
        }
    }
    return code;
}

static int fetch_entry(struct board_pick *p, struct board_release *r)
{
    struct aw_pool *pool = &p->ctx->pool;
    struct aw_wr buf =
        aw_wr_init(aw_pool_alloc(pool, AW_ENTRIES_MAX, 1), AW_ENTRIES_MAX);
    struct aw_host_diag why = {.network = false};
    aw_err err = aw_log_get(p->view->log, r->index, &buf, &r->bundle.manifest,
                            &r->bundle.proof, &why.diag);

    if (err != AW_OK) {
        return log_view_read_fail(p->view, err, &why);
    }
    r->bundle.checkpoint = p->view->note;
    r->bundle.index = r->index;
    return AW_EXIT_OK;
}

/* A copy: the reader has one buffer. */
static int fetch_file(struct board_pick *p, struct release_artefacts *from,
                      const uint8_t sha256[AW_SHA256_SIZE], aw_bytes *data)
{
    aw_bytes file = {NULL, 0};
    int code = release_artefacts_read(from, sha256, &file);

    if (code != AW_EXIT_OK) {
        return code;
    }
    uint8_t *copy = aw_pool_alloc(&p->ctx->pool, file.n + 1, 1);

    if (file.n > 0) {
        memcpy(copy, file.p, file.n);
    }
    *data = (aw_bytes){copy, file.n};
    return AW_EXIT_OK;
}

static int fetch_files(struct board_pick *p, struct release_artefacts *from,
                       struct board_release *r)
{
    int code = fetch_file(p, from, r->firmware_sha256, &r->bundle.firmware);

    r->bundle.has_firmware = true;
    if (code == AW_EXIT_OK && r->has_hab) {
        code = fetch_file(p, from, r->hab_sha256, &r->bundle.hab_signature);
        r->bundle.has_hab_signature = true;
    }
    return code;
}

static int judge_rom(struct board_pick *p, const struct judge_case *it,
                     struct board_release *r)
{
    if (p->skip_hab || !aw_component_has_hab(it->expect.component)) {
        return AW_EXIT_OK;
    }
    return judge_boot(p->ctx, it, &r->verdict, false, &r->rom);
}

static int judge(struct board_pick *p, enum aw_component component)
{
    struct board_release *r = &p->release[component];
    const struct judge_case it = {
        .subject = aw_pool_printf(&p->ctx->pool, "%s, entry %llu of %s",
                                  aw_component_name(component),
                                  (unsigned long long)r->index, p->view->name),
        .policy = &p->view->trust->use.policy,
        .bundle = &r->bundle,
        .expect = {.component = component},
    };
    struct aw_diag diag = {.err = AW_OK};
    aw_err err = judge_verify(p->ctx, &it, &r->verdict, &diag);

    if (err != AW_OK) {
        return judge_refuse(p->ctx, &it, err, r->verdict.step, &diag);
    }
    if (aw_component_has_hab(component) && !r->bundle.has_hab_signature) {
        return aw_report(p->ctx,
                         &(struct aw_finding){
                             .err = AW_ERR_POLICY,
                             .on = AW_ON_STATEMENT,
                             .what = "the manifest names no HAB signature",
                             .subject = it.subject,
                         });
    }
    return judge_rom(p, &it, r);
}

static int fetch_releases(struct board_pick *p, struct release_artefacts *from)
{
    int code = AW_EXIT_OK;

    for (unsigned i = 0; i < AW_COMPONENTS && code == AW_EXIT_OK; i++) {
        if (!p->wanted[i]) {
            continue;
        }
        code = fetch_entry(p, &p->release[i]);
        if (code == AW_EXIT_OK) {
            code = fetch_files(p, from, &p->release[i]);
        }
        if (code == AW_EXIT_OK) {
            code = judge(p, (enum aw_component)i);
        }
    }
    return code;
}

static int fetch_all(struct board_pick *p)
{
    struct release_artefacts from = {.store = NULL};
    const char *source = release_artefacts_source(
        p->ctx, &p->view->trust->use.policy, p->binaries);

    if (source == NULL) {
        return aw_usage(p->ctx, "where images are is named neither by "
                                "--binaries-url nor by the policy");
    }
    int code = release_artefacts_open(p->ctx, source, p->net, &from);

    if (code == AW_EXIT_OK) {
        code = fetch_releases(p, &from);
    }
    release_artefacts_close(&from);
    return code;
}

int board_fetch(struct board_pick *pick)
{
    int code = choose_all(pick);

    return code == AW_EXIT_OK ? fetch_all(pick) : code;
}
