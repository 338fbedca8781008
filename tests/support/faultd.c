/* SPDX-License-Identifier: Apache-2.0 */
/*
 * faultd: a small HTTP/1.1 server for tests, on 127.0.0.1 only, that breaks
 * the protocol on demand.
 *
 *   faultd --root DIR --port-file FILE [--log FILE]
 *          [--fault PATTERN=KIND[:NUMBER][:COUNT]]...
 *
 * PATTERN is a shell pattern for the path without its first '/'. The fault
 * hits the first COUNT matching requests, or all. The first fault that
 * matches and is not used up counts. Kinds:
 *
 *   status:CODE     that status, with a short page
 *   busy:SECONDS    status 503 with Retry-After
 *   timeout         no answer
 *   slow            the file, a byte every 100 ms
 *   truncate        Content-Length larger than the body, then the end
 *   long            Content-Length smaller than the body
 *   endless         a body without length or end
 *   endless-chunked the same in chunks
 *   endless-header  headers without end
 *   long-header     one header that is longer than a reader keeps
 *   redirect-file   to file:///etc/passwd
 *   redirect-loop   to itself
 *   redirect:PORT   to the same path on another port of 127.0.0.1
 *   reset           RST instead of an answer
 *   garbage         bytes that are no HTTP
 *   gather:N        the file, once N requests are in flight, or after 5 s
 *
 * The port file is written in one step once the server listens. The log gets
 * one line a request: requests in flight, then the path. It ends with its
 * parent, or after ten minutes.
 */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "aw/attr.h"

enum {
    LIFETIME_S = 600,
    FAULTS_MAX = 32,
    HEAD_MAX = 8192,
    BODY_MAX = 64 << 20,
    GATHER_S = 5,
    SLOW_MS = 100,
    LONG_HEADER_PARTS = 512, /* of 1 KiB */
    BACKLOG = 512
};

enum fault_kind {
    FAULT_NONE,
    FAULT_STATUS,
    FAULT_BUSY,
    FAULT_TIMEOUT,
    FAULT_SLOW,
    FAULT_TRUNCATE,
    FAULT_LONG,
    FAULT_ENDLESS,
    FAULT_ENDLESS_CHUNKED,
    FAULT_ENDLESS_HEADER,
    FAULT_LONG_HEADER,
    FAULT_REDIRECT_FILE,
    FAULT_REDIRECT_LOOP,
    FAULT_REDIRECT,
    FAULT_RESET,
    FAULT_GARBAGE,
    FAULT_GATHER
};

static const struct {
    const char *name;
    enum fault_kind kind;
    bool number; /* KIND:NUMBER */
} kinds[] = {
    {"status", FAULT_STATUS, true},
    {"busy", FAULT_BUSY, true},
    {"timeout", FAULT_TIMEOUT, false},
    {"slow", FAULT_SLOW, false},
    {"truncate", FAULT_TRUNCATE, false},
    {"long", FAULT_LONG, false},
    {"endless", FAULT_ENDLESS, false},
    {"endless-chunked", FAULT_ENDLESS_CHUNKED, false},
    {"endless-header", FAULT_ENDLESS_HEADER, false},
    {"long-header", FAULT_LONG_HEADER, false},
    {"redirect-file", FAULT_REDIRECT_FILE, false},
    {"redirect-loop", FAULT_REDIRECT_LOOP, false},
    {"redirect", FAULT_REDIRECT, true},
    {"reset", FAULT_RESET, false},
    {"garbage", FAULT_GARBAGE, false},
    {"gather", FAULT_GATHER, true},
};

struct fault {
    const char *pattern;
    enum fault_kind kind;
    unsigned long number;
    unsigned long left; /* hits to come; ULONG_MAX for all */
};

static struct fault faults[FAULTS_MAX];
static size_t n_faults;
static int root = -1;
static FILE *log_file;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER;
static unsigned in_flight;
static unsigned most_in_flight;

AW_NORETURN static void die(const char *what)
{
    (void)fprintf(stderr, "faultd: %s\n", what);
    exit(2);
}

/* --- What went wrong on request ---------------------------------------- */

/* NUMBER and COUNT of a fault, from ":NUMBER:COUNT" or ":COUNT". */
static void parse_numbers(struct fault *f, bool number, const char *text)
{
    unsigned long v[2] = {0, ULONG_MAX};
    char *end = NULL;
    size_t i = number ? 0 : 1;

    for (; *text == ':' && i < 2; i++, text = end) {
        v[i] = strtoul(text + 1, &end, 10);
        if (end == text + 1) {
            die("number of a fault");
        }
    }
    if (*text != '\0') {
        die("end of a fault");
    }
    f->number = v[0];
    f->left = v[1];
}

