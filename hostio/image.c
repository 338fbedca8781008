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

/* Regular file or block device; its size in bytes. */
static aw_err image_size(int fd, uint64_t *size, struct aw_diag *diag)
{
    struct stat st;

    if (fstat(fd, &st) != 0) {
        return aw_fail(diag, AW_ERR_IO, "medium: stat", 0);
    }
    if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode)) {
        return aw_fail(diag, AW_ERR_TYPE, "medium: kind of file", 0);
    }
    off_t end = lseek(fd, 0, SEEK_END);

    if (end < 0) {
        return aw_fail(diag, AW_ERR_IO, "medium: size", 0);
    }
    *size = (uint64_t)end;
    return AW_OK;
}

aw_err aw_image_open(const char *path, struct aw_image **image,
                     struct aw_medium *medium, struct aw_diag *diag)
{
    uint64_t size = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0) {
        bool full = errno == EMFILE || errno == ENFILE || errno == ENOMEM;
        aw_err err = errno == ENOENT ? AW_ERR_NOT_FOUND : AW_ERR_IO;

        return aw_fail(diag, full ? AW_ERR_RESOURCE : err, "medium: open", 0);
    }
    aw_err err = image_size(fd, &size, diag);

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
