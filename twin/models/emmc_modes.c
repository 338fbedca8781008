/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "models/emmc_parts.h"

/* Typical times of the switch command. */
enum {
    SWITCH_US = 200,
    PARTITION_US = 500,
    FLUSH_BLOCK_US = 20,
    SANITIZE_US = 50000
};

enum { BOOT_CONFIG_LOCKS = 0x11, NOTIFY_SHORT = 2, NOTIFY_LONG = 3 };

/* Bytes that CMD6 may write, and what becomes of their bits. The standard's
 * letters: R/W/E survives power off, R/W/C_P is set once and cleared by it,
 * R/W/E_P is cleared also by CMD0. */
struct mode {
    uint8_t index;
    uint8_t write;  /* bits that may be written */
    uint8_t kept;   /* survive power off */
    uint8_t sticky; /* cannot be cleared while set */
    uint8_t hard;   /* survive CMD0, not power off */
};

static const struct mode modes[] = {
    {AW_EXT_CSD_FLUSH_CACHE, 0x01, 0, 0, 0},
    {AW_EXT_CSD_CACHE_CTRL, 0x01, 0, 0, 0},
    {AW_EXT_CSD_POWER_OFF_NOTIFICATION, 0x07, 0, 0, 0},
    {AW_EXT_CSD_HPI_MGMT, 0x01, 0, 0, 0},
    {AW_EXT_CSD_RST_N_FUNCTION, 0x03, 0x03, 0x03, 0},
    {AW_EXT_CSD_BKOPS_EN, 0x03, 0x03, 0x01, 0},
    {AW_EXT_CSD_SANITIZE_START, 0xff, 0, 0, 0},
    {AW_EXT_CSD_USER_WP, 0xdd, 0xd0, 0xd8, 0x08},
    {AW_EXT_CSD_BOOT_WP, 0xdf, 0x14, 0xd5, 0xcb},
    {AW_EXT_CSD_ERASE_GROUP_DEF, 0x01, 0, 0, 0},
    {AW_EXT_CSD_BOOT_BUS_CONDITIONS, 0x1f, 0x1f, 0, 0},
    {AW_EXT_CSD_BOOT_CONFIG_PROT, 0x11, 0x10, 0x11, 0x01},
    {AW_EXT_CSD_PARTITION_CONFIG, 0x7f, 0x78, 0, 0},
    {AW_EXT_CSD_BUS_WIDTH, 0x0f, 0, 0, 0},
    {AW_EXT_CSD_HS_TIMING, 0xff, 0, 0, 0},
    {AW_EXT_CSD_POWER_CLASS, 0x0f, 0, 0, 0},
    {AW_EXT_CSD_CMD_SET, 0x00, 0, 0, 0},
};
enum { MODES = sizeof(modes) / sizeof(modes[0]) };

static const struct mode *find_mode(unsigned index)
{
    for (size_t i = 0; i < MODES; i++) {
        if (modes[i].index == index) {
            return &modes[i];
        }
    }
    return NULL;
}

