/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HOSTIO_SECRET_H
#define AW_HOSTIO_SECRET_H

#include <stddef.h>

/*
 * Memory for keys and PINs. It is locked, so that it is never written to swap
 * space, as far as the limit of locked memory allows; core dumps leave it out,
 * and from the first allocation on the program leaves no core dump of its own.
 * Pages of their own: nothing else is in them. Copies on the stack are the
 * business of whoever makes them, and are wiped after use.
 */

/** Zeroed memory of n bytes; ends the program with exit code 24 when there is
 *  none. Free with aw_secret_free. */
void *aw_secret_alloc(size_t n);

/** Wipes and frees. @param n  as it was allocated; NULL is allowed for p */
void aw_secret_free(void *p, size_t n);

#endif
