/* SPDX-License-Identifier: Apache-2.0 */
#ifndef USDHC_PRIV_H
#define USDHC_PRIV_H

#include "fw/usdhc.h"

/* Registers and bits. Source: IMX6ULLRM rev 1, 58.8. */
enum {
    BLK_ATT = 0x04,
    CMD_ARG = 0x08,
    CMD_XFR_TYP = 0x0c,
    CMD_RSP0 = 0x10,
    DATA_PORT = 0x20,
    PRES_STATE = 0x24,
    PROT_CTRL = 0x28,
    SYS_CTRL = 0x2c,
    INT_STATUS = 0x30,
    INT_STATUS_EN = 0x34,
    INT_SIGNAL_EN = 0x38,
    AUTOCMD12_ERR = 0x3c,
    WTMK_LVL = 0x44,
    MIX_CTRL = 0x48,
    ADMA_SYS_ADDR = 0x58,
    VEND_SPEC = 0xc0,
    TUNING_CTRL = 0xcc
};
enum {
    PRES_CIHB = 1 << 0,
    PRES_CDIHB = 1 << 1,
    PRES_SDSTB = 1 << 3,
    PRES_WPSPL = 1 << 19,
    PRES_DAT0 = 1 << 24
};
enum {
    INT_CC = 1 << 0,
    INT_TC = 1 << 1,
    INT_BRR = 1 << 5, /* a block is in the buffer */
    INT_CTOE = 1 << 16,
    INT_CMD_ERRORS = 0xf << 16,
    INT_DTOE = 1 << 20,
    INT_ERRORS = 0x117f0000,
    INT_ALL = 0x117f013f
};
enum {
    XFR_R136 = 1 << 16,
    XFR_R48 = 2 << 16,
    XFR_R48_BUSY = 3 << 16,
    XFR_CRC = 1 << 19,
    XFR_INDEX = 1 << 20,
    XFR_DATA = 1 << 21,
    XFR_ABORT = 3 << 22
};
enum {
    MIX_DMA = 1 << 0,
    MIX_COUNT = 1 << 1,
    MIX_CMD12 = 1 << 2,
    MIX_READ = 1 << 4,
    MIX_MULTI = 1 << 5,
    MIX_TRANSFER = 0x3f, /* what belongs to one transfer */
    MIX_FEEDBACK = 1 << 25
};
enum { VEND_LOW_VOLTAGE = 1 << 1, VEND_CLOCK_ON = 1 << 8 };
/* The same two bits in AUTOCMD12_ERR and in MIX_CTRL. */
enum { TUNE_RUNS = 1 << 22, TUNE_FOUND = 1 << 23 };

/** Looks until the bits have the value. @return false: not in time */
bool usdhc_wait(uint32_t address, uint32_t mask, uint32_t value, uint32_t us);

/** Commands and data lines start anew; what was under way is lost. */
void usdhc_reset_lines(const struct usdhc *host);

#endif
