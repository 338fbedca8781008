/* SPDX-License-Identifier: Apache-2.0 */
#ifndef APPLET_TEST_H
#define APPLET_TEST_H

#include <stdbool.h>

#include "fw/applet.h"

/* An applet that tests the OS under it. Each life does one step; which one is
 * in the first block of the applet's area. */

void say(const char *text);
void say_number(const char *text, uint32_t number);

/** Prints "ok   name" or "FAIL name". */
void check(const char *name, bool ok);

/** Step 0: what calls answer to right and wrong arguments. */
void check_calls(void);

/** Steps from 1 on: something that ends the applet. Returns when there are no
 *  more. Steps 0x101 to 0x103 read, write, execute an address; those behind
 *  them do what no user may. */
void do_fault(uint32_t step, uint32_t address);

#endif
