/* SPDX-License-Identifier: Apache-2.0 */
#include "common/config.h"

int aw_config_apply(struct aw_ctx *ctx)
{
    (void)ctx;
    return AW_EXIT_OK;
}
