/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aw/ct.h"
#include "aw/hostio/alloc.h"
#include "aw/hostio/file.h"
#include "aw/hostio/secret.h"

aw_bytes aw_blob_bytes(const struct aw_blob *blob)
{
    return (aw_bytes){blob->p, blob->n};
}

void aw_blob_free(struct aw_blob *blob)
{
    if (blob == NULL) {
        return;
    }
    if (blob->p != NULL) {
        aw_wipe(blob->p, blob->n);
    }
    if (blob->secret > 0) {
        aw_secret_free(blob->p, blob->secret);
    } else {
        free(blob->p);
    }
    *blob = (struct aw_blob){.p = NULL};
}

/* A file on its way into memory. */
struct intake {
    int fd;
    const char *name;
    struct stat st;
    size_t max;
    struct aw_blob blob;
    size_t room; /* allocated bytes */
};

static aw_err check_kind(const struct intake *in, struct aw_host_diag *host)
{
    if (!S_ISREG(in->st.st_mode) && !S_ISFIFO(in->st.st_mode)) {
        return aw_fail(aw_host_say(host,
                                   "%s: neither a regular file nor a pipe",
                                   in->name),
                       AW_ERR_IO, "file: kind", 0);
    }
    return AW_OK;
}

/* Group and others may do nothing with it, and it is ours. */
static aw_err check_private(const struct intake *in, struct aw_host_diag *host)
{
    uid_t user = geteuid();

    if ((in->st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return aw_fail(
            aw_host_say(host,
                        "%s: mode %04o lets others use the key, chmod 600",
                        in->name, (unsigned)in->st.st_mode & 07777U),
            AW_ERR_PRECONDITION, "file: private", 0);
    }
    if (user != 0 && in->st.st_uid != user) {
        return aw_fail(
            aw_host_say(host, "%s: belongs to another user", in->name),
            AW_ERR_PRECONDITION, "file: private", 0);
    }
    return AW_OK;
}

static aw_err too_long(const struct intake *in, struct aw_host_diag *host)
{
    return aw_fail(
        aw_host_say(host, "%s: longer than %zu bytes", in->name, in->max),
        AW_ERR_SPACE, "file: size", 0);
}

/* The first piece of memory: one byte more than expected, so that the end is
 * met without growing. A secret never grows, which would leave a copy. */
static aw_err make_room(struct intake *in, bool secret,
                        struct aw_host_diag *host)
{
    enum { PIPE_START = 4096 };
    size_t expect = PIPE_START;

    if (S_ISREG(in->st.st_mode)) {
        if (in->st.st_size < 0 || (uintmax_t)in->st.st_size > in->max) {
            return too_long(in, host);
        }
        expect = (size_t)in->st.st_size;
    }
    if (secret || expect > in->max) {
        expect = in->max;
    }
    in->room = expect + 1;
    if (secret) {
        in->blob.secret = in->room;
        in->blob.p = aw_secret_alloc(in->room);
    } else {
        in->blob.p = aw_alloc(in->room, 1);
    }
    return AW_OK;
}

static void grow(struct intake *in)
{
    size_t most = in->max + 1;
    size_t room = in->room > most / 2 ? most : in->room * 2;

    in->blob.p = aw_grow(in->blob.p, in->room, room, 1);
    in->room = room;
}

/* Waiting for a pipe is interrupted only by a signal that the program handles
 * because it wants to end. */
static aw_err interrupted(const struct intake *in, struct aw_host_diag *host)
{
    return aw_fail(aw_host_say(host, "%s: reading was interrupted", in->name),
                   AW_ERR_CANCELLED, "file: read", in->blob.n);
}

static aw_err read_to_end(struct intake *in, struct aw_host_diag *host)
{
    for (;;) {
        if (in->blob.n == in->room) {
            grow(in);
        }
        ssize_t got =
            read(in->fd, in->blob.p + in->blob.n, in->room - in->blob.n);

        if (got == 0) {
            return AW_OK;
        }
        if (got < 0 && errno == EINTR) {
            return interrupted(in, host);
        }
        if (got < 0) {
            return aw_host_fail_errno(host, "file: read", errno, in->name);
        }
        in->blob.n += (size_t)got;
        if (in->blob.n > in->max) {
            return too_long(in, host);
        }
    }
}

static aw_err take(struct intake *in, bool secret, struct aw_blob *out,
                   struct aw_host_diag *host)
{
    AW_BUG_ON(in->max == SIZE_MAX);
    if (fstat(in->fd, &in->st) != 0) {
        return aw_host_fail_errno(host, "file: stat", errno, in->name);
    }
    aw_err err = check_kind(in, host);

    if (err == AW_OK && secret) {
        err = check_private(in, host);
    }
    if (err == AW_OK) {
        err = make_room(in, secret, host);
    }
    if (err == AW_OK) {
        err = read_to_end(in, host);
    }
    if (err != AW_OK || in->blob.n == 0) {
        aw_blob_free(&in->blob);
    }
    if (err == AW_OK) {
        *out = in->blob;
    }
    return err;
}

/* A look before the open: opening a device can have effects of its own. */
static aw_err open_file(struct intake *in, struct aw_host_diag *host)
{
    if (stat(in->name, &in->st) != 0) {
        return aw_host_fail_errno(host, "file: open", errno, in->name);
    }
    aw_err err = check_kind(in, host);

    if (err != AW_OK) {
        return err;
    }
    in->fd = open(in->name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (in->fd < 0 && errno == EINTR) {
        return interrupted(in, host);
    }
    if (in->fd < 0) {
        return aw_host_fail_errno(host, "file: open", errno, in->name);
    }
    return AW_OK;
}

static aw_err read_path(const char *path, size_t max, bool secret,
                        struct aw_blob *out, struct aw_host_diag *host)
{
    struct intake in = {.fd = -1, .name = path, .max = max};
    aw_err err = open_file(&in, host);

    if (err != AW_OK) {
        return err;
    }
    err = take(&in, secret, out, host);
    (void)close(in.fd);
    return err;
}

aw_err aw_file_read(const char *path, size_t max, struct aw_blob *out,
                    struct aw_host_diag *host)
{
    return read_path(path, max, false, out, host);
}

aw_err aw_file_read_private(const char *path, size_t max, struct aw_blob *out,
                            struct aw_host_diag *host)
{
    return read_path(path, max, true, out, host);
}

aw_err aw_file_read_fd(int fd, const char *name, size_t max,
                       struct aw_blob *out, struct aw_host_diag *host)
{
    struct intake in = {.fd = fd, .name = name, .max = max};

    return take(&in, false, out, host);
}