static void parse_fault(char *text)
{
    char *kind = strrchr(text, '=');

    if (kind == NULL || n_faults == FAULTS_MAX) {
        die("fault without '=', or too many");
    }
    *kind++ = '\0';
    size_t n = strcspn(kind, ":");

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strlen(kinds[i].name) == n &&
            strncmp(kinds[i].name, kind, n) == 0) {
            struct fault *f = &faults[n_faults++];

            f->pattern = text;
            f->kind = kinds[i].kind;
            parse_numbers(f, kinds[i].number, kind + n);
            return;
        }
    }
    die("unknown kind of fault");
}

static bool hits(struct fault *f, const char *path)
{
    if (f->left == 0 || fnmatch(f->pattern, path, 0) != 0) {
        return false;
    }
    if (f->left != ULONG_MAX) {
        f->left--;
    }
    return true;
}

static struct fault fault_for(const char *path)
{
    struct fault found = {NULL, FAULT_NONE, 0, 0};

    (void)pthread_mutex_lock(&lock);
    for (size_t i = 0; i < n_faults && found.kind == FAULT_NONE; i++) {
        if (hits(&faults[i], path)) {
            found = faults[i];
        }
    }
    (void)pthread_mutex_unlock(&lock);
    return found;
}

/* --- Counting ----------------------------------------------------------- */

static void begin(const char *path)
{
    (void)pthread_mutex_lock(&lock);
    in_flight++;
    if (in_flight > most_in_flight) {
        most_in_flight = in_flight;
        (void)pthread_cond_broadcast(&more);
    }
    if (log_file != NULL) {
        (void)fprintf(log_file, "%u %s\n", in_flight, path);
        (void)fflush(log_file);
    }
    (void)pthread_mutex_unlock(&lock);
}

static void end(void)
{
    (void)pthread_mutex_lock(&lock);
    in_flight--;
    (void)pthread_mutex_unlock(&lock);
}

static void gather(unsigned long n)
{
    struct timespec until = {0, 0};
    int err = 0;

    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += GATHER_S;
    (void)pthread_mutex_lock(&lock);
    while (most_in_flight < n && err == 0) {
        err = pthread_cond_timedwait(&more, &lock, &until);
    }
    (void)pthread_mutex_unlock(&lock);
}

/* --- Sending ------------------------------------------------------------ */

static bool send_all(int fd, const void *data, size_t n)
{
    const char *p = data;

    while (n > 0) {
        ssize_t done = send(fd, p, n, MSG_NOSIGNAL);

        if (done <= 0) {
            return false;
        }
        p += done;
        n -= (size_t)done;
    }
    return true;
}

AW_PRINTF(2, 3)
static bool send_text(int fd, const char *format, ...)
{
    char text[HEAD_MAX + 256];
    va_list args;

    va_start(args, format);
    int n = vsnprintf(text, sizeof(text), format, args);

    va_end(args);
    return n >= 0 && (size_t)n < sizeof(text) && send_all(fd, text, (size_t)n);
}

static bool send_page(int fd, unsigned long status, const char *header)
{
    return send_text(fd,
                     "HTTP/1.1 %lu Status\r\n%sContent-Length: 5\r\n\r\npage\n",
                     status, header);
}

static bool send_head(int fd, size_t length)
{
    return send_text(fd,
                     "HTTP/1.1 200 OK\r\nContent-Type: "
                     "application/octet-stream\r\nContent-Length: %zu\r\n\r\n",
                     length);
}

