/* SPDX-License-Identifier: Apache-2.0 */
#include "models/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OWNER_ONLY = 0600, PIECE = 65536, HOLE_LEAST = 512 };

static aw_err failed(struct tw_file *file, int error)
{
    if (file->error == 0) {
        file->error = error;
    }
    return error == ENOSPC || error == EDQUOT || error == EFBIG ||
                   error == EMFILE || error == ENFILE
               ? AW_ERR_RESOURCE
               : AW_ERR_IO;
}

aw_err tw_file_adopt(struct tw_file *file, int fd, uint64_t size)
{
    struct stat st;

    *file = (struct tw_file){.fd = fd, .size = size};
    if (fstat(fd, &st) != 0) {
        return failed(file, errno);
    }
    if (st.st_size == 0 && ftruncate(fd, (off_t)size) != 0) {
        return failed(file, errno);
    }
    if (st.st_size != 0 && (uint64_t)st.st_size != size) {
        return AW_ERR_CONTENT;
    }
    return AW_OK;
}

aw_err tw_file_open(struct tw_file *file, const char *path, uint64_t size)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, OWNER_ONLY);

    if (fd < 0) {
        *file = (struct tw_file){.fd = -1};
        return failed(file, errno);
    }
    aw_err err = tw_file_adopt(file, fd, size);

    if (err != AW_OK) {
        tw_file_close(file);
    }
    return err;
}

void tw_file_close(struct tw_file *file)
{
    if (file->fd >= 0) {
        (void)close(file->fd);
        file->fd = -1;
    }
}

static bool inside(const struct tw_file *file, uint64_t at, uint64_t n)
{
    return at <= file->size && n <= file->size - at;
}

/* Nothing was written to these bytes. Reading them would have the host keep
 * zeros in its memory for all of a medium. */
static bool is_hole(const struct tw_file *file, uint64_t at, size_t n)
{
    struct stat st;

    if (n < HOLE_LEAST) {
        return false;
    }
    off_t data = lseek(file->fd, (off_t)at, SEEK_DATA);

    if (data >= 0) {
        return (uint64_t)data >= at + n;
    }
    /* No data from here on; or no file, where somebody cut it short. */
    return errno == ENXIO && fstat(file->fd, &st) == 0 &&
           (uint64_t)st.st_size >= at + n;
}

static bool file_read(void *ctx, uint64_t at, void *to, size_t n)
{
    struct tw_file *file = ctx;
    uint8_t *p = to;

    if (!inside(file, at, n)) {
        return false;
    }
    if (is_hole(file, at, n)) {
        memset(to, 0, n);
        return true;
    }
    for (size_t done = 0; done < n;) {
        ssize_t got = pread(file->fd, p + done, n - done, (off_t)(at + done));

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            /* A file that somebody cut short is no store any more. */
            (void)failed(file, got < 0 ? errno : EIO);
            return false;
        }
        done += (size_t)got;
    }
    return true;
}

static bool file_write(void *ctx, uint64_t at, const void *from, size_t n)
{
    struct tw_file *file = ctx;
    const uint8_t *p = from;

    if (!inside(file, at, n)) {
        return false;
    }
    for (size_t done = 0; done < n;) {
        ssize_t put = pwrite(file->fd, p + done, n - done, (off_t)(at + done));

        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0) {
            (void)failed(file, errno);
            return false;
        }
        done += (size_t)put;
    }
    return true;
}

static bool write_zeros(struct tw_file *file, uint64_t at, uint64_t n)
{
    static const uint8_t zeros[PIECE];

    while (n > 0) {
        size_t part = n < sizeof(zeros) ? (size_t)n : sizeof(zeros);

        if (!file_write(file, at, zeros, part)) {
            return false;
        }
        at += part;
        n -= part;
    }
    return true;
}

static bool file_discard(void *ctx, uint64_t at, uint64_t n)
{
    struct tw_file *file = ctx;

    if (!inside(file, at, n)) {
        return false;
    }
    if (n == 0 ||
        fallocate(file->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                  (off_t)at, (off_t)n) == 0) {
        return true;
    }
    if (errno != EOPNOTSUPP && errno != ENOSYS) {
        (void)failed(file, errno);
        return false;
    }
    return write_zeros(file, at, n);
}

struct tw_store tw_file_store(struct tw_file *file)
{
    return (struct tw_store){.read = file_read,
                             .write = file_write,
                             .discard = file_discard,
                             .ctx = file};
}
