/* SPDX-License-Identifier: Apache-2.0 */
#include "models/sd_parts.h"

enum { POWER_UP_US = 20000 };

#define OCR_BUSY    (UINT32_C(1) << 31)
#define OCR_CCS     (UINT32_C(1) << 30)
#define OCR_S18     (UINT32_C(1) << 24)
#define OCR_WINDOW  UINT32_C(0x00ff8000)
#define VHS_3V      UINT32_C(1)
#define RCA_FIRST   UINT16_C(0x1234)
#define RCA_STEP    UINT16_C(0x0123)
#define R6_LOW_BITS UINT32_C(0x1fff)

/* Errors that a command meets after its response. */
#define FOUND_LATER AW_CARD_ERROR

static void settle(struct tw_sd *sd)
{
    if (sd->clock->now < sd->busy_until) {
        return;
    }
    if (sd->state == AW_CARD_PRG) {
        sd->state = AW_CARD_TRAN;
    } else if (sd->state == AW_CARD_DIS) {
        sd->state = AW_CARD_STBY;
    }
}

static bool for_us(const struct tw_sd *sd, uint32_t argument)
{
    return argument >> 16 == sd->rca;
}

/* Commands that answer with R1. False: no response. */

static void deselect(struct tw_sd *sd)
{
    if (sd->state == AW_CARD_PRG) {
        sd->state = AW_CARD_DIS;
    } else if (sd->state == AW_CARD_TRAN || sd->state == AW_CARD_DATA) {
        sd->state = AW_CARD_STBY;
        sd->moves = TW_SD_NOTHING;
    }
}

static bool select_card(struct tw_sd *sd, uint32_t argument)
{
    if (!for_us(sd, argument)) {
        deselect(sd);
        return false;
    }
    if (sd->state == AW_CARD_STBY) {
        sd->state = AW_CARD_TRAN;
        return true;
    }
    if (sd->state == AW_CARD_DIS) {
        sd->state = AW_CARD_PRG;
        return true;
    }
    sd->status |= AW_CARD_ILLEGAL_COMMAND;
    return false;
}

static bool switch_voltage(struct tw_sd *sd, uint32_t argument)
{
    (void)argument;
    if (!sd->may_switch || sd->voltage != TW_SD_3V3) {
        sd->status |= AW_CARD_ILLEGAL_COMMAND;
        return false;
    }
    sd->voltage = TW_SD_ASKED;
    return true;
}

static bool stop(struct tw_sd *sd, uint32_t argument)
{
    (void)argument;
    if (sd->state == AW_CARD_RCV) {
        tw_sd_write_end(sd);
    } else {
        sd->state = AW_CARD_TRAN;
        sd->moves = TW_SD_NOTHING;
    }
    return true;
}

static bool send_status(struct tw_sd *sd, uint32_t argument)
{
    return for_us(sd, argument);
}

static bool go_inactive(struct tw_sd *sd, uint32_t argument)
{
    sd->inactive = for_us(sd, argument);
    return false;
}

static bool set_block_length(struct tw_sd *sd, uint32_t argument)
{
    if (argument != TW_BLOCK) {
        sd->status |= AW_CARD_BLOCK_LEN_ERROR;
    }
    return true;
}

static bool read_one(struct tw_sd *sd, uint32_t argument)
{
    tw_sd_begin(sd, argument, true, false);
    return true;
}

static bool read_many(struct tw_sd *sd, uint32_t argument)
{
    tw_sd_begin(sd, argument, true, true);
    return true;
}

static bool write_one(struct tw_sd *sd, uint32_t argument)
{
    tw_sd_begin(sd, argument, false, false);
    return true;
}

static bool write_many(struct tw_sd *sd, uint32_t argument)
{
    tw_sd_begin(sd, argument, false, true);
    return true;
}

static void send_register(struct tw_sd *sd, enum tw_sd_moves moves)
{
    sd->moves = moves;
    sd->multiple = false;
    sd->stalled = false;
    sd->left = 1;
    sd->state = AW_CARD_DATA;
    sd->data_at = sd->clock->now;
}

static bool tuning(struct tw_sd *sd, uint32_t argument)
{
    (void)argument;
    if (sd->voltage != TW_SD_1V8) {
        sd->status |= AW_CARD_ILLEGAL_COMMAND;
        return false;
    }
    send_register(sd, TW_SD_TUNING);
    return true;
}

static bool switch_function(struct tw_sd *sd, uint32_t argument)
{
    tw_sd_switch_function(sd, argument);
    send_register(sd, TW_SD_REGISTER);
    return true;
}

static bool set_count(struct tw_sd *sd, uint32_t argument)
{
    sd->count = argument;
    sd->counted = argument > 0;
    return true;
}

