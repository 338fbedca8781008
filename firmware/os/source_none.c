/* SPDX-License-Identifier: Apache-2.0 */
#include "os.h"

aw_err source_applet(struct os *os, aw_bytes *elf, struct aw_diag *diag)
{
    (void)os;
    (void)elf;
    return aw_fail(diag, AW_ERR_NOT_FOUND, "applet: none", 0);
}
