/* SPDX-License-Identifier: Apache-2.0 */
/* The applet is part of the image: for tests. */
#include "os.h"

extern const uint8_t embedded_start[];
extern const uint8_t embedded_end[];

aw_err source_applet(struct os *os, aw_bytes *elf, struct aw_diag *diag)
{
    (void)os;
    (void)diag;
    *elf = (aw_bytes){embedded_start, (size_t)(embedded_end - embedded_start)};
    return AW_OK;
}