static bool erase_start(struct tw_sd *sd, uint32_t argument)
{
    tw_sd_erase_address(sd, 32, argument);
    return true;
}

static bool erase_end(struct tw_sd *sd, uint32_t argument)
{
    tw_sd_erase_address(sd, 33, argument);
    return true;
}

static bool erase(struct tw_sd *sd, uint32_t argument)
{
    (void)argument;
    tw_sd_erase(sd);
    return true;
}

static bool app_command(struct tw_sd *sd, uint32_t argument)
{
    if (!for_us(sd, argument)) {
        return false;
    }
    sd->app = true;
    sd->status |= AW_CARD_APP_CMD;
    return true;
}

static bool set_width(struct tw_sd *sd, uint32_t argument)
{
    if ((argument & 3) == 0 || (argument & 3) == 2) {
        sd->width = (argument & 3) == 2 ? 4 : 1;
    } else {
        sd->status |= AW_CARD_OUT_OF_RANGE;
    }
    return true;
}

static bool send_ssr(struct tw_sd *sd, uint32_t argument)
{
    (void)argument;
    tw_sd_ssr(sd);
    send_register(sd, TW_SD_REGISTER);
    return true;
}

static bool send_written(struct tw_sd *sd, uint32_t argument)
{
    (void)argument;
    tw_sd_written(sd);
    send_register(sd, TW_SD_REGISTER);
    return true;
}

static bool send_scr(struct tw_sd *sd, uint32_t argument)
{
    (void)argument;
    tw_sd_scr(sd);
    send_register(sd, TW_SD_REGISTER);
    return true;
}

static bool nothing(struct tw_sd *sd, uint32_t argument)
{
    (void)sd;
    (void)argument;
    return true;
}

#define IN(state) (1U << AW_CARD_##state)
#define SELECTED  (IN(TRAN) | IN(DATA) | IN(RCV) | IN(PRG))
#define ANY       (SELECTED | IN(STBY) | IN(DIS))

/* SD-PL table 4-34: which state takes which command. The others, whose
 * responses are not R1, are below. */
struct command {
    uint8_t index;
    bool app;
    uint16_t states;
    bool (*run)(struct tw_sd *sd, uint32_t argument);
};

static const struct command commands[] = {
    {6, false, IN(TRAN), switch_function},
    {7, false, IN(STBY) | IN(TRAN) | IN(DATA) | IN(PRG) | IN(DIS), select_card},
    {11, false, IN(READY), switch_voltage},
    {12, false, IN(DATA) | IN(RCV), stop},
    {13, false, ANY, send_status},
    {15, false, ANY, go_inactive},
    {16, false, IN(TRAN), set_block_length},
    {17, false, IN(TRAN), read_one},
    {18, false, IN(TRAN), read_many},
    {19, false, IN(TRAN), tuning},
    {23, false, IN(TRAN), set_count},
    {24, false, IN(TRAN), write_one},
    {25, false, IN(TRAN), write_many},
    {32, false, IN(TRAN), erase_start},
    {33, false, IN(TRAN), erase_end},
    {38, false, IN(TRAN), erase},
    {55, false, IN(IDLE) | ANY, app_command},
    {6, true, IN(TRAN), set_width},
    {13, true, IN(TRAN), send_ssr},
    {22, true, IN(TRAN), send_written},
    {23, true, IN(TRAN), nothing}, /* erase before writing: a hint */
    {42, true, IN(TRAN), nothing}, /* pull-up of DAT3 */
    {51, true, IN(TRAN), send_scr},
};
enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static const struct command *find(const struct tw_sd *sd, uint8_t index,
                                  bool app)
{
    for (size_t i = 0; i < COMMANDS; i++) {
        if (commands[i].index == index && commands[i].app == app &&
            (commands[i].states >> sd->state & 1) != 0) {
            return &commands[i];
        }
    }
    return NULL;
}

static bool ends_erase(uint8_t index)
{
    return index != 13 && index != 32 && index != 33 && index != 38;
}

static void run(struct tw_sd *sd, uint8_t index, uint32_t argument,
                struct tw_card_reply *reply)
{
    bool app = sd->app;
    const struct command *c = find(sd, index, app);
    uint8_t before = sd->state;
    uint32_t known = sd->status;
    uint32_t ready =
        sd->clock->now >= sd->busy_until ? AW_CARD_READY_FOR_DATA : 0;

