/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "aw/hostio/alloc.h"
#include "host.h"
#include "http_private.h"

enum {
    HOPS_MAX = 5,            /* redirects of one request */
    DISCARD_MAX = 16 * 1024, /* bytes read of an error page */
    HEAD_MAX = 256 * 1024,   /* all headers of an answer */
    OWN_START = 4 * 1024,    /* first memory of a file fetched ahead */
    STALL_BYTES_PER_SECOND = 64,
    HTTP_OK = 200,
    HTTP_NOT_FOUND = 404,
    HTTP_GONE = 410,
    HTTP_TOO_MANY = 429,
    HTTP_SERVER_ERROR = 500
};

/* Bytes held for files fetched ahead, by all stores of the process. */
static atomic_size_t held;

static bool hold(const struct http *http, size_t n)
{
    size_t most = http->options.memory_max;
    size_t now = atomic_load(&held);

    do {
        if (n > most || now > most - n) {
            return false;
        }
    } while (!atomic_compare_exchange_weak(&held, &now, now + n));
    return true;
}

size_t aw_store_memory(void)
{
    return atomic_load(&held);
}

bool fetch_memory_left(const struct http *http)
{
    return atomic_load(&held) <= http->options.memory_max / 2;
}

void fetch_init(struct fetch *f, struct http *http, const char *path)
{
    *f = (struct fetch){.http = http, .path = host_strdup(path)};
}

static void free_own(struct fetch *f)
{
    (void)atomic_fetch_sub(&held, f->room);
    aw_blob_free(&f->own);
    f->room = 0;
}

/* Memory of its own for n more bytes. */
static bool grow_own(struct fetch *f, size_t n)
{
    size_t need = f->own.n + n;
    size_t room = f->room == 0 ? OWN_START : f->room;

    while (room < need) {
        room *= 2;
    }
    if (room == f->room) {
        return true;
    }
    if (!hold(f->http, room - f->room)) {
        return false;
    }
    f->own.p = aw_grow(f->own.p, f->room, room, 1);
    f->room = room;
    return true;
}

static bool take_body(struct fetch *f, aw_bytes data)
{
    if (data.n > f->limit - f->n) {
        f->too_long = true;
        return false;
    }
    f->n += data.n;
    if (f->direct != NULL) {
        aw_wr_put(f->direct, data);
        return true;
    }
    if (!grow_own(f, data.n)) {
        f->no_memory = true;
        return false;
    }
    memcpy(f->own.p + f->own.n, data.p, data.n);
    f->own.n += data.n;
    return true;
}

static long status_of(CURL *easy)
{
    long status = 0;

    (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

/* Called by curl with a piece of the body; another number than n ends it. */
static size_t on_body(char *data, size_t size, size_t n, void *ctx)
{
    struct fetch *f = ctx;

    (void)size; /* always 1 */
    if (n == 0) {
        return 0;
    }
    if (status_of(f->easy) == HTTP_OK) {
        return take_body(f, (aw_bytes){(const uint8_t *)data, n}) ? n : 0;
    }
    f->discarded += n;
    return f->discarded > DISCARD_MAX ? 0 : n;
}

/* Called by curl with each line of the head; another number than n ends it.
 * Old versions of curl collect headers without limit. */
static size_t on_head(char *data, size_t size, size_t n, void *ctx)
{
    struct fetch *f = ctx;

    (void)data;
    (void)size; /* always 1 */
    f->head += n;
    return f->head > HEAD_MAX ? 0 : n;
}

/* curl's own function does not tell why there is no socket. */
static curl_socket_t on_socket(void *ctx, curlsocktype purpose,
                               struct curl_sockaddr *address)
{
    struct fetch *f = ctx;
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC,
                    address->protocol);

    (void)purpose;
    if (fd < 0) {
        f->os_error = errno;
        return CURL_SOCKET_BAD;
    }
    return fd;
}

static bool set_long(CURL *easy, CURLoption option, long value)
{
    return curl_easy_setopt(easy, option, value) == CURLE_OK;
}

static bool set_pointer(CURL *easy, CURLoption option, const void *value)
{
    return curl_easy_setopt(easy, option, value) == CURLE_OK;
}

/* What is the same for all requests of a store. */
static bool set_fixed(CURL *easy, const struct aw_store_options *o)
{
    const struct {
        CURLoption option;
        long value;
    } numbers[] = {
        {CURLOPT_NOSIGNAL, 1},
        {CURLOPT_HTTPGET, 1},
        {CURLOPT_SSL_VERIFYPEER, 1},
        {CURLOPT_SSL_VERIFYHOST, 2},
        {CURLOPT_FOLLOWLOCATION, 0}, /* every hop is judged by us */
        {CURLOPT_CONNECTTIMEOUT_MS, (long)o->connect_ms},
        {CURLOPT_TIMEOUT_MS, (long)o->request_ms},
        {CURLOPT_LOW_SPEED_LIMIT, STALL_BYTES_PER_SECOND},
        {CURLOPT_LOW_SPEED_TIME, (long)o->stall_s},
    };
    bool ok = true;

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        ok = ok && set_long(easy, numbers[i].option, numbers[i].value);
    }
    if (o->ca_file != NULL) {
        ok = ok && set_pointer(easy, CURLOPT_CAINFO, o->ca_file);
    }
    return ok && set_pointer(easy, CURLOPT_PROTOCOLS_STR, "http,https") &&
           set_pointer(easy, CURLOPT_USERAGENT, "aw/" AW_VERSION) &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_head) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_socket) ==
               CURLE_OK;
}

