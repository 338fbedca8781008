/* SPDX-License-Identifier: Apache-2.0 */
/* Stands for the trusted OS: says what the bootloader told it, and waits. Where
 * a request lies on the eMMC it first switches to another slot, in the order
 * that an update has. */
#include <inttypes.h>
#include <string.h>

#include "aw/emmc.h"
#include "aw/ext_csd.h"
#include "fw/card.h"
#include "fw/console.h"
#include "fw/dma.h"
#include "fw/handover.h"
#include "fw/print.h"
#include "fw/start.h"
#include "fw/time.h"
#include "fw/wdog.h"

static struct handover told;

static void report(uint32_t r0)
{
    const aw_bytes record = {dma_pointer(r0), HANDOVER_SIZE};
    aw_err err = handover_parse(record, &told);

    if (err != AW_OK) {
        print("OS: hand-over %s\n", aw_err_name(err));
        return;
    }
    print("OS: slot %s copy %u attempts %u confirmed %u rollback %u\n",
          told.slot == 0 ? "A" : "B", (unsigned)told.copy,
          (unsigned)told.attempts, (unsigned)told.confirmed,
          (unsigned)told.rollback);
    print("OS: HAB %02" PRIx32 " %02" PRIx32 " %02" PRIx32 " reset %08" PRIx32
          "\n",
          (uint32_t)told.hab.config, (uint32_t)told.hab.state,
          (uint32_t)told.hab.status, told.reset);
}

/* A request, in blocks that no area of the map owns: "SWITCH", then blocks of
 * the image and of a record, one byte each. The image for slot B and the new
 * record follow. */
enum {
    REQUEST = 0x1d20900,
    IMAGE_AT = REQUEST + 1,
    RECORD_AT = REQUEST + 256,
    BLOCKS_MAX = 255
};
static DMA_ALIGNED uint8_t registers[AW_EXT_CSD_SIZE];
static DMA_ALIGNED uint8_t request[USDHC_BLOCK];
static DMA_ALIGNED uint8_t blocks[BLOCKS_MAX * USDHC_BLOCK];

/* Reads n blocks, writes them elsewhere, and waits until they are kept. */
static aw_err copy(struct card *card, uint64_t from, uint64_t to, uint32_t n)
{
    aw_err err = card_read(card, (uint32_t)from, blocks, n, NULL);

    if (err == AW_OK) {
        err = card_write(card, (uint32_t)to, blocks, n, NULL);
    }
    return err == AW_OK ? card_flush(card, NULL) : err;
}

static aw_err switch_slot(struct card *card)
{
    uint64_t slot = aw_emmc_find(AW_EMMC_SLOT, AW_TRUSTED_OS, 1)->first;
    uint64_t one = aw_emmc_find(AW_EMMC_CONFIG, AW_TRUSTED_OS, 0)->first;
    uint64_t two = aw_emmc_find(AW_EMMC_CONFIG, AW_TRUSTED_OS, 1)->first;
    aw_err err = copy(card, IMAGE_AT, slot, request[6]);

    if (err == AW_OK) {
        err = copy(card, one, two, request[7]);
    }
    return err == AW_OK ? copy(card, RECORD_AT, one, request[7]) : err;
}

static void serve_request(void)
{
    struct card card;

    if (card_open(&card, CARD_EMMC, USDHC2, registers, NULL) != AW_OK ||
        card_read(&card, REQUEST, request, 1, NULL) != AW_OK ||
        memcmp(request, "SWITCH", 6) != 0) {
        return;
    }
    print("OS: switching\n");
    console_drain();
    print("OS: switch %s\n", aw_err_name(switch_slot(&card)));
}

void image_main(uint32_t r0, uint32_t r1)
{
    console_init();
    if (r0 == HANDOVER_ADDRESS && r1 == HANDOVER_MAGIC) {
        report(r0);
    } else {
        print("OS: started by %08" PRIx32 " %08" PRIx32 "\n", r0, r1);
    }
    serve_request();
    print("OS: ready\n");
    for (;;) {
        wdog_service();
        time_sleep_us(1000000);
    }
}
