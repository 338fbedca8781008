/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "models/emmc_parts.h"

enum {
    POWER_UP_US = 8000, /* after the first CMD1 */
    SLEEP_US = 100
};

#define OCR_BUSY    (UINT32_C(1) << 31)
#define OCR_SECTORS (UINT32_C(2) << 29)
#define OCR_WINDOW  UINT32_C(0x00ff8080)
#define OCR_3V      UINT32_C(0x00ff8000)
#define PRE_IDLE    UINT32_C(0xf0f0f0f0)

/* Errors that a command meets after its response: the next one shows them. */
#define FOUND_LATER \
    (AW_CARD_SWITCH_ERROR | AW_CARD_WP_ERASE_SKIP | AW_CARD_ERROR)

/* Programming ends by time alone. */
static void settle(struct tw_emmc *emmc)
{
    if (emmc->clock->now < emmc->busy_until) {
        return;
    }
    if (emmc->state == AW_CARD_PRG) {
        emmc->state = AW_CARD_TRAN;
    } else if (emmc->state == AW_CARD_DIS) {
        emmc->state = AW_CARD_STBY;
    }
}

static bool for_us(const struct tw_emmc *emmc, uint32_t argument)
{
    return argument >> 16 == emmc->rca;
}

/* Commands. Each may change the state and set status bits; the response then
 * shows those bits and the state before. False: no response. */

static bool go_idle(struct tw_emmc *emmc, uint32_t argument)
{
    /* The boot argument is for a device before CMD1; the ROM does not come
     * this way. */
    if (argument == 0 || argument == PRE_IDLE) {
        tw_emmc_restart(emmc, false);
    }
    return false;
}

/* CMD1 is in the response, R3: see op_cond. */

static bool set_rca(struct tw_emmc *emmc, uint32_t argument)
{
    emmc->rca = (uint16_t)(argument >> 16);
    if (emmc->rca == 0) {
        tw_report(emmc->report, TW_REPORT_MISUSE, "eMMC: RCA 0 is reserved");
    }
    emmc->state = AW_CARD_STBY;
    return true;
}

static bool sleep_awake(struct tw_emmc *emmc, uint32_t argument)
{
    if (!for_us(emmc, argument)) {
        return false;
    }
    emmc->asleep = (argument >> 15 & 1) != 0;
    emmc->busy_until = tw_emmc_after_us(emmc, SLEEP_US);
    return true;
}

static bool do_switch(struct tw_emmc *emmc, uint32_t argument)
{
    tw_emmc_switch(emmc, argument);
    return true;
}

static void deselect(struct tw_emmc *emmc)
{
    if (emmc->state == AW_CARD_PRG) {
        emmc->state = AW_CARD_DIS;
    } else if (emmc->state == AW_CARD_TRAN || emmc->state == AW_CARD_DATA) {
        emmc->state = AW_CARD_STBY;
        emmc->moves = TW_MOVES_NOTHING;
    }
}

static bool select_card(struct tw_emmc *emmc, uint32_t argument)
{
    if (!for_us(emmc, argument)) {
        deselect(emmc);
        return false;
    }
    if (emmc->state == AW_CARD_STBY) {
        emmc->state = AW_CARD_TRAN;
        return true;
    }
    if (emmc->state == AW_CARD_DIS) {
        emmc->state = AW_CARD_PRG;
        return true;
    }
    emmc->status |= AW_CARD_ILLEGAL_COMMAND;
    return false;
}

static void send_register(struct tw_emmc *emmc, enum tw_emmc_moves moves)
{
    emmc->moves = moves;
    emmc->multiple = false;
    emmc->stalled = false;
    emmc->left = 1;
    emmc->state = AW_CARD_DATA;
    emmc->data_at = emmc->clock->now;
}

static bool send_ext_csd(struct tw_emmc *emmc, uint32_t argument)
{
    (void)argument;
    memcpy(emmc->reg, emmc->ext_csd, sizeof(emmc->reg));
    emmc->reg_n = sizeof(emmc->reg);
    send_register(emmc, TW_MOVES_REGISTER);
    return true;
}

static bool stop(struct tw_emmc *emmc, uint32_t argument)
{
    (void)argument;
    if (emmc->state == AW_CARD_RCV) {
        tw_emmc_write_end(emmc);
    } else {
        emmc->state = AW_CARD_TRAN;
        emmc->moves = TW_MOVES_NOTHING;
    }
    return true;
}

static bool send_status(struct tw_emmc *emmc, uint32_t argument)
{
    return for_us(emmc, argument);
}

static bool go_inactive(struct tw_emmc *emmc, uint32_t argument)
{
    emmc->inactive = for_us(emmc, argument);
    return false;
}

