/* SPDX-License-Identifier: Apache-2.0 */
#include "boot.h"
#include "fw/dma.h"

static DMA_ALIGNED uint8_t ext_csd[AW_EXT_CSD_SIZE];

aw_err medium_open(struct card *card, struct aw_diag *diag)
{
    return card_open(card, CARD_EMMC, USDHC2, ext_csd, diag);
}
