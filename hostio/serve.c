/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hostio/serve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aw/hostio/alloc.h"
#include "host.h"
#include "range.h"
#include "serve_private.h"
#include "store_private.h"

enum {
    CONNECTIONS = 512,
    OF_ONE = 128, /* from one address: who holds them keeps nobody else out */
    IDLE_S = 30,  /* a connection that is silent for so long is closed */
    BACKLOG = 64,
    PORT_MAX = 65535,
    RANGE_TEXT = 80
};

struct served {
    char *name;
    struct folder folder;
};

struct aw_server {
    struct MHD_Daemon *daemon;
    unsigned port;
    size_t n;
    struct served served[AW_SERVED_MAX];
    void (*seen)(void *ctx, const char *method, const char *path,
                 unsigned status);
    void *seen_ctx;
    void (*page)(void *ctx, const char *path, const char *query,
                 struct aw_page *page);
    void *page_ctx;
};

/* An address and its length. */
struct place {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } at;
    socklen_t n;
};

static bool read_address(const char *address, unsigned port,
                         struct place *place)
{
    memset(place, 0, sizeof(*place));
    if (inet_pton(AF_INET, address, &place->at.v4.sin_addr) == 1) {
        place->at.v4.sin_family = AF_INET;
        place->at.v4.sin_port = htons((uint16_t)port);
        place->n = sizeof(place->at.v4);
        return true;
    }
    if (inet_pton(AF_INET6, address, &place->at.v6.sin6_addr) == 1) {
        place->at.v6.sin6_family = AF_INET6;
        place->at.v6.sin6_port = htons((uint16_t)port);
        place->n = sizeof(place->at.v6);
        return true;
    }
    return false;
}

bool aw_serve_is_address(const char *address)
{
    struct place place;

    return read_address(address, 0, &place);
}

bool aw_serve_is_loopback(const char *address)
{
    enum { LOOPBACK_NET = 127, NET_SHIFT = 24 };
    struct place place;

    if (!read_address(address, 0, &place)) {
        return false;
    }
    if (place.at.any.sa_family == AF_INET) {
        return ntohl(place.at.v4.sin_addr.s_addr) >> NET_SHIFT == LOOPBACK_NET;
    }
    return IN6_IS_ADDR_LOOPBACK(&place.at.v6.sin6_addr) != 0;
}

/* Names of files in logs need no escapes, so none are taken: what is checked
 * is what was sent. */
static size_t keep_escapes(void *ctx, struct MHD_Connection *connection,
                           char *text)
{
    (void)ctx;
    (void)connection;
    return strlen(text);
}

/* A file that may be seen: no hidden part, nothing that is escaped. */
static bool may_serve(const char *path)
{
    return store_path_ok(path) && path[0] != '.' &&
           strstr(path, "/.") == NULL && strchr(path, '%') == NULL;
}

/* Opens what a path names; -1 when there is nothing to be seen. */
static int open_file(const struct aw_server *server, const char *path,
                     uint64_t *size)
{
    size_t n = strcspn(path, "/");
    struct stat st;

    for (size_t i = 0; i < server->n; i++) {
        const struct served *s = &server->served[i];

        if (strlen(s->name) != n || strncmp(s->name, path, n) != 0 ||
            path[n] != '/' || !may_serve(path + n + 1)) {
            continue;
        }
        int fd = folder_open_file(&s->folder, path + n + 1);

        if (fd < 0) {
            return -1;
        }
        if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size >= 0) {
            *size = (uint64_t)st.st_size;
            return fd;
        }
        (void)close(fd);
    }
    return -1;
}

/* Only the checkpoint ever changes. */
static void describe(struct MHD_Response *response, const char *path)
{
    const char *slash = strrchr(path, '/');
    bool checkpoint = slash != NULL && strcmp(slash, "/checkpoint") == 0;

    (void)serve_add(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                    checkpoint ? "text/plain; charset=utf-8"
                               : "application/octet-stream");
    (void)serve_add(response, MHD_HTTP_HEADER_CACHE_CONTROL,
                    checkpoint ? "no-cache"
                               : "public, max-age=31536000, immutable");
    (void)serve_add(response, MHD_HTTP_HEADER_ACCEPT_RANGES, "bytes");
}

