/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "aw/hostio/alloc.h"
#include "host.h"
#include "http_private.h"

/* How often a wait looks up whether the user gave up. */
enum { LOOK_UP_MS = 500 };

bool http_long_header(CURL *easy, CURLcode code)
{
    curl_off_t first_byte = 0;

    return code == CURLE_OUT_OF_MEMORY &&
           curl_easy_getinfo(easy, CURLINFO_STARTTRANSFER_TIME_T,
                             &first_byte) == CURLE_OK &&
           first_byte > 0;
}

uint64_t http_now_ms(void)
{
    struct timespec t = {0, 0};

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static bool stays_as_is(uint8_t c)
{
    static const char marks[] = "-._~!$&'()*+,;=:@/";

    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || (c != '\0' && strchr(marks, c) != NULL);
}

char *http_address(const char *base, const char *path)
{
    aw_bytes from = aw_text(path);
    size_t cap = strlen(base) + 3 * from.n;
    char *address = aw_alloc(cap + 1, 1);
    struct aw_wr w = aw_wr_init(address, cap);

    aw_wr_text(&w, base);
    for (size_t i = 0; i < from.n; i++) {
        if (stays_as_is(from.p[i])) {
            aw_wr_u8(&w, from.p[i]);
        } else {
            aw_wr_text(&w, "%");
            aw_wr_hex_u64(&w, from.p[i], 2);
        }
    }
    AW_BUG_ON(w.failed);
    return address;
}

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;
static CURLcode curl_started;

static void curl_start(void)
{
    curl_started = curl_global_init(CURL_GLOBAL_DEFAULT);
}

bool http_ready(void)
{
    return pthread_once(&curl_once, curl_start) == 0 &&
           curl_started == CURLE_OK;
}

struct http *http_open(const char *base, const char *shown,
                       const struct aw_store_options *options)
{
    CURLM *multi = http_ready() ? curl_multi_init() : NULL;

    if (multi == NULL) {
        return NULL;
    }
    struct http *http = aw_alloc(1, sizeof(*http));

    http->multi = multi;
    http->options = *options;
    http->base = host_strdup(base);
    http->shown = host_strdup(shown);
    http->deadline = options->deadline_ms == 0
                         ? UINT64_MAX
                         : http_now_ms() + options->deadline_ms;
    http->idle = aw_alloc(options->in_flight + 1, sizeof(*http->idle));
    (void)curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS,
                            (long)options->in_flight + 1);
    return http;
}

static void ahead_drop(struct http *http, size_t i)
{
    fetch_free(http->ahead[i]);
    free(http->ahead[i]);
    http->n_ahead--;
    for (size_t k = i; k < http->n_ahead; k++) {
        http->ahead[k] = http->ahead[k + 1];
    }
}

void http_close(struct http *http)
{
    if (http == NULL) {
        return;
    }
    while (http->n_ahead > 0) {
        ahead_drop(http, http->n_ahead - 1);
    }
    while (http->n_idle > 0) {
        curl_easy_cleanup(http->idle[--http->n_idle]);
    }
    (void)curl_multi_cleanup(http->multi);
    free(http->idle);
    free(http->base);
    free(http->shown);
    free(http);
}

/* Begins with files announced, oldest first, as far as limits allow. */
static void ahead_start(struct http *http)
{
    if (http_now_ms() < http->hold_until) {
        return;
    }
    for (size_t i = 0; i < http->n_ahead; i++) {
        if (http->n_running >= http->options.in_flight ||
            !fetch_memory_left(http)) {
            return;
        }
        if (http->ahead[i]->state == FETCH_WAITING) {
            fetch_start(http->ahead[i]);
        }
    }
}

/* The server asked for quiet: nothing new is begun for a while. */
static void note_holdoff(struct http *http, const struct fetch *f)
{
    uint64_t ms = f->holdoff_ms;

    if (f->state != FETCH_DONE || ms == 0) {
        return;
    }
    if (ms > http->options.pause_max_ms) {
        ms = http->options.pause_max_ms;
    }
    http->hold_until = http_now_ms() + ms;
}

