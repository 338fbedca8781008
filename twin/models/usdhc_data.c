/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "models/usdhc_parts.h"

/* Clock periods of a block beside its bytes: start, CRC, end, gap; and of the
 * status that a card gives after a block. */
enum { FRAME_BITS = 1 + 16 + 1 + 8, STATUS_BITS = 8, COMMAND_BITS = 104 };

/* Standard tuning moves the sampling point in steps and looks for the window
 * in which the pattern comes through; ours is here. */
enum { WINDOW_FIRST = 44, WINDOW_LAST = 76, TAPS_MAX = 40, WINDOW_LEAST = 3 };

enum { TIMEOUT_BASE = 14 /* DTOCV 0: 2^14 periods */ };

static void schedule(struct tw_usdhc *host, enum tw_usdhc_phase phase,
                     uint64_t tick)
{
    host->phase = phase;
    tw_clock_at(host->w.clock, &host->step, tick);
}

static uint64_t after_bits(const struct tw_usdhc *host, uint64_t from,
                           uint64_t bits)
{
    uint32_t hz = tw_usdhc_hz(host);

    return hz == 0 ? TW_NEVER : from + tw_clock_ticks(host->w.clock, bits, hz);
}

static uint64_t timeout_bits(const struct tw_usdhc *host)
{
    return UINT64_C(1) << (TIMEOUT_BASE + (host->r.sys_ctrl >> 16 & 15));
}

static uint64_t block_bits(const struct tw_usdhc *host)
{
    unsigned lanes = tw_usdhc_width(host);

    if ((host->r.mix_ctrl & MIX_DDR_EN) != 0) {
        lanes *= 2;
    }
    return (uint64_t)host->block_n * 8 / lanes + FRAME_BITS;
}

static void fail(struct tw_usdhc *host, uint32_t bits)
{
    tw_clock_cancel(host->w.clock, &host->step);
    host->phase = TW_PHASE_FAILED;
    tw_usdhc_raise(host, bits);
}

void tw_usdhc_data_reset(struct tw_usdhc *host)
{
    tw_clock_cancel(host->w.clock, &host->step);
    host->phase = TW_PHASE_IDLE;
    host->block_at = 0;
    host->left = 0;
}

static void finish(struct tw_usdhc *host)
{
    host->phase = TW_PHASE_IDLE;
    tw_usdhc_raise(host, INT_TC);
}

/* The card is busy for a while, or for longer than the controller waits. */
static void await(struct tw_usdhc *host, enum tw_usdhc_phase phase)
{
    uint64_t now = host->w.clock->now;
    uint64_t limit = after_bits(host, now, timeout_bits(host));
    uint64_t busy =
        host->card.ops == NULL ? 0 : host->card.ops->busy_until(host->card.ctx);

    if (busy > limit) {
        schedule(host, TW_PHASE_LATE, limit);
    } else {
        schedule(host, phase, busy > now ? busy : now);
    }
}

void tw_usdhc_await(struct tw_usdhc *host)
{
    await(host, TW_PHASE_BUSY);
}

/* Reading */

static void await_block(struct tw_usdhc *host)
{
    uint64_t now = host->w.clock->now;
    uint64_t limit = after_bits(host, now, timeout_bits(host));
    uint64_t at = host->card.ops == NULL
                      ? TW_NEVER
                      : host->card.ops->data_at(host->card.ctx);

    if (at > limit || tw_usdhc_strikes(host, TW_FAULT_DATA_TIMEOUT)) {
        schedule(host, TW_PHASE_LATE, limit);
        return;
    }
    schedule(host, TW_PHASE_READ,
             after_bits(host, at > now ? at : now, block_bits(host)));
}

/* Writing */

static bool ends_here(const struct tw_usdhc *host)
{
    return !host->endless && host->left == 0;
}

static void begin_write(struct tw_usdhc *host)
{
    if ((host->r.mix_ctrl & MIX_DMAEN) == 0) {
        host->block_at = 0;
        host->phase = TW_PHASE_FILL;
        tw_usdhc_raise(host, INT_BWR);
    } else if (!tw_usdhc_dma(host)) {
        host->phase = TW_PHASE_FAILED;
    } else {
        schedule(host, TW_PHASE_SEND,
                 after_bits(host, host->w.clock->now,
                            block_bits(host) + STATUS_BITS));
    }
}

