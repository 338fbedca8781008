/* SPDX-License-Identifier: Apache-2.0 */
/* Power goes while the OS installs: whatever is on the eMMC then, the old or
 * the new one comes up. */
#include "suites.h"

Suite *os_update_cut_suite(void)
{
    return suite_create("os_update_cut");
}
