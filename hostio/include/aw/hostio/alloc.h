/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HOSTIO_ALLOC_H
#define AW_HOSTIO_ALLOC_H

#include <stddef.h>

/** Zeroed memory; ends the program with exit code 24 when there is none. The
 *  one way in which host code allocates. Free with free(). */
void *aw_alloc(size_t n, size_t size);

/** Grows an array, new elements zeroed, else as aw_alloc. */
void *aw_grow(void *p, size_t old_n, size_t new_n, size_t size);

#endif