static bool set_block_length(struct tw_emmc *emmc, uint32_t argument)
{
    /* A device of more than 2 GiB has but one length. */
    if (argument != TW_BLOCK) {
        emmc->status |= AW_CARD_BLOCK_LEN_ERROR;
    }
    return true;
}

static bool read_one(struct tw_emmc *emmc, uint32_t argument)
{
    tw_emmc_read_begin(emmc, argument, false);
    return true;
}

static bool read_many(struct tw_emmc *emmc, uint32_t argument)
{
    tw_emmc_read_begin(emmc, argument, true);
    return true;
}

static bool send_tuning(struct tw_emmc *emmc, uint32_t argument)
{
    (void)argument;
    send_register(emmc, TW_MOVES_TUNING);
    return true;
}

static bool set_count(struct tw_emmc *emmc, uint32_t argument)
{
    emmc->count = argument & 0xffff;
    emmc->count_reliable = argument >> 31 != 0;
    emmc->counted = emmc->count > 0;
    return true;
}

static bool write_one(struct tw_emmc *emmc, uint32_t argument)
{
    tw_emmc_write_begin(emmc, argument, false);
    return true;
}

static bool write_many(struct tw_emmc *emmc, uint32_t argument)
{
    tw_emmc_write_begin(emmc, argument, true);
    return true;
}

static bool set_protection(struct tw_emmc *emmc, uint32_t argument)
{
    tw_emmc_protect(emmc, argument, true);
    return true;
}

static bool clear_protection(struct tw_emmc *emmc, uint32_t argument)
{
    tw_emmc_protect(emmc, argument, false);
    return true;
}

static bool send_protection(struct tw_emmc *emmc, uint32_t argument)
{
    tw_emmc_protection(emmc, argument, false);
    send_register(emmc, TW_MOVES_REGISTER);
    return true;
}

static bool send_protection_types(struct tw_emmc *emmc, uint32_t argument)
{
    tw_emmc_protection(emmc, argument, true);
    send_register(emmc, TW_MOVES_REGISTER);
    return true;
}

static bool erase_start(struct tw_emmc *emmc, uint32_t argument)
{
    tw_emmc_erase_address(emmc, 35, argument);
    return true;
}

static bool erase_end(struct tw_emmc *emmc, uint32_t argument)
{
    tw_emmc_erase_address(emmc, 36, argument);
    return true;
}

static bool erase(struct tw_emmc *emmc, uint32_t argument)
{
    tw_emmc_erase(emmc, argument);
    return true;
}

#define IN(state) (1U << AW_CARD_##state)
#define SELECTED  (IN(TRAN) | IN(DATA) | IN(RCV) | IN(PRG))

/* JESD84-B51 6.3.4: which state takes which command. CMD0-2, 9, 10 and 15 are
 * below. */
struct command {
    uint8_t index;
    uint16_t states;
    bool rpmb;        /* also while the RPMB partition is chosen */
    bool keeps_erase; /* does not end an erase sequence */
    bool (*run)(struct tw_emmc *emmc, uint32_t argument);
};

static const struct command commands[] = {
    {3, IN(IDENT), true, false, set_rca},
    {5, IN(STBY), true, false, sleep_awake},
    {6, IN(TRAN), true, false, do_switch},
    {7, IN(STBY) | IN(TRAN) | IN(DATA) | IN(PRG) | IN(DIS), true, false,
     select_card},
    {8, IN(TRAN), true, false, send_ext_csd},
    {12, IN(DATA) | IN(RCV), true, false, stop},
    {13, IN(STBY) | SELECTED | IN(DIS), true, true, send_status},
    {15, IN(STBY) | SELECTED | IN(DIS), true, false, go_inactive},
    {16, IN(TRAN), true, false, set_block_length},
    {17, IN(TRAN), false, false, read_one},
    {18, IN(TRAN), true, false, read_many},
    {21, IN(TRAN), true, false, send_tuning},
    {23, IN(TRAN), true, false, set_count},
    {24, IN(TRAN), false, false, write_one},
    {25, IN(TRAN), true, false, write_many},
    {28, IN(TRAN), false, false, set_protection},
    {29, IN(TRAN), false, false, clear_protection},
    {30, IN(TRAN), false, false, send_protection},
    {31, IN(TRAN), false, false, send_protection_types},
    {35, IN(TRAN), false, true, erase_start},
    {36, IN(TRAN), false, true, erase_end},
    {38, IN(TRAN), false, true, erase},
};
enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

/* Two commands depend on the timing: tuning is for HS200, and block length
 * is fixed with data on both edges. */
