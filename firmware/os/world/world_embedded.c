/* SPDX-License-Identifier: Apache-2.0 */
/* The program of the normal world is part of the image. */
#include "os/world/world.h"

extern const uint8_t normal_start[];
extern const uint8_t normal_end[];

aw_err world_source(aw_bytes *program)
{
    *program = (aw_bytes){normal_start, (size_t)(normal_end - normal_start)};
    return AW_OK;
}
