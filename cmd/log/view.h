/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_VIEW_H
#define LOG_VIEW_H

#include "aw/ftlog/log.h"
#include "aw/hostio/state.h"
#include "aw/hostio/store.h"
#include "common/net.h"
#include "common/trust.h"

/*
 * One log as a command sees it: its files, the verified checkpoint, and what
 * this machine saw of it before. Functions report what is wrong and return the
 * exit code of that, or AW_EXIT_OK.
 */
struct log_view_args {
    struct aw_trust_args trust;
    struct aw_net_args net;
    const char *checkpoint; /* file to use in place of the log's own */
    unsigned layout;        /* index into LOG_LAYOUTS */
    bool accept_new_baseline;
};

#define LOG_LAYOUTS "auto|serverless|tiles"

/* Rows of an option table for a struct that holds a log_view_args at offset
 * `base`. */
#define LOG_BASELINE_OPT(base)                                              \
    {                                                                       \
        .name = "accept-new-baseline", .type = AW_OPT_FLAG,                 \
        .at = (base) + offsetof(struct log_view_args, accept_new_baseline), \
        .help = "Start anew when the saved state of the log is missing or " \
                "damaged."                                                  \
    }

#define LOG_VIEW_OPTS(base)                                                  \
    AW_TRUST_LOG_OPTS((base) + offsetof(struct log_view_args, trust)),       \
        AW_NET_OPTS((base) + offsetof(struct log_view_args, net)),           \
        {.name = "checkpoint",                                               \
         .type = AW_OPT_TEXT,                                                \
         .at = (base) + offsetof(struct log_view_args, checkpoint),          \
         .arg = "FILE",                                                      \
         .help = "Use this signed checkpoint in place of the log's newest. " \
                 "It is compared with the saved state all the same."},       \
        {.name = "layout",                                                   \
         .type = AW_OPT_CHOICE,                                              \
         .at = (base) + offsetof(struct log_view_args, layout),              \
         .arg = LOG_LAYOUTS,                                                 \
         .fallback = "auto",                                                 \
         .help = "Layout of the log's files."},                              \
        LOG_BASELINE_OPT(base)

struct log_view {
    struct aw_ctx *ctx;
    bool has_pool;       /* private, see log_view_pool */
    struct aw_pool pool; /* private */
    const struct aw_trust *trust;
    const char *source; /* as given, may hold a password: never shown */
    const char *name;   /* of the source, for people */
    struct aw_store_options store_options;
    struct aw_host_store *store;
    aw_bytes note; /* signed checkpoint, memory of log_view_pool */
    struct aw_checkpoint checkpoint;
    struct aw_tree tree;
    unsigned layout; /* index into LOG_LAYOUTS */
    /* First words of what to do next about a finding; NULL: not to trust the
     * log. */
    const char *remedy;
    const char *state_dir;
    struct aw_state *state;
    struct aw_state_log state_log;
    enum aw_state_baseline baseline; /* as the run began */
    uint64_t seen_size;              /* the same; 0 without a known baseline */
    struct aw_state_seen seen;       /* as it is saved now */
    struct aw_log *log;              /* open after log_view_tiles */
};

/**
 * Opens source and state, reads and verifies the checkpoint, and compares it
 * with the saved one as far as that needs no further file: a fork or a
 * rollback is reported and kept as a finding. On first use the checkpoint
 * becomes the baseline at once.
 *
 * @param source  folder or address; NULL: the one that the trust names
 * @param view    end with log_view_close, also after a failure
 */
AW_MUST_CHECK int log_view_open(struct aw_ctx *ctx,
                                const struct log_view_args *args,
                                const char *source, struct log_view *view);

/** The layout asked for, or the one found. */
AW_MUST_CHECK int log_view_layout(struct log_view *view,
                                  enum aw_layout *layout);

/** Finds the layout and opens the tiles: their root is the signed one. */
AW_MUST_CHECK int log_view_tiles(struct log_view *view);

/** Compares with the saved tree without reading a file; without one, saves
 *  this one. */
AW_MUST_CHECK int log_view_compare(struct log_view *view);

/** Proves that the saved tree is a beginning of view->tree, which view->note
 *  signs and whose tiles are in view->log, and saves nothing: for a log that
 *  is to be written. */
AW_MUST_CHECK int log_view_check(struct log_view *view);

/** Proves that the saved tree is a beginning of this one, then saves this
 *  one. When another process has saved a larger one meanwhile, this one must
 *  be its beginning. */
AW_MUST_CHECK int log_view_advance(struct log_view *view);

/** log_view_open, log_view_tiles, log_view_advance. */
AW_MUST_CHECK int log_view_ready(struct aw_ctx *ctx,
                                 const struct log_view_args *args,
                                 const char *source, struct log_view *view);

/** As log_view_ready, for a trust that is loaded already and for a command
 *  that looks again and again: memory of the view, the note included, ends
 *  with log_view_close. */
AW_MUST_CHECK int log_view_look(struct aw_ctx *ctx,
                                const struct log_view_args *args,
                                const struct aw_trust *trust,
                                const char *source, struct log_view *view);

/** As log_view_look with the defaults, for a trust that names a log and its
 *  place.
 *  @param accept  the user said --accept-new-baseline */
AW_MUST_CHECK int log_view_trusted(struct aw_ctx *ctx,
                                   const struct aw_trust *trust, bool accept,
                                   struct log_view *view);

/** Opens the saved state only; view->seen tells.
 *  @param accept  the user said --accept-new-baseline */
AW_MUST_CHECK int log_view_state(struct aw_ctx *ctx,
                                 const struct aw_trust *trust, bool accept,
                                 struct log_view *view);

/** Reads the saved state again, which others may have moved meanwhile. */
AW_MUST_CHECK int log_view_state_again(struct log_view *view);

/** The tree in view->seen; false when nothing is saved. */
bool log_view_seen(const struct log_view *view, struct aw_tree *tree);

/** Memory of the view: that of the run, or with log_view_look its own. */
struct aw_pool *log_view_pool(struct log_view *view);

/** NULL fields are fine. */
void log_view_close(struct log_view *view);

/** Writes origin, size, root, baseline and policy to the result. */
void log_view_show(struct log_view *view);

/**
 * Reports a failure of reading the log.
 *
 * @param path  file at which it happened, or NULL
 * @param why   of the store, or NULL
 */
int log_view_fail(struct log_view *view, aw_err err, const char *path,
                  const struct aw_host_diag *why);

/** As log_view_fail, for a failure of a function on view->log.
 *  @param why  filled by that function */
int log_view_read_fail(struct log_view *view, aw_err err,
                       const struct aw_host_diag *why);

/** Keeps a finding with both notes, then reports it. */
int log_view_finding(struct log_view *view, enum aw_finding_kind kind,
                     aw_err err, const char *detail);

/* Two notes of the log that cannot both be true. */
struct log_conflict {
    enum aw_finding_kind kind;
    aw_err err;
    aw_bytes saved;      /* the one held before; may be empty */
    aw_bytes shown;      /* the one it does not agree with */
    const char *subject; /* where the second one comes from */
    const char *expected;
    const char *detail;
};

/** As log_view_finding for any two notes. Needs an open state only. */
int log_view_conflict(struct log_view *view,
                      const struct log_conflict *conflict);

#endif