/* Properties: what the device says of itself. One byte each. */
static const struct {
    uint16_t index;
    uint8_t value;
} properties[] = {
    {AW_EXT_CSD_PARTITIONING_SUPPORT, 0x00},
    {AW_EXT_CSD_WR_REL_PARAM, AW_WR_REL_EN_REL_WR | AW_WR_REL_EN_RPMB_REL_WR},
    {AW_EXT_CSD_WR_REL_SET, 0x1f},
    {AW_EXT_CSD_RPMB_SIZE_MULT, TW_EMMC_RPMB_MULT},
    {AW_EXT_CSD_REV, 8},
    {AW_EXT_CSD_CSD_STRUCTURE, 2},
    {AW_EXT_CSD_DEVICE_TYPE,
     AW_DEVICE_HS26 | AW_DEVICE_HS52 | AW_DEVICE_DDR52 | AW_DEVICE_HS200},
    {AW_EXT_CSD_DRIVER_STRENGTH, 0x0f},
    {AW_EXT_CSD_OUT_OF_INTERRUPT_TIME, 10},
    {AW_EXT_CSD_PARTITION_SWITCH_TIME, 3},
    {AW_EXT_CSD_S_A_TIMEOUT, 17},
    {AW_EXT_CSD_HC_WP_GRP_SIZE, TW_EMMC_WP_GROUP / TW_EMMC_GROUP},
    {AW_EXT_CSD_REL_WR_SEC_C, 1},
    {AW_EXT_CSD_ERASE_TIMEOUT_MULT, 1},
    {AW_EXT_CSD_HC_ERASE_GRP_SIZE, TW_EMMC_GROUP / 1024},
    {AW_EXT_CSD_ACC_SIZE, 6},
    {AW_EXT_CSD_BOOT_SIZE_MULT, TW_EMMC_BOOT_MULT},
    {AW_EXT_CSD_BOOT_INFO, 0x07},
    {AW_EXT_CSD_SEC_FEATURE_SUPPORT, 0x50}, /* trim, sanitize */
    {AW_EXT_CSD_TRIM_MULT, 1},
    {AW_EXT_CSD_CACHE_FLUSH_POLICY, 0},
    {AW_EXT_CSD_INI_TIMEOUT_AP, 1},
    {AW_EXT_CSD_POWER_OFF_LONG_TIME, 10},
    {AW_EXT_CSD_GENERIC_CMD6_TIME, 1},
    {AW_EXT_CSD_CACHE_SIZE + 1, TW_PENDING_MAX * 4 / 256}, /* kilobits */
    {AW_EXT_CSD_FIRMWARE_VERSION, 1},
    {AW_EXT_CSD_PRE_EOL_INFO, 1},
    {AW_EXT_CSD_DEVICE_LIFE_TIME, 1},
    {AW_EXT_CSD_DEVICE_LIFE_TIME + 1, 1},
    {AW_EXT_CSD_BKOPS_SUPPORT, 1},
    {AW_EXT_CSD_HPI_FEATURES, 0},
    {AW_EXT_CSD_S_CMD_SET, 1},
};
enum { PROPERTIES = sizeof(properties) / sizeof(properties[0]) };

void tw_emmc_modes_fresh(struct tw_nvm_record *fresh)
{
    *fresh = (struct tw_nvm_record){.sectors = TW_EMMC_RPMB_SECTORS};
}

void tw_emmc_modes_init(struct tw_emmc *emmc, uint32_t blocks)
{
    memset(emmc->ext_csd, 0, sizeof(emmc->ext_csd));
    for (size_t i = 0; i < PROPERTIES; i++) {
        emmc->ext_csd[properties[i].index] = properties[i].value;
    }
    for (unsigned i = 0; i < 4; i++) {
        emmc->ext_csd[AW_EXT_CSD_SEC_COUNT + i] = (uint8_t)(blocks >> (8 * i));
    }
}

void tw_emmc_modes_reset(struct tw_emmc *emmc, bool hard)
{
    for (size_t i = 0; i < MODES; i++) {
        uint8_t *byte = &emmc->ext_csd[modes[i].index];
        uint8_t kept = emmc->nvm.record.modes[modes[i].index];

        *byte = (uint8_t)(hard ? kept : kept | (*byte & modes[i].hard));
    }
    if (hard) {
        emmc->ext_csd[AW_EXT_CSD_BOOT_WP_STATUS] =
            emmc->nvm.record.modes[AW_EXT_CSD_BOOT_WP_STATUS];
        memset(emmc->wp_power, 0, sizeof(emmc->wp_power));
    }
}

static bool valid_width(const struct tw_emmc *emmc, uint8_t value)
{
    uint8_t timing = emmc->ext_csd[AW_EXT_CSD_HS_TIMING] & 0x0f;

    switch (value) {
    case AW_BUS_1:
        return timing != AW_TIMING_HS200;
    case AW_BUS_4:
    case AW_BUS_8:
        return true;
    case AW_BUS_4_DDR:
    case AW_BUS_8_DDR:
        return timing == AW_TIMING_HS;
    default:
        return false;
    }
}

