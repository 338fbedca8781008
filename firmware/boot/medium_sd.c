/* SPDX-License-Identifier: Apache-2.0 */
/* For QEMU, which has no eMMC: the same map on an SD card. Test variant. */
#include "boot.h"
#include "fw/dma.h"

static DMA_ALIGNED uint8_t registers[AW_EXT_CSD_SIZE];

aw_err medium_open(struct card *card, struct aw_diag *diag)
{
    return card_open(card, CARD_SD, USDHC1, registers, diag);
}
