/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the third-party sources of releases are there, for whoever rebuilds
 * them. */
#include <string.h>

#include "common/stop.h"
#include "release/show.h"
#include "release/sources.h"

static bool is_named(const struct show *s, const uint8_t sha256[AW_SHA256_SIZE])
{
    for (size_t i = 0; i < s->n_named; i++) {
        if (memcmp(s->named[i], sha256, AW_SHA256_SIZE) == 0) {
            return true;
        }
    }
    return false;
}

/* A missing or wrong one is a finding by now, and the next is looked at. */
static void check_archives(struct show *s, aw_bytes text, const char *name)
{
    struct aw_sources list;
    struct aw_source row;
    aw_bytes data = {NULL, 0};
    struct aw_diag diag = {.where = NULL};
    aw_err err = AW_OK;

    for (aw_sources_init(text, &list);
         !aw_cancelled() &&
         (err = aw_sources_next(&list, &row, &diag)) == AW_OK;) {
        if (is_named(s, row.sha256)) {
            continue;
        }
        show_name(s, row.sha256);
        s->sources_read += release_artefacts_read(&s->artefacts, row.sha256,
                                                  &data) == AW_EXIT_OK
                               ? 1
                               : 0;
    }
    if (err == AW_ERR_FORMAT) {
        (void)aw_report(s->ctx,
                        &(struct aw_finding){
                            .err = err,
                            .on = AW_ON_STATEMENT,
                            .exit = AW_EXIT_MISMATCH,
                            .what = "the list of sources of a release is none",
                            .subject = name,
                            .expected = "lines: package, file, SHA-256",
                            .diag = &diag,
                            .remedy = "nobody can rebuild this release",
                        });
    }
}

static void check_list(struct show *s, const struct show_entry *e)
{
    aw_bytes data = {NULL, 0};
    struct aw_artefact_name name;

    if (!e->sources.named || is_named(s, e->sources.sha256)) {
        return;
    }
    show_name(s, e->sources.sha256);
    if (release_artefacts_read(&s->artefacts, e->sources.sha256, &data) !=
        AW_EXIT_OK) {
        return;
    }
    /* The archives take its place in memory. */
    uint8_t *copy = aw_pool_alloc(&s->ctx->pool, data.n + 1, 1);

    if (data.n > 0) {
        memcpy(copy, data.p, data.n);
    }
    aw_artefact_name(e->sources.sha256, &name);
    s->sources_read++;
    check_archives(
        s, (aw_bytes){copy, data.n},
        aw_pool_printf(&s->ctx->pool, "%s/%s", s->artefacts.name, name.text));
}

int show_check_sources(struct show *s)
{
    for (size_t i = 0; i < s->n && !aw_cancelled(); i++) {
        if (s->entry[i].err == AW_OK) {
            check_list(s, &s->entry[i]);
        }
    }
    return aw_cancelled()
               ? log_view_fail(&s->view, AW_ERR_CANCELLED, NULL, NULL)
               : AW_EXIT_OK;
}
