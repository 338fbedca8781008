/* SPDX-License-Identifier: Apache-2.0 */
/* QEMU's machine has neither CSU nor TZASC: worlds are told apart by the
 * processor alone, and the normal world reaches everything. For tests. */
#include "fw/guard.h"

aw_err guard_init(const struct guard_window *window, struct aw_diag *diag)
{
    (void)window;
    return aw_fail(diag, AW_ERR_UNSUPPORTED, "guard: not modelled", 0);
}

void guard_no_debug(void)
{
}
