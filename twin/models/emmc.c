/* SPDX-License-Identifier: Apache-2.0 */
#include "models/emmc.h"

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
#define US_PER_S    UINT64_C(1000000)

/* Errors that a command meets after its response: the next one shows them. */
#define FOUND_LATER \
    (AW_CARD_SWITCH_ERROR | AW_CARD_WP_ERASE_SKIP | AW_CARD_ERROR)

uint64_t tw_emmc_after_us(const struct tw_emmc *emmc, uint64_t us)
{
    return emmc->clock->now + tw_clock_ticks(emmc->clock, us, US_PER_S);
}

void tw_emmc_program(struct tw_emmc *emmc, uint64_t us)
{
    uint64_t until = tw_emmc_after_us(emmc, us);

    emmc->state = AW_CARD_PRG;
    if (until > emmc->busy_until) {
        emmc->busy_until = until;
    }
}

bool tw_emmc_keep(struct tw_emmc *emmc, const struct tw_nvm_record *record)
{
    bool ok = true;

    if (tw_cut_whole(emmc->cut)) {
        uint64_t sequence = emmc->nvm.record.sequence;

        emmc->nvm.record = *record;
        emmc->nvm.record.sequence = sequence;
        ok = tw_nvm_commit(&emmc->nvm, 0, NULL, 0);
    }
    return tw_cut_wrote(emmc->cut) && ok;
}

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

