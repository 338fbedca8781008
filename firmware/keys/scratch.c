/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/scratch.h"

#include "fw/dma.h"

_Static_assert(sizeof(struct scratch) <= SCRATCH_SIZE, "it fits");

struct scratch *scratch(void)
{
    return dma_pointer(SCRATCH_ADDRESS);
}
