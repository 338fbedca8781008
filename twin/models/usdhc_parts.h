/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TWIN_USDHC_PARTS_H
#define TWIN_USDHC_PARTS_H

#include "models/usdhc.h"

/* What the files of the uSDHC model share; for nobody else. */

#define BIT(n) (UINT32_C(1) << (n))

/* CMD_XFR_TYP */
#define XFR_INDEX(v) ((uint8_t)((v) >> 24 & 0x3f))
#define XFR_TYPE(v)  ((v) >> 22 & 3)
#define XFR_DPSEL    BIT(21)
#define XFR_CICEN    BIT(20)
#define XFR_CCCEN    BIT(19)
#define XFR_RSP(v)   ((v) >> 16 & 3)
enum { RSP_NONE, RSP_136, RSP_48, RSP_48_BUSY };
enum { TYPE_ABORT = 3 };

/* MIX_CTRL */
#define MIX_DMAEN    BIT(0)
#define MIX_BCEN     BIT(1)
#define MIX_AC12EN   BIT(2)
#define MIX_DDR_EN   BIT(3)
#define MIX_DTDSEL   BIT(4)
#define MIX_MSBSEL   BIT(5)
#define MIX_AC23EN   BIT(7)
#define MIX_EXE_TUNE BIT(22)
#define MIX_SMP_CLK  BIT(23)

/* PROT_CTRL */
#define PROT_WIDTH(v)  ((v) >> 1 & 3)
#define PROT_ENDIAN(v) ((v) >> 4 & 3)
#define PROT_DMASEL(v) ((v) >> 8 & 3)
enum { DMA_SIMPLE = 0, DMA_ADMA2 = 2, ENDIAN_BIG = 0, ENDIAN_LITTLE = 2 };

/* SYS_CTRL */
#define SYS_RST_N BIT(23)
#define SYS_RSTA  BIT(24)
#define SYS_RSTC  BIT(25)
#define SYS_RSTD  BIT(26)
#define SYS_INITA BIT(27)

/* VEND_SPEC */
#define VEND_VSELECT      BIT(1)
#define VEND_FRC_SDCLK_ON BIT(8)

/* INT_STATUS */
#define INT_CC    BIT(0)
#define INT_TC    BIT(1)
#define INT_DINT  BIT(3)
#define INT_BWR   BIT(4)
#define INT_BRR   BIT(5)
#define INT_CINS  BIT(6)
#define INT_CRM   BIT(7)
#define INT_CTOE  BIT(16)
#define INT_CCE   BIT(17)
#define INT_CEBE  BIT(18)
#define INT_CIE   BIT(19)
#define INT_DTOE  BIT(20)
#define INT_DCE   BIT(21)
#define INT_DEBE  BIT(22)
#define INT_AC12E BIT(24)
#define INT_DMAE  BIT(28)

/* Registers: usdhc.c */

void tw_usdhc_raise(struct tw_usdhc *host, uint32_t bits);
/** Frequency on the card's clock line while it runs; 0: none. */
uint32_t tw_usdhc_hz(const struct tw_usdhc *host);
/** Tells the card how the lines are driven. */
void tw_usdhc_tell(struct tw_usdhc *host);
uint8_t tw_usdhc_width(const struct tw_usdhc *host);
bool tw_usdhc_tuning(const struct tw_usdhc *host);
/** EXE_TUNE and SMP_CLK_SEL are in two registers. */
void tw_usdhc_tune_bits(struct tw_usdhc *host, bool running, bool found);
/** As after any reset of the chip. */
void tw_usdhc_reset(struct tw_usdhc *host);
/** One occasion for a fault: does it strike now? */
bool tw_usdhc_strikes(struct tw_usdhc *host, enum tw_usdhc_fault fault);

/* Commands: usdhc_command.c */

void tw_usdhc_command(struct tw_usdhc *host);
void tw_usdhc_command_done(void *ctx);
void tw_usdhc_auto_stop(struct tw_usdhc *host);

/* Data: usdhc_data.c */

void tw_usdhc_data_begin(struct tw_usdhc *host);
/** The card may be busy; TC when it is not any more. */
void tw_usdhc_await(struct tw_usdhc *host);
void tw_usdhc_step(void *ctx);
void tw_usdhc_data_reset(struct tw_usdhc *host);
uint32_t tw_usdhc_port_read(struct tw_usdhc *host);
void tw_usdhc_port_write(struct tw_usdhc *host, uint32_t value);

/* Memory: usdhc_dma.c */

void tw_usdhc_dma_begin(struct tw_usdhc *host);
/** Moves the block in hand. False: the transfer has failed, status is set. */
bool tw_usdhc_dma(struct tw_usdhc *host);
/** The descriptors have come to their end. */
bool tw_usdhc_dma_ended(const struct tw_usdhc *host);

#endif
