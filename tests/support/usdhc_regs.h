/* SPDX-License-Identifier: Apache-2.0 */
#ifndef USDHC_REGS_H
#define USDHC_REGS_H

#include "models/usdhc.h"

/* Registers of the rig's uSDHC, by the manual's names. */
enum {
    HOST = TW_USDHC2_BASE,
    DS_ADDR = HOST,
    BLK_ATT = HOST + 0x04,
    CMD_ARG = HOST + 0x08,
    CMD_XFR_TYP = HOST + 0x0c,
    CMD_RSP0 = HOST + 0x10,
    PORT = HOST + 0x20,
    PRES_STATE = HOST + 0x24,
    PROT_CTRL = HOST + 0x28,
    SYS_CTRL = HOST + 0x2c,
    INT_STATUS = HOST + 0x30,
    INT_STATUS_EN = HOST + 0x34,
    INT_SIGNAL_EN = HOST + 0x38,
    AUTOCMD12_ERR = HOST + 0x3c,
    WTMK_LVL = HOST + 0x44,
    MIX_CTRL = HOST + 0x48,
    FORCE_EVENT = HOST + 0x50,
    ADMA_ERR = HOST + 0x54,
    ADMA_SYS_ADDR = HOST + 0x58,
    VEND_SPEC = HOST + 0xc0,
    TUNING_CTRL = HOST + 0xcc
};

/* INT_STATUS, which is what commands of the rig return. */
enum {
    CC = 1,
    TC = 2,
    DINT = 8,
    BWR = 16,
    BRR = 32,
    CTOE = 1 << 16,
    CCE = 1 << 17,
    CEBE = 1 << 18,
    CIE = 1 << 19,
    DTOE = 1 << 20,
    DCE = 1 << 21,
    DEBE = 1 << 22,
    AC12E = 1 << 24,
    DMAE = 1 << 28
};

/* PRES_STATE. */
enum { CIHB = 1, CDIHB = 2, SDSTB = 8, BWEN = 1 << 10, BREN = 1 << 11 };

#endif
