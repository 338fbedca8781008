/* SPDX-License-Identifier: Apache-2.0 */
#include "rebuild/site.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "aw/hostio/alloc.h"
#include "aw/hostio/rebuilds.h"
#include "aw/reprobuild/build.h"

/* What is held of a leaf. */
struct rebuild_entry {
    uint64_t index;
    uint8_t state;
    uint8_t component; /* AW_WEB_OTHER: unknown */
};

/* --- Opening -------------------------------------------------------------- */

int rebuild_site_open(struct aw_ctx *ctx, const struct aw_trust *trust,
                      const char *evidence, struct rebuild_site *site)
{
    int code = log_view_state(ctx, trust, false, &site->view);

    if (code != AW_EXIT_OK) {
        return code;
    }
    site->policy = &trust->use.policy;
    site->evidence =
        evidence != NULL
            ? evidence
            : aw_pool_printf(&ctx->pool, "%s/rebuilds", site->view.state_dir);
    site->site.origin = site->policy->origin;
    site->site.version = aw_program_version();
    site->site.base = "";
    site->site.rebuilder = site->policy->rebuilder;
    site->site.n_rebuilders = site->policy->n_rebuilders;
    site->site.quorum = site->policy->rebuilder_quorum;
    return AW_EXIT_OK;
}

static void forget(struct rebuild_site *site)
{
    if (site->has_pool) {
        aw_pool_wipe(&site->pool);
        site->has_pool = false;
    }
}

void rebuild_site_close(struct rebuild_site *site)
{
    forget(site);
    free(site->entry);
    site->entry = NULL;
    log_view_close(&site->view);
}

/* --- Reading -------------------------------------------------------------- */

