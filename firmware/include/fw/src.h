/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_SRC_H
#define FW_SRC_H

#include <stdint.h>

#include "aw/attr.h"

/** Why the chip was reset (SRSR); cleared by it. */
uint32_t src_take_reason(void);

/** The next reset starts from where pins and fuses say. The ROM leaves a request
 *  as it is, and so does every reset but that of a power cycle. */
void src_forget_request(void);

/** Resets the chip so that its ROM goes to serial download. */
AW_NORETURN void src_serial_download(void);

#endif
