/* SPDX-License-Identifier: Apache-2.0 */
/* The host has one stack. */
#include "fw/secret.h"

aw_err secret_run(secret_fn *work, void *ctx)
{
    return work(ctx);
}
