/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OS_TABLES_H
#define OS_TABLES_H

#include "device.h"

/**
 * Walks the translation tables of a running OS, all 4 GiB of both address
 * spaces, and fails the test unless user mode reaches the pages of its program
 * and stack alone, each with the rights of its segment; privileged mode
 * executes nothing but the OS's code; nothing can be both written and executed.
 *
 * @param image   of the tests' folder: image.debug names the tables
 * @param applet  file of the folder, the program that it runs
 * @param stack   bytes of the applet's stack
 */
void tables_expect(const struct device *d, const char *image,
                   const char *applet, uint32_t stack);

#endif
