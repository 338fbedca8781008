/* SPDX-License-Identifier: Apache-2.0 */
#include "os/applet/run.h"

aw_err run_take(struct applet *a)
{
    (void)a;
    return AW_OK;
}

void run_start(struct applet *a)
{
    a->space.n_wrote = 0;
}

bool run_go(struct applet *a)
{
    a->space.n_wrote = 0;
    mon_run(&a->space, &a->state);
    return true;
}
