/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>
#include <string.h>

/** Copies a text into a field of size bytes, cut if it must be; what is behind
 *  it becomes zero. */
static inline void text_put(char *to, size_t size, const char *from)
{
    size_t n = 0;

    while (n + 1 < size && from[n] != '\0') {
        to[n] = from[n];
        n++;
    }
    memset(to + n, 0, size - n);
}

#endif
