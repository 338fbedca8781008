/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "faultd.h"

enum { BODY_MAX = 64 << 20 };

static bool path_is_bad(const char *path)
{
    return path[0] == '/' || strstr(path, "..") != NULL;
}

/* Whole file below the root; NULL when there is none. Free it. */
static char *read_file(const char *path, size_t *n)
{
    struct stat st;
    int fd = path_is_bad(path)
                 ? -1
                 : openat(faultd.root, path, O_RDONLY | O_CLOEXEC);
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

/* Answers with a file, in the way that the fault says. False: hang up. */
static bool answer_file(int fd, const char *path, enum fault_kind kind)
{
    size_t n = 0;
    char *data = read_file(path, &n);
    bool keep = false;

    if (data == NULL) {
        return faultd_send_page(fd, 404, "");
    }
    switch (kind) {
    case FAULT_SLOW:
        keep = faultd_send_slowly(fd, data, n);
        break;
    case FAULT_TRUNCATE:
        (void)(faultd_send_head(fd, n + 10) && faultd_send_all(fd, data, n));
        break;
    case FAULT_LONG:
        keep = faultd_send_head(fd, n / 2) && faultd_send_all(fd, data, n);
        break;
    default:
        keep = faultd_send_head(fd, n) && faultd_send_all(fd, data, n);
        break;
    }
    free(data);
    return keep;
}

static bool redirect(int fd, const struct fault *f, const char *path)
{
    char where[FAULTD_HEAD_MAX + 64];

    if (f->kind == FAULT_REDIRECT_FILE) {
        return faultd_send_page(fd, 302, "Location: file:///etc/passwd\r\n");
    }
    if (f->kind == FAULT_REDIRECT_LOOP) {
        (void)snprintf(where, sizeof(where), "Location: /%s\r\n", path);
    } else {
        (void)snprintf(where, sizeof(where),
                       "Location: http://127.0.0.1:%lu/%s\r\n", f->number,
                       path);
    }
    return faultd_send_page(fd, 302, where);
}

static bool busy(int fd, unsigned long seconds)
{
    char header[64];

    (void)snprintf(header, sizeof(header), "Retry-After: %lu\r\n", seconds);
    return faultd_send_page(fd, 503, header);
}

/* True when the connection may serve another request. */
static bool answer(int fd, const char *path)
{
    struct fault f = faultd_fault_for(path);

    switch (f.kind) {
    case FAULT_STATUS:
        return faultd_send_page(fd, f.number, "");
    case FAULT_BUSY:
        return busy(fd, f.number);
    case FAULT_TIMEOUT:
        faultd_wait_for_end(fd);
        return false;
    case FAULT_ENDLESS:
        faultd_send_endless(fd);
        return false;
    case FAULT_ENDLESS_CHUNKED:
        faultd_send_endless_chunks(fd);
        return false;
    case FAULT_ENDLESS_HEADER:
        faultd_send_endless_header(fd);
        return false;
    case FAULT_LONG_HEADER:
        faultd_send_long_header(fd);
        return false;
    case FAULT_REDIRECT_FILE:
    case FAULT_REDIRECT_LOOP:
    case FAULT_REDIRECT:
        return redirect(fd, &f, path);
    case FAULT_RESET:
        faultd_reset(fd);
        return false;
    case FAULT_GARBAGE:
        (void)faultd_send_text(fd, "\x01\x02 this is no HTTP\r\n\r\n");
        return false;
    case FAULT_GATHER:
        faultd_gather(f.number);
        return answer_file(fd, path, FAULT_NONE);
    default:
        return answer_file(fd, path, f.kind);
    }
}

/* Reads up to the empty line; false at the end or when it is too long. */
static bool read_head(int fd, char *head)
{
    for (size_t n = 0; n < FAULTD_HEAD_MAX - 1; n++) {
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

void *faultd_serve(void *arg)
{
    int fd = *(int *)arg;
    char head[FAULTD_HEAD_MAX];
    bool keep = true;
    int at_once = 1;

    free(arg);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof(at_once));
    while (keep && read_head(fd, head)) {
        char *path = parse_path(head);

        if (path == NULL) {
            break;
        }
        faultd_begin(path);
        keep = answer(fd, path);
        faultd_end();
    }
    (void)close(fd);
    return NULL;
}
