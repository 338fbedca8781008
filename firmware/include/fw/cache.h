/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_CACHE_H
#define FW_CACHE_H

#include <stddef.h>

/* Cache maintenance by address; whole lines of 64 bytes are touched. */
enum { CACHE_LINE = 64 };

/** Before a device reads memory that the processor wrote. */
void cache_clean(const void *start, size_t n);

/** Before and after a device writes memory. Start and end have to be on
 *  lines, or a neighbour's bytes are lost. */
void cache_invalidate(void *start, size_t n);

/** Before what was written is executed. */
void cache_code(const void *start, size_t n);

#endif
