/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hostio/nvmem.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "aw/hostio/alloc.h"

struct aw_nvmem {
    struct aw_nvmem_map map;
    int fd;
    uint64_t size;
};

/* The system call, again when a signal came in between. */
static ssize_t transfer(const struct aw_nvmem *nvmem, uint8_t *buf, size_t n,
                        uint32_t offset, bool write)
{
    ssize_t done = 0;

    do {
        done = write ? pwrite(nvmem->fd, buf, n, (off_t)offset)
                     : pread(nvmem->fd, buf, n, (off_t)offset);
    } while (done < 0 && errno == EINTR);
    return done;
}

static aw_err nvmem_read(void *ctx, unsigned bank, unsigned word,
                         uint32_t *value, struct aw_diag *diag)
{
    const struct aw_nvmem *nvmem = ctx;
    uint32_t offset = nvmem->map.offset(nvmem->map.ctx, bank, word, false);
    uint8_t buf[4] = {0};
    size_t n = nvmem->map.word_size;

    if (offset > nvmem->size || n > nvmem->size - offset) {
        return aw_fail(diag, AW_ERR_NOT_FOUND, "nvmem: end", offset);
    }
    if (transfer(nvmem, buf, n, offset, false) != (ssize_t)n) {
        return aw_fail(diag, AW_ERR_IO, "nvmem: read", offset);
    }
    struct aw_rd r = aw_rd_init((aw_bytes){buf, sizeof(buf)});

    *value = aw_rd_le32(&r);
    return AW_OK;
}

/* The driver takes exactly one word, and programs the bits that are 1. */
static aw_err nvmem_program(void *ctx, unsigned bank, unsigned word,
                            uint32_t bits, struct aw_diag *diag)
{
    const struct aw_nvmem *nvmem = ctx;
    uint32_t offset = nvmem->map.offset(nvmem->map.ctx, bank, word, true);
    uint8_t buf[4];

    for (unsigned i = 0; i < sizeof(buf); i++) {
        buf[i] = (uint8_t)(bits >> (8 * i));
    }
    ssize_t done = transfer(nvmem, buf, sizeof(buf), offset, true);

    if (done != (ssize_t)sizeof(buf)) {
        bool locked = done < 0 && (errno == EPERM || errno == EACCES);

        return aw_fail(diag, locked ? AW_ERR_PRECONDITION : AW_ERR_IO,
                       "nvmem: write", offset);
    }
    return AW_OK;
}

static aw_err check_kind(const char *path, struct aw_nvmem *nvmem, bool *device,
                         struct aw_host_diag *host)
{
    struct stat st;
    struct statfs fs;

    if (fstat(nvmem->fd, &st) != 0 || fstatfs(nvmem->fd, &fs) != 0) {
        return aw_host_fail_errno(host, "nvmem: stat", errno, path);
    }
    if (!S_ISREG(st.st_mode)) {
        return aw_fail(aw_host_say(host, "%s: is no regular file", path),
                       AW_ERR_TYPE, "nvmem: kind of file", 0);
    }
    nvmem->size = st.st_size > 0 ? (uint64_t)st.st_size : 0;
    *device = fs.f_type == SYSFS_MAGIC;
    return AW_OK;
}

static int open_for(const char *path, enum aw_nvmem_how how)
{
    return open(path, (how == AW_NVMEM_READ ? O_RDONLY : O_RDWR | O_SYNC) |
                          O_CLOEXEC);
}

aw_err aw_nvmem_open(const char *path, enum aw_nvmem_how how,
                     const struct aw_nvmem_map *map, struct aw_nvmem **nvmem,
                     struct aw_otp *otp, struct aw_host_diag *host)
{
    struct aw_nvmem n = {.map = *map, .fd = open_for(path, how)};
    bool device = false;

    AW_BUG_ON(map->word_size != 4 && map->word_size != 1);
    if (n.fd < 0 && how == AW_NVMEM_WRITE) {
        n.fd = open_for(path, AW_NVMEM_READ); /* a dump, or not for us */
        how = AW_NVMEM_READ;
    }
    if (n.fd < 0) {
        return aw_host_fail_errno(host, "nvmem: open", errno, path);
    }
    aw_err err = check_kind(path, &n, &device, host);

    if (err != AW_OK) {
        (void)close(n.fd);
        return err;
    }
    bool writable = map->word_size == 4 && (how == AW_NVMEM_FORCE ||
                                            (how == AW_NVMEM_WRITE && device));

    *nvmem = aw_alloc(1, sizeof(n));
    **nvmem = n;
    *otp = (struct aw_otp){.ctx = *nvmem,
                           .read = nvmem_read,
                           .program = writable ? nvmem_program : NULL};
    return AW_OK;
}

uint64_t aw_nvmem_size(const struct aw_nvmem *nvmem)
{
    return nvmem->size;
}

void aw_nvmem_close(struct aw_nvmem *nvmem)
{
    if (nvmem != NULL) {
        (void)close(nvmem->fd);
        free(nvmem);
    }
}
