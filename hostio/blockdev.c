/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hostio/blockdev.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "aw/hostio/alloc.h"

enum {
    FOLDER = 512,
    NAME = 64,
    NUMBER = 32, /* text of one, "8:0" */
    ALIGN = 4096,
    PIECE_BYTES = AW_BLOCKDEV_PIECE * AW_BLOCKDEV_BLOCK
};

#define BY_NUMBER "/sys/dev/block/"

struct aw_blockdev {
    int fd;
    dev_t number;
    uint64_t blocks;
    uint8_t *buf; /* of a piece, as O_DIRECT wants it */
};

static aw_err fail(struct aw_diag *diag, uint64_t at)
{
    aw_err err = errno == ENOSPC ? AW_ERR_SPACE
                 : errno == ENODEV || errno == ENXIO || errno == ENOMEDIUM
                     ? AW_ERR_GONE
                     : AW_ERR_IO;

    return aw_fail(diag, err, "disk: transfer", at);
}

/* What the descriptor is, whatever the name was. */
static aw_err look(struct aw_blockdev *dev, bool write, const char *path,
                   struct aw_host_diag *host)
{
    struct stat st;
    int sector = 0;
    int read_only = 0;
    uint64_t bytes = 0;

    if (fstat(dev->fd, &st) != 0) {
        return aw_host_fail_errno(host, "disk: open", errno, path);
    }
    if (!S_ISBLK(st.st_mode)) {
        return aw_fail(aw_host_say(host, "%s: not a block device", path),
                       AW_ERR_TYPE, "disk: open", 0);
    }
    if (ioctl(dev->fd, BLKSSZGET, &sector) != 0 ||
        ioctl(dev->fd, BLKGETSIZE64, &bytes) != 0 ||
        ioctl(dev->fd, BLKROGET, &read_only) != 0) {
        return aw_host_fail_errno(host, "disk: open", errno, path);
    }
    if (sector != AW_BLOCKDEV_BLOCK) {
        return aw_fail(
            aw_host_say(host, "%s: blocks of %d bytes", path, sector),
            AW_ERR_UNSUPPORTED, "disk: open", 0);
    }
    if (write && read_only != 0) {
        return aw_fail(aw_host_say(host, "%s: write protected", path),
                       AW_ERR_PRECONDITION, "disk: open", 0);
    }
    dev->number = st.st_rdev;
    dev->blocks = bytes / AW_BLOCKDEV_BLOCK;
    return AW_OK;
}

static aw_err open_fd(const char *path, bool write, int *fd,
                      struct aw_host_diag *host)
{
    /* Not O_CREAT: a missing disk must not become a file. O_NONBLOCK: nor a
     * pipe a wait. O_EXCL of a block device: nobody has it mounted. */
    *fd = open(path, (write ? O_RDWR : O_RDONLY) | O_DIRECT | O_EXCL |
                         O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (*fd >= 0) {
        return AW_OK;
    }
    if (errno == EBUSY) {
        return aw_fail(aw_host_say(host, "%s: mounted, or in use", path),
                       AW_ERR_PRECONDITION, "disk: open", 0);
    }
    /* Files of some places refuse O_DIRECT, and are none. */
    if (errno == EINVAL) {
        return aw_fail(aw_host_say(host, "%s: not a block device", path),
                       AW_ERR_TYPE, "disk: open", 0);
    }
    return aw_host_fail_errno(host, "disk: open", errno, path);
}

aw_err aw_blockdev_open(const char *path, bool write, struct aw_blockdev **dev,
                        struct aw_host_diag *host)
{
    struct aw_blockdev *made = aw_alloc(1, sizeof(*made));
    void *buf = NULL;
    aw_err err = open_fd(path, write, &made->fd, host);