static bool set_own(struct fetch *f)
{
    /* With TLS the first connection tells whether it serves all (HTTP/2);
     * without, waiting for it would put a slow answer before all others. */
    return set_long(f->easy, CURLOPT_PIPEWAIT, f->encrypted) &&
           set_pointer(f->easy, CURLOPT_URL, f->url) &&
           set_pointer(f->easy, CURLOPT_ERRORBUFFER, f->said) &&
           set_pointer(f->easy, CURLOPT_WRITEDATA, f) &&
           set_pointer(f->easy, CURLOPT_HEADERDATA, f) &&
           set_pointer(f->easy, CURLOPT_OPENSOCKETDATA, f) &&
           set_pointer(f->easy, CURLOPT_PRIVATE, f);
}

static CURL *handle_take(struct http *http)
{
    if (http->n_idle > 0) {
        return http->idle[--http->n_idle];
    }
    CURL *easy = curl_easy_init();

    if (easy != NULL && !set_fixed(easy, &http->options)) {
        curl_easy_cleanup(easy);
        return NULL;
    }
    return easy;
}

/* Takes the running request off, and keeps its handle for the next. */
static void handle_return(struct fetch *f)
{
    struct http *http = f->http;

    if (f->easy == NULL) {
        return;
    }
    (void)curl_multi_remove_handle(http->multi, f->easy);
    http->idle[http->n_idle++] = f->easy;
    http->n_running--;
    f->easy = NULL;
}

static void done(struct fetch *f, aw_err err, bool again)
{
    handle_return(f);
    if (err != AW_OK) {
        free_own(f);
    }
    f->err = err;
    f->again = again;
    f->why.network = true;
    f->state = FETCH_DONE;
}

/* Address without password, for messages; free it. */
static char *shown_address(const struct fetch *f)
{
    return http_address(f->http->shown, f->path);
}

static void done_saying(struct fetch *f, aw_err err, bool again,
                        const char *what)
{
    char *address = shown_address(f);

    done(f,
         aw_fail(aw_host_say(&f->why, "%s: %s", address, what), err,
                 "store: http", 0),
         again);
    free(address);
}

/* Starts over with what is in f->url. */
static void request(struct fetch *f)
{
    f->encrypted = strncasecmp(f->url, "https:", 6) == 0;
    f->discarded = 0;
    f->head = 0;
    f->said[0] = '\0';
    f->os_error = 0;
    f->easy = handle_take(f->http);
    if (f->easy == NULL) {
        done_saying(f, AW_ERR_RESOURCE, false, "no memory for a request");
        return;
    }
    f->http->n_running++;
    f->state = FETCH_RUNNING;
    if (!set_own(f) ||
        curl_multi_add_handle(f->http->multi, f->easy) != CURLM_OK) {
        done_saying(f, AW_ERR_RESOURCE, false, "cannot start a request");
    }
}

void fetch_start(struct fetch *f)
{
    AW_BUG_ON(f->state != FETCH_WAITING);
    f->url = http_address(f->http->base, f->path);
    request(f);
}

