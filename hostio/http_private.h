/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HTTP_PRIVATE_H
#define HTTP_PRIVATE_H

#include <curl/curl.h>

#include "aw/hostio/file.h"
#include "store_private.h"

enum fetch_state {
    FETCH_WAITING, /* announced, not started */
    FETCH_RUNNING,
    FETCH_DONE
};

/* One file on its way: one request and its redirects. It must not move while
 * it runs. */
struct fetch {
    struct http *http;
    char *path;
    enum fetch_state state;
    unsigned hops;    /* redirects followed */
    CURL *easy;       /* while running */
    char *url;        /* of the running request */
    bool encrypted;   /* that is https */
    size_t discarded; /* body bytes of an answer that is not the file */
    size_t head;      /* bytes of status lines, headers and trailers */
    char said[CURL_ERROR_SIZE];
    int os_error; /* errno of a socket that could not be made */

    /* The body goes to the caller's buffer, or to memory of its own. */
    struct aw_wr *direct; /* NULL for memory of its own */
    struct aw_blob own;
    size_t room;    /* allocated bytes of own.p */
    size_t n;       /* body bytes so far */
    size_t limit;   /* most body bytes */
    bool too_long;  /* the limit was passed */
    bool no_memory; /* files fetched ahead take up all they may */

    /* What came of it. */
    aw_err err;
    bool again;          /* another try may help */
    uint64_t holdoff_ms; /* Retry-After; 0 when there was none */
    struct aw_host_diag why;
};

enum { AHEAD_LIST_MAX = 1024 };

struct http {
    struct aw_store_options options; /* complete */
    char *base;                      /* ends in '/', may hold a password */
    char *shown;                     /* the same without it */
    uint64_t deadline;               /* in now_ms; UINT64_MAX for none */
    uint64_t hold_until;             /* the server asked for quiet */
    CURLM *multi;
    CURL **idle; /* handles without a request, kept for reuse */
    size_t n_idle;
    size_t n_running;
    struct fetch *ahead[AHEAD_LIST_MAX]; /* oldest first */
    size_t n_ahead;
};

/** Starts the library, once a process. @return false without memory */
bool http_ready(void);

/** What libcurl means by CURLE_OUT_OF_MEMORY: with an answer under way it is a
 *  header that is longer than it keeps. */
bool http_long_header(CURL *easy, CURLcode code);

/** Milliseconds of a clock that never goes back. */
uint64_t http_now_ms(void);

/* One file. */

/** Prepares a file; nothing is sent. */
void fetch_init(struct fetch *f, struct http *http, const char *path);
/** Sends the request; done at once, with an error, when that fails. */
void fetch_start(struct fetch *f);
/** Takes up the end of a request, as curl reports it. */
void fetch_ended(struct fetch *f, CURLcode code);
/** Stops it where it is and frees all but the struct. */
void fetch_free(struct fetch *f);

/** True when files fetched ahead leave room to begin with another one. */
bool fetch_memory_left(const struct http *http);

/** Address of a path below a base, percent-encoded; free it. */
char *http_address(const char *base, const char *path);

#endif
