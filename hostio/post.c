/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hostio/post.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "aw/hostio/alloc.h"
#include "http_private.h"

enum { CONNECT_MS = 15000, REQUEST_MS = 60000, LOOK_UP_MS = 500 };
enum { TYPE_LINE = 128 };

/* A request on its way. */
struct sending {
    struct aw_post *post;
    CURL *easy;
    struct curl_slist *headers;
    bool status_only;
    bool enough;
    bool too_long;
    char said[CURL_ERROR_SIZE];
};

bool aw_post_url_ok(const char *url)
{
    size_t scheme = strncasecmp(url, "https://", 8) == 0  ? 8
                    : strncasecmp(url, "http://", 7) == 0 ? 7
                                                          : 0;
    size_t host = scheme == 0 ? 0 : strcspn(url + scheme, "/");

    if (host == 0) {
        return false;
    }
    for (const char *p = url; *p != '\0'; p++) {
        if ((unsigned char)*p <= ' ' || *p == '@' || *p == '?' || *p == '#' ||
            (unsigned char)*p >= 0x7f) {
            return false;
        }
    }
    return true;
}

static void fail(struct sending *s, aw_err err, const char *what)
{
    struct aw_post *p = s->post;

    p->err =
        aw_fail(aw_host_say(&p->why, "%s: %s", p->url, what), err, "post", 0);
    p->why.network = err != AW_ERR_USAGE && err != AW_ERR_PRECONDITION;
}

static size_t on_body(char *data, size_t size, size_t n, void *ctx)
{
    struct sending *s = ctx;
    struct aw_post *p = s->post;

    (void)size; /* always 1 */
    if (s->status_only) {
        s->enough = true;
        return 0;
    }
    if (n > sizeof(p->answer) - p->n) {
        s->too_long = true;
        return 0;
    }
    memcpy(p->answer + p->n, data, n);
    p->n += n;
    return n;
}

static bool set_long(CURL *easy, CURLoption option, long value)
{
    return curl_easy_setopt(easy, option, value) == CURLE_OK;
}

static bool set_pointer(CURL *easy, CURLoption option, const void *value)
{
    return curl_easy_setopt(easy, option, value) == CURLE_OK;
}

static bool set_up(struct sending *s, const struct aw_post_options *o)
{
    const struct {
        CURLoption option;
        long value;
    } numbers[] = {
        {CURLOPT_NOSIGNAL, 1},
        {CURLOPT_POST, 1},
        {CURLOPT_POSTFIELDSIZE, (long)s->post->body.n},
        {CURLOPT_SSL_VERIFYPEER, 1},
        {CURLOPT_SSL_VERIFYHOST, 2},
        {CURLOPT_FOLLOWLOCATION, 0},
        {CURLOPT_CONNECTTIMEOUT_MS,
         (long)(o->connect_ms == 0 ? CONNECT_MS : o->connect_ms)},
        {CURLOPT_TIMEOUT_MS,
         (long)(o->request_ms == 0 ? REQUEST_MS : o->request_ms)},
    };
    bool ok = s->headers != NULL;

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        ok = ok && set_long(s->easy, numbers[i].option, numbers[i].value);
    }
    if (o->ca_file != NULL) {
        ok = ok && set_pointer(s->easy, CURLOPT_CAINFO, o->ca_file);
    }
    return ok && set_pointer(s->easy, CURLOPT_URL, s->post->url) &&
           set_pointer(s->easy, CURLOPT_POSTFIELDS, s->post->body.p) &&
           set_pointer(s->easy, CURLOPT_HTTPHEADER, s->headers) &&
           set_pointer(s->easy, CURLOPT_PROTOCOLS_STR, "http,https") &&
           set_pointer(s->easy, CURLOPT_USERAGENT, "aw/" AW_VERSION) &&
           set_pointer(s->easy, CURLOPT_ERRORBUFFER, s->said) &&
           set_pointer(s->easy, CURLOPT_WRITEDATA, s) &&
           set_pointer(s->easy, CURLOPT_PRIVATE, s) &&
           curl_easy_setopt(s->easy, CURLOPT_WRITEFUNCTION, on_body) ==
               CURLE_OK;
}

/* Headers of every request; no waiting for a "100 Continue". */
static struct curl_slist *make_headers(const char *type)
{
    char line[TYPE_LINE];

