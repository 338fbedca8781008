/* SPDX-License-Identifier: Apache-2.0 */
#include "faultd.h"

#include <stdarg.h>
#include <sys/socket.h>
#include <time.h>

enum {
    SLOW_MS = 100,
    LONG_HEADER_PARTS = 512 /* of 1 KiB */
};

bool faultd_send_all(int fd, const void *data, size_t n)
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

bool faultd_send_text(int fd, const char *format, ...)
{
    char text[FAULTD_HEAD_MAX + 256];
    va_list args;

    va_start(args, format);
    int n = vsnprintf(text, sizeof(text), format, args);

    va_end(args);
    return n >= 0 && (size_t)n < sizeof(text) &&
           faultd_send_all(fd, text, (size_t)n);
}

bool faultd_send_page(int fd, unsigned long status, const char *header)
{
    return faultd_send_text(
        fd, "HTTP/1.1 %lu Status\r\n%sContent-Length: 5\r\n\r\npage\n", status,
        header);
}

bool faultd_send_head(int fd, size_t length)
{
    return faultd_send_text(
        fd,
        "HTTP/1.1 200 OK\r\nContent-Type: "
        "application/octet-stream\r\nContent-Length: %zu\r\n\r\n",
        length);
}

void faultd_send_endless(int fd)
{
    static const char zeros[65536];

    if (faultd_send_text(fd, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")) {
        while (faultd_send_all(fd, zeros, sizeof(zeros))) {
        }
    }
}

void faultd_send_endless_chunks(int fd)
{
    static const char zeros[4096];

    if (!faultd_send_text(
            fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")) {
        return;
    }
    while (faultd_send_text(fd, "1000\r\n") &&
           faultd_send_all(fd, zeros, sizeof(zeros)) &&
           faultd_send_text(fd, "\r\n")) {
    }
}

void faultd_send_endless_header(int fd)
{
    unsigned n = 0;

    if (faultd_send_text(fd, "HTTP/1.1 200 OK\r\n")) {
        while (faultd_send_text(fd, "X-Header-%u: %0512u\r\n", n, n)) {
            n++;
        }
    }
}

void faultd_send_long_header(int fd)
{
    bool ok = faultd_send_text(fd, "HTTP/1.1 200 OK\r\nX-Header: ");

    for (unsigned i = 0; ok && i < LONG_HEADER_PARTS; i++) {
        ok = faultd_send_text(fd, "%01024u", i);
    }
}

bool faultd_send_slowly(int fd, const char *p, size_t n)
{
    const struct timespec pause = {0, SLOW_MS * 1000000L};

    if (!faultd_send_head(fd, n)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        (void)nanosleep(&pause, NULL);
        if (!faultd_send_all(fd, p + i, 1)) {
            return false;
        }
    }
    return true;
}

void faultd_wait_for_end(int fd)
{
    char byte = 0;

    while (recv(fd, &byte, 1, 0) > 0) {
    }
}

void faultd_reset(int fd)
{
    const struct linger now = {1, 0};

    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}
