/* SPDX-License-Identifier: Apache-2.0 */
/* The applet is part of the image: for tests. */
#include "os/applet/source.h"

extern const uint8_t embedded_start[];
extern const uint8_t embedded_end[];

aw_err source_applet(struct os *os, struct aw_diag *diag)
{
    const aw_bytes elf = {embedded_start,
                          (size_t)(embedded_end - embedded_start)};

    return os->applet.starts == 0 ? applet_take(&os->applet, elf, diag) : AW_OK;
}
