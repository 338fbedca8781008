/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HOSTIO_POST_H
#define AW_HOSTIO_POST_H

#include "aw/bytes.h"
#include "aw/hostio/diag.h"

/*
 * Small requests with a body, to many servers at once: HTTP POST of a text,
 * answered by a text. One try each, no redirects. Certificates are always
 * checked; proxies come from the environment as curl reads it.
 */
enum { AW_POST_ANSWER_MAX = 16 * 1024 };

/* One request and what came of it. */
struct aw_post {
    const char *url; /* http(s)://host/path */
    aw_bytes body;   /* UTF-8 */

    /* Set: */
    aw_err err;      /* AW_OK: an answer came, of whatever status */
    unsigned status; /* of HTTP */
    size_t n;        /* bytes of the answer */
    uint8_t answer[AW_POST_ANSWER_MAX];
    struct aw_host_diag why; /* when err is not AW_OK */
};

struct aw_post_options {
    bool offline;        /* nothing is sent, every err is _PRECONDITION */
    bool status_only;    /* what follows the headers is not read: n is 0 */
    const char *type;    /* media type of the bodies; NULL: text */
    unsigned connect_ms; /* limit to reach a server; 0: 15 s */
    unsigned request_ms; /* limit of a request, answer included; 0: 60 s */
    const char *ca_file; /* PEM of the certificates to trust; NULL: system */
    bool (*cancelled)(void *ctx); /* asked about twice a second; may be NULL */
    void *cancelled_ctx;
};

/** True for an address that aw_post_all takes: http or https, a host, no user
 *  name, no password, no query and no fragment. */
bool aw_post_url_ok(const char *url);

/**
 * Sends all requests and waits until each has its answer or has failed.
 *
 * Each one's err: AW_OK; AW_ERR_USAGE for an address of another form;
 * AW_ERR_PRECONDITION with `offline`; AW_ERR_NET, also for an answer above
 * AW_POST_ANSWER_MAX; AW_ERR_TIMEOUT; AW_ERR_RESOURCE; AW_ERR_CANCELLED.
 */
void aw_post_all(struct aw_post *posts, size_t n,
                 const struct aw_post_options *options);

#endif