static void send_endless(int fd)
{
    static const char zeros[65536];

    if (send_text(fd, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")) {
        while (send_all(fd, zeros, sizeof(zeros))) {
        }
    }
}

static void send_endless_chunks(int fd)
{
    static const char zeros[4096];

    if (!send_text(fd,
                   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")) {
        return;
    }
    while (send_text(fd, "1000\r\n") && send_all(fd, zeros, sizeof(zeros)) &&
           send_text(fd, "\r\n")) {
    }
}

static void send_endless_header(int fd)
{
    unsigned n = 0;

    if (send_text(fd, "HTTP/1.1 200 OK\r\n")) {
        while (send_text(fd, "X-Header-%u: %0512u\r\n", n, n)) {
            n++;
        }
    }
}

static void send_long_header(int fd)
{
    bool ok = send_text(fd, "HTTP/1.1 200 OK\r\nX-Header: ");

    for (unsigned i = 0; ok && i < LONG_HEADER_PARTS; i++) {
        ok = send_text(fd, "%01024u", i);
    }
}

static bool send_slowly(int fd, const char *p, size_t n)
{
    const struct timespec pause = {0, SLOW_MS * 1000000L};

    if (!send_head(fd, n)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        (void)nanosleep(&pause, NULL);
        if (!send_all(fd, p + i, 1)) {
            return false;
        }
    }
    return true;
}

/* Waits until the client goes away. */
static void be_silent(int fd)
{
    char byte = 0;

    while (recv(fd, &byte, 1, 0) > 0) {
    }
}

static void reset(int fd)
{
    const struct linger now = {1, 0};

    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

/* --- Files -------------------------------------------------------------- */

static bool path_is_bad(const char *path)
{
    return path[0] == '/' || strstr(path, "..") != NULL;
}

/* Whole file below the root; NULL when there is none. Free it. */
static char *read_file(const char *path, size_t *n)
{
    struct stat st;
    int fd = path_is_bad(path) ? -1 : openat(root, path, O_RDONLY | O_CLOEXEC);
    char *data = NULL;

    if (fd < 0) {
        return NULL;
    }
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= BODY_MAX) {
        size_t size = (size_t)st.st_size;

        data = malloc(size + 1);
        if (data != NULL && read(fd, data, size) != (ssize_t)size) {
            free(data);
            data = NULL;
        }
        *n = size;
    }
    (void)close(fd);
    return data;
}

/* --- Requests ----------------------------------------------------------- */

/* Answers with a file, in the way that the fault says. False: hang up. */
static bool answer_file(int fd, const char *path, enum fault_kind kind)
{
    size_t n = 0;
    char *data = read_file(path, &n);
    bool keep = false;

    if (data == NULL) {
        return send_page(fd, 404, "");
    }
    switch (kind) {
    case FAULT_SLOW:
        keep = send_slowly(fd, data, n);
        break;
    case FAULT_TRUNCATE:
        (void)(send_head(fd, n + 10) && send_all(fd, data, n));
        break;
    case FAULT_LONG:
        keep = send_head(fd, n / 2) && send_all(fd, data, n);
        break;
    default:
        keep = send_head(fd, n) && send_all(fd, data, n);
        break;
    }
    free(data);
    return keep;
}

static bool redirect(int fd, const struct fault *f, const char *path)
{
    char where[HEAD_MAX + 64];

    if (f->kind == FAULT_REDIRECT_FILE) {
        return send_page(fd, 302, "Location: file:///etc/passwd\r\n");
    }
    if (f->kind == FAULT_REDIRECT_LOOP) {
        (void)snprintf(where, sizeof(where), "Location: /%s\r\n", path);
    } else {
        (void)snprintf(where, sizeof(where),
                       "Location: http://127.0.0.1:%lu/%s\r\n", f->number,
                       path);
    }
    return send_page(fd, 302, where);
}

static bool busy(int fd, unsigned long seconds)
{
    char header[64];

    (void)snprintf(header, sizeof(header), "Retry-After: %lu\r\n", seconds);
    return send_page(fd, 503, header);
}

/* True when the connection may serve another request. */
static bool answer(int fd, const char *path)
{
    struct fault f = fault_for(path);

    switch (f.kind) {
    case FAULT_STATUS:
        return send_page(fd, f.number, "");
    case FAULT_BUSY:
        return busy(fd, f.number);
    case FAULT_TIMEOUT:
        be_silent(fd);
        return false;
    case FAULT_ENDLESS:
        send_endless(fd);
        return false;
    case FAULT_ENDLESS_CHUNKED:
        send_endless_chunks(fd);
        return false;
    case FAULT_ENDLESS_HEADER:
        send_endless_header(fd);
        return false;
    case FAULT_LONG_HEADER:
        send_long_header(fd);
        return false;
    case FAULT_REDIRECT_FILE:
    case FAULT_REDIRECT_LOOP:
    case FAULT_REDIRECT:
        return redirect(fd, &f, path);
    case FAULT_RESET:
        reset(fd);
        return false;
    case FAULT_GARBAGE:
        (void)send_text(fd, "\x01\x02 this is no HTTP\r\n\r\n");
        return false;
    case FAULT_GATHER:
        gather(f.number);
        return answer_file(fd, path, FAULT_NONE);
    default:
        return answer_file(fd, path, f.kind);
    }
}

/* Reads up to the empty line; false at the end or when it is too long. */
static bool read_head(int fd, char *head)
{
    for (size_t n = 0; n < HEAD_MAX - 1; n++) {
        if (recv(fd, head + n, 1, 0) != 1) {
            return false;
        }
        if (head[0] != 'G') {
            return false; /* TLS, for one */
        }
        head[n + 1] = '\0';
        if (n >= 3 && strcmp(head + n - 3, "\r\n\r\n") == 0) {
            return true;
        }
    }
    return false;
}

/* Path of "GET /path HTTP/1.1", decoded in place. NULL when it is not. */
static char *parse_path(char *head)
{
    static const char get[] = "GET /";
    char *path = head + sizeof(get) - 1;
    char *to = path;

    if (strncmp(head, get, sizeof(get) - 1) != 0) {
        return NULL;
    }
    char *stop = strchr(path, ' ');

    if (stop == NULL) {
        return NULL;
    }
    for (const char *from = path; from < stop; from++) {
        char hex[3] = {from[0], from[1], '\0'};

        if (from[0] == '%' && stop - from > 2) {
            memcpy(hex, from + 1, 2);
            *to++ = (char)strtoul(hex, NULL, 16);
            from += 2;
        } else {
            *to++ = from[0];
        }
    }
    *to = '\0';
    return path;
}

static void *serve(void *arg)
{
    int fd = *(int *)arg;
    char head[HEAD_MAX];
    bool keep = true;
    int at_once = 1;

    free(arg);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof(at_once));
    while (keep && read_head(fd, head)) {
        char *path = parse_path(head);

        if (path == NULL) {
            break;
        }
        begin(path);
        keep = answer(fd, path);
        end();
    }
    (void)close(fd);
    return NULL;
}

/* --- Start -------------------------------------------------------------- */

static int listen_local(unsigned *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t n = sizeof(a);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0 ||
        listen(fd, BACKLOG) != 0 ||
        getsockname(fd, (struct sockaddr *)&a, &n) != 0) {
        die("cannot listen");
    }
    *port = ntohs(a.sin_port);
    return fd;
}

