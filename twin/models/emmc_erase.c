/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "models/emmc_parts.h"

enum { ERASE_US = 1000, ERASE_GROUP_US = 20 };

/* Arguments of CMD38. */
enum { ERASE = 0, TRIM = 1, DISCARD = 3 };

/* Protection of a group, two bits each in the chip's memory. */
enum { GROUP_FREE = 0, GROUP_TEMPORARY = 1, GROUP_POWER = 2, GROUP_EVER = 3 };

/* USER_WP: what CMD28 does, and what it may not. */
enum {
    US_PWR_WP_EN = 1,
    US_PERM_WP_EN = 4,
    US_PWR_WP_DIS = 8,
    US_PERM_WP_DIS = 16
};

static unsigned group_of(const uint8_t map[TW_NVM_WP_BYTES], uint32_t group)
{
    return group / 4 < TW_NVM_WP_BYTES
               ? (unsigned)map[group / 4] >> (2 * (group % 4)) & 3U
               : GROUP_FREE;
}

static void set_group(uint8_t map[TW_NVM_WP_BYTES], uint32_t group,
                      unsigned value)
{
    if (group / 4 < TW_NVM_WP_BYTES) {
        uint8_t *byte = &map[group / 4];
        unsigned shift = 2 * (group % 4);

        *byte = (uint8_t)((*byte & ~(3U << shift)) | value << shift);
    }
}

static unsigned protection_of(const struct tw_emmc *emmc, uint32_t group)
{
    unsigned power = group_of(emmc->wp_power, group);

    return power != GROUP_FREE ? power : group_of(emmc->nvm.record.wp, group);
}

bool tw_emmc_protected(const struct tw_emmc *emmc, uint64_t block)
{
    unsigned partition = tw_emmc_partition(emmc);
    uint8_t boot = emmc->ext_csd[AW_EXT_CSD_BOOT_WP_STATUS];

    switch (partition) {
    case AW_PARTITION_BOOT0:
        return (boot & 3) != 0;
    case AW_PARTITION_BOOT1:
        return (boot >> 2 & 3) != 0;
    case AW_PARTITION_USER:
        return protection_of(emmc, (uint32_t)(block / TW_EMMC_WP_GROUP)) !=
               GROUP_FREE;
    default:
        return false;
    }
}

void tw_emmc_erase_address(struct tw_emmc *emmc, uint8_t index,
                           uint32_t argument)
{
    unsigned partition = tw_emmc_partition(emmc);
    bool first = index == 35;

    if (first ? emmc->erase_step != 0 : emmc->erase_step != 35) {
        emmc->status |= AW_CARD_ERASE_SEQ_ERROR;
        emmc->erase_step = 0;
        return;
    }
    if (argument >= emmc->parts[partition].blocks) {
        emmc->status |= AW_CARD_OUT_OF_RANGE;
        emmc->erase_step = 0;
        return;
    }
    if (first) {
        emmc->erase_first = argument;
    } else {
        emmc->erase_last = argument;
    }
    emmc->erase_step = index;
}

/* Erases blocks of one write protect group. */
static void erase_piece(struct tw_emmc *emmc, uint64_t first, uint64_t count)
{
    if (tw_emmc_protected(emmc, first)) {
        emmc->status |= AW_CARD_WP_ERASE_SKIP;
    } else if (!tw_flash_discard(&emmc->parts[tw_emmc_partition(emmc)], first,
                                 count)) {
        emmc->status |= AW_CARD_ERROR;
    }
}

void tw_emmc_erase(struct tw_emmc *emmc, uint32_t argument)
{
    uint64_t first = emmc->erase_first;
    uint64_t end = (uint64_t)emmc->erase_last + 1;
    uint64_t blocks = emmc->parts[tw_emmc_partition(emmc)].blocks;
    bool in_order = emmc->erase_step == 36;

    emmc->erase_step = 0;
    if (!in_order) {
        emmc->status |= AW_CARD_ERASE_SEQ_ERROR;
        return;
    }
    if (end <= first ||
        (argument != ERASE && argument != TRIM && argument != DISCARD)) {
        emmc->status |= AW_CARD_ERASE_PARAM;
        return;
    }
    if (argument == ERASE) {
        /* Whole groups, as far as the partition has them. */
        first = first / TW_EMMC_GROUP * TW_EMMC_GROUP;
        end = (end + TW_EMMC_GROUP - 1) / TW_EMMC_GROUP * TW_EMMC_GROUP;
        end = end > blocks ? blocks : end;
    }
    tw_emmc_program(emmc,
                    ERASE_US + (end - first) / TW_EMMC_GROUP * ERASE_GROUP_US);
    while (first < end && !emmc->cut->off) {
        uint64_t next =
            (first / TW_EMMC_WP_GROUP + 1) * (uint64_t)TW_EMMC_WP_GROUP;

        next = next > end ? end : next;
        erase_piece(emmc, first, next - first);
        first = next;
    }
}

/* What CMD28 makes of a group now; GROUP_FREE: it may not. */
static unsigned kind_now(const struct tw_emmc *emmc)
{
    uint8_t wp = emmc->ext_csd[AW_EXT_CSD_USER_WP];

    if ((wp & US_PERM_WP_EN) != 0) {
        return (wp & US_PERM_WP_DIS) != 0 ? GROUP_FREE : GROUP_EVER;
    }
    if ((wp & US_PWR_WP_EN) != 0) {
        return (wp & US_PWR_WP_DIS) != 0 ? GROUP_FREE : GROUP_POWER;
    }
    return GROUP_TEMPORARY;
}

void tw_emmc_protect(struct tw_emmc *emmc, uint32_t argument, bool on)
{
    struct tw_nvm_record record = emmc->nvm.record;
    uint32_t group = argument / TW_EMMC_WP_GROUP;
    unsigned old = protection_of(emmc, group);
    unsigned kind = on ? kind_now(emmc) : GROUP_FREE;

    if (tw_emmc_partition(emmc) != AW_PARTITION_USER ||
        argument >= emmc->parts[AW_PARTITION_USER].blocks) {
        emmc->status |= AW_CARD_OUT_OF_RANGE;
        return;
    }
    if (old == GROUP_EVER || old == GROUP_POWER || (on && kind == GROUP_FREE)) {
        emmc->status |= AW_CARD_ERROR;
        return;
    }
    tw_emmc_program(emmc, ERASE_US);
    if (kind == GROUP_POWER) {
        set_group(emmc->wp_power, group, kind);
        return;
    }
    set_group(record.wp, group, kind);
    if (!tw_emmc_keep(emmc, &record)) {
        emmc->status |= AW_CARD_ERROR;
    }
}

/* 32 groups from the one addressed on: the first is the last bit, or pair of
 * bits, of the answer. */
void tw_emmc_protection(struct tw_emmc *emmc, uint32_t argument, bool types)
{
    uint32_t group = argument / TW_EMMC_WP_GROUP;
    uint64_t bits = 0;

    for (unsigned i = 0; i < 32; i++) {
        uint64_t kind = protection_of(emmc, group + i);

        bits |= types ? kind << (2 * i)
                      : (uint64_t)(kind != GROUP_FREE ? 1 : 0) << i;
    }
    emmc->reg_n = types ? 8 : 4;
    for (unsigned i = 0; i < emmc->reg_n; i++) {
        emmc->reg[i] = (uint8_t)(bits >> (8 * (emmc->reg_n - 1 - i)));
    }
}
