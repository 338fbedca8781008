/* SPDX-License-Identifier: Apache-2.0 */
/* An applet that takes its time: it runs for 20 seconds before it says that it
 * is ready. */
#include <string.h>

#include "fw/applet.h"

enum { LATE_MS = 20000 };

uint32_t applet_main(void)
{
    static const char words[] = "late: ready\n";

    (void)abi_call(ABI_WAIT_EVENT, 0, LATE_MS, 0, 0);
    (void)abi_call(ABI_WRITE, abi_address(words), (uint32_t)strlen(words), 0,
                   0);
    (void)abi_call(ABI_READY, 0, 0, 0, 0);
    for (;;) {
        (void)abi_call(ABI_WAIT_EVENT, 0, (uint32_t)ABI_NO_LIMIT, 0, 0);
    }
}
