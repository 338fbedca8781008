/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_REPROBUILD_WEB_H
#define AW_REPROBUILD_WEB_H

#include "aw/ftlog/policy.h"
#include "aw/hostio/rebuilds.h"
#include "aw/reprobuild/result.h"

/*
 * Pages about rebuilds: data in, bytes out. Nothing here opens a file or a
 * socket. Texts come from manifests, logs of builds and images, which may be
 * hostile: every writer escapes for its own format, shows characters that
 * hide or turn text around as their numbers, and bounds what it writes.
 * Pages need no script; their links are relative, so they work below any
 * prefix. Format page: docs/formats/rebuild-web.md.
 */
enum {
    AW_WEB_ROWS = 50,              /* releases of a page */
    AW_WEB_ALERTS = 16,            /* findings about the log that are shown */
    AW_WEB_LOG_MAX = 256 * 1024,   /* bytes of a build's log in a page */
    AW_WEB_EXPLAIN_MAX = 16 * 1024 /* bytes of an explanation */
};

/* Where a release stands: a verdict, or not built yet. */
enum { AW_WEB_PENDING = AW_RB_REFUSED + 1, AW_WEB_STATES };

/** "reproduced", ..., "pending". */
const char *aw_web_state_name(unsigned state);

/** @return false for any other text; *state is then untouched */
AW_MUST_CHECK bool aw_web_state_parse(aw_bytes text, unsigned *state);

/* Who signed a result. */
enum aw_web_signed {
    AW_WEB_UNSIGNED, /* no signature at all */
    AW_WEB_KNOWN,    /* by a rebuilder of the policy; it verifies */
    AW_WEB_UNKNOWN,  /* by somebody else: not verified */
    AW_WEB_BAD       /* in a rebuilder's name, and it does not verify */
};

/* explanation.txt of aw_rb_evidence. Spans are borrowed; empty: unknown. */
struct aw_web_explanation {
    uint64_t offset;
    uint64_t bytes;
    uint64_t ranges;
    uint64_t address; /* 0: unknown */
    aw_bytes area;
    aw_bytes symbol;
    aw_bytes source;
    bool has;
    bool between; /* the two passes differ; else the logged image does */
};

enum { AW_WEB_PASSES = 2 };

/* A leaf of the log. Spans are borrowed. */
struct aw_web_release {
    uint64_t index;
    uint64_t tries;
    int64_t time;      /* of the last try; 0: none */
    int64_t next_time; /* of the next one; 0: none */
    aw_bytes detail;
    aw_bytes note; /* whole result, signed or not */
    struct aw_rb_result result;
    struct aw_web_explanation explanation;
    aw_bytes signer_name;
    uint32_t signer_id;
    enum aw_web_signed signer;
    unsigned state;
    bool acknowledged;
    bool has_result;             /* false: pending, or the leaf is no release */
    bool has_log[AW_WEB_PASSES]; /* of a build, kept as evidence */
};

/**
 * Makes a release of what a monitor keeps.
 *
 * @param row     spans are borrowed from it; a result that is damaged or is
 *                of another leaf counts as none
 * @param policy  its rebuilders' signatures are verified
 */
void aw_web_release_read(const struct aw_rebuilds_row *row,
                         const struct aw_policy *policy,
                         struct aw_web_release *release);

/**
 * Reads an explanation.
 *
 * @param text         untrusted
 * @param explanation  borrowed from text; untouched on failure
 *
 * @return AW_OK, also when it says that nothing was compared; AW_ERR_FORMAT;
 *         AW_ERR_SPACE above AW_WEB_EXPLAIN_MAX.
 */
AW_MUST_CHECK aw_err
aw_web_explanation_parse(aw_bytes text, struct aw_web_explanation *explanation);

/* A finding about the log itself. Texts are borrowed. */
struct aw_web_alert {
    enum aw_finding_kind kind;
    int64_t time; /* of the last sight */
    bool acknowledged;
    aw_bytes detail;
};

/* Row of the counts for leaves whose component is not known. */
enum { AW_WEB_OTHER = AW_COMPONENTS };

