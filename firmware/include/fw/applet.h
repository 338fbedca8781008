/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_APPLET_H
#define FW_APPLET_H

#include "fw/abi.h"

/* The applet's side of fw/abi.h. */

/** A call; applet/start.S. @return what the OS put into r0. */
int32_t abi_call(uint32_t number, uint32_t a, uint32_t b, uint32_t c,
                 uint32_t d);

/** An address for a call. */
static inline uint32_t abi_address(const void *p)
{
    return (uint32_t)(uintptr_t)p;
}

/** The applet. Returning ends it. */
uint32_t applet_main(void);

#endif
