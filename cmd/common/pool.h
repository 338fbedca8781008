/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_POOL_H
#define COMMON_POOL_H

#include <pthread.h>
#include <stdarg.h>

#include "aw/bytes.h"

/* Memory that lives as long as one run of a command. Safe to use from several
 * threads. All fields are private. */
struct aw_pool {
    pthread_mutex_t lock;
    size_t n;
    void **block;
};

void aw_pool_init(struct aw_pool *pool);
/** Frees everything that came from the pool. */
void aw_pool_wipe(struct aw_pool *pool);

/** Zeroed memory, freed with the pool. */
void *aw_pool_alloc(struct aw_pool *pool, size_t n, size_t size);
/** Takes over memory from malloc. NULL is allowed. */
void aw_pool_adopt(struct aw_pool *pool, void *p);
/** NUL-terminated copy; NULL for NULL. */
char *aw_pool_text(struct aw_pool *pool, const char *text);
/** NUL-terminated copy of bytes; ends at the first NUL inside them. */
char *aw_pool_bytes(struct aw_pool *pool, aw_bytes text);
/** Formatted text. */
AW_PRINTF(2, 3)
char *aw_pool_printf(struct aw_pool *pool, const char *format, ...);
AW_PRINTF(2, 0)
char *aw_pool_vprintf(struct aw_pool *pool, const char *format, va_list args);

#endif