/* What all pages know. Texts are borrowed. */
struct aw_web_site {
    const char *version; /* of the program */
    const char *base;    /* public address without slash at its end; may be
                            "": then the feed has relative links */
    aw_bytes origin;
    int64_t now;
    int64_t stale_s; /* age of the last sign of life that is a warning;
                        0: never */
    bool seen;       /* the three below are set */
    uint64_t size;
    uint8_t root[AW_SHA256_SIZE];
    int64_t first_seen;
    bool has_pulse; /* a monitor ran here */
    struct aw_rebuilds_pulse pulse;
    uint64_t count[AW_COMPONENTS + 1][AW_WEB_STATES];
    uint64_t open;      /* findings not acknowledged, the log's too */
    int64_t last_build; /* 0: none */
    size_t n_rebuilders;
    const struct aw_vkey *rebuilder; /* of the policy */
    size_t quorum;
    uint64_t log_findings; /* about the log, all of them */
    size_t n_alerts;       /* kept below, newest last */
    struct aw_web_alert alert[AW_WEB_ALERTS];
};

/** Adds a release to the counts, the open findings and the last build. */
void aw_web_site_count(struct aw_web_site *site,
                       const struct aw_web_release *release);

/** Releases in a state, of all components. */
uint64_t aw_web_site_sum(const struct aw_web_site *site, unsigned state);

/** All releases. */
uint64_t aw_web_site_total(const struct aw_web_site *site);

/** Entries of the log that the monitor does not know: it began behind them, or
 *  has not come to them. */
uint64_t aw_web_site_missing(const struct aw_web_site *site);

/** True when the monitor does not follow the log: there is none, it was
 *  stopped, its last look failed, or its last sign of life, at a look or after
 *  a rebuild, is too long ago. */
bool aw_web_site_stale(const struct aw_web_site *site);

/* What a reader asked to see. */
struct aw_web_filter {
    bool findings; /* all that were built and not reproduced */
    bool by_state; /* only `state` */
    unsigned state;
    bool by_component; /* only `component` */
    enum aw_component component;
    uint64_t page; /* from 1 */
};

/**
 * Reads the query of an address: `show=findings`, `verdict=`, `component=`,
 * `page=`, joined by `&`; no escapes.
 *
 * @param query   untrusted
 * @param filter  untouched on failure
 *
 * @return AW_OK; AW_ERR_FORMAT for anything else.
 */
AW_MUST_CHECK aw_err aw_web_filter_parse(aw_bytes query,
                                         struct aw_web_filter *filter);

bool aw_web_filter_has(const struct aw_web_filter *filter,
                       const struct aw_web_release *release);

/* Part of a list, newest first. */
struct aw_web_list {
    struct aw_web_filter filter;
    uint64_t total; /* that the filter has */
    size_t n;       /* at most AW_WEB_ROWS */
    const struct aw_web_release *release;
};

/** The page with the status of all releases. */
void aw_web_index(const struct aw_web_site *site,
                  const struct aw_web_list *list, const struct aw_sink *out);

/** The page of one release. */
void aw_web_release_page(const struct aw_web_site *site,
                         const struct aw_web_release *release,
                         const struct aw_sink *out);

/* A log of a build, or the end of one. */
struct aw_web_log {
    size_t pass;   /* from 0 */
    aw_bytes text; /* at most AW_WEB_LOG_MAX; untrusted */
    bool cut;      /* it is longer; this is its end */
};

void aw_web_log_page(const struct aw_web_site *site,
                     const struct aw_web_release *release,
                     const struct aw_web_log *log, const struct aw_sink *out);

/** The page of a failure: "not found" with a way back.
 *  @param up  "../" for each part of the path but the last */
void aw_web_error_page(const struct aw_web_site *site, const char *up,
                       const char *title, const struct aw_sink *out);

/** The feed of findings (RFC 4287). @param list  with filter.findings */
void aw_web_feed(const struct aw_web_site *site, const struct aw_web_list *list,
                 const struct aw_sink *out);

/** Metrics, Prometheus's text format 0.0.4. */
void aw_web_metrics(const struct aw_web_site *site, const struct aw_sink *out);

/** The badge: how many releases are reproduced. SVG. */
void aw_web_badge(const struct aw_web_site *site, const struct aw_sink *out);

/* Documents of the API; schema: verify-build-api. */
void aw_web_json_status(const struct aw_web_site *site,
                        const struct aw_sink *out);
void aw_web_json_list(const struct aw_web_site *site,
                      const struct aw_web_list *list,
                      const struct aw_sink *out);
void aw_web_json_release(const struct aw_web_site *site,
                         const struct aw_web_release *release,
                         const struct aw_sink *out);
void aw_web_json_error(const char *text, const struct aw_sink *out);

/** Style sheet and icon of all pages; static. */
aw_bytes aw_web_style(void);
aw_bytes aw_web_icon(void);

#endif