/* Both */

static void next_block(struct tw_usdhc *host)
{
    if (host->reading) {
        await_block(host);
    } else {
        begin_write(host);
    }
}

void tw_usdhc_data_begin(struct tw_usdhc *host)
{
    uint32_t mix = host->r.mix_ctrl;
    bool many = (mix & MIX_MSBSEL) != 0;

    host->reading = (mix & MIX_DTDSEL) != 0;
    host->block_n = host->r.blk_att & 0x1fff;
    host->block_at = 0;
    host->endless = many && (mix & MIX_BCEN) == 0;
    host->left = many ? host->r.blk_att >> 16 : 1;
    if (host->block_n == 0 || host->block_n > TW_USDHC_BLOCK_MAX ||
        ends_here(host)) {
        tw_report(host->w.bus->report, TW_REPORT_MISUSE,
                  "%s: transfer of %u blocks of %u bytes", host->w.name,
                  (unsigned)host->left, (unsigned)host->block_n);
        host->phase = TW_PHASE_FAILED;
        return;
    }
    if ((mix & MIX_DMAEN) != 0) {
        tw_usdhc_dma_begin(host);
    }
    next_block(host);
}

/* After the last block: CMD12 where asked for, else the card's busy time. */
static void end(struct tw_usdhc *host)
{
    uint32_t mix = host->r.mix_ctrl;

    if ((mix & MIX_DMAEN) != 0 &&
        PROT_DMASEL(host->r.prot_ctrl) == DMA_SIMPLE) {
        tw_usdhc_raise(host, INT_DINT);
    }
    if ((mix & MIX_AC12EN) != 0 && (mix & MIX_MSBSEL) != 0) {
        schedule(host, TW_PHASE_STOP,
                 after_bits(host, host->w.clock->now, COMMAND_BITS));
    } else if (host->reading) {
        finish(host);
    } else {
        tw_usdhc_await(host);
    }
}

static void block_done(struct tw_usdhc *host)
{
    bool dma = (host->r.mix_ctrl & MIX_DMAEN) != 0;

    if (!host->endless) {
        host->left--;
        if ((host->r.mix_ctrl & MIX_BCEN) != 0) {
            host->r.blk_att = (host->r.blk_att & 0x1fff) | host->left << 16;
        }
    }
    if (ends_here(host) || (host->endless && dma && tw_usdhc_dma_ended(host))) {
        end(host);
    } else {
        next_block(host);
    }
}

/* A tuning block was sampled at the next tap. */
static void tune(struct tw_usdhc *host, bool pattern_seen)
{
    uint32_t start = host->r.tuning_ctrl & 0xff;
    uint32_t width = host->r.tuning_ctrl >> 16 & 7;
    uint32_t tap = start + host->taps * (width == 0 ? 1 : width);
    bool good = pattern_seen && tap >= WINDOW_FIRST && tap <= WINDOW_LAST;

    host->taps++;
    host->good += good ? 1 : 0;
    if ((!good && host->good >= WINDOW_LEAST) || host->taps >= TAPS_MAX) {
        tw_usdhc_tune_bits(host, false, host->good >= WINDOW_LEAST);
    }
    host->phase = TW_PHASE_IDLE;
    tw_usdhc_raise(host, INT_BRR);
}

static void take_block(struct tw_usdhc *host)
{
    size_t n = 0;
    size_t want = 0;
    uint8_t got[TW_CARD_BLOCK_MAX];
    enum tw_card_data data =
        host->card.ops == NULL ? TW_DATA_NONE
                               : host->card.ops->read(host->card.ctx, got, &n);

    if (tw_usdhc_tuning(host)) {
        const uint8_t *pattern = tw_tuning_block(tw_usdhc_width(host), &want);

        tune(host, data == TW_DATA_OK && n == want && n == host->block_n &&
                       memcmp(got, pattern, n) == 0);
        return;
    }
    if (data == TW_DATA_NONE) {
        schedule(host, TW_PHASE_LATE,
                 after_bits(host, host->w.clock->now, timeout_bits(host)));
        return;
    }
    if (data == TW_DATA_CRC || n != host->block_n ||
        tw_usdhc_strikes(host, TW_FAULT_DATA_CRC)) {
        fail(host, INT_DCE);
        return;
    }
    if (tw_usdhc_strikes(host, TW_FAULT_DATA_END)) {
        fail(host, INT_DEBE);
        return;
    }
    memcpy(host->block, got, n);
    if ((host->r.mix_ctrl & MIX_DMAEN) == 0) {
        host->block_at = 0;
        host->phase = TW_PHASE_DRAIN;
        tw_usdhc_raise(host, INT_BRR);
    } else if (!tw_usdhc_dma(host)) {
        host->phase = TW_PHASE_FAILED;
    } else {
        block_done(host);
    }
}

