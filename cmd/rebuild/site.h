/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REBUILD_SITE_H
#define REBUILD_SITE_H

#include "aw/reprobuild/web.h"
#include "log/view.h"

/*
 * The state of a monitor, as pages show it. What all leaves have in common is
 * held in memory, a few bytes a leaf, and read again when it is a second old,
 * or older where reading takes long; what is shown of single leaves is read
 * each time. Used by one thread at a time.
 */
struct rebuild_site {
    struct log_view view;
    const struct aw_policy *policy;
    const char *evidence; /* folder */
    struct aw_web_site site;
    struct rebuild_entry *entry; /* private */
    size_t n;                    /* private */
    size_t cap;                  /* private */
    int64_t read_ms;             /* private; when it was read, monotonic */
    int64_t took_ms;             /* private */
    struct aw_pool pool;         /* private: texts of site */
    bool has_pool;               /* private */
};

/**
 * Opens the state of the trust's log.
 *
 * @param evidence  folder, or NULL: the monitor's own
 * @param site      end with rebuild_site_close, also after a failure
 *
 * @return AW_EXIT_OK, or the exit code of what was reported
 */
AW_MUST_CHECK int rebuild_site_open(struct aw_ctx *ctx,
                                    const struct aw_trust *trust,
                                    const char *evidence,
                                    struct rebuild_site *site);
void rebuild_site_close(struct rebuild_site *site);

/** Reads what is new. @return errors of the state */
AW_MUST_CHECK aw_err rebuild_site_refresh(struct rebuild_site *site,
                                          struct aw_host_diag *host);

/**
 * Makes a list.
 *
 * @param pool  holds what list->release points to
 * @param list  its filter is set; the rest is filled in
 */
AW_MUST_CHECK aw_err rebuild_site_list(struct rebuild_site *site,
                                       struct aw_pool *pool,
                                       struct aw_web_list *list,
                                       struct aw_host_diag *host);

/** One release with its explanation. @return AW_ERR_NOT_FOUND also when there
 *  is none; errors of the state */
AW_MUST_CHECK aw_err rebuild_site_release(struct rebuild_site *site,
                                          struct aw_pool *pool, uint64_t index,
                                          struct aw_web_release *release,
                                          struct aw_host_diag *host);

/**
 * The end of a build's log.
 *
 * @param pass  from 0
 * @param max   bytes
 * @param text  in the pool's memory
 * @param cut   true: it is longer
 *
 * @return AW_OK; AW_ERR_NOT_FOUND when there is none; AW_ERR_FORMAT; AW_ERR_IO
 */
AW_MUST_CHECK aw_err rebuild_site_log(struct rebuild_site *site,
                                      struct aw_pool *pool, uint64_t index,
                                      size_t pass, struct aw_web_log *log,
                                      struct aw_host_diag *host);

#endif