/* The state machine begins anew; registers as the kind of reset says. */
static void restart(struct tw_emmc *emmc, bool hard)
{
    emmc->state = AW_CARD_IDLE;
    emmc->rca = 1;
    emmc->status = 0;
    emmc->inactive = false;
    emmc->asleep = false;
    emmc->ready_at = TW_NEVER;
    emmc->busy_until = 0;
    emmc->moves = TW_MOVES_NOTHING;
    emmc->counted = false;
    emmc->erase_step = 0;
    for (size_t i = 0; i < TW_EMMC_PARTS; i++) {
        (void)tw_flash_commit(&emmc->parts[i]);
    }
    tw_rpmb_reset(&emmc->rpmb);
    tw_emmc_modes_reset(emmc, hard);
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
        restart(emmc, false);
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

static void emmc_command(void *ctx, uint8_t index, uint32_t argument,
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

static void emmc_power(void *ctx, bool on)
{
    struct tw_emmc *emmc = ctx;

    if (on && !emmc->powered) {
        restart(emmc, true);
    }
    emmc->powered = on;
}

/* RST_n matters once RST_n_FUNCTION enables it. */
static void emmc_reset_pin(void *ctx, bool high)
{
    struct tw_emmc *emmc = ctx;
    bool enabled =
        (emmc->ext_csd[AW_EXT_CSD_RST_N_FUNCTION] & 3) == AW_RST_N_ENABLED;

    if (enabled && !high && !emmc->reset_low) {
        restart(emmc, true);
    }
    emmc->reset_low = enabled && !high;
}

static void emmc_bus(void *ctx, const struct tw_card_bus *bus)
{
    struct tw_emmc *emmc = ctx;

    emmc->bus = *bus;
}

static uint64_t emmc_busy(void *ctx)
{
    const struct tw_emmc *emmc = ctx;

    return emmc->busy_until;
}

static const struct tw_card_ops emmc_ops = {
    .power = emmc_power,
    .reset_pin = emmc_reset_pin,
    .bus = emmc_bus,
    .command = emmc_command,
    .data_at = tw_emmc_data_at,
    .read = tw_emmc_read,
    .write = tw_emmc_write,
    .busy_until = emmc_busy,
};

struct tw_card tw_emmc_card(struct tw_emmc *emmc)
{
    return (struct tw_card){.ops = &emmc_ops, .ctx = emmc};
}

/* CID and CSD. Manufacturer 0xfe is nobody's; the name says what it is. */
static void make_registers(struct tw_emmc *emmc, uint32_t serial)
{
    static const char name[6] = {'A', 'W', 'T', 'W', 'I', 'N'};
    uint8_t *cid = emmc->cid;
    uint8_t *csd = emmc->csd;

    memset(cid, 0, sizeof(emmc->cid));
    memset(csd, 0, sizeof(emmc->csd));
    tw_reg128_set(cid, 127, 120, 0xfe);
    tw_reg128_set(cid, 113, 112, 1); /* BGA */
    memcpy(&cid[3], name, sizeof(name));
    tw_reg128_set(cid, 55, 48, 0x10); /* revision 1.0 */
    tw_reg128_set(cid, 47, 16, serial);
    tw_reg128_set(cid, 15, 8, 0x1c); /* made in January 2025 */
    tw_reg128_seal(cid);

    tw_reg128_set(csd, 127, 126, 3); /* see EXT_CSD */
    tw_reg128_set(csd, 125, 122, 4);
    tw_reg128_set(csd, 119, 112, 0x27);
    tw_reg128_set(csd, 111, 104, 1);
    tw_reg128_set(csd, 103, 96, 0x32); /* 26 MHz */
    tw_reg128_set(csd, 95, 84, 0x0f5);
    tw_reg128_set(csd, 83, 80, 9);
    tw_reg128_set(csd, 73, 62, 0xfff); /* capacity in EXT_CSD */
    tw_reg128_set(csd, 61, 50, 0xfff);
    tw_reg128_set(csd, 49, 47, 7);
    tw_reg128_set(csd, 46, 42, 31); /* erase group: 32 x 32 blocks */
    tw_reg128_set(csd, 41, 37, 31);
    tw_reg128_set(csd, 36, 32, TW_EMMC_WP_GROUP / TW_EMMC_GROUP - 1);
    tw_reg128_set(csd, 31, 31, 1);
    tw_reg128_set(csd, 28, 26, 2);
    tw_reg128_set(csd, 25, 22, 9);
    tw_reg128_seal(csd);
}

aw_err tw_emmc_init(struct tw_emmc *emmc, const struct tw_emmc_wiring *wiring)
{
    struct tw_nvm_record fresh;

    memset(emmc, 0, sizeof(*emmc));
    emmc->clock = wiring->clock;
    emmc->report = wiring->report;
    emmc->cut = wiring->cut;
    emmc->nvm_store = wiring->nvm;
    tw_emmc_modes_fresh(&fresh);
    aw_err err = tw_nvm_open(&emmc->nvm, &wiring->nvm, &fresh);

    if (err != AW_OK) {
        return err;
    }
    for (size_t i = 0; i < TW_EMMC_PARTS; i++) {
        tw_flash_init(&emmc->parts[i], &wiring->parts[i],
                      i == AW_PARTITION_USER ? wiring->blocks
                                             : TW_EMMC_BOOT_BLOCKS,
                      emmc->cut);
    }
    tw_rpmb_init(&emmc->rpmb, &emmc->nvm, emmc->cut);
    emmc->rpmb.large_writes = true;
    make_registers(emmc, wiring->serial);
    tw_emmc_modes_init(emmc, wiring->blocks);
    restart(emmc, true);
    return AW_OK;
}

void tw_emmc_free(struct tw_emmc *emmc)
{
    for (size_t i = 0; i < TW_EMMC_PARTS; i++) {
        tw_flash_free(&emmc->parts[i]);
    }
}

bool tw_emmc_fault(struct tw_emmc *emmc, const struct tw_bad_blocks *bad)
{
    for (size_t i = 0; i < TW_EMMC_BAD_MAX; i++) {
        if (emmc->bad[i].kind == TW_BAD_NONE) {
            emmc->bad[i] = *bad;
            return true;
        }
    }
    return false;
}

void tw_emmc_heal(struct tw_emmc *emmc)
{
    memset(emmc->bad, 0, sizeof(emmc->bad));
}

/* A watchdog does not reach the device; a power cycle does. */
static void emmc_reset(void *model, enum tw_reset kind)
{
    struct tw_emmc *emmc = model;

    if (kind == TW_RESET_POWER) {
        tw_cut_power_off(emmc->cut);
        tw_cut_power_on(emmc->cut);
        emmc->powered = true;
        emmc->reset_low = false;
        restart(emmc, true);
    }
}

static void save_transfer(const struct tw_emmc *emmc, struct tw_saver *to)
{
    tw_save_u8(to, (uint8_t)emmc->moves);
    tw_save_u8(to, emmc->multiple ? 1 : 0);
    tw_save_u8(to, emmc->refused ? 1 : 0);
    tw_save_u8(to, emmc->stalled ? 1 : 0);
    tw_save_u8(to, emmc->reliable ? 1 : 0);
    tw_save_u64(to, emmc->block);
    tw_save_u32(to, emmc->left);
    tw_save_u64(to, emmc->data_at);
    tw_save_bytes(to, emmc->reg, sizeof(emmc->reg));
    tw_save_u32(to, emmc->reg_n);
    tw_save_u8(to, emmc->counted ? 1 : 0);
    tw_save_u32(to, emmc->count);
    tw_save_u8(to, emmc->count_reliable ? 1 : 0);
    tw_save_u8(to, emmc->erase_step);
    tw_save_u32(to, emmc->erase_first);
    tw_save_u32(to, emmc->erase_last);
}

static void load_transfer(struct tw_emmc *emmc, struct tw_loader *from)
{
    uint8_t moves = tw_load_u8(from);

    emmc->multiple = tw_load_u8(from) != 0;
    emmc->refused = tw_load_u8(from) != 0;
    emmc->stalled = tw_load_u8(from) != 0;
    emmc->reliable = tw_load_u8(from) != 0;
    emmc->block = tw_load_u64(from);
    emmc->left = tw_load_u32(from);
    emmc->data_at = tw_load_u64(from);
    (void)tw_load_bytes(from, emmc->reg, sizeof(emmc->reg));
    emmc->reg_n = tw_load_u32(from);
    emmc->counted = tw_load_u8(from) != 0;
    emmc->count = tw_load_u32(from);
    emmc->count_reliable = tw_load_u8(from) != 0;
    emmc->erase_step = tw_load_u8(from);
    emmc->erase_first = tw_load_u32(from);
    emmc->erase_last = tw_load_u32(from);
    if (moves > TW_MOVES_TUNING || emmc->reg_n > sizeof(emmc->reg)) {
        from->failed = true;
    } else {
        emmc->moves = (enum tw_emmc_moves)moves;
    }
}

static void save_faults(const struct tw_emmc *emmc, struct tw_saver *to)
{
    for (size_t i = 0; i < TW_EMMC_BAD_MAX; i++) {
        tw_save_u8(to, (uint8_t)emmc->bad[i].kind);
        tw_save_u32(to, emmc->bad[i].delay_us);
        tw_save_u64(to, emmc->bad[i].first);
        tw_save_u64(to, emmc->bad[i].count);
    }
}

static void load_faults(struct tw_emmc *emmc, struct tw_loader *from)
{
    for (size_t i = 0; i < TW_EMMC_BAD_MAX; i++) {
        uint8_t kind = tw_load_u8(from);

        emmc->bad[i].delay_us = tw_load_u32(from);
        emmc->bad[i].first = tw_load_u64(from);
        emmc->bad[i].count = tw_load_u64(from);
        if (kind > TW_BAD_SLOW) {
            from->failed = true;
            kind = TW_BAD_NONE;
        }
        emmc->bad[i].kind = (enum tw_bad)kind;
    }
}

static void emmc_save(void *model, struct tw_saver *to)
{
    const struct tw_emmc *emmc = model;

    tw_cut_save(emmc->cut, to);
    for (size_t i = 0; i < TW_EMMC_PARTS; i++) {
        tw_flash_save(&emmc->parts[i], to);
    }
    tw_rpmb_save(&emmc->rpmb, to);
    tw_save_bytes(to, emmc->ext_csd, AW_EXT_CSD_MODES);
    tw_save_bytes(to, emmc->wp_power, sizeof(emmc->wp_power));
    tw_card_bus_save(&emmc->bus, to);
    tw_save_u8(to,
               (uint8_t)((emmc->powered ? 1 : 0) | (emmc->reset_low ? 2 : 0) |
                         (emmc->inactive ? 4 : 0) | (emmc->asleep ? 8 : 0)));
    tw_save_u8(to, emmc->state);
    tw_save_u16(to, emmc->rca);
    tw_save_u32(to, emmc->status);
    tw_save_u64(to, emmc->ready_at);
    tw_save_u64(to, emmc->busy_until);
    save_transfer(emmc, to);
    save_faults(emmc, to);
}

static void load_state(struct tw_emmc *emmc, struct tw_loader *from)
{
    (void)tw_load_bytes(from, emmc->ext_csd, AW_EXT_CSD_MODES);
    (void)tw_load_bytes(from, emmc->wp_power, sizeof(emmc->wp_power));
    tw_card_bus_load(&emmc->bus, from);
    uint8_t flags = tw_load_u8(from);

    emmc->powered = (flags & 1) != 0;
    emmc->reset_low = (flags & 2) != 0;
    emmc->inactive = (flags & 4) != 0;
    emmc->asleep = (flags & 8) != 0;
    emmc->state = tw_load_u8(from);
    emmc->rca = tw_load_u16(from);
    emmc->status = tw_load_u32(from);
    emmc->ready_at = tw_load_u64(from);
    emmc->busy_until = tw_load_u64(from);
    load_transfer(emmc, from);
    load_faults(emmc, from);
    if (emmc->state > AW_CARD_DIS ||
        tw_emmc_partition(emmc) > AW_PARTITION_RPMB) {
        from->failed = true;
    }
}

/* The board puts the files of the snapshot in place before this. */
static bool emmc_load(void *model, struct tw_loader *from)
{
    struct tw_emmc *emmc = model;
    struct tw_nvm_record fresh;

    tw_emmc_modes_fresh(&fresh);
    (void)tw_cut_load(emmc->cut, from);
    for (size_t i = 0; i < TW_EMMC_PARTS; i++) {
        (void)tw_flash_load(&emmc->parts[i], from);
    }
    (void)tw_rpmb_load(&emmc->rpmb, from);
    load_state(emmc, from);
    if (from->failed ||
        tw_nvm_open(&emmc->nvm, &emmc->nvm_store, &fresh) != AW_OK) {
        emmc_reset(emmc, TW_RESET_POWER);
        return false;
    }
    return true;
}

struct tw_device tw_emmc_device(struct tw_emmc *emmc)
{
    return (struct tw_device){.name = "emmc",
                              .model = emmc,
                              .reset = emmc_reset,
                              .save = emmc_save,
                              .load = emmc_load};
}
