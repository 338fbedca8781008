/* SPDX-License-Identifier: Apache-2.0 */
#include "models/usdhc_parts.h"

/* Clock periods on the CMD line: a command, the gap before a response (N_CR),
 * how long the controller waits for one. */
enum { COMMAND_BITS = 48, GAP_BITS = 8, LONG_BITS = 136 };

/* AUTOCMD12_ERR */
#define AC12_TIMEOUT BIT(1)

enum { STOP_TRANSMISSION = 12, SET_BLOCK_COUNT = 23 };

static void misuse(struct tw_usdhc *host, const char *what)
{
    tw_report(host->w.bus->report, TW_REPORT_MISUSE, "%s: CMD%u %s",
              host->w.name, (unsigned)XFR_INDEX(host->r.cmd_xfr_typ), what);
}

/* Starts what was just written to CMD_XFR_TYP. */
void tw_usdhc_command(struct tw_usdhc *host)
{
    uint32_t xfr = host->r.cmd_xfr_typ;
    uint32_t hz = tw_usdhc_hz(host);
    bool occupies = (xfr & XFR_DPSEL) != 0 || (XFR_RSP(xfr) == RSP_48_BUSY &&
                                               XFR_TYPE(xfr) != TYPE_ABORT);

    if (host->commanding) {
        misuse(host, "while CIHB is set");
        return;
    }
    if (occupies && host->phase != TW_PHASE_IDLE) {
        misuse(host, "needs the data lines while CDIHB is set");
        return;
    }
    if (hz == 0 || host->w.clock->now < host->stable_at) {
        misuse(host, "without a stable clock");
    }
    host->commanding = true;
    tw_usdhc_tell(host);
    uint32_t bits = COMMAND_BITS + GAP_BITS +
                    (XFR_RSP(xfr) == RSP_136 ? LONG_BITS : COMMAND_BITS);

    /* Without a clock the command never ends. */
    if (hz != 0) {
        tw_clock_at(host->w.clock, &host->command_done,
                    host->w.clock->now +
                        tw_clock_ticks(host->w.clock, bits, hz));
    }
}

static void send(struct tw_usdhc *host, uint8_t index, uint32_t argument,
                 struct tw_card_reply *reply)
{
    tw_reply_none(reply);
    if (host->card.ops != NULL) {
        tw_usdhc_tell(host);
        host->card.ops->command(host->card.ctx, index, argument, reply);
    }
}

/* Error bits that a response deserves; 0: it is what was asked for. */
static uint32_t judge(struct tw_usdhc *host, const struct tw_card_reply *reply)
{
    uint32_t xfr = host->r.cmd_xfr_typ;
    uint32_t want = XFR_RSP(xfr);
    uint32_t errors = 0;

    if (want == RSP_NONE) {
        return 0;
    }
    if (reply->length == TW_REPLY_NONE) {
        return INT_CTOE;
    }
    if ((want == RSP_136) != (reply->length == TW_REPLY_136) ||
        tw_usdhc_strikes(host, TW_FAULT_CMD_END)) {
        errors |= INT_CEBE;
    }
    if (((xfr & XFR_CCCEN) != 0 && !reply->crc) ||
        tw_usdhc_strikes(host, TW_FAULT_CMD_CRC)) {
        errors |= INT_CCE;
    }
    if (((xfr & XFR_CICEN) != 0 && reply->index != XFR_INDEX(xfr)) ||
        tw_usdhc_strikes(host, TW_FAULT_CMD_INDEX)) {
        errors |= INT_CIE;
    }
    return errors;
}

static void store_response(struct tw_usdhc *host,
                           const struct tw_card_reply *reply)
{
    if (reply->length == TW_REPLY_48) {
        host->r.cmd_rsp[0] = reply->words[0];
    } else if (reply->length == TW_REPLY_136) {
        for (size_t i = 0; i < 4; i++) {
            host->r.cmd_rsp[i] = reply->words[i];
        }
    }
}

/* What follows on the data lines. */
static void go_on(struct tw_usdhc *host)
{
    uint32_t xfr = host->r.cmd_xfr_typ;

    if ((xfr & XFR_DPSEL) != 0) {
        tw_usdhc_data_begin(host);
    } else if (XFR_TYPE(xfr) == TYPE_ABORT && host->phase != TW_PHASE_FAILED) {
        tw_usdhc_data_reset(host);
        tw_usdhc_await(host);
    } else if (XFR_RSP(xfr) == RSP_48_BUSY && host->phase == TW_PHASE_IDLE) {
        tw_usdhc_await(host);
    }
}

void tw_usdhc_command_done(void *ctx)
{
    struct tw_usdhc *host = ctx;
    uint32_t xfr = host->r.cmd_xfr_typ;
    struct tw_card_reply reply;
    bool lost = host->w.clock->now < host->stable_at ||
                tw_usdhc_strikes(host, TW_FAULT_CMD_TIMEOUT);

    tw_reply_none(&reply);
    if (!lost && (xfr & XFR_DPSEL) != 0 &&
        (host->r.mix_ctrl & MIX_AC23EN) != 0) {
        send(host, SET_BLOCK_COUNT, host->r.ds_addr, &reply);
    }
    if (!lost) {
        send(host, XFR_INDEX(xfr), host->r.cmd_arg, &reply);
    }
    host->commanding = false;
    uint32_t errors = judge(host, &reply);

    if (errors == INT_CTOE) {
        tw_usdhc_raise(host, INT_CTOE);
        return;
    }
    store_response(host, &reply);
    /* While it tunes, the controller tells of the buffer only. */
    if (!tw_usdhc_tuning(host)) {
        tw_usdhc_raise(host, INT_CC | errors);
    }
    if (errors == 0) {
        go_on(host);
    }
}

void tw_usdhc_auto_stop(struct tw_usdhc *host)
{
    struct tw_card_reply reply;
    bool lost = tw_usdhc_strikes(host, TW_FAULT_STOP_TIMEOUT);

    tw_reply_none(&reply);
    if (!lost) {
        send(host, STOP_TRANSMISSION, 0, &reply);
    }
    if (reply.length == TW_REPLY_NONE) {
        host->r.autocmd12_err |= AC12_TIMEOUT;
        host->phase = TW_PHASE_FAILED;
        tw_usdhc_raise(host, INT_AC12E);
        return;
    }
    host->r.cmd_rsp[3] = reply.words[0];
    tw_usdhc_await(host);
}
