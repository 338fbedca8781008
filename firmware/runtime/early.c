/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/start.h"

/* For images that have none of their own. */
void image_early(void)
{
}
