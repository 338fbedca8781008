/* SPDX-License-Identifier: Apache-2.0 */
/* The other end of the control socket. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "aw/hostio/alloc.h"
#include "aw/twin/twin.h"
#include "board/folder.h"

static int connect_socket(int dir, enum tw_folder_file file)
{
    struct sockaddr_un address;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    memset(&address, 0, sizeof(address));
    address.sun_family = AF_UNIX;
    (void)snprintf(address.sun_path, sizeof(address.sun_path),
                   "/proc/self/fd/%d/%s", dir, tw_folder_name(file));
    if (fd >= 0 &&
        connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        int error = errno;

        (void)close(fd);
        errno = error;
        fd = -1;
    }
    return fd;
}

static aw_err not_there(const char *path, int error, struct aw_host_diag *host)
{
    char board[TW_PATH_MAX];
    long pid = 0;

    if (!tw_folder_path(path, TW_FILE_BOARD, board) ||
        access(board, F_OK) != 0) {
        return aw_fail(aw_host_say(host, "%s: there is no twin", path),
                       AW_ERR_NOT_FOUND, "twin: folder", 0);
    }
    if (tw_folder_busy(path, &pid)) {
        return aw_fail(aw_host_say_errno(host, error, path), AW_ERR_IO,
                       "twin: control socket", (uint64_t)pid);
    }
    return aw_fail(aw_host_say(host,
                               error == ECONNREFUSED
                                   ? "%s: this twin does not run; its "
                                     "process ended without cleaning up"
                                   : "%s: this twin does not run",
                               path),
                   AW_ERR_PRECONDITION, "twin: control socket", 0);
}

aw_err tw_connect(const char *path, enum tw_folder_file file, int *fd,
                  struct aw_host_diag *host)
{
    int dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int got = dir < 0 ? -1 : connect_socket(dir, file);
    int error = errno;

    if (dir >= 0) {
        (void)close(dir);
    }
    if (got < 0) {
        return not_there(path, error, host);
    }
    *fd = got;
    return AW_OK;
}

aw_err aw_twin_connect(const char *path, struct aw_twin_link *link,
                       struct aw_host_diag *host)
{
    int fd = -1;
    aw_err err = tw_connect(path, TW_FILE_CONTROL, &fd, host);

    if (err == AW_OK) {
        *link = (struct aw_twin_link){.fd = fd,
                                      .text = aw_alloc(AW_TWIN_REPLY_MAX, 1)};
    }
    return err;
}

void aw_twin_disconnect(struct aw_twin_link *link)
{
    if (link->text != NULL) {
        (void)close(link->fd);
        free(link->text);
        link->text = NULL;
    }
}

aw_err aw_twin_send(struct aw_twin_link *link, aw_bytes line,
                    struct aw_host_diag *host)
{
    for (size_t done = 0; done < line.n;) {
        ssize_t n = send(link->fd, line.p + done, line.n - done, MSG_NOSIGNAL);

        if (n < 0 && errno != EINTR) {
            return aw_host_fail_errno(host, "twin: send", errno, "twin");
        }
        done += n > 0 ? (size_t)n : 0;
    }
    return AW_OK;
}

/* Drops the line that was handed out last. */
static size_t begin_next(struct aw_twin_link *link)
{
    size_t n = link->n;
    char *nul = memchr(link->text, '\0', n);

    if (nul != NULL) {
        size_t used = (size_t)(nul - link->text) + 1;

        n -= used;
        memmove(link->text, link->text + used, n);
        link->n = n;
    }
    return n;
}

static bool take_line(struct aw_twin_link *link, aw_bytes *line)
{
    char *end = memchr(link->text, '\n', link->n);

    if (end == NULL) {
        return false;
    }
    *end = '\0';
    *line = (aw_bytes){(const uint8_t *)link->text, (size_t)(end - link->text)};
    return true;
}

static aw_err read_more(struct aw_twin_link *link, unsigned timeout_ms,
                        struct aw_host_diag *host)
{
    struct pollfd waiting = {.fd = link->fd, .events = POLLIN};
    int ready = poll(&waiting, 1, timeout_ms == 0 ? -1 : (int)timeout_ms);

    if (ready < 0) {
        return aw_fail(aw_host_say(host, "interrupted"), AW_ERR_CANCELLED,
                       "twin: wait", 0);
    }
    if (ready == 0) {
        return aw_fail(aw_host_say(host, "the twin does not answer"),
                       AW_ERR_TIMEOUT, "twin: wait", timeout_ms);
    }
    if (link->n == AW_TWIN_REPLY_MAX) {
        return aw_fail(aw_host_say(host, "the twin's answer is too long"),
                       AW_ERR_SPACE, "twin: line", link->n);
    }
    ssize_t n =
        recv(link->fd, link->text + link->n, AW_TWIN_REPLY_MAX - link->n, 0);

    if (n == 0) {
        return aw_fail(aw_host_say(host, "the twin ended"), AW_ERR_GONE,
                       "twin: receive", 0);
    }
    if (n < 0) {
        return aw_host_fail_errno(host, "twin: receive", errno, "twin");
    }
    link->n += (size_t)n;
    return AW_OK;
}

aw_err aw_twin_receive(struct aw_twin_link *link, aw_bytes *line,
                       unsigned timeout_ms, struct aw_host_diag *host)
{
    aw_err err = AW_OK;

    (void)begin_next(link);
    while (err == AW_OK && !take_line(link, line)) {
        err = read_more(link, timeout_ms, host);
    }
    return err;
}
