/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_SD_PARTS_H
#define TWIN_SD_PARTS_H

#include "aw/ext_csd.h" /* the status bits are those of the eMMC */
#include "models/sd.h"

/* What the files of the SD model share; for nobody else. */

uint64_t tw_sd_after_us(const struct tw_sd *sd, uint64_t us);
void tw_sd_program(struct tw_sd *sd, uint64_t us);

/** CMD0 and power on; signalling goes back to 3.3 V with power only. */
void tw_sd_restart(struct tw_sd *sd, bool power);

/* Commands: sd_command.c */

void tw_sd_command(void *ctx, uint8_t index, uint32_t argument,
                   struct tw_card_reply *reply);

/* Registers: sd_regs.c */

void tw_sd_make_registers(struct tw_sd *sd, uint32_t serial);
/** CMD6: fills reg with the status, switches where asked for. */
void tw_sd_switch_function(struct tw_sd *sd, uint32_t argument);
void tw_sd_scr(struct tw_sd *sd);
void tw_sd_ssr(struct tw_sd *sd);
void tw_sd_written(struct tw_sd *sd);

/* Data: sd_data.c */

/** CMD17, 18, 24, 25. */
void tw_sd_begin(struct tw_sd *sd, uint32_t argument, bool reading,
                 bool multiple);
void tw_sd_write_end(struct tw_sd *sd);
/** CMD32, 33, 38. */
void tw_sd_erase_address(struct tw_sd *sd, uint8_t index, uint32_t argument);
void tw_sd_erase(struct tw_sd *sd);
uint64_t tw_sd_data_at(void *ctx);
enum tw_card_data tw_sd_read(void *ctx, uint8_t *block, size_t *n);
enum tw_card_data tw_sd_write(void *ctx, const uint8_t *block, size_t n);

/* Access modes, function group 1. */
enum {
    SD_SDR12 = 0,
    SD_SDR25 = 1,
    SD_SDR50 = 2,
    SD_SDR104 = 3,
    SD_DDR50 = 4,
    SD_MODES
};

#endif
