/* SPDX-License-Identifier: Apache-2.0 */
#include "models/dcp_parts.h"

/* Cycles of 132 MHz: fetching a packet, and a byte of data. */
#define DCP_HZ       UINT64_C(132000000)
#define SETUP_CYCLES 200

void tw_dcp_interrupt(struct tw_dcp *dcp)
{
    tw_line_set(&dcp->w.line, (dcp->irq & dcp->ctrl & DCP_CTRL_IRQ) != 0);
}

uint32_t tw_dcp_ready_channels(const struct tw_dcp *dcp)
{
    uint32_t ready = 0;

    for (uint32_t i = 0; i < TW_DCP_CHANNELS; i++) {
        const struct tw_dcp_channel *ch = &dcp->channels[i];

        if ((dcp->channelctrl >> i & 1) != 0 && ch->sema > 0 &&
            (ch->stat & DCP_ERRORS) == 0) {
            ready |= UINT32_C(1) << i;
        }
    }
    return ready;
}

static bool fetch(struct tw_dcp *dcp, uint32_t address)
{
    uint8_t raw[4 * PKT_WORDS];

    if (!tw_dma_read(dcp->w.bus, TW_DCP, address, raw, sizeof(raw))) {
        return false;
    }
    for (size_t i = 0; i < PKT_WORDS; i++) {
        dcp->packet[i] = raw[4 * i] | (uint32_t)raw[4 * i + 1] << 8 |
                         (uint32_t)raw[4 * i + 2] << 16 |
                         (uint32_t)raw[4 * i + 3] << 24;
    }
    return true;
}

static void stop_channel(struct tw_dcp *dcp, uint32_t number, uint32_t error)
{
    struct tw_dcp_channel *ch = &dcp->channels[number];

    ch->stat = (ch->stat & UINT32_C(0xff000000)) | error;
    dcp->irq |= UINT32_C(1) << number;
    tw_dcp_interrupt(dcp);
}

void tw_dcp_kick(struct tw_dcp *dcp)
{
    while (dcp->done.slot == 0 &&
           (dcp->ctrl & (DCP_CTRL_SFTRST | DCP_CTRL_CLKGATE)) == 0) {
        uint32_t ready = tw_dcp_ready_channels(dcp);
        uint32_t high = ready & dcp->channelctrl >> 8;
        uint32_t number = 0;

        if (ready == 0) {
            return;
        }
        ready = high != 0 ? high : ready;
        while ((ready >> number & 1) == 0) {
            number++;
        }
        struct tw_dcp_channel *ch = &dcp->channels[number];

        if (ch->cmdptr % 4 != 0 || !fetch(dcp, ch->cmdptr)) {
            stop_channel(dcp, number, DCP_ERROR_PACKET);
            continue;
        }
        dcp->current = number;
        tw_clock_at(dcp->w.clock, &dcp->done,
                    dcp->w.clock->now +
                        tw_clock_ticks(dcp->w.clock,
                                       SETUP_CYCLES + dcp->packet[PKT_SIZE],
                                       DCP_HZ));
    }
}

/* Where the channel goes on, or why it does not. */
static uint32_t follow(struct tw_dcp *dcp, struct tw_dcp_channel *ch)
{
    uint32_t c0 = dcp->packet[PKT_CONTROL0];
    uint32_t next = 0;

    if ((c0 & C0_DECR_SEMAPHORE) != 0 && ch->sema > 0) {
        ch->sema--;
    }
    if ((c0 & C0_CHAIN_CONTIGUOUS) != 0) {
        next = ch->cmdptr + 4 * PKT_WORDS;
    } else if ((c0 & C0_CHAIN) != 0) {
        next = dcp->packet[PKT_NEXT];
    }
    if (next != 0) {
        ch->cmdptr = next;
        return 0;
    }
    if (ch->sema == 0) {
        return 0;
    }
    return DCP_ERROR_SETUP |
           ((c0 & C0_CHAIN) != 0 ? (uint32_t)DCP_CODE_NEXT_CHAIN_IS_0
                                 : (uint32_t)DCP_CODE_NO_CHAIN);
}

void tw_dcp_done(void *ctx)
{
    struct tw_dcp *dcp = ctx;
    uint32_t number = dcp->current;
    struct tw_dcp_channel *ch = &dcp->channels[number];
    uint32_t address = ch->cmdptr + 4 * PKT_STATUS;
    uint32_t tag = dcp->packet[PKT_CONTROL0] & UINT32_C(0xff000000);
    uint32_t error = tw_dcp_execute(dcp, ch);
    uint32_t status = tag | error | 1;
    const uint8_t raw[4] = {(uint8_t)status, (uint8_t)(status >> 8),
                            (uint8_t)(status >> 16), (uint8_t)(status >> 24)};

    ch->stat = (ch->stat & ~UINT32_C(0xff000000)) | tag;
    if (!tw_dma_write(dcp->w.bus, TW_DCP, address, raw, sizeof(raw)) &&
        error == 0) {
        error = DCP_ERROR_PACKET;
    }
    if ((dcp->packet[PKT_CONTROL0] & C0_INTERRUPT) != 0) {
        dcp->irq |= UINT32_C(1) << number;
    }
    if (error == 0) {
        error = follow(dcp, ch);
    }
    if (error != 0) {
        stop_channel(dcp, number, error);
    }
    tw_dcp_interrupt(dcp);
    tw_dcp_kick(dcp);
}

void tw_dcp_channel_save(const struct tw_dcp_channel *ch, struct tw_saver *to)
{
    tw_save_u32(to, ch->cmdptr);
    tw_save_u32(to, ch->sema);
    tw_save_u32(to, ch->stat);
    tw_save_u32(to, ch->opts);
    tw_save_bytes(to, ch->iv, sizeof(ch->iv));
    tw_save_u8(to, ch->hash);
    for (size_t i = 0; i < 8; i++) {
        tw_save_u32(to, ch->running.h[i]);
    }
    tw_save_u64(to, ch->running.bytes);
}

void tw_dcp_channel_load(struct tw_dcp_channel *ch, struct tw_loader *from)
{
    ch->cmdptr = tw_load_u32(from);
    ch->sema = tw_load_u32(from);
    ch->stat = tw_load_u32(from);
    ch->opts = tw_load_u32(from);
    (void)tw_load_bytes(from, ch->iv, sizeof(ch->iv));
    ch->hash = tw_load_u8(from);
    for (size_t i = 0; i < 8; i++) {
        ch->running.h[i] = tw_load_u32(from);
    }
    ch->running.bytes = tw_load_u64(from);
    if (ch->sema > 0xff) {
        from->failed = true;
    }
}
