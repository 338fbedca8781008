/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fake libusb for a program under test: preloaded, it plugs in what
 * AW_FAKE_USB says, as "PORT ADDRESS VENDOR PRODUCT;...", numbers in hex;
 * a ! behind a device: it may not be opened.
 * At the end it writes how many devices were opened and transfers submitted
 * into the file AW_FAKE_COUNT. What /sys says of USB is below AW_FAKE_ROOT.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fake_libusb.h"

/* Where a file of /sys is for the program under test. */
static const char *placed(const char *path, char there[PATH_MAX])
{
    static const char sys[] = "/sys/bus/usb/";
    const char *root = getenv("AW_FAKE_ROOT");

    if (root == NULL || strncmp(path, sys, sizeof(sys) - 1) != 0) {
        return path;
    }
    (void)snprintf(there, PATH_MAX, "%s%s", root, path);
    return there;
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name) */
int open(const char *path, int flags, ...)
{
    char there[PATH_MAX];
    int mode = 0;

    if ((flags & (O_CREAT | __O_TMPFILE)) != 0) {
        va_list args;

        va_start(args, flags);
        mode = va_arg(args, int);
        va_end(args);
    }
    return (int)syscall(SYS_openat, AT_FDCWD, placed(path, there), flags, mode);
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name) */
int access(const char *path, int mode)
{
    char there[PATH_MAX];

    return (int)syscall(SYS_faccessat, AT_FDCWD, placed(path, there), mode);
}

static unsigned next_number(char **p)
{
    return (unsigned)strtoul(*p, p, 16);
}

__attribute__((constructor)) static void plug_in(void)
{
    char *p = getenv("AW_FAKE_USB");

    fake_libusb_reset();
    while (p != NULL && *p != '\0') {
        unsigned port = next_number(&p);
        unsigned address = next_number(&p);
        struct libusb_device *d =
            fake_libusb_plug((uint8_t)port, (uint8_t)address, true);

        d->descriptor.idVendor = (uint16_t)next_number(&p);
        d->descriptor.idProduct = (uint16_t)next_number(&p);
        if (*p == '!') { /* no right to open it */
            d->open_error = LIBUSB_ERROR_ACCESS;
            p++;
        }
        p += *p == ';' ? 1 : 0;
    }
}

__attribute__((destructor)) static void count(void)
{
    const char *path = getenv("AW_FAKE_COUNT");
    FILE *out = path == NULL ? NULL : fopen(path, "we");

    if (out != NULL) {
        (void)fprintf(out, "%u %u\n", fake_libusb.times_opened,
                      fake_libusb.submitted);
        (void)fclose(out);
    }
}
