/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_EMMC_PARTS_H
#define TWIN_EMMC_PARTS_H

#include "aw/ext_csd.h"
#include "models/emmc.h"

/* What the files of the eMMC model share; for nobody else. */

/* Commands: emmc_command.c */

void tw_emmc_command(void *ctx, uint8_t index, uint32_t argument,
                     struct tw_card_reply *reply);

/* Registers: emmc_modes.c */

void tw_emmc_modes_init(struct tw_emmc *emmc, uint32_t blocks);
/** Registers as a new chip has them, for its memory. */
void tw_emmc_modes_fresh(struct tw_nvm_record *fresh);
/** Power came back, RST_n ended (hard), or CMD0 came. */
void tw_emmc_modes_reset(struct tw_emmc *emmc, bool hard);
/** CMD6. Busy time and SWITCH_ERROR are set. */
void tw_emmc_switch(struct tw_emmc *emmc, uint32_t argument);

/* Blocks: emmc_data.c */

void tw_emmc_read_begin(struct tw_emmc *emmc, uint32_t argument, bool multiple);
void tw_emmc_write_begin(struct tw_emmc *emmc, uint32_t argument,
                         bool multiple);
/** CMD12, or the counted end. */
void tw_emmc_write_end(struct tw_emmc *emmc);
uint64_t tw_emmc_data_at(void *ctx);
enum tw_card_data tw_emmc_read(void *ctx, uint8_t *block, size_t *n);
enum tw_card_data tw_emmc_write(void *ctx, const uint8_t *block, size_t n);

/* Erasing and write protection: emmc_erase.c */

/** CMD35, 36, 38. */
void tw_emmc_erase_address(struct tw_emmc *emmc, uint8_t index,
                           uint32_t argument);
void tw_emmc_erase(struct tw_emmc *emmc, uint32_t argument);
bool tw_emmc_protected(const struct tw_emmc *emmc, uint64_t block);
/** CMD28, 29. */
void tw_emmc_protect(struct tw_emmc *emmc, uint32_t argument, bool on);
/** CMD30, 31: fills reg. */
void tw_emmc_protection(struct tw_emmc *emmc, uint32_t argument, bool types);

/* All: */

/** The state machine begins anew; registers as the kind of reset says. */
void tw_emmc_restart(struct tw_emmc *emmc, bool hard);

/** Partition that commands go to; may be AW_PARTITION_RPMB. */
static inline unsigned tw_emmc_partition(const struct tw_emmc *emmc)
{
    return emmc->ext_csd[AW_EXT_CSD_PARTITION_CONFIG] & AW_PARTITION_ACCESS;
}

uint64_t tw_emmc_after_us(const struct tw_emmc *emmc, uint64_t us);
/** The device programs for a while. */
void tw_emmc_program(struct tw_emmc *emmc, uint64_t us);
/** Makes a change of the chip's own memory; false when power or host fail. */
bool tw_emmc_keep(struct tw_emmc *emmc, const struct tw_nvm_record *record);

#endif