static void give_block(struct tw_usdhc *host)
{
    enum tw_card_data data = TW_DATA_NONE;

    if (tw_usdhc_strikes(host, TW_FAULT_DATA_CRC)) {
        data = TW_DATA_CRC;
    } else if (host->card.ops != NULL &&
               !tw_usdhc_strikes(host, TW_FAULT_DATA_TIMEOUT)) {
        data =
            host->card.ops->write(host->card.ctx, host->block, host->block_n);
    }
    if (data == TW_DATA_CRC) {
        fail(host, INT_DCE);
    } else if (data == TW_DATA_NONE) {
        schedule(host, TW_PHASE_LATE,
                 after_bits(host, host->w.clock->now, timeout_bits(host)));
    } else if (tw_usdhc_strikes(host, TW_FAULT_DATA_END)) {
        fail(host, INT_DEBE);
    } else {
        await(host, TW_PHASE_WAIT);
    }
}

void tw_usdhc_step(void *ctx)
{
    struct tw_usdhc *host = ctx;

    switch (host->phase) {
    case TW_PHASE_READ:
        take_block(host);
        break;
    case TW_PHASE_SEND:
        give_block(host);
        break;
    case TW_PHASE_WAIT:
        block_done(host);
        break;
    case TW_PHASE_STOP:
        tw_usdhc_auto_stop(host);
        break;
    case TW_PHASE_BUSY:
        finish(host);
        break;
    case TW_PHASE_LATE:
        fail(host, INT_DTOE);
        break;
    default:
        break;
    }
}

/* Bytes that software moves before the controller asks again. */
static uint32_t watermark(const struct tw_usdhc *host)
{
    uint32_t words =
        host->reading ? host->r.wtmk_lvl & 0xff : host->r.wtmk_lvl >> 16 & 0xff;

    return words == 0 ? 256 * 4 : words * 4;
}

static uint32_t in_order(const struct tw_usdhc *host, uint32_t v)
{
    if (PROT_ENDIAN(host->r.prot_ctrl) != ENDIAN_BIG) {
        return v;
    }
    return v << 24 | (v << 8 & 0xff0000) | (v >> 8 & 0xff00) | v >> 24;
}

static void port_misuse(struct tw_usdhc *host, const char *what)
{
    tw_report(host->w.bus->report, TW_REPORT_MISUSE,
              "%s: DATA_BUFF_ACC_PORT %s", host->w.name, what);
}

uint32_t tw_usdhc_port_read(struct tw_usdhc *host)
{
    uint32_t value = 0;

    if (host->phase != TW_PHASE_DRAIN) {
        port_misuse(host, "read while BREN is clear");
        return 0;
    }
    for (unsigned i = 0; i < 4 && host->block_at < host->block_n; i++) {
        value |= (uint32_t)host->block[host->block_at++] << (8 * i);
    }
    if (host->block_at == host->block_n) {
        block_done(host);
    } else if (host->block_at % watermark(host) == 0) {
        tw_usdhc_raise(host, INT_BRR);
    }
    return in_order(host, value);
}

void tw_usdhc_port_write(struct tw_usdhc *host, uint32_t value)
{
    if (host->phase != TW_PHASE_FILL) {
        port_misuse(host, "written while BWEN is clear");
        return;
    }
    value = in_order(host, value);
    for (unsigned i = 0; i < 4 && host->block_at < host->block_n; i++) {
        host->block[host->block_at++] = (uint8_t)(value >> (8 * i));
    }
    if (host->block_at == host->block_n) {
        schedule(host, TW_PHASE_SEND,
                 after_bits(host, host->w.clock->now,
                            block_bits(host) + STATUS_BITS));
    } else if (host->block_at % watermark(host) == 0) {
        tw_usdhc_raise(host, INT_BWR);
    }
}