/* Timing in the low half, driver strength in the high one. HS200 wants 4 or 8
 * lines chosen before. */
static bool valid_timing(const struct tw_emmc *emmc, uint8_t value)
{
    uint8_t width = emmc->ext_csd[AW_EXT_CSD_BUS_WIDTH];

    if (value >> 4 > 3 || (value & 0x0f) > AW_TIMING_HS200) {
        return false;
    }
    return (value & 0x0f) != AW_TIMING_HS200 || width == AW_BUS_4 ||
           width == AW_BUS_8;
}

static bool valid_partition(const struct tw_emmc *emmc, uint8_t value)
{
    uint8_t old = emmc->ext_csd[AW_EXT_CSD_PARTITION_CONFIG];
    unsigned boot = (unsigned)(value & AW_PARTITION_BOOT_ENABLE) >> 3;

    if ((value & AW_PARTITION_ACCESS) > AW_PARTITION_RPMB ||
        (boot > 2 && boot != 7)) {
        return false;
    }
    return (emmc->ext_csd[AW_EXT_CSD_BOOT_CONFIG_PROT] & BOOT_CONFIG_LOCKS) ==
               0 ||
           ((value ^ old) & ~AW_PARTITION_ACCESS) == 0;
}

/* Protection that was forbidden cannot be switched on. */
static bool valid_boot_wp(const struct tw_emmc *emmc, uint8_t value)
{
    uint8_t old = emmc->ext_csd[AW_EXT_CSD_BOOT_WP];
    bool permanent = (value & AW_BOOT_WP_PERM_EN) != 0;
    bool power = (value & AW_BOOT_WP_PWR_EN) != 0;

    return !(permanent && (old & AW_BOOT_WP_PERM_DIS) != 0) &&
           !(power && (old & AW_BOOT_WP_PWR_DIS) != 0);
}

static bool valid(const struct tw_emmc *emmc, unsigned index, uint8_t value)
{
    switch (index) {
    case AW_EXT_CSD_BUS_WIDTH:
        return valid_width(emmc, value);
    case AW_EXT_CSD_HS_TIMING:
        return valid_timing(emmc, value);
    case AW_EXT_CSD_PARTITION_CONFIG:
        return valid_partition(emmc, value);
    case AW_EXT_CSD_BOOT_WP:
        return valid_boot_wp(emmc, value);
    case AW_EXT_CSD_RST_N_FUNCTION:
        return value < 3 &&
               (emmc->ext_csd[index] == 0 || value == emmc->ext_csd[index]);
    case AW_EXT_CSD_BOOT_BUS_CONDITIONS:
        return (emmc->ext_csd[AW_EXT_CSD_BOOT_CONFIG_PROT] &
                BOOT_CONFIG_LOCKS) == 0;
    case AW_EXT_CSD_POWER_OFF_NOTIFICATION:
        return value <= 4;
    default:
        return true;
    }
}

/* Status of the boot partitions after a write of BOOT_WP: two bits each, 1
 * until power off, 2 for ever. */
static uint8_t boot_wp_status(uint8_t status, uint8_t wp)
{
    for (unsigned i = 0; i < 2; i++) {
        bool one = (wp & AW_BOOT_WP_SEC_WP_SEL) != 0;
        bool power = (wp & AW_BOOT_WP_PWR_EN) != 0 &&
                     (!one || ((wp & AW_BOOT_WP_PWR_SEC_SEL) != 0) == (i == 1));
        bool ever = (wp & AW_BOOT_WP_PERM_EN) != 0 &&
                    (!one || ((wp & AW_BOOT_WP_PERM_SEC_SEL) != 0) == (i == 1));
        unsigned now = (unsigned)status >> (2 * i) & 3U;

        if (power && now == 0) {
            now = 1;
        }
        if (ever) {
            now = 2;
        }
        status = (uint8_t)((status & ~(3U << (2 * i))) | now << (2 * i));
    }
    return status;
}

