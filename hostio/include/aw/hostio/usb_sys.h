/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HOSTIO_USB_SYS_H
#define AW_HOSTIO_USB_SYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the kernel says of USB devices, below /sys/bus/usb/devices: readable by
 * everybody, without opening a device. Texts come from the devices and are
 * untrusted. `root` is a folder in place of "/", without a slash at its end:
 * "" for this machine. `device` is a port path, "1-1.4", as in aw/usb.h.
 */
enum { AW_USB_SYS_NAME = 64 };

/** True when the kernel shows USB at all. */
bool aw_usb_sys_present(const char *root);
/** Devices, root hubs among them. */
size_t aw_usb_sys_count(const char *root);

/**
 * Reads an attribute, without the line feed at its end.
 *
 * @param file  "serial", "speed", "bInterfaceClass"; for a device's interface
 *              give that as the device: "1-1.4:1.0"
 * @param text  `room` bytes; untouched on failure
 *
 * @return false: there is none, or it is no valid UTF-8 without NUL and
 *         shorter than room
 */
bool aw_usb_sys_text(const char *root, const char *device, const char *file,
                     char *text, size_t room);

/** Reads an attribute that is a number. @param base  10 or 16 */
bool aw_usb_sys_number(const char *root, const char *device, const char *file,
                       int base, unsigned *value);

/**
 * Names the folder of an interface: "1-1.4:1.0".
 *
 * @return false: the device has none of that number, or is not configured
 */
bool aw_usb_sys_interface(const char *root, const char *device,
                          uint8_t interface, char name[AW_USB_SYS_NAME]);

/** Names the kernel driver of an interface; "usbfs" is another program.
 *  @param name  as aw_usb_sys_interface makes it
 *  @return false: none has it */
bool aw_usb_sys_driver(const char *root, const char *name,
                       char driver[AW_USB_SYS_NAME]);

/** Names the hidraw node of an interface: "hidraw0". @return false: none */
bool aw_usb_sys_hidraw(const char *root, const char *name,
                       char node[AW_USB_SYS_NAME]);

/** Names the disk of an interface: "sda". @return false: none */
bool aw_usb_sys_disk(const char *root, const char *name,
                     char node[AW_USB_SYS_NAME]);

/** True when a disk, or a partition of it, is mounted or swapped to.
 *  @param node  "sda"
 *  @param where  set to the mount point, cut to its size */
bool aw_usb_sys_mounted(const char *root, const char *node,
                        char where[AW_USB_SYS_NAME]);

/** True when this process may open the device or a hidraw node of its. */
bool aw_usb_sys_access(const char *root, const char *device);

#endif