static bool fits_timing(const struct tw_emmc *emmc, uint8_t index)
{
    uint8_t timing = emmc->ext_csd[AW_EXT_CSD_HS_TIMING] & 0x0f;

    if (index == 21) {
        return timing == AW_TIMING_HS200;
    }
    return index != 16 || emmc->ext_csd[AW_EXT_CSD_BUS_WIDTH] < AW_BUS_4_DDR;
}

static const struct command *find_command(const struct tw_emmc *emmc,
                                          uint8_t index)
{
    bool rpmb = tw_emmc_partition(emmc) == AW_PARTITION_RPMB;

    for (size_t i = 0; i < COMMANDS; i++) {
        const struct command *c = &commands[i];

        if (c->index == index && (c->states >> emmc->state & 1) != 0 &&
            (!rpmb || c->rpmb) && fits_timing(emmc, index)) {
            return c;
        }
    }
    return NULL;
}

/* CMD1: voltage and addressing are agreed on; answered until power-up ends. */
static void op_cond(struct tw_emmc *emmc, uint32_t argument,
                    struct tw_card_reply *reply)
{
    if (emmc->state != AW_CARD_IDLE) {
        emmc->status |= AW_CARD_ILLEGAL_COMMAND;
        return;
    }
    if ((argument & OCR_WINDOW) == 0) {
        /* A question only. */
        tw_reply_r3(reply, OCR_SECTORS | OCR_WINDOW);
        return;
    }
    if ((argument & OCR_3V) == 0 || (argument & OCR_SECTORS) == 0) {
        tw_report(emmc->report, TW_REPORT_MISUSE,
                  "eMMC: CMD1 argument 0x%08x offers no 3 V or no sector "
                  "addresses; the device goes inactive",
                  (unsigned)argument);
        emmc->inactive = true;
        return;
    }
    if (emmc->ready_at == TW_NEVER) {
        emmc->ready_at = tw_emmc_after_us(emmc, POWER_UP_US);
    }
    if (emmc->clock->now < emmc->ready_at) {
        tw_reply_r3(reply, OCR_SECTORS | OCR_WINDOW);
        return;
    }
    emmc->state = AW_CARD_READY;
    tw_reply_r3(reply, OCR_BUSY | OCR_SECTORS | OCR_WINDOW);
}

/* CMD2, 9, 10: a register as the response. */
static void long_reply(struct tw_emmc *emmc, uint8_t index, uint32_t argument,
                       struct tw_card_reply *reply)
{
    uint8_t wanted = index == 2 ? AW_CARD_READY : AW_CARD_STBY;

    if (emmc->state != wanted) {
        emmc->status |= AW_CARD_ILLEGAL_COMMAND;
        return;
    }
    if (index == 2) {
        emmc->state = AW_CARD_IDENT;
    } else if (!for_us(emmc, argument)) {
        return;
    }
    tw_reply_r2(reply, index == 9 ? emmc->csd : emmc->cid);
}

static void run(struct tw_emmc *emmc, uint8_t index, uint32_t argument,
                struct tw_card_reply *reply)
{
    const struct command *c = find_command(emmc, index);
    uint8_t before = emmc->state;
    uint32_t known = emmc->status;
    uint32_t ready =
        emmc->clock->now >= emmc->busy_until ? AW_CARD_READY_FOR_DATA : 0;

    if (c == NULL) {
        emmc->status |= AW_CARD_ILLEGAL_COMMAND;
        return;
    }
    if (emmc->erase_step != 0 && !c->keeps_erase) {
        emmc->erase_step = 0;
        emmc->status |= AW_CARD_ERASE_RESET;
    }
    if (c->run(emmc, argument)) {
        uint32_t later = emmc->status & ~known & FOUND_LATER;

        tw_reply_r1(reply, index,
                    (emmc->status & ~later) | (uint32_t)before << 9 | ready);
        emmc->status = later;
    }
    if (index != 23 && index != 13) {
        emmc->counted = false;
    }
}

static bool deaf(const struct tw_emmc *emmc, uint8_t index)
{
    return !emmc->powered || emmc->reset_low || emmc->inactive ||
           emmc->cut->off || (emmc->asleep && index != 0 && index != 5);
}

void tw_emmc_command(void *ctx, uint8_t index, uint32_t argument,
                     struct tw_card_reply *reply)
{
    struct tw_emmc *emmc = ctx;

    tw_reply_none(reply);
    if (deaf(emmc, index)) {
        return;
    }
    settle(emmc);
    switch (index) {
    case 0:
        (void)go_idle(emmc, argument);
        break;
    case 1:
        op_cond(emmc, argument, reply);
        break;
    case 2:
    case 9:
    case 10:
        long_reply(emmc, index, argument, reply);
        break;
    default:
        run(emmc, index, argument, reply);
        break;
    }
}