static bool flush(struct tw_emmc *emmc)
{
    uint64_t blocks = 0;
    bool ok = true;

    for (size_t i = 0; i < TW_EMMC_PARTS; i++) {
        blocks += emmc->parts[i].count;
        ok = tw_flash_flush(&emmc->parts[i]) && ok;
    }
    tw_emmc_program(emmc, SWITCH_US + blocks * FLUSH_BLOCK_US);
    return ok;
}

/* What a written byte sets going. False: it failed. */
static bool act(struct tw_emmc *emmc, unsigned index, uint8_t old)
{
    uint8_t *byte = &emmc->ext_csd[index];
    uint8_t value = *byte;

    switch (index) {
    case AW_EXT_CSD_FLUSH_CACHE:
        *byte = 0;
        return (value & 1) == 0 || flush(emmc);
    case AW_EXT_CSD_CACHE_CTRL:
        return value != 0 || old == 0 || flush(emmc);
    case AW_EXT_CSD_POWER_OFF_NOTIFICATION:
        return (value != NOTIFY_SHORT && value != NOTIFY_LONG) || flush(emmc);
    case AW_EXT_CSD_SANITIZE_START:
        *byte = 0;
        tw_emmc_program(emmc, SANITIZE_US);
        return true;
    case AW_EXT_CSD_PARTITION_CONFIG:
        tw_emmc_program(emmc, PARTITION_US);
        if (((value ^ old) & AW_PARTITION_ACCESS) != 0) {
            tw_rpmb_reset(&emmc->rpmb);
        }
        return true;
    default:
        return true;
    }
}

/* Keeps what of a byte survives power off. */
static bool keep(struct tw_emmc *emmc, const struct mode *mode)
{
    struct tw_nvm_record record = emmc->nvm.record;
    uint8_t kept = emmc->ext_csd[mode->index] & mode->kept;
    uint8_t *status = &emmc->ext_csd[AW_EXT_CSD_BOOT_WP_STATUS];

    if (mode->index == AW_EXT_CSD_BOOT_WP) {
        *status = boot_wp_status(*status, emmc->ext_csd[mode->index]);
        record.modes[AW_EXT_CSD_BOOT_WP_STATUS] = *status & 0x0aU;
    }
    record.modes[mode->index] = kept;
    if (memcmp(record.modes, emmc->nvm.record.modes, sizeof(record.modes)) ==
        0) {
        return true;
    }
    return tw_emmc_keep(emmc, &record);
}

static uint8_t by_access(unsigned access, uint8_t old, uint8_t value)
{
    switch (access) {
    case AW_SWITCH_SET_BITS:
        return old | value;
    case AW_SWITCH_CLEAR_BITS:
        return (uint8_t)(old & ~value);
    default:
        return value;
    }
}

void tw_emmc_switch(struct tw_emmc *emmc, uint32_t argument)
{
    unsigned access = argument >> 24 & 3;
    unsigned index = argument >> 16 & 0xff;

    tw_emmc_program(emmc, SWITCH_US);
    if (access == 0) {
        /* Command set: there is the standard one only. */
        if ((argument & 7) != 0) {
            emmc->status |= AW_CARD_SWITCH_ERROR;
        }
        return;
    }
    const struct mode *mode = find_mode(index);
    uint8_t old = emmc->ext_csd[index];
    uint8_t value = by_access(access, old, (uint8_t)(argument >> 8));

    if (mode == NULL || (value & ~mode->write) != 0 ||
        (old & mode->sticky & ~value) != 0 || !valid(emmc, index, value)) {
        emmc->status |= AW_CARD_SWITCH_ERROR;
        return;
    }
    emmc->ext_csd[index] = value;
    if (!keep(emmc, mode) || !act(emmc, index, old)) {
        emmc->status |= AW_CARD_ERROR;
    }
}