    if (err == AW_OK) {
        err = look(made, write, path, host);
    }
    if (err == AW_OK && posix_memalign(&buf, ALIGN, PIECE_BYTES) != 0) {
        err = aw_fail(aw_host_say(host, "%s", strerror(ENOMEM)),
                      AW_ERR_RESOURCE, "disk: open", 0);
    }
    made->buf = buf;
    if (err != AW_OK) {
        if (made->fd >= 0) {
            (void)close(made->fd);
        }
        free(made);
        return err;
    }
    *dev = made;
    return AW_OK;
}

void aw_blockdev_close(struct aw_blockdev *dev)
{
    (void)close(dev->fd);
    free(dev->buf);
    free(dev);
}

uint64_t aw_blockdev_blocks(const struct aw_blockdev *dev)
{
    return dev->blocks;
}

static bool inside(const struct aw_blockdev *dev, uint64_t block,
                   uint64_t blocks)
{
    return block <= dev->blocks && blocks <= dev->blocks - block;
}

aw_err aw_blockdev_read(struct aw_blockdev *dev, uint64_t block, uint8_t *to,
                        uint32_t blocks, struct aw_diag *diag)
{
    size_t n = (size_t)blocks * AW_BLOCKDEV_BLOCK;

    if (!inside(dev, block, blocks) || blocks > AW_BLOCKDEV_PIECE) {
        return aw_fail(diag, AW_ERR_RANGE, "disk: read", block);
    }
    for (size_t at = 0; at < n;) {
        ssize_t got = pread(dev->fd, dev->buf + at, n - at,
                            (off_t)(block * AW_BLOCKDEV_BLOCK + at));

        if (got <= 0 || got % AW_BLOCKDEV_BLOCK != 0) {
            errno = got >= 0 ? EIO : errno;
            return fail(diag, block);
        }
        at += (size_t)got;
    }
    memcpy(to, dev->buf, n);
    return AW_OK;
}

/* What lies in buf. */
static aw_err put(struct aw_blockdev *dev, uint64_t block, size_t n,
                  struct aw_diag *diag)
{
    for (size_t at = 0; at < n;) {
        ssize_t done = pwrite(dev->fd, dev->buf + at, n - at,
                              (off_t)(block * AW_BLOCKDEV_BLOCK + at));

        if (done <= 0 || done % AW_BLOCKDEV_BLOCK != 0) {
            errno = done >= 0 ? EIO : errno;
            return fail(diag, block);
        }
        at += (size_t)done;
    }
    return AW_OK;
}

aw_err aw_blockdev_write(struct aw_blockdev *dev, uint64_t block,
                         const uint8_t *from, uint32_t blocks,
                         struct aw_diag *diag)
{
    size_t n = (size_t)blocks * AW_BLOCKDEV_BLOCK;

    if (!inside(dev, block, blocks) || blocks > AW_BLOCKDEV_PIECE) {
        return aw_fail(diag, AW_ERR_RANGE, "disk: write", block);
    }
    memcpy(dev->buf, from, n);
    return put(dev, block, n, diag);
}

aw_err aw_blockdev_zero(struct aw_blockdev *dev, uint64_t block,
                        uint64_t blocks, struct aw_diag *diag)
{
    uint64_t range[2] = {block * AW_BLOCKDEV_BLOCK, blocks * AW_BLOCKDEV_BLOCK};

    if (!inside(dev, block, blocks)) {
        return aw_fail(diag, AW_ERR_RANGE, "disk: zero", block);
    }
    if (ioctl(dev->fd, BLKZEROOUT, range) == 0) {
        return AW_OK;
    }
    memset(dev->buf, 0, PIECE_BYTES);
    for (uint64_t left = blocks; left > 0;) {
        uint64_t now = left < AW_BLOCKDEV_PIECE ? left : AW_BLOCKDEV_PIECE;
        aw_err err = put(dev, block + blocks - left,
                         (size_t)now * AW_BLOCKDEV_BLOCK, diag);

        if (err != AW_OK) {
            return err;
        }
        left -= now;
    }
    return AW_OK;
}

aw_err aw_blockdev_sync(struct aw_blockdev *dev, struct aw_diag *diag)
{
    return fdatasync(dev->fd) == 0 ? AW_OK : fail(diag, 0);
}

/* --- where it is -------------------------------------------------------- */

static bool read_text(const char *folder, const char *name, char *text,
                      size_t room)
{
    char path[FOLDER + 32];
    int n = snprintf(path, sizeof(path), "%s/%s", folder, name);
    int fd = n > 0 && (size_t)n < sizeof(path)
                 ? open(path, O_RDONLY | O_CLOEXEC)
                 : -1;

    if (fd < 0) {
        return false;
    }
    ssize_t got = read(fd, text, room - 1);

    (void)close(fd);
    if (got <= 0) {
        return false;
    }
    text[got] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return true;
}

static unsigned read_hex(const char *folder, const char *name)
{
    char text[16] = "";

    return read_text(folder, name, text, sizeof(text))
               ? (unsigned)strtoul(text, NULL, 16)
               : 0;
}

/* "1-1.4:1.0", an interface: its device is the folder above. */
static bool is_interface(const char *name, size_t n)
{
    const char *colon = memchr(name, ':', n);

    return colon != NULL && memchr(name, '-', (size_t)(colon - name)) != NULL &&
           strspn(name, "0123456789-.") == (size_t)(colon - name);
}

/* "2:0:0:1": host, channel, target, logical unit. */
static bool is_unit(const char *name, size_t n)
{
    size_t colons = 0;

    for (size_t i = 0; i < n; i++) {
        colons += name[i] == ':' ? 1 : 0;
    }
    return colons == 3 && strspn(name, "0123456789:") >= n;
}

static unsigned read_lun(const char *name, size_t n)
{
    while (n > 0 && name[n - 1] != ':') {
        n--;
    }
    return (unsigned)strtoul(name + n, NULL, 10);
}

/* The folder of a USB device, n bytes of target; its name is the port. */
static bool take_device(const char *target, size_t n, char folder[FOLDER],
                        struct aw_blockdev_usb *usb)
{
    int length = snprintf(folder, FOLDER, "/sys/%.*s", (int)n, target);

