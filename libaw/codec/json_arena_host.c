/* SPDX-License-Identifier: Apache-2.0 */
/* cJSON's hooks on the host, where other code of the process may use cJSON
 * too: without a bound work area they are malloc and free. */
#include "json_arena.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <threads.h>

static _Thread_local struct aw_wr *bound;

static void *take(size_t n)
{
    if (bound == NULL) {
        return malloc(n);
    }
    return aw_wr_reserve(bound, n, _Alignof(max_align_t));
}

static void give_back(void *p)
{
    if (bound == NULL) {
        free(p);
    }
}

static void set_hooks(void)
{
    cJSON_Hooks hooks = {.malloc_fn = take, .free_fn = give_back};

    cJSON_InitHooks(&hooks);
}

void json_arena_bind(struct aw_wr *work)
{
    static once_flag once = ONCE_FLAG_INIT;

    call_once(&once, set_hooks);
    bound = work;
}
