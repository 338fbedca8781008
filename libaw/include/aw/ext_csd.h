/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_EXT_CSD_H
#define AW_EXT_CSD_H

#include <stdint.h>

/*
 * The EXT_CSD register of an eMMC: 512 bytes, integers little-endian; CMD8
 * reads it, CMD6 writes a byte of its first 192. Names and numbers are those
 * of JESD84-B51, 7.4; a field of several bytes is named by its first.
 */
enum {
    AW_EXT_CSD_SIZE = 512,
    AW_EXT_CSD_MODES = 192, /* bytes that CMD6 may write */

    AW_EXT_CSD_FLUSH_CACHE = 32,
    AW_EXT_CSD_CACHE_CTRL = 33,
    AW_EXT_CSD_POWER_OFF_NOTIFICATION = 34,
    AW_EXT_CSD_PARTITION_SETTING_COMPLETED = 155,
    AW_EXT_CSD_PARTITIONING_SUPPORT = 160,
    AW_EXT_CSD_HPI_MGMT = 161,
    AW_EXT_CSD_RST_N_FUNCTION = 162,
    AW_EXT_CSD_BKOPS_EN = 163,
    AW_EXT_CSD_SANITIZE_START = 165,
    AW_EXT_CSD_WR_REL_PARAM = 166,
    AW_EXT_CSD_WR_REL_SET = 167,
    AW_EXT_CSD_RPMB_SIZE_MULT = 168, /* x 128 KiB */
    AW_EXT_CSD_USER_WP = 171,
    AW_EXT_CSD_BOOT_WP = 173,
    AW_EXT_CSD_BOOT_WP_STATUS = 174,
    AW_EXT_CSD_ERASE_GROUP_DEF = 175,
    AW_EXT_CSD_BOOT_BUS_CONDITIONS = 177,
    AW_EXT_CSD_BOOT_CONFIG_PROT = 178,
    AW_EXT_CSD_PARTITION_CONFIG = 179,
    AW_EXT_CSD_ERASED_MEM_CONT = 181,
    AW_EXT_CSD_BUS_WIDTH = 183,
    AW_EXT_CSD_HS_TIMING = 185,
    AW_EXT_CSD_POWER_CLASS = 187,
    AW_EXT_CSD_CMD_SET = 191,
    AW_EXT_CSD_REV = 192,
    AW_EXT_CSD_CSD_STRUCTURE = 194,
    AW_EXT_CSD_DEVICE_TYPE = 196,
    AW_EXT_CSD_DRIVER_STRENGTH = 197,
    AW_EXT_CSD_OUT_OF_INTERRUPT_TIME = 198, /* x 10 ms */
    AW_EXT_CSD_PARTITION_SWITCH_TIME = 199, /* x 10 ms */
    AW_EXT_CSD_SEC_COUNT = 212,             /* u32, blocks of 512 bytes */
    AW_EXT_CSD_S_A_TIMEOUT = 217,
    AW_EXT_CSD_HC_WP_GRP_SIZE = 221,
    AW_EXT_CSD_REL_WR_SEC_C = 222,
    AW_EXT_CSD_ERASE_TIMEOUT_MULT = 223, /* x 300 ms */
    AW_EXT_CSD_HC_ERASE_GRP_SIZE = 224,  /* x 512 KiB */
    AW_EXT_CSD_ACC_SIZE = 225,
    AW_EXT_CSD_BOOT_SIZE_MULT = 226, /* x 128 KiB */
    AW_EXT_CSD_BOOT_INFO = 228,
    AW_EXT_CSD_SEC_FEATURE_SUPPORT = 231,
    AW_EXT_CSD_TRIM_MULT = 232, /* x 300 ms */
    AW_EXT_CSD_CACHE_FLUSH_POLICY = 240,
    AW_EXT_CSD_INI_TIMEOUT_AP = 241,            /* x 100 ms */
    AW_EXT_CSD_CORRECTLY_PRG_SECTORS_NUM = 242, /* u32 */
    AW_EXT_CSD_POWER_OFF_LONG_TIME = 247,       /* x 10 ms */
    AW_EXT_CSD_GENERIC_CMD6_TIME = 248,         /* x 10 ms */
    AW_EXT_CSD_CACHE_SIZE = 249,                /* u32, kilobits */
    AW_EXT_CSD_FIRMWARE_VERSION = 254,          /* 8 bytes */
    AW_EXT_CSD_PRE_EOL_INFO = 267,
    AW_EXT_CSD_DEVICE_LIFE_TIME = 268, /* 2 bytes: types A and B */
    AW_EXT_CSD_BKOPS_SUPPORT = 502,
    AW_EXT_CSD_HPI_FEATURES = 503,
    AW_EXT_CSD_S_CMD_SET = 504
};

