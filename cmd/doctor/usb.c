/* SPDX-License-Identifier: Apache-2.0 */
#include <glob.h>
#include <string.h>

#include "aw/hostio/usb_sys.h"
#include "doctor/doctor.h"

enum { INTERFACES = 4, CLASS_HUB = 9 };

/* A device of the machine. */
struct dev {
    const char *path; /* "1-1.4" */
    unsigned vendor;
    unsigned product;
    unsigned class;
    const char *speed; /* in Mbit/s */
};

static bool read_dev(struct doctor *d, const char *path, struct dev *dev)
{
    char speed[AW_USB_SYS_NAME];

    *dev = (struct dev){.path = path};
    if (!aw_usb_sys_number(d->root, path, "idVendor", 16, &dev->vendor) ||
        !aw_usb_sys_number(d->root, path, "idProduct", 16, &dev->product) ||
        !aw_usb_sys_number(d->root, path, "bDeviceClass", 16, &dev->class) ||
        !aw_usb_sys_text(d->root, path, "speed", speed, sizeof(speed))) {
        return false;
    }
    dev->speed = aw_pool_text(&d->ctx->pool, speed);
    return true;
}

static bool is_board(const struct dev *dev)
{
    return (dev->vendor == AW_USB_VENDOR_ROM &&
            (dev->product == 0x007d || dev->product == 0x0080)) ||
           (dev->vendor == AW_USB_VENDOR_UNIT &&
            dev->product == AW_USB_PRODUCT_UNIT);
}

static bool is_slow(const char *speed)
{
    return strcmp(speed, "12") == 0 || strcmp(speed, "1.5") == 0;
}

static const char *label(struct doctor *d, const struct dev *dev)
{
    return aw_pool_printf(&d->ctx->pool, "port=%s", dev->path);
}

/* The hub above a port that is slow itself; NULL: there is none. */
static const char *slow_hub(struct doctor *d, const char *path)
{
    const char *dot = strrchr(path, '.');
    struct dev hub;

    if (dot == NULL) {
        return NULL;
    }
    const char *above = aw_pool_bytes(
        &d->ctx->pool, (aw_bytes){(const uint8_t *)path, (size_t)(dot - path)});

    return read_dev(d, above, &hub) && is_slow(hub.speed) ? above : NULL;
}

static void check_speed(struct doctor *d, const struct dev *dev)
{
    struct doctor_found f = {.check = "speed", .subject = label(d, dev)};
    const char *hub = slow_hub(d, dev->path);

    if (!is_slow(dev->speed)) {
        return;
    }
    f.verdict = DOCTOR_WARNING;
    if (hub != NULL) {
        f.detail = aw_pool_printf(
            &d->ctx->pool, "full speed, 12 Mbit/s, behind the hub at port %s",
            hub);
        f.remedy = "plug the board in elsewhere: this takes forty times as "
                   "long";
    } else {
        f.detail = "full speed, 12 Mbit/s, where the board can do 480";
        f.remedy = "try another cable or port: this takes forty times as long";
    }
    doctor_put(d, &f);
}

static void check_driver(struct doctor *d, const struct dev *dev,
                         const char *interface)
{
    char driver[AW_USB_SYS_NAME];
    char disk[AW_USB_SYS_NAME];
    char where[AW_USB_SYS_NAME];
    struct doctor_found f = {.check = "driver", .subject = label(d, dev)};

    if (!aw_usb_sys_driver(d->root, interface, driver)) {
        return;
    }
    if (aw_usb_sys_disk(d->root, interface, disk) &&
        aw_usb_sys_mounted(d->root, disk, where)) {
        f.verdict = DOCTOR_FAILED;
        f.detail = aw_pool_printf(
            &d->ctx->pool, "its disk /dev/%s is in use: %s", disk, where);
        f.remedy = aw_pool_printf(&d->ctx->pool, "unmount /dev/%s", disk);
    } else if (strcmp(driver, "usbfs") == 0) {
        f.verdict = DOCTOR_WARNING;
        f.detail = "another program has it open";
        f.remedy = "end that program before you begin";
    } else {
        f.detail = aw_pool_printf(&d->ctx->pool,
                                  "%s has it, and is asked to let go while a "
                                  "command runs",
                                  driver);
    }
    doctor_put(d, &f);
}

static void check_rights(struct doctor *d, const struct dev *dev)
{
    struct doctor_found f = {.check = "board", .subject = label(d, dev)};

    /* What root may, and what user N of another system may, is not asked. */
    if (d->uid == 0 || aw_usb_sys_access(d->root, dev->path)) {
        f.detail = aw_pool_printf(&d->ctx->pool, "%04x:%04x, may be used",
                                  dev->vendor, dev->product);
    } else {
        f.verdict = DOCTOR_FAILED;
        f.detail =
            aw_pool_printf(&d->ctx->pool, "%04x:%04x, this user may not use it",
                           dev->vendor, dev->product);
        f.remedy = "see udev rules, group and seat above; then plug it in "
                   "again";
    }
    doctor_put(d, &f);
}

static void check_board(struct doctor *d, const struct dev *dev)
{
    check_rights(d, dev);
    check_speed(d, dev);
    for (unsigned i = 0; i < INTERFACES; i++) {
        char name[AW_USB_SYS_NAME];

        if (aw_usb_sys_interface(d->root, dev->path, (uint8_t)i, name)) {
            check_driver(d, dev, name);
        }
    }
}

static void check_hub(struct doctor *d, const struct dev *dev)
{
    if (dev->class != CLASS_HUB || !is_slow(dev->speed) ||
        strchr(dev->path, '-') == NULL) {
        return;
    }
    doctor_put(d, &(struct doctor_found){
                      .check = "hub",
                      .verdict = DOCTOR_WARNING,
                      .subject = label(d, dev),
                      .detail = "a full-speed hub: boards behind it take forty "
                                "times as long",
                      .remedy = "use another hub, or none",
                  });
}

/* @return true for a board */
static bool check_device(struct doctor *d, const char *folder)
{
    const char *slash = strrchr(folder, '/');
    struct dev dev;

    if (slash == NULL || !read_dev(d, slash + 1, &dev)) {
        return false;
    }
    check_hub(d, &dev);
    if (is_board(&dev)) {
        check_board(d, &dev);
        return true;
    }
    return false;
}

void doctor_usb(struct doctor *d)
{
    glob_t found = {.gl_pathc = 0};
    size_t boards = 0;

    if (!aw_usb_sys_present(d->root)) {
        doctor_put(d, &(struct doctor_found){
                          .check = "USB",
                          .verdict = DOCTOR_WARNING,
                          .detail = "this kernel shows no USB: only twins "
                                    "can be reached",
                          .remedy = "use a kernel with USB, or hand the "
                                    "board's port to this machine",
                      });
        return;
    }
    const char *pattern =
        aw_pool_printf(&d->ctx->pool, "%s/sys/bus/usb/devices/*", d->root);

    if (glob(pattern, 0, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++) {
            boards += check_device(d, found.gl_pathv[i]) ? 1 : 0;
        }
    }
    globfree(&found);
    if (boards == 0) {
        doctor_put(d, &(struct doctor_found){.check = "board",
                                             .detail = "none is plugged in"});
    }
}