static void take_up(struct http *http, const CURLMsg *message)
{
    struct fetch *f = NULL;
    CURLcode code = message->data.result;

    if (message->msg != CURLMSG_DONE) {
        return;
    }
    (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &f);
    AW_BUG_ON(f == NULL);
    fetch_ended(f, code);
    note_holdoff(http, f);
}

static void take_up_ended(struct http *http)
{
    for (;;) {
        int left = 0;
        const CURLMsg *message = curl_multi_info_read(http->multi, &left);

        if (message == NULL) {
            return;
        }
        take_up(http, message);
    }
}

/* Moves all transfers on as far as they go without waiting. */
static bool step(struct http *http)
{
    int running = 0;

    ahead_start(http);
    bool ok = curl_multi_perform(http->multi, &running) == CURLM_OK;

    take_up_ended(http);
    return ok;
}

/* Why nothing may be waited for any more; AW_OK when it may. */
static aw_err stop_reason(const struct http *http, struct aw_host_diag *host)
{
    const struct aw_store_options *o = &http->options;

    if (o->cancelled != NULL && o->cancelled(o->cancelled_ctx)) {
        return aw_fail(aw_host_say(host, "%s: cancelled", http->shown),
                       AW_ERR_CANCELLED, "store: http", 0);
    }
    if (http_now_ms() >= http->deadline) {
        return aw_fail(aw_host_say(host, "%s: time limit of %llu ms reached",
                                   http->shown,
                                   (unsigned long long)o->deadline_ms),
                       AW_ERR_TIMEOUT, "store: deadline", o->deadline_ms);
    }
    return AW_OK;
}

static int next_look(const struct http *http, uint64_t until)
{
    uint64_t now = http_now_ms();
    uint64_t end = until < http->deadline ? until : http->deadline;

    if (end <= now) {
        return 0;
    }
    return end - now < LOOK_UP_MS ? (int)(end - now) : LOOK_UP_MS;
}

/* Waits until f is done, or without f until a time, and moves all on. */
static aw_err wait_until(struct http *http, const struct fetch *f,
                         uint64_t until, struct aw_host_diag *host)
{
    for (;;) {
        aw_err err = stop_reason(http, host);

        if (err != AW_OK) {
            return err;
        }
        bool ok = step(http);

        if (f != NULL ? f->state == FETCH_DONE : http_now_ms() >= until) {
            return AW_OK;
        }
        ok = ok && curl_multi_poll(http->multi, NULL, 0, next_look(http, until),
                                   NULL) == CURLM_OK;
        if (!ok) {
            return aw_fail(aw_host_say(host, "%s: curl failed", http->shown),
                           AW_ERR_RESOURCE, "store: http", 0);
        }
    }
}

/* Pause after a failed try, in ms: doubled each time, with jitter, and at
 * least what the server asks for. */
static uint64_t pause_after(const struct http *http, const struct fetch *f,
                            unsigned attempt)
{
    const struct aw_store_options *o = &http->options;
    uint64_t pause = o->pause_ms;
    uint32_t random = 0;

    for (unsigned i = 1; i < attempt && pause < o->pause_max_ms; i++) {
        pause *= 2;
    }
    if (pause > o->pause_max_ms) {
        pause = o->pause_max_ms;
    }
    if (getrandom(&random, sizeof(random), GRND_NONBLOCK) !=
        (ssize_t)sizeof(random)) {
        random = 0; /* no jitter then */
    }
    pause += random % (pause / 2 + 1);
    return pause < f->holdoff_ms ? f->holdoff_ms : pause;
}

static void say(struct aw_host_diag *host, const struct fetch *f)
{
    if (host != NULL) {
        *host = f->why;
    }
}

/* One try. */
static aw_err try_once(struct http *http, struct aw_wr *buf, struct fetch *f,
                       struct aw_host_diag *host)
{
    size_t room = buf->cap - buf->n;
    aw_err err = wait_until(http, NULL, http->hold_until, host);

    if (err != AW_OK) {
        return err;
    }
    f->direct = buf;
    f->limit = room < http->options.file_max ? room : http->options.file_max;
    fetch_start(f);
    err = wait_until(http, f, UINT64_MAX, host);
    if (err == AW_OK && f->err != AW_OK) {
        err = f->err;
        say(host, f);
    }
    return err;
}

