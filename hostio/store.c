/* SPDX-License-Identifier: Apache-2.0 */
#include <curl/curl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "aw/hostio/alloc.h"
#include "aw/text.h"
#include "host.h"
#include "store_private.h"

enum { IN_FLIGHT_MAX = 256, ATTEMPTS_MAX = 100 };

static const struct aw_store_options defaults = {
    .in_flight = 32,
    .attempts = 4,
    .pause_ms = 250,
    .pause_max_ms = 30000,
    .connect_ms = 15000,
    .stall_s = 20,
    .request_ms = 600000,
    .file_max = (64U << 20) + (64U << 10),
    .ahead_max = 1U << 20,
    .memory_max = 32U << 20,
};

static unsigned or_default(unsigned value, unsigned standard)
{
    return value == 0 ? standard : value;
}

static size_t or_size(size_t value, size_t standard)
{
    return value == 0 ? standard : value;
}

static struct aw_store_options complete(const struct aw_store_options *options)
{
    struct aw_store_options o = options == NULL ? defaults : *options;

    o.in_flight = or_default(o.in_flight, defaults.in_flight);
    o.attempts = or_default(o.attempts, defaults.attempts);
    o.pause_ms = or_default(o.pause_ms, defaults.pause_ms);
    o.pause_max_ms = or_default(o.pause_max_ms, defaults.pause_max_ms);
    o.connect_ms = or_default(o.connect_ms, defaults.connect_ms);
    o.stall_s = or_default(o.stall_s, defaults.stall_s);
    o.request_ms = or_default(o.request_ms, defaults.request_ms);
    o.file_max = or_size(o.file_max, defaults.file_max);
    o.ahead_max = or_size(o.ahead_max, defaults.ahead_max);
    o.memory_max = or_size(o.memory_max, defaults.memory_max);
    return o;
}

bool store_path_ok(const char *path)
{
    struct aw_rd r = aw_rd_init(aw_text(path));

    for (;;) {
        struct aw_rd probe = r;
        aw_bytes part = aw_rd_until(&probe, '/');
        bool last = probe.failed;

        if (last) {
            part = aw_rd_rest(&r);
        }
        if (part.n == 0 || aw_bytes_is(part, ".") || aw_bytes_is(part, "..")) {
            return false;
        }
        if (last) {
            return true;
        }
        r = probe;
    }
}

static aw_err store_get(void *ctx, const char *path, struct aw_wr *buf,
                        struct aw_diag *diag)
{
    struct aw_host_store *store = ctx;
    struct aw_host_diag *why = &store->why;
    aw_err err = AW_OK;

    if (!store_path_ok(path)) {
        err = aw_fail(aw_host_say(why, "%s: not a path in a store", path),
                      AW_ERR_RANGE, "store: path", 0);
    } else if (buf->failed) {
        err = aw_fail(aw_host_say(why, "%s: buffer has failed", path),
                      AW_ERR_SPACE, "store: buffer", 0);
    } else if (store->http != NULL) {
        err = http_get(store->http, path, buf, why);
    } else {
        err = folder_get(store, path, buf, why);
    }
    if (err != AW_OK && diag != NULL) {
        *diag = why->diag;
    }
    return err;
}

static void store_hint(void *ctx, const char *const *paths, size_t n)
{
    struct aw_host_store *store = ctx;

    if (store->http != NULL) {
        http_hint(store->http, paths, n);
    }
}

static aw_err bad_address(const char *why, struct aw_host_diag *host)
{
    /* The address itself is not shown: it may hold a password. */
    return aw_fail(aw_host_say(host, "store address: %s", why), AW_ERR_USAGE,
                   "store: address", 0);
}

/* Path of a file:// address in place: host dropped, percent signs decoded. */
static aw_err file_path(aw_bytes rest, char *path, struct aw_host_diag *host)
{
    static const char local[] = "localhost";
    struct aw_rd r = aw_rd_init(rest);
    struct aw_wr w = aw_wr_init(path, rest.n);

    if (aw_bytes_starts(rest, local)) {
        (void)aw_rd_take(&r, sizeof(local) - 1);
    }
    if (aw_rd_left(&r) == 0 || rest.p[r.at] != '/') {
        return bad_address("file:// needs an absolute path", host);
    }
    while (aw_rd_left(&r) > 0) {
        uint8_t c = aw_rd_u8(&r);
        uint64_t value = c;

        if (c == '?' || c == '#') {
            return bad_address("query or fragment", host);
        }
        if (c == '%' && aw_hex_parse_u64(aw_rd_take(&r, 2), &value) != AW_OK) {
            return bad_address("malformed percent sign", host);
        }
        if (value == 0) {
            return bad_address("zero byte", host);
        }
        aw_wr_u8(&w, (uint8_t)value);
    }
    path[w.n] = '\0';
    return AW_OK;
}

static bool has_scheme(const char *source, const char *scheme)
{
    return strncasecmp(source, scheme, strlen(scheme)) == 0;
}

static aw_err open_folder(struct aw_host_store *store, const char *source,
                          struct aw_host_diag *host)
{
    static const char scheme[] = "file://";
    char *path = host_strdup(source);
    aw_err err = AW_OK;

    if (has_scheme(source, scheme)) {
        err = file_path(aw_text(source + sizeof(scheme) - 1), path, host);
    }
    if (err == AW_OK) {
        err = folder_open(&store->folder, path, host);
    }
    if (err == AW_OK) {
        store->name = path;
    } else {
        free(path);
    }
    return err;
}

