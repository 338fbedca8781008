/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hostio/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aw/hostio/alloc.h"

struct aw_image {
    int fd;
    uint64_t size;
};

static aw_err image_read(void *ctx, uint64_t offset, uint8_t *buf, size_t n,
                         struct aw_diag *diag)
{
    const struct aw_image *image = ctx;
    size_t at = 0;

    while (at < n) {
        ssize_t got = pread(image->fd, buf + at, n - at, (off_t)(offset + at));

        if (got == 0) {
            return aw_fail(diag, AW_ERR_SHORT, "medium: end", offset + at);
        }
        if (got < 0 && errno != EINTR) {
            return aw_fail(diag, AW_ERR_IO, "medium: read", offset + at);
        }
        at += got > 0 ? (size_t)got : 0;
    }
    return AW_OK;
}

static uint64_t image_next_data(void *ctx, uint64_t offset)
{
    const struct aw_image *image = ctx;
    off_t at = lseek(image->fd, (off_t)offset, SEEK_DATA);

    if (at >= 0) {
        return (uint64_t)at;
    }
    /* ENXIO: a hole up to the end. Anything else: cannot tell, so read. */
    return errno == ENXIO ? image->size : offset;
}

static aw_err check_kind(const struct stat *st, const char *path,
                         struct aw_host_diag *host)
{
    if (!S_ISREG(st->st_mode) && !S_ISBLK(st->st_mode)) {
        return aw_fail(
            aw_host_say(host, "%s: neither a file nor a block device", path),
            AW_ERR_TYPE, "medium: kind", 0);
    }
    return AW_OK;
}

/* A look before the open: opening a device can have effects of its own. */
static aw_err open_readable(const char *path, int *fd,
                            struct aw_host_diag *host)
{
    struct stat st;

    if (stat(path, &st) != 0) {
        return aw_host_fail_errno(host, "medium: open", errno, path);
    }
    aw_err err = check_kind(&st, path, host);

    if (err != AW_OK) {
        return err;
    }
    int got = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (got < 0) {
        return aw_host_fail_errno(host, "medium: open", errno, path);
    }
    *fd = got;
    return AW_OK;
}

/* Size in bytes of what is open, which is looked at once more. */
static aw_err image_size(int fd, const char *path, uint64_t *size,
                         struct aw_host_diag *host)
{
    struct stat st;

    if (fstat(fd, &st) != 0) {
        return aw_host_fail_errno(host, "medium: stat", errno, path);
    }
    aw_err err = check_kind(&st, path, host);
    off_t end = err == AW_OK ? lseek(fd, 0, SEEK_END) : 0;

    if (end < 0) {
        return aw_host_fail_errno(host, "medium: size", errno, path);
    }
    if (err == AW_OK) {
        *size = (uint64_t)end;
    }
    return err;
}

aw_err aw_image_open(const char *path, struct aw_image **image,
                     struct aw_medium *medium, struct aw_host_diag *host)
{
    uint64_t size = 0;
    int fd = -1;
    aw_err err = open_readable(path, &fd, host);

    if (err != AW_OK) {
        return err;
    }
    err = image_size(fd, path, &size, host);
    if (err != AW_OK) {
        (void)close(fd);
        return err;
    }
    struct aw_image *opened = aw_alloc(1, sizeof(*opened));

    opened->fd = fd;
    opened->size = size;
    *image = opened;
    *medium = (struct aw_medium){
        .ctx = opened,
        .size = size,
        .read = image_read,
        .next_data = image_next_data,
    };
    return AW_OK;
}

void aw_image_close(struct aw_image *image)
{
    if (image != NULL) {
        (void)close(image->fd);
        free(image);
    }
}