/* PARTITION_CONFIG */
enum {
    AW_PARTITION_ACCESS = 7, /* mask; lost at power off */
    AW_PARTITION_USER = 0,
    AW_PARTITION_BOOT0 = 1,
    AW_PARTITION_BOOT1 = 2,
    AW_PARTITION_RPMB = 3,
    AW_PARTITION_BOOT_ENABLE = 7 << 3, /* mask: 0 none, 1, 2, 7 user area */
    AW_PARTITION_BOOT_ACK = 1 << 6
};

/* RST_N_FUNCTION; written once */
enum { AW_RST_N_ENABLED = 1, AW_RST_N_DISABLED = 2 };

/* WR_REL_PARAM, and bits of WR_REL_SET by partition */
enum { AW_WR_REL_EN_REL_WR = 1 << 2, AW_WR_REL_EN_RPMB_REL_WR = 1 << 4 };

/* BOOT_WP */
enum {
    AW_BOOT_WP_PWR_EN = 1 << 0,
    AW_BOOT_WP_PWR_SEC_SEL = 1 << 1,
    AW_BOOT_WP_PERM_EN = 1 << 2,
    AW_BOOT_WP_PERM_SEC_SEL = 1 << 3,
    AW_BOOT_WP_PERM_DIS = 1 << 4,
    AW_BOOT_WP_PWR_DIS = 1 << 6,
    AW_BOOT_WP_SEC_WP_SEL = 1 << 7
};

/* BUS_WIDTH */
enum {
    AW_BUS_1 = 0,
    AW_BUS_4 = 1,
    AW_BUS_8 = 2,
    AW_BUS_4_DDR = 5,
    AW_BUS_8_DDR = 6
};

/* HS_TIMING, low nibble */
enum { AW_TIMING_COMPATIBLE = 0, AW_TIMING_HS = 1, AW_TIMING_HS200 = 2 };

/* DEVICE_TYPE */
enum {
    AW_DEVICE_HS26 = 1 << 0,
    AW_DEVICE_HS52 = 1 << 1,
    AW_DEVICE_DDR52 = 1 << 2, /* 1.8 V or 3 V */
    AW_DEVICE_DDR52_1V2 = 1 << 3,
    AW_DEVICE_HS200 = 1 << 4, /* 1.8 V */
    AW_DEVICE_HS200_1V2 = 1 << 5
};

/* CMD6 argument: access mode, index, value. */
enum {
    AW_SWITCH_SET_BITS = 1,
    AW_SWITCH_CLEAR_BITS = 2,
    AW_SWITCH_WRITE_BYTE = 3
};

/* Device status, as R1 responses carry it (JESD84-B51, 6.13). */
#define AW_CARD_OUT_OF_RANGE    (UINT32_C(1) << 31)
#define AW_CARD_MISALIGN        (UINT32_C(1) << 30)
#define AW_CARD_BLOCK_LEN_ERROR (UINT32_C(1) << 29)
#define AW_CARD_ERASE_SEQ_ERROR (UINT32_C(1) << 28)
#define AW_CARD_ERASE_PARAM     (UINT32_C(1) << 27)
#define AW_CARD_WP_VIOLATION    (UINT32_C(1) << 26)
#define AW_CARD_COM_CRC_ERROR   (UINT32_C(1) << 23)
#define AW_CARD_ILLEGAL_COMMAND (UINT32_C(1) << 22)
#define AW_CARD_ECC_FAILED      (UINT32_C(1) << 21)
#define AW_CARD_CC_ERROR        (UINT32_C(1) << 20)
#define AW_CARD_ERROR           (UINT32_C(1) << 19)
#define AW_CARD_WP_ERASE_SKIP   (UINT32_C(1) << 15)
#define AW_CARD_ERASE_RESET     (UINT32_C(1) << 13)
#define AW_CARD_STATE           (UINT32_C(15) << 9)
#define AW_CARD_READY_FOR_DATA  (UINT32_C(1) << 8)
#define AW_CARD_SWITCH_ERROR    (UINT32_C(1) << 7)
#define AW_CARD_APP_CMD         (UINT32_C(1) << 5)

/* Values of the state field, both of eMMC and of SD. */
enum aw_card_state {
    AW_CARD_IDLE = 0,
    AW_CARD_READY = 1,
    AW_CARD_IDENT = 2,
    AW_CARD_STBY = 3,
    AW_CARD_TRAN = 4,
    AW_CARD_DATA = 5,
    AW_CARD_RCV = 6,
    AW_CARD_PRG = 7,
    AW_CARD_DIS = 8
};

#endif