    (void)snprintf(line, sizeof(line), "Content-Type: %s",
                   type != NULL ? type : "text/plain; charset=utf-8");
    struct curl_slist *first = curl_slist_append(NULL, line);
    struct curl_slist *list =
        first == NULL ? NULL : curl_slist_append(first, "Expect:");

    if (list == NULL) {
        curl_slist_free_all(first);
    }
    return list;
}

static void begin(struct sending *s, CURLM *multi,
                  const struct aw_post_options *o)
{
    s->post->err = AW_OK;
    s->post->status = 0;
    s->post->n = 0;
    if (!aw_post_url_ok(s->post->url)) {
        fail(s, AW_ERR_USAGE, "is no address that can be asked");
        return;
    }
    if (o->offline) {
        fail(s, AW_ERR_PRECONDITION, "needs the network");
        return;
    }
    s->status_only = o->status_only;
    s->headers = make_headers(o->type);
    s->easy = curl_easy_init();
    if (s->easy == NULL || !set_up(s, o) ||
        curl_multi_add_handle(multi, s->easy) != CURLM_OK) {
        fail(s, AW_ERR_RESOURCE, "no memory for a request");
        curl_easy_cleanup(s->easy);
        s->easy = NULL;
    }
}

static void end(struct sending *s, CURLM *multi)
{
    if (s->easy != NULL) {
        (void)curl_multi_remove_handle(multi, s->easy);
        curl_easy_cleanup(s->easy);
    }
    curl_slist_free_all(s->headers);
    s->easy = NULL;
    s->headers = NULL;
}

static void take_up(const CURLMsg *message)
{
    struct sending *s = NULL;
    CURLcode code = message->data.result;
    long status = 0;

    if (message->msg != CURLMSG_DONE) {
        return;
    }
    (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &s);
    AW_BUG_ON(s == NULL);
    (void)curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &status);
    if (s->too_long || http_long_header(s->easy, code)) {
        fail(s, AW_ERR_NET, "the answer is too long");
    } else if ((code != CURLE_OK && !s->enough) || status <= 0) {
        fail(s,
             code == CURLE_OPERATION_TIMEDOUT ? AW_ERR_TIMEOUT
             : code == CURLE_OUT_OF_MEMORY    ? AW_ERR_RESOURCE
                                              : AW_ERR_NET,
             s->said[0] == '\0' ? curl_easy_strerror(code) : s->said);
    } else {
        s->post->status = (unsigned)status;
    }
}

/* One look at all transfers; false when none is under way any more. */
static bool step(CURLM *multi)
{
    int running = 0;
    int left = 0;
    const CURLMsg *message = NULL;
    bool ok = curl_multi_perform(multi, &running) == CURLM_OK;

    while ((message = curl_multi_info_read(multi, &left)) != NULL) {
        take_up(message);
    }
    return ok && running > 0 &&
           curl_multi_poll(multi, NULL, 0, LOOK_UP_MS, NULL) == CURLM_OK;
}

static bool cancelled(const struct aw_post_options *o)
{
    return o->cancelled != NULL && o->cancelled(o->cancelled_ctx);
}

static void fail_unfinished(struct sending *list, size_t n, aw_err err,
                            const char *what)
{
    for (size_t i = 0; i < n; i++) {
        if (list[i].post->err == AW_OK && list[i].post->status == 0) {
            fail(&list[i], err, what);
        }
    }
}

void aw_post_all(struct aw_post *posts, size_t n,
                 const struct aw_post_options *options)
{
    struct sending *list = aw_alloc(n + 1, sizeof(*list));
    CURLM *multi = http_ready() ? curl_multi_init() : NULL;

    for (size_t i = 0; i < n; i++) {
        list[i].post = &posts[i];
        begin(&list[i], multi, options);
    }
    while (multi != NULL && !cancelled(options) && step(multi)) {
    }
    if (cancelled(options)) {
        fail_unfinished(list, n, AW_ERR_CANCELLED, "cancelled");
    }
    fail_unfinished(list, n, AW_ERR_RESOURCE, "curl failed");
    for (size_t i = 0; i < n; i++) {
        end(&list[i], multi);
    }
    (void)curl_multi_cleanup(multi);
    free(list);
}
