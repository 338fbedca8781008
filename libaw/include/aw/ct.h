/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_CT_H
#define AW_CT_H

#include <stdbool.h>
#include <stddef.h>

/** Compares in time that depends on n only. Use for digests and MACs. */
bool aw_ct_equal(const void *a, const void *b, size_t n);

/** Overwrites secrets; the compiler cannot drop it. */
void aw_wipe(void *p, size_t n);

#endif