static void write_port(const char *path, unsigned port)
{
    char temp[PATH_MAX];

    (void)snprintf(temp, sizeof(temp), "%s.tmp", path);
    FILE *f = fopen(temp, "w");

    if (f == NULL || fprintf(f, "%u\n", port) < 0 || fclose(f) != 0 ||
        rename(temp, path) != 0) {
        die("cannot write the port file");
    }
}

static void live_with_parent(pid_t parent)
{
    (void)signal(SIGPIPE, SIG_IGN);
    (void)alarm(LIFETIME_S);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) {
        die("parent is gone");
    }
}

static void accept_one(int server)
{
    int *fd = malloc(sizeof(*fd));
    pthread_t thread;
    pthread_attr_t attr;

    if (fd == NULL) {
        die("memory");
    }
    *fd = accept(server, NULL, NULL);
    if (*fd < 0) {
        free(fd);
        return;
    }
    (void)pthread_attr_init(&attr);
    (void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    if (pthread_create(&thread, &attr, serve, fd) != 0) {
        (void)close(*fd);
        free(fd);
    }
    (void)pthread_attr_destroy(&attr);
}

static const char *option(int argc, char **argv, int *i)
{
    if (*i + 1 >= argc) {
        die("option without value");
    }
    return argv[++*i];
}

static const char *parse_options(int argc, char **argv)
{
    const char *port_file = NULL;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--root") == 0) {
            root = open(option(argc, argv, &i),
                        O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        } else if (strcmp(argv[i], "--port-file") == 0) {
            port_file = option(argc, argv, &i);
        } else if (strcmp(argv[i], "--log") == 0) {
            log_file = fopen(option(argc, argv, &i), "ae");
        } else if (strcmp(argv[i], "--fault") == 0) {
            (void)option(argc, argv, &i);
            parse_fault(argv[i]);
        } else {
            die("unknown option");
        }
    }
    if (root < 0 || port_file == NULL) {
        die("usage: --root DIR --port-file FILE");
    }
    return port_file;
}

int main(int argc, char **argv)
{
    pid_t parent = getppid();
    unsigned port = 0;

    live_with_parent(parent);
    const char *port_file = parse_options(argc, argv);
    int server = listen_local(&port);

    write_port(port_file, port);
    for (;;) {
        accept_one(server);
    }
}
