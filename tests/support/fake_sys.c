/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel says, for a program under test that preloads this: files of
 * /sys about USB and disks are below AW_FAKE_ROOT, and the regular file that
 * AW_FAKE_DISK names is a disk with the number 259:7.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { DISK_MAJOR = 259, DISK_MINOR = 7, BLOCK = 512 };

/* Where a file of /sys is for the program. */
static const char *placed(const char *path, char there[PATH_MAX])
{
    static const char *const ours[] = {"/sys/bus/usb/", "/sys/dev/block/",
                                       "/sys/devices/"};
    const char *root = getenv("AW_FAKE_ROOT");

    for (size_t i = 0; root != NULL && i < sizeof(ours) / sizeof(ours[0]);
         i++) {
        if (strncmp(path, ours[i], strlen(ours[i])) == 0) {
            (void)snprintf(there, PATH_MAX, "%s%s", root, path);
            return there;
        }
    }
    return path;
}

static bool is_disk(const char *path)
{
    const char *disk = getenv("AW_FAKE_DISK");

    return disk != NULL && strcmp(path, disk) == 0;
}

static bool is_disk_fd(int fd, struct stat *st)
{
    const char *disk = getenv("AW_FAKE_DISK");
    struct stat of;

    return disk != NULL && fstatat(AT_FDCWD, disk, &of, 0) == 0 &&
           fstatat(fd, "", st, AT_EMPTY_PATH) == 0 && st->st_ino == of.st_ino &&
           st->st_dev == of.st_dev;
}

/* The third argument of a caller that gives two is not looked at. Declared by
 * another name, since the system's has an ellipsis, of which the compiler's
 * analyzer has no notion here. */
int open_placed(const char *path, int flags, int mode) __asm__("open");

int open_placed(const char *path, int flags, int mode)
{
    char there[PATH_MAX];

    /* The file may lie where O_DIRECT is not known. */
    flags &= is_disk(path) ? ~(O_DIRECT | O_EXCL) : ~0;
    return (int)syscall(SYS_openat, AT_FDCWD, placed(path, there), flags, mode);
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name) */
int access(const char *path, int mode)
{
    char there[PATH_MAX];

    return (int)syscall(SYS_faccessat, AT_FDCWD, placed(path, there), mode);
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name) */
ssize_t readlink(const char *restrict path, char *restrict to, size_t n)
{
    char there[PATH_MAX];

    return syscall(SYS_readlinkat, AT_FDCWD, placed(path, there), to, n);
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name) */
int fstat(int fd, struct stat *st)
{
    if (is_disk_fd(fd, st)) {
        st->st_mode = S_IFBLK | 0600;
        st->st_rdev = makedev(DISK_MAJOR, DISK_MINOR);
        return 0;
    }
    return fstatat(fd, "", st, AT_EMPTY_PATH);
}

int ioctl_placed(int fd, unsigned long request,
                 void *argument) __asm__("ioctl");

int ioctl_placed(int fd, unsigned long request, void *argument)
{
    struct stat st;

    if (!is_disk_fd(fd, &st)) {
        return (int)syscall(SYS_ioctl, fd, request, argument);
    }
    switch (request) {
    case BLKSSZGET:
        *(int *)argument = BLOCK;
        return 0;
    case BLKROGET:
        *(int *)argument = 0;
        return 0;
    case BLKGETSIZE64:
        *(uint64_t *)argument = (uint64_t)st.st_size;
        return 0;
    default:
        errno = ENOTTY; /* BLKZEROOUT too: zeros are written */
        return -1;
    }
}