/* Takes over the descriptor. */
static struct MHD_Response *file_response(int fd, const char *path,
                                          uint64_t size,
                                          const struct range *range)
{
    char text[RANGE_TEXT];
    struct MHD_Response *response =
        MHD_create_response_from_fd_at_offset64(range->n, fd, range->from);

    if (response == NULL) {
        (void)close(fd);
        return NULL;
    }
    describe(response, path);
    if (range->partial) {
        (void)snprintf(text, sizeof(text),
                       "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, range->from,
                       range->from + range->n - 1, size);
        (void)serve_add(response, MHD_HTTP_HEADER_CONTENT_RANGE, text);
    }
    return response;
}

static struct MHD_Response *no_such_range(uint64_t size)
{
    char text[RANGE_TEXT];
    struct MHD_Response *response = serve_text("no such range\n");

    (void)snprintf(text, sizeof(text), "bytes */%" PRIu64, size);
    if (response != NULL) {
        (void)serve_add(response, MHD_HTTP_HEADER_CONTENT_RANGE, text);
    }
    return response;
}

/* Path of a request's target, which as for a proxy may be a whole address;
 * whom it names does not matter, since there is one host here. */
static const char *path_of(const char *target)
{
    static const char scheme[] = "http://";

    if (strncasecmp(target, scheme, sizeof(scheme) - 1) != 0) {
        return target;
    }
    target += sizeof(scheme) - 1;
    return target + strcspn(target, "/");
}

/* @return the status that goes with the response */
static unsigned find_answer(const struct aw_server *server,
                            struct MHD_Connection *connection, const char *path,
                            struct MHD_Response **response)
{
    const char *asked = MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
                                                    MHD_HTTP_HEADER_RANGE);
    const char *condition = MHD_lookup_connection_value(
        connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_RANGE);
    struct range range;
    uint64_t size = 0;
    int fd = path[0] == '/' ? open_file(server, path + 1, &size) : -1;

    if (fd < 0) {
        *response = serve_text("not found\n");
        return MHD_HTTP_NOT_FOUND;
    }
    /* A condition that cannot be judged means: the whole file. */
    aw_bytes text = aw_text(asked == NULL || condition != NULL ? "" : asked);

    if (!range_read(text, size, &range)) {
        (void)close(fd);
        *response = no_such_range(size);
        return MHD_HTTP_RANGE_NOT_SATISFIABLE;
    }
    *response = file_response(fd, path, size, &range);
    return range.partial ? MHD_HTTP_PARTIAL_CONTENT : MHD_HTTP_OK;
}

/* The library says how many parameters there are.
 * NOLINTNEXTLINE(readability-function-size) */
