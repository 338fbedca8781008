/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hostio/alloc.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

/* Exit code for "out of memory", see the table of exit codes. */
enum { EXIT_RESOURCE = 24 };

_Noreturn void host_out_of_memory(size_t n, size_t size)
{
    (void)fprintf(stderr, "aw: out of memory: %zu times %zu bytes\n", n, size);
    exit(EXIT_RESOURCE);
}

void *aw_alloc(size_t n, size_t size)
{
    void *p = calloc(n == 0 ? 1 : n, size == 0 ? 1 : size);

    if (p == NULL) {
        host_out_of_memory(n, size);
    }
    return p;
}

void *aw_grow(void *p, size_t old_n, size_t new_n, size_t size)
{
    if (size != 0 && new_n > SIZE_MAX / size) {
        host_out_of_memory(new_n, size);
    }
    uint8_t *q = realloc(p, new_n * size == 0 ? 1 : new_n * size);

    if (q == NULL) {
        host_out_of_memory(new_n, size);
    }
    if (new_n > old_n) {
        memset(q + old_n * size, 0, (new_n - old_n) * size);
    }
    return q;
}
