/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hostio/usb_sys.h"

#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aw/text.h"

static const char devices[] = "sys/bus/usb/devices";

/* Reads at most room - 1 bytes of a small file. */
static bool read_text(const char *path, char *text, size_t room)
{
    char content[1024];
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return false;
    }
    ssize_t got = read(fd, content, sizeof(content));

    (void)close(fd);
    if (got < 0) {
        return false;
    }
    size_t n = (size_t)got;

    if (n > 0 && content[n - 1] == '\n') {
        n--;
    }
    aw_bytes b = {(const uint8_t *)content, n};

    if (n >= room || memchr(content, 0, n) != NULL || !aw_utf8_valid(b)) {
        return false;
    }
    memcpy(text, content, n);
    text[n] = '\0';
    return true;
}

bool aw_usb_sys_present(const char *root)
{
    char path[PATH_MAX];

    (void)snprintf(path, sizeof(path), "%s/%s", root, devices);
    return access(path, F_OK) == 0;
}

size_t aw_usb_sys_count(const char *root)
{
    char pattern[PATH_MAX];
    glob_t found = {.gl_pathc = 0};
    size_t n = 0;

    /* Interfaces, "1-1:1.0", have no such file. */
    (void)snprintf(pattern, sizeof(pattern), "%s/%s/*/devnum", root, devices);
    if (glob(pattern, 0, NULL, &found) == 0) {
        n = found.gl_pathc;
    }
    globfree(&found);
    return n;
}

bool aw_usb_sys_text(const char *root, const char *device, const char *file,
                     char *text, size_t room)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof(path), "%s/%s/%s/%s", root, devices, device,
                     file);

    return n > 0 && (size_t)n < sizeof(path) && read_text(path, text, room);
}

bool aw_usb_sys_number(const char *root, const char *device, const char *file,
                       int base, unsigned *value)
{
    char text[AW_USB_SYS_NAME];
    char *end = NULL;

    if (!aw_usb_sys_text(root, device, file, text, sizeof(text)) ||
        text[0] == '\0' || text[0] == '-') {
        return false;
    }
    unsigned long v = strtoul(text, &end, base);

    if (*end != '\0' || v > UINT_MAX) {
        return false;
    }
    *value = (unsigned)v;
    return true;
}

/* Last part of the first path that a pattern names. */
static bool first_match(const char *pattern, char name[AW_USB_SYS_NAME])
{
    glob_t found = {.gl_pathc = 0};
    bool ok = glob(pattern, 0, NULL, &found) == 0 && found.gl_pathc > 0;

    if (ok) {
        const char *slash = strrchr(found.gl_pathv[0], '/');
        const char *last = slash == NULL ? found.gl_pathv[0] : slash + 1;

        ok = strlen(last) < AW_USB_SYS_NAME;
        if (ok) {
            memcpy(name, last, strlen(last) + 1);
        }
    }
    globfree(&found);
    return ok;
}

bool aw_usb_sys_interface(const char *root, const char *device,
                          uint8_t interface, char name[AW_USB_SYS_NAME])
{
    char pattern[PATH_MAX];

    (void)snprintf(pattern, sizeof(pattern), "%s/%s/%s:*.%u", root, devices,
                   device, interface);
    return first_match(pattern, name);
}

bool aw_usb_sys_driver(const char *root, const char *name,
                       char driver[AW_USB_SYS_NAME])
{
    char path[PATH_MAX];
    char target[PATH_MAX];

    (void)snprintf(path, sizeof(path), "%s/%s/%s/driver", root, devices, name);
    ssize_t n = readlink(path, target, sizeof(target) - 1);

    if (n <= 0) {
        return false;
    }
    target[n] = '\0';
    const char *slash = strrchr(target, '/');
    const char *last = slash == NULL ? target : slash + 1;

    if (strlen(last) >= AW_USB_SYS_NAME) {
        return false;
    }
    memcpy(driver, last, strlen(last) + 1);
    return true;
}

bool aw_usb_sys_hidraw(const char *root, const char *name,
                       char node[AW_USB_SYS_NAME])
{
    char pattern[PATH_MAX];

    (void)snprintf(pattern, sizeof(pattern), "%s/%s/%s/*/hidraw/hidraw*", root,
                   devices, name);
    return first_match(pattern, node);
}

bool aw_usb_sys_disk(const char *root, const char *name,
                     char node[AW_USB_SYS_NAME])
{
    char pattern[PATH_MAX];

    (void)snprintf(pattern, sizeof(pattern), "%s/%s/%s/host*/target*/*/block/*",
                   root, devices, name);
    return first_match(pattern, node);
}

/* True when a source of /proc/mounts or /proc/swaps is a disk or a partition
 * of it: "/dev/sda1" of "sda". */
static bool is_of(const char *source, size_t n, const char *node)
{
    static const char dev[] = "/dev/";
    size_t head = sizeof(dev) - 1;
    size_t length = strlen(node);

    if (n < head + length || strncmp(source, dev, head) != 0 ||
        strncmp(source + head, node, length) != 0) {
        return false;
    }
    for (size_t i = head + length; i < n; i++) {
        if (source[i] < '0' || source[i] > '9') {
            return false;
        }
    }
    return true;
}

static bool used_in(const char *path, const char *node,
                    char where[AW_USB_SYS_NAME])
{
    char line[PATH_MAX];
    FILE *file = fopen(path, "re");
    bool found = false;

    if (file == NULL) {
        return false;
    }
    while (!found && fgets(line, sizeof(line), file) != NULL) {
        size_t n = strcspn(line, " \t\n");

        found = is_of(line, n, node);
        if (found) {
            const char *second = line + n + strspn(line + n, " \t");

            (void)snprintf(where, AW_USB_SYS_NAME, "%.*s",
                           (int)strcspn(second, " \t\n"), second);
        }
    }
    (void)fclose(file);
    return found;
}

bool aw_usb_sys_mounted(const char *root, const char *node,
                        char where[AW_USB_SYS_NAME])
{
    char path[PATH_MAX];

    (void)snprintf(path, sizeof(path), "%s/proc/self/mounts", root);
    if (used_in(path, node, where)) {
        return true;
    }
    (void)snprintf(path, sizeof(path), "%s/proc/swaps", root);
    return used_in(path, node, where);
}

static bool may_use(const char *path)
{
    return access(path, R_OK | W_OK) == 0;
}

bool aw_usb_sys_access(const char *root, const char *device)
{
    static const uint8_t interfaces = 4;
    char path[PATH_MAX];
    unsigned bus = 0;
    unsigned address = 0;

    if (aw_usb_sys_number(root, device, "busnum", 10, &bus) &&
        aw_usb_sys_number(root, device, "devnum", 10, &address)) {
        (void)snprintf(path, sizeof(path), "%s/dev/bus/usb/%03u/%03u", root,
                       bus, address);
        if (may_use(path)) {
            return true;
        }
    }
    for (uint8_t i = 0; i < interfaces; i++) {
        char name[AW_USB_SYS_NAME];
        char node[AW_USB_SYS_NAME];

        if (aw_usb_sys_interface(root, device, i, name) &&
            aw_usb_sys_hidraw(root, name, node)) {
            (void)snprintf(path, sizeof(path), "%s/dev/%s", root, node);
            return may_use(path);
        }
    }
    return false;
}
