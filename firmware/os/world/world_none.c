/* SPDX-License-Identifier: Apache-2.0 */
#include "os/world/world.h"

aw_err world_source(aw_bytes *program)
{
    (void)program;
    return AW_ERR_NOT_FOUND;
}