/* Base and shown form of an address; free both with curl_free. */
struct address {
    char *base;
    char *shown;
    bool bad_part; /* query or fragment */
};

static bool part_is_set(CURLU *url, CURLUPart part)
{
    char *text = NULL;
    bool set = curl_url_get(url, part, &text, 0) == CURLUE_OK;

    curl_free(text);
    return set;
}

/* Adds the final '/' that makes paths relative to the address. */
static bool end_in_slash(CURLU *url)
{
    char *path = NULL;

    if (curl_url_get(url, CURLUPART_PATH, &path, 0) != CURLUE_OK) {
        return false;
    }
    size_t n = strlen(path);
    bool ok = true;

    if (n == 0 || path[n - 1] != '/') {
        char *longer = aw_alloc(n + 2, 1);

        (void)snprintf(longer, n + 2, "%s/", path);
        ok = curl_url_set(url, CURLUPART_PATH, longer, 0) == CURLUE_OK;
        free(longer);
    }
    curl_free(path);
    return ok;
}

static bool split_address(CURLU *url, const char *source, struct address *a)
{
    /* curl skips a third slash and takes the path for the host. */
    if (strstr(source, ":///") != NULL ||
        curl_url_set(url, CURLUPART_URL, source, 0) != CURLUE_OK) {
        return false;
    }
    a->bad_part = part_is_set(url, CURLUPART_QUERY) ||
                  part_is_set(url, CURLUPART_FRAGMENT);
    return end_in_slash(url) &&
           curl_url_get(url, CURLUPART_URL, &a->base, 0) == CURLUE_OK &&
           curl_url_set(url, CURLUPART_USER, NULL, 0) == CURLUE_OK &&
           curl_url_set(url, CURLUPART_PASSWORD, NULL, 0) == CURLUE_OK &&
           curl_url_get(url, CURLUPART_URL, &a->shown, 0) == CURLUE_OK;
}

static aw_err open_address(struct aw_host_store *store, const struct address *a,
                           struct aw_host_diag *host)
{
    store->http = http_open(a->base, a->shown, &store->options);
    if (store->http == NULL) {
        return aw_fail(aw_host_say(host, "%s: curl cannot start", a->shown),
                       AW_ERR_RESOURCE, "store: http", 0);
    }
    store->name = host_strdup(a->shown);
    return AW_OK;
}

static aw_err open_http(struct aw_host_store *store, const char *source,
                        struct aw_host_diag *host)
{
    struct address a = {NULL, NULL, false};
    aw_err err = AW_OK;

    if (store->options.offline) {
        return aw_fail(aw_host_say(host, "the source is a server, and the "
                                         "network is forbidden (offline)"),
                       AW_ERR_PRECONDITION, "store: offline", 0);
    }
    CURLU *url = curl_url();

    if (url == NULL) {
        err = bad_address("no memory", host);
    } else if (!split_address(url, source, &a)) {
        err = bad_address("malformed", host);
    } else if (a.bad_part) {
        err = bad_address("query or fragment", host);
    } else {
        err = open_address(store, &a, host);
    }
    curl_free(a.base);
    curl_free(a.shown);
    curl_url_cleanup(url);
    return err;
}

static bool options_ok(const struct aw_store_options *o)
{
    return o->in_flight <= IN_FLIGHT_MAX && o->attempts <= ATTEMPTS_MAX &&
           o->pause_ms <= INT_MAX && o->pause_max_ms <= INT_MAX &&
           o->connect_ms <= INT_MAX && o->stall_s <= INT_MAX / 1000 &&
           o->request_ms <= INT_MAX && o->deadline_ms <= UINT64_MAX / 2;
}

static aw_err open_source(struct aw_host_store *store, const char *source,
                          struct aw_host_diag *host)
{
    if (!options_ok(&store->options)) {
        return aw_fail(aw_host_say(host, "store: option out of range"),
                       AW_ERR_USAGE, "store: options", 0);
    }
    if (source[0] == '\0') {
        return bad_address("empty", host);
    }
    if (has_scheme(source, "http://") || has_scheme(source, "https://")) {
        return open_http(store, source, host);
    }
    if (strstr(source, "://") != NULL && !has_scheme(source, "file://")) {
        return bad_address("only file://, http:// and https://", host);
    }
    return open_folder(store, source, host);
}

aw_err aw_store_open(const char *source, const struct aw_store_options *options,
                     struct aw_host_store **store, struct aw_host_diag *host)
{
    struct aw_host_store *s = aw_alloc(1, sizeof(*s));

    s->folder.fd = -1;
    s->options = complete(options);
    s->face = (struct aw_store){s, store_get, store_hint};
    aw_err err = open_source(s, source, host);

    if (err != AW_OK) {
        aw_store_close(s);
        return err;
    }
    *store = s;
    return AW_OK;
}

void aw_store_close(struct aw_host_store *store)
{
    if (store == NULL) {
        return;
    }
    http_close(store->http);
    folder_close(&store->folder);
    free(store->name);
    free(store);
}

const struct aw_store *aw_store_face(const struct aw_host_store *store)
{
    return &store->face;
}

const struct aw_host_diag *aw_store_why(const struct aw_host_store *store)
{
    return &store->why;
}

const char *aw_store_name(const struct aw_host_store *store)
{
    return store->name;
}

bool aw_store_is_remote(const struct aw_host_store *store)
{
    return store->http != NULL;
}
