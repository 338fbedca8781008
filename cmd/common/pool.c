/* SPDX-License-Identifier: Apache-2.0 */
#include "common/pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aw/hostio/alloc.h"

void aw_pool_init(struct aw_pool *pool)
{
    *pool = (struct aw_pool){.n = 0};
    AW_BUG_ON(pthread_mutex_init(&pool->lock, NULL) != 0);
}

void aw_pool_wipe(struct aw_pool *pool)
{
    for (size_t i = 0; i < pool->n; i++) {
        free(pool->block[i]);
    }
    free(pool->block);
    (void)pthread_mutex_destroy(&pool->lock);
    *pool = (struct aw_pool){.n = 0};
}

void aw_pool_adopt(struct aw_pool *pool, void *p)
{
    (void)pthread_mutex_lock(&pool->lock);
    /* Grows when the count is a power of two, or still zero. */
    if ((pool->n & (pool->n - 1)) == 0) {
        size_t room = pool->n == 0 ? 1 : pool->n * 2;

        pool->block = aw_grow(pool->block, pool->n, room, sizeof(void *));
    }
    pool->block[pool->n++] = p;
    (void)pthread_mutex_unlock(&pool->lock);
}

void *aw_pool_alloc(struct aw_pool *pool, size_t n, size_t size)
{
    void *p = aw_alloc(n, size);

    aw_pool_adopt(pool, p);
    return p;
}

char *aw_pool_bytes(struct aw_pool *pool, aw_bytes text)
{
    AW_BUG_ON(text.n == SIZE_MAX);
    char *copy = aw_pool_alloc(pool, text.n + 1, 1);

    if (text.n > 0) {
        memcpy(copy, text.p, text.n);
    }
    return copy;
}

char *aw_pool_text(struct aw_pool *pool, const char *text)
{
    return text == NULL ? NULL : aw_pool_bytes(pool, aw_text(text));
}

char *aw_pool_vprintf(struct aw_pool *pool, const char *format, va_list args)
{
    va_list again;

    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, again);

    va_end(again);
    AW_BUG_ON(n < 0);
    size_t room = (size_t)n + 1;
    char *text = aw_pool_alloc(pool, room, 1);

    (void)vsnprintf(text, room, format, args);
    return text;
}

char *aw_pool_printf(struct aw_pool *pool, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *text = aw_pool_vprintf(pool, format, args);

    va_end(args);
    return text;
}
