/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/secret.h"

#include <stdbool.h>
#include <stdint.h>

#include "aw/attr.h"
#include "aw/ct.h"
#include "fw/cache.h"
#include "fw/dma.h"

/** arch/secret.S. */
aw_err secret_enter(secret_fn *work, void *ctx, uint32_t stack_end);

static bool inside;

aw_err secret_run(secret_fn *work, void *ctx)
{
    uint8_t *stack = dma_pointer(SECRET_STACK);

    AW_BUG_ON(inside);
    inside = true;
    aw_err err = secret_enter(work, ctx, SECRET_STACK + SECRET_STACK_SIZE);

    /* It is cached: the zeros have to get to the memory, too. */
    aw_wipe(stack, SECRET_STACK_SIZE);
    cache_clean(stack, SECRET_STACK_SIZE);
    inside = false;
    return err;
}