void fetch_free(struct fetch *f)
{
    handle_return(f);
    free_own(f);
    free(f->url);
    free(f->path);
    f->url = NULL;
    f->path = NULL;
}

static bool is_redirect(long status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 ||
           status == 308;
}

static bool redirect_allowed(const struct fetch *f, const char *to)
{
    if (strncasecmp(to, "https://", 8) == 0) {
        return true;
    }
    return !f->encrypted && strncasecmp(to, "http://", 7) == 0;
}

static void follow(struct fetch *f)
{
    char *to = NULL;

    (void)curl_easy_getinfo(f->easy, CURLINFO_REDIRECT_URL, &to);
    if (to == NULL) {
        done_saying(f, AW_ERR_NET, false, "redirect without an address");
    } else if (!redirect_allowed(f, to)) {
        done_saying(f, AW_ERR_NET, false, "redirect to another scheme refused");
    } else if (f->hops == HOPS_MAX) {
        done_saying(f, AW_ERR_NET, false, "too many redirects");
    } else {
        char *next = host_strdup(to);

        handle_return(f); /* `to` is gone with it */
        free(f->url);
        f->url = next;
        f->hops++;
        request(f);
    }
}

static void fail_by_status(struct fetch *f, long status)
{
    bool again = status == HTTP_TOO_MANY || status >= HTTP_SERVER_ERROR;
    bool missing = status == HTTP_NOT_FOUND || status == HTTP_GONE;
    curl_off_t seconds = 0;
    char *address = shown_address(f);

    if (again) {
        (void)curl_easy_getinfo(f->easy, CURLINFO_RETRY_AFTER, &seconds);
    }
    if (seconds > 0) {
        uint64_t most = UINT64_MAX / 2000;
        uint64_t s = (uint64_t)seconds;

        f->holdoff_ms = (s > most ? most : s) * 1000;
    }
    done(f,
         aw_fail(aw_host_say(&f->why, "%s: HTTP status %ld", address, status),
                 missing ? AW_ERR_NOT_FOUND : AW_ERR_NET, "store: http status",
                 (uint64_t)status),
         again);
    free(address);
}

/* curl errors that a second try cannot mend. */
static bool is_final(CURLcode code)
{
    switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_OUT_OF_MEMORY:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
        return true;
    default:
        return false;
    }
}

static aw_err err_of(const struct fetch *f, CURLcode code)
{
    if (code == CURLE_OUT_OF_MEMORY ||
        (f->os_error != 0 && aw_host_err(f->os_error) == AW_ERR_RESOURCE)) {
        return AW_ERR_RESOURCE;
    }
    return code == CURLE_OPERATION_TIMEDOUT ? AW_ERR_TIMEOUT : AW_ERR_NET;
}

static void fail_by_code(struct fetch *f, CURLcode code)
{
    const char *what = f->said[0] == '\0' ? curl_easy_strerror(code) : f->said;
    char said[128];

    if (f->os_error != 0) {
        what = strerror_r(f->os_error, said, sizeof(said));
    }
    done_saying(f, err_of(f, code), !is_final(code), what);
}

static void fail_by_length(struct fetch *f)
{
    char *address = shown_address(f);

    done(f,
         aw_fail(aw_host_say(&f->why, "%s: longer than %zu bytes", address,
                             f->limit),
                 AW_ERR_SPACE, "store: http body", f->limit),
         false);
    free(address);
}

void fetch_ended(struct fetch *f, CURLcode code)
{
    long status = status_of(f->easy);

    if (f->head > HEAD_MAX || http_long_header(f->easy, code)) {
        done_saying(f, AW_ERR_NET, false, "headers without end");
    } else if (is_redirect(status)) {
        follow(f);
    } else if (status != 0 && status != HTTP_OK) {
        fail_by_status(f, status);
    } else if (f->too_long) {
        fail_by_length(f);
    } else if (f->no_memory) {
        done_saying(f, AW_ERR_SPACE, true, "too much is fetched ahead");
    } else if (code != CURLE_OK || status == 0) {
        fail_by_code(f, code == CURLE_OK ? CURLE_GOT_NOTHING : code);
    } else {
        done(f, AW_OK, false);
    }
}