    /* An ACMD that is none is taken as the plain command. */
    if (c == NULL && app) {
        app = false;
        c = find(sd, index, false);
    }
    sd->app = false;
    if (c == NULL) {
        sd->status |= AW_CARD_ILLEGAL_COMMAND;
        return;
    }
    if (sd->erase_step != 0 && ends_erase(index)) {
        sd->erase_step = 0;
        sd->status |= AW_CARD_ERASE_RESET;
    }
    if (c->run(sd, argument)) {
        uint32_t later = sd->status & ~known & FOUND_LATER;

        tw_reply_r1(reply, index,
                    (sd->status & ~later) | (uint32_t)before << 9 | ready |
                        (app ? AW_CARD_APP_CMD : 0));
        sd->status = later;
    }
    if (index != 23 && index != 13) {
        sd->counted = false;
    }
}

/* CMD8: echoes, when the voltage is one of ours. */
static void send_if_cond(struct tw_sd *sd, uint32_t argument,
                         struct tw_card_reply *reply)
{
    if (sd->state != AW_CARD_IDLE) {
        sd->status |= AW_CARD_ILLEGAL_COMMAND;
        return;
    }
    if ((argument >> 8 & 15) == VHS_3V) {
        sd->interface_known = true;
        tw_reply_r1(reply, 8, argument & 0xfff);
    }
}

/* ACMD41. A large card shows itself only to a host that knows such cards. */
static void send_op_cond(struct tw_sd *sd, uint32_t argument,
                         struct tw_card_reply *reply)
{
    bool knows = (argument & OCR_CCS) != 0 && sd->interface_known;
    uint32_t ocr = OCR_WINDOW;

    if ((argument & OCR_WINDOW) == 0) {
        if ((argument & UINT32_C(0x00ffff00)) != 0) {
            sd->inactive = true; /* voltages that are not ours */
            return;
        }
        tw_reply_r3(reply, ocr);
        return;
    }
    if (sd->ready_at == TW_NEVER && (knows || !sd->high_capacity)) {
        sd->ready_at = tw_sd_after_us(sd, POWER_UP_US);
    }
    if (sd->clock->now < sd->ready_at) {
        tw_reply_r3(reply, ocr);
        return;
    }
    ocr |= OCR_BUSY | (sd->high_capacity ? OCR_CCS : 0);
    sd->may_switch = sd->high_capacity && (argument & OCR_S18) != 0 &&
                     sd->voltage == TW_SD_3V3;
    ocr |= sd->may_switch ? OCR_S18 : 0;
    sd->state = AW_CARD_READY;
    tw_reply_r3(reply, ocr);
}

/* CMD3: the card chooses its address, another one each time. */
static void send_rca(struct tw_sd *sd, struct tw_card_reply *reply)
{
    uint32_t status = sd->status | (uint32_t)sd->state << 9;

    if (sd->state != AW_CARD_IDENT && sd->state != AW_CARD_STBY) {
        sd->status |= AW_CARD_ILLEGAL_COMMAND;
        return;
    }
    sd->rca = (uint16_t)(sd->rca == 0 ? RCA_FIRST : sd->rca + RCA_STEP);
    sd->rca = sd->rca == 0 ? RCA_FIRST : sd->rca;
    sd->state = AW_CARD_STBY;
    tw_reply_r1(reply, 3,
                (uint32_t)sd->rca << 16 | (status >> 8 & 0xc000) |
                    (status >> 6 & 0x2000) | (status & R6_LOW_BITS));
    sd->status = 0;
}

static void long_reply(struct tw_sd *sd, uint8_t index, uint32_t argument,
                       struct tw_card_reply *reply)
{
    if (sd->state != (index == 2 ? AW_CARD_READY : AW_CARD_STBY)) {
        sd->status |= AW_CARD_ILLEGAL_COMMAND;
        return;
    }
    if (index == 2) {
        sd->state = AW_CARD_IDENT;
    } else if (!for_us(sd, argument)) {
        return;
    }
    tw_reply_r2(reply, index == 9 ? sd->csd : sd->cid);
}

/* Between CMD11 and the new voltage the card hears nothing. */
static bool deaf(const struct tw_sd *sd)
{
    return !sd->powered || sd->inactive || sd->cut->off ||
           sd->voltage == TW_SD_ASKED || sd->voltage == TW_SD_STOPPED;
}

void tw_sd_command(void *ctx, uint8_t index, uint32_t argument,
                   struct tw_card_reply *reply)
{
    struct tw_sd *sd = ctx;

    tw_reply_none(reply);
    if (deaf(sd)) {
        return;
    }
    settle(sd);
    if (sd->app && index == 41 && sd->state == AW_CARD_IDLE) {
        sd->app = false;
        send_op_cond(sd, argument, reply);
        return;
    }
    switch (index) {
    case 0:
        tw_sd_restart(sd, false);
        break;
    case 2:
    case 9:
    case 10:
        long_reply(sd, index, argument, reply);
        break;
    case 3:
        send_rca(sd, reply);
        break;
    case 8:
        send_if_cond(sd, argument, reply);
        break;
    default:
        run(sd, index, argument, reply);
        break;
    }
}