    if (length < 0 || length >= FOLDER) {
        return false;
    }
    const char *port = strrchr(folder, '/') + 1;

    return snprintf(usb->path, sizeof(usb->path), "%s", port) <
           (int)sizeof(usb->path);
}

/* Follows the folders of /sys from the bus to the disk. */
static aw_err walk(const char *target, struct aw_blockdev_usb *usb)
{
    char folder[FOLDER] = "";
    bool found = false;

    for (size_t at = 0; target[at] != '\0';) {
        size_t n = strcspn(target + at, "/");

        if (at > 0 && is_interface(target + at, n)) {
            found = take_device(target, at - 1, folder, usb);
        } else if (n > 0 && is_unit(target + at, n)) {
            usb->lun = read_lun(target + at, n);
        }
        at += n + (target[at + n] == '/' ? 1 : 0);
    }
    if (!found) {
        return AW_ERR_NOT_FOUND;
    }
    usb->vendor = read_hex(folder, "idVendor");
    usb->product = read_hex(folder, "idProduct");
    (void)read_text(folder, "serial", usb->serial, sizeof(usb->serial));
    return AW_OK;
}

/* By number: "8:0". @param name  of the disk, or NULL: nobody asks */
static aw_err find(const char *number, struct aw_blockdev_usb *usb,
                   char name[NAME])
{
    char link[64];
    char target[FOLDER];
    char text[16];
    struct aw_blockdev_usb got = {.path = ""};

    (void)snprintf(link, sizeof(link), BY_NUMBER "%s", number);
    ssize_t n = readlink(link, target, sizeof(target) - 1);

    if (n <= 0) {
        return AW_ERR_NOT_FOUND;
    }
    target[n] = '\0';
    got.partition = read_text(link, "partition", text, sizeof(text));
    /* "../../devices/..." as seen from /sys/dev/block. */
    const char *devices = strstr(target, "devices/");
    aw_err err = devices == NULL ? AW_ERR_NOT_FOUND : walk(devices, &got);

    if (err == AW_OK) {
        *usb = got;
    }
    if (err == AW_OK && name != NULL) {
        (void)snprintf(name, NAME, "/dev/%s", strrchr(target, '/') + 1);
    }
    return err;
}

aw_err aw_blockdev_usb(const struct aw_blockdev *dev,
                       struct aw_blockdev_usb *usb)
{
    char number[32];

    (void)snprintf(number, sizeof(number), "%u:%u", major(dev->number),
                   minor(dev->number));
    return find(number, usb, NULL);
}

void aw_blockdev_each(void (*each)(void *ctx, const char *path,
                                   const struct aw_blockdev_usb *usb),
                      void *ctx)
{
    int fd = open(BY_NUMBER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry = NULL;

    if (dir == NULL) {
        if (fd >= 0) {
            (void)close(fd);
        }
        return;
    }
    while ((entry = readdir(dir)) != NULL) {
        struct aw_blockdev_usb usb;
        char name[NAME];

        if (strlen(entry->d_name) < NUMBER &&
            find(entry->d_name, &usb, name) == AW_OK) {
            each(ctx, name, &usb);
        }
    }
    (void)closedir(dir);
}