static int64_t clock_ms(void)
{
    struct timespec t = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static aw_err take_row(void *ctx, const struct aw_rebuilds_row *row)
{
    enum { FIRST = 64 };
    static const struct aw_policy nobody;
    struct rebuild_site *s = ctx;
    struct aw_web_release release;

    /* Who signed is seen where it is shown. */
    aw_web_release_read(row, &nobody, &release);
    aw_web_site_count(&s->site, &release);
    if (s->n == s->cap) {
        size_t cap = s->cap == 0 ? FIRST : 2 * s->cap;

        s->entry = aw_grow(s->entry, s->cap, cap, sizeof(*s->entry));
        s->cap = cap;
    }
    s->entry[s->n++] = (struct rebuild_entry){
        .index = row->index,
        .state = (uint8_t)release.state,
        .component =
            (uint8_t)(release.has_result ? (unsigned)release.result.component
                                         : (unsigned)AW_WEB_OTHER),
    };
    return AW_OK;
}

static aw_bytes keep(struct aw_pool *pool, aw_bytes b)
{
    if (b.n == 0) {
        return (aw_bytes){NULL, 0};
    }
    uint8_t *p = aw_pool_alloc(pool, b.n, 1);

    memcpy(p, b.p, b.n);
    return (aw_bytes){p, b.n};
}

/* The newest findings about the log are last. */
static aw_err take_alert(void *ctx, const struct aw_state_finding *f)
{
    struct rebuild_site *s = ctx;
    struct aw_web_site *site = &s->site;

    site->log_findings++;
    site->open += f->acknowledged ? 0 : 1;
    if (site->n_alerts == AW_WEB_ALERTS) {
        memmove(&site->alert[0], &site->alert[1],
                (AW_WEB_ALERTS - 1) * sizeof(site->alert[0]));
        site->n_alerts--;
    }
    site->alert[site->n_alerts++] = (struct aw_web_alert){
        .kind = f->kind,
        .time = f->last_time,
        .acknowledged = f->acknowledged,
        .detail = keep(&s->pool, aw_text(f->detail)),
    };
    return AW_OK;
}

static void clear(struct rebuild_site *s)
{
    struct aw_web_site *site = &s->site;

    forget(s);
    aw_pool_init(&s->pool);
    s->has_pool = true;
    s->n = 0;
    memset(site->count, 0, sizeof(site->count));
    site->open = 0;
    site->last_build = 0;
    site->log_findings = 0;
    site->n_alerts = 0;
}

static aw_err read_seen(struct rebuild_site *s, struct aw_host_diag *host)
{
    struct aw_web_site *site = &s->site;
    struct aw_state_seen seen;
    aw_err err = aw_state_load(s->view.state, &s->view.state_log, &seen, host);

    if (err != AW_OK) {
        return err;
    }
    site->seen = seen.baseline == AW_BASELINE_KNOWN;
    site->size = seen.size;
    site->first_seen = seen.first_seen;
    memcpy(site->root, seen.root, sizeof(site->root));
    aw_blob_free(&seen.note);
    err = aw_rebuilds_pulse(s->view.state, s->view.state_log.id, &site->pulse,
                            host);
    site->has_pulse = err == AW_OK;
    return err == AW_ERR_NOT_FOUND ? AW_OK : err;
}

aw_err rebuild_site_refresh(struct rebuild_site *site,
                            struct aw_host_diag *host)
{
    enum { FRESH_MS = 1000, SHARE = 10 };
    struct aw_state *state = site->view.state;
    const uint8_t *id = site->view.state_log.id;
    int64_t now = clock_ms();

    site->site.now = (int64_t)time(NULL);
    if (site->has_pool &&
        now - site->read_ms < FRESH_MS + SHARE * site->took_ms) {
        return AW_OK;
    }
    clear(site);
    aw_err err = read_seen(site, host);

    if (err == AW_OK) {
        err = aw_rebuilds_list(state, id, NULL, take_row, site, host);
    }
    if (err == AW_OK) {
        err = aw_state_findings(state, id, take_alert, site, host);
    }
    site->read_ms = clock_ms();
    site->took_ms = site->read_ms - now;
    if (err != AW_OK) {
        forget(site); /* half of it is nothing to show */
    }
    return err;
}

/* --- Single leaves -------------------------------------------------------- */

struct one {
    struct rebuild_site *site;
    struct aw_pool *pool;
    struct aw_rebuilds_row row;
    bool found;
};

static aw_err take_one(void *ctx, const struct aw_rebuilds_row *row)
{
    struct one *o = ctx;

    o->row = *row;
    o->row.detail = keep(o->pool, row->detail);
    o->row.evidence = keep(o->pool, row->evidence);
    o->row.note = keep(o->pool, row->note);
    o->found = true;
    return AW_OK;
}

static aw_err read_one(struct one *o, uint64_t index, struct aw_host_diag *host)
{
    const struct aw_rebuilds_range range = {index, 1};
    const struct log_view *view = &o->site->view;
    aw_err err = aw_rebuilds_list(view->state, view->state_log.id, &range,
                                  take_one, o, host);

    if (err == AW_OK && (!o->found || o->row.index != index)) {
        err = AW_ERR_NOT_FOUND;
    }
    return err;
}

static bool fits(const struct aw_web_filter *filter,
                 const struct rebuild_entry *entry)
{
    struct aw_web_release release = {.state = entry->state};

    release.has_result = entry->component != AW_WEB_OTHER;
    release.result.component = (enum aw_component)entry->component;
    return aw_web_filter_has(filter, &release);
}

aw_err rebuild_site_list(struct rebuild_site *site, struct aw_pool *pool,
                         struct aw_web_list *list, struct aw_host_diag *host)
{
    struct aw_web_release *release =
        aw_pool_alloc(pool, AW_WEB_ROWS, sizeof(*release));
    uint64_t skip = (list->filter.page - 1) * AW_WEB_ROWS;
    aw_err err = rebuild_site_refresh(site, host);

    list->total = 0;
    list->n = 0;
    list->release = release;
    for (size_t i = site->n; i > 0 && err == AW_OK; i--) {
        struct one o = {.site = site, .pool = pool};

        if (!fits(&list->filter, &site->entry[i - 1])) {
            continue;
        }
        list->total++;
        if (list->total <= skip || list->n == AW_WEB_ROWS) {
            continue;
        }
        err = read_one(&o, site->entry[i - 1].index, host);
        if (err == AW_OK) {
            aw_web_release_read(&o.row, site->policy, &release[list->n++]);
        }
    }
    return err;
}

/* --- Evidence ------------------------------------------------------------- */

/* Path of a file of evidence; NULL when there is none of the leaf. The name
 * comes from a database, and is a name all the same. */
static const char *evidence_path(const struct one *o, const char *file)
{
    aw_bytes name = o->row.evidence;

    if (name.n == 0 || name.p[0] == '.' ||
        aw_bytes_find(name, 0, '/') < name.n ||
        aw_bytes_find(name, 0, '\0') < name.n) {
        return NULL;
    }
    return aw_pool_printf(o->pool, "%s/%s/%s", o->site->evidence,
                          aw_pool_bytes(o->pool, name), file);
}

static void add_explanation(const struct one *o, struct aw_web_release *release)
{
    const char *path = evidence_path(o, "explanation.txt");
    struct aw_blob text = {.p = NULL};

    if (path == NULL ||
        aw_file_read(path, AW_WEB_EXPLAIN_MAX, &text, NULL) != AW_OK) {
        return;
    }
    /* What cannot be read explains nothing. */
    aw_err err = aw_web_explanation_parse(keep(o->pool, aw_blob_bytes(&text)),
                                          &release->explanation);

    if (err != AW_OK) {
        release->explanation.has = false;
    }
    aw_blob_free(&text);
}

static const char *const log_names[AW_WEB_PASSES] = {"log-1.gz", "log-2.gz"};

aw_err rebuild_site_release(struct rebuild_site *site, struct aw_pool *pool,
                            uint64_t index, struct aw_web_release *release,
                            struct aw_host_diag *host)
{
    struct one o = {.site = site, .pool = pool};
    aw_err err = rebuild_site_refresh(site, host);

    if (err == AW_OK) {
        err = read_one(&o, index, host);
    }
    if (err != AW_OK) {
        return err;
    }
    aw_web_release_read(&o.row, site->policy, release);
    add_explanation(&o, release);
    for (size_t i = 0; i < AW_WEB_PASSES; i++) {
        const char *path = evidence_path(&o, log_names[i]);

        release->has_log[i] = path != NULL && access(path, R_OK) == 0;
    }
    return AW_OK;
}

aw_err rebuild_site_log(struct rebuild_site *site, struct aw_pool *pool,
                        uint64_t index, size_t pass, struct aw_web_log *log,
                        struct aw_host_diag *host)
{
    struct one o = {.site = site, .pool = pool};
    struct aw_blob text = {.p = NULL};
    bool cut = false;
    aw_err err = read_one(&o, index, host);

    if (err != AW_OK) {
        return err;
    }
    const char *path = evidence_path(&o, log_names[pass]);

    if (path == NULL) {
        return AW_ERR_NOT_FOUND;
    }
    err = aw_rb_evidence_log(path, AW_WEB_LOG_MAX, &text, &cut, host);
    if (err == AW_OK) {
        *log = (struct aw_web_log){pass, keep(pool, aw_blob_bytes(&text)), cut};
    }
    aw_blob_free(&text);
    return err;
}
