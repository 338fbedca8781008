/* SPDX-License-Identifier: Apache-2.0 */
/* What the compiler's stack protector asks for. */
#include <stdint.h>

#include "aw/attr.h"
#include "fw/panic.h"
#include "fw/start.h"

uintptr_t __stack_chk_guard = 0x00aff500; /* a zero byte ends text runs */

AW_NORETURN void __stack_chk_fail(void);

void __stack_chk_fail(void)
{
    panic(PANIC_STACK, "stack");
}