static enum MHD_Result answer(void *ctx, struct MHD_Connection *connection,
                              const char *path, const char *method,
                              const char *version, const char *upload,
                              size_t *upload_n, void **state)
{
    static char started;
    const struct aw_server *server = ctx;
    struct MHD_Response *response = NULL;
    unsigned status = MHD_HTTP_METHOD_NOT_ALLOWED;
    bool known = strcmp(method, MHD_HTTP_METHOD_GET) == 0 ||
                 strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;

    (void)version;
    (void)upload;
    if (known && (*state == NULL || *upload_n > 0)) {
        *state = &started; /* called again when all of it has come */
        *upload_n = 0;     /* a body that nobody asked for */
        return MHD_YES;
    }
    *upload_n = 0;
    if (known && server->page != NULL) {
        const struct serve_maker maker = {server->page, server->page_ctx};

        status = serve_page(&maker, connection, path_of(path), &response);
    } else if (known) {
        status = find_answer(server, connection, path_of(path), &response);
    } else {
        response = serve_text("GET and HEAD only\n");
        if (response != NULL) {
            (void)serve_add(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
        }
    }
    if (server->seen != NULL) {
        server->seen(server->seen_ctx, method, path, status);
    }
    return serve_send(connection, status, response);
}

/* A socket that listens; -1 with errno. Made here, since the library does
 * not say why there is none. */
static int listen_at(const struct place *place)
{
    int on = 1;
    int fd = socket(place->at.any.sa_family,
                    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0) {
        return -1;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, &place->at.any, place->n) != 0 || listen(fd, BACKLOG) != 0) {
        int error = errno;

        (void)close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

static unsigned port_of(int fd)
{
    struct place place;

    memset(&place, 0, sizeof(place));
    place.n = sizeof(place.at);
    if (getsockname(fd, &place.at.any, &place.n) != 0) {
        return 0;
    }
    return ntohs(place.at.any.sa_family == AF_INET ? place.at.v4.sin_port
                                                   : place.at.v6.sin6_port);
}

static aw_err open_folders(struct aw_server *server,
                           const struct aw_serve_options *options,
                           struct aw_host_diag *host)
{
    AW_BUG_ON(options->n > AW_SERVED_MAX);
    for (size_t i = 0; i < options->n; i++) {
        struct served *s = &server->served[i];

        s->name = host_strdup(options->served[i].name);
        s->folder.fd = -1;
        server->n++;
        aw_err err = folder_open(&s->folder, options->served[i].folder, host);

        if (err != AW_OK) {
            return err;
        }
    }
    return AW_OK;
}

static aw_err fail_listen(const struct aw_serve_options *options, int error,
                          struct aw_host_diag *host)
{
    char place[128];

    (void)snprintf(place, sizeof(place), "%.64s port %u", options->address,
                   options->port);
    return error == EADDRINUSE
               ? aw_fail(aw_host_say(host, "%s: is in use", place),
                         AW_ERR_EXISTS, "server: port", options->port)
               : aw_host_fail_errno(host, "server: listen", error, place);
}

static aw_err start(struct aw_server *server,
                    const struct aw_serve_options *options,
                    struct aw_host_diag *host)
{
    struct place place;

    if (options->port > PORT_MAX ||
        !read_address(options->address, options->port, &place)) {
        return aw_fail(aw_host_say(host, "%s port %u: no numeric address",
                                   options->address, options->port),
                       AW_ERR_USAGE, "server: address", options->port);
    }
    aw_err err = open_folders(server, options, host);

    if (err != AW_OK) {
        return err;
    }
    int fd = listen_at(&place);

    if (fd < 0) {
        return fail_listen(options, errno, host);
    }
    server->port = port_of(fd);
    server->daemon = MHD_start_daemon(
        MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, answer,
        server, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)CONNECTIONS, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
        (unsigned)OF_ONE, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
        MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_END);
    if (server->daemon == NULL) {
        (void)close(fd);
        return aw_fail(aw_host_say(host, "the server does not start"),
                       AW_ERR_RESOURCE, "server: start", 0);
    }
    return AW_OK;
}

aw_err aw_serve_start(const struct aw_serve_options *options,
                      struct aw_server **server, struct aw_host_diag *host)
{
    struct aw_server *s = aw_alloc(1, sizeof(*s));

    s->seen = options->seen;
    s->seen_ctx = options->seen_ctx;
    s->page = options->page;
    s->page_ctx = options->page_ctx;
    aw_err err = start(s, options, host);

    if (err != AW_OK) {
        aw_serve_stop(s);
        return err;
    }
    *server = s;
    return AW_OK;
}

unsigned aw_serve_port(const struct aw_server *server)
{
    return server->port;
}

void aw_serve_stop(struct aw_server *server)
{
    if (server == NULL) {
        return;
    }
    if (server->daemon != NULL) {
        MHD_stop_daemon(server->daemon);
    }
    for (size_t i = 0; i < server->n; i++) {
        folder_close(&server->served[i].folder);
        free(server->served[i].name);
    }
    free(server);
}
