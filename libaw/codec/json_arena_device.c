/* SPDX-License-Identifier: Apache-2.0 */
/* cJSON's hooks on the device: one thread, and no heap beside the work area. */
#include <cjson/cJSON.h>
#include <stddef.h>

#include "json_arena.h"

static struct aw_wr *bound;

static void *take(size_t n)
{
    return bound == NULL ? NULL
                         : aw_wr_reserve(bound, n, _Alignof(max_align_t));
}

static void give_back(void *p)
{
    (void)p; /* ends with the work area */
}

void json_arena_bind(struct aw_wr *work)
{
    cJSON_Hooks hooks = {.malloc_fn = take, .free_fn = give_back};

    cJSON_InitHooks(&hooks);
    bound = work;
}