static void say_attempts(struct aw_host_diag *host, unsigned attempts)
{
    if (host != NULL && host->network && attempts > 1) {
        struct aw_host_diag last = *host;

        (void)aw_host_say(host, "%s (%u attempts)", last.text, attempts);
        host->network = true;
    }
}

static aw_err get_now(struct http *http, const char *path, struct aw_wr *buf,
                      struct aw_host_diag *host)
{
    const struct aw_store_options *o = &http->options;
    size_t start = buf->n;

    for (unsigned attempt = 1;; attempt++) {
        struct fetch f;

        fetch_init(&f, http, path);
        aw_err err = try_once(http, buf, &f, host);
        uint64_t pause = pause_after(http, &f, attempt);
        bool again = err != AW_OK && f.again && attempt < o->attempts &&
                     f.holdoff_ms <= o->pause_max_ms;

        fetch_free(&f);
        if (err == AW_OK) {
            return AW_OK;
        }
        buf->n = start;
        if (!again) {
            say_attempts(host, attempt);
            return err;
        }
        err = wait_until(http, NULL, http_now_ms() + pause, host);
        if (err != AW_OK) {
            return err;
        }
    }
}

/* Index of an announced file; n_ahead when it is not among them. */
static size_t ahead_find(const struct http *http, const char *path)
{
    size_t i = 0;

    while (i < http->n_ahead && strcmp(http->ahead[i]->path, path) != 0) {
        i++;
    }
    return i;
}

/* Drops files that are complete and were passed over, of the first n. */
static void ahead_drop_passed(struct http *http, size_t n)
{
    for (size_t i = n; i > 0; i--) {
        if (http->ahead[i - 1]->state == FETCH_DONE) {
            ahead_drop(http, i - 1);
        }
    }
}

/*
 * Takes a file out of the announced ones when it is there or on its way.
 * Otherwise, or when that fails in a way that another try may mend, *found is
 * false and the caller fetches it.
 */
static aw_err get_ahead(struct http *http, const char *path, bool *found,
                        struct aw_wr *buf, struct aw_host_diag *host)
{
    size_t i = ahead_find(http, path);

    *found = false;
    if (i == http->n_ahead) {
        /* Nothing new can be announced: what nobody asks for must go. */
        if (i == AHEAD_LIST_MAX) {
            ahead_drop_passed(http, i);
        }
        return AW_OK;
    }
    struct fetch *f = http->ahead[i];

    if (f->state == FETCH_WAITING) {
        ahead_drop(http, i);
        ahead_drop_passed(http, i);
        return AW_OK;
    }
    aw_err err = wait_until(http, f, UINT64_MAX, host);

    if (err != AW_OK) {
        *found = true;
        return err;
    }
    if (f->err == AW_ERR_NOT_FOUND) {
        *found = true;
        say(host, f);
    } else if (f->err == AW_OK && f->own.n <= buf->cap - buf->n) {
        *found = true;
        aw_wr_put(buf, aw_blob_bytes(&f->own));
    }
    err = f->err;
    ahead_drop(http, i);
    return *found ? err : AW_OK;
}

aw_err http_get(struct http *http, const char *path, struct aw_wr *buf,
                struct aw_host_diag *host)
{
    bool found = false;
    aw_err err = get_ahead(http, path, &found, buf, host);

    return found ? err : get_now(http, path, buf, host);
}

void http_hint(struct http *http, const char *const *paths, size_t n)
{
    const struct aw_store_options *o = &http->options;

    for (size_t i = 0; i < n && http->n_ahead < AHEAD_LIST_MAX; i++) {
        if (!store_path_ok(paths[i]) ||
            ahead_find(http, paths[i]) < http->n_ahead) {
            continue;
        }
        struct fetch *f = aw_alloc(1, sizeof(*f));

        fetch_init(f, http, paths[i]);
        f->limit = o->ahead_max < o->file_max ? o->ahead_max : o->file_max;
        http->ahead[http->n_ahead++] = f;
    }
    if (http_now_ms() < http->deadline) {
        (void)step(http);
    }
}
