/* SPDX-License-Identifier: Apache-2.0 */
#include "models/card.h"

#include <string.h>

void tw_reply_none(struct tw_card_reply *reply)
{
    memset(reply, 0, sizeof(*reply));
}

void tw_reply_r1(struct tw_card_reply *reply, uint8_t index, uint32_t status)
{
    *reply = (struct tw_card_reply){
        .length = TW_REPLY_48, .index = index, .crc = true, .words = {status}};
}

void tw_reply_r3(struct tw_card_reply *reply, uint32_t ocr)
{
    *reply = (struct tw_card_reply){
        .length = TW_REPLY_48, .index = TW_NO_INDEX, .words = {ocr}};
}

void tw_reply_r2(struct tw_card_reply *reply, const uint8_t reg[16])
{
    *reply = (struct tw_card_reply){
        .length = TW_REPLY_136, .index = TW_NO_INDEX, .crc = true};
    /* Bits 127:8 are the first 15 bytes. */
    for (unsigned i = 0; i < 15; i++) {
        unsigned bit = 8 * (14 - i);

        reply->words[bit / 32] |= (uint32_t)reg[i] << (bit % 32);
    }
}

void tw_reg128_set(uint8_t reg[16], unsigned high, unsigned low, uint32_t value)
{
    for (unsigned bit = low; bit <= high; bit++) {
        uint8_t *byte = &reg[15 - bit / 8];
        uint8_t mask = (uint8_t)(1U << (bit % 8));

        *byte = (uint8_t)((*byte & ~mask) |
                          ((value >> (bit - low) & 1) != 0 ? mask : 0));
    }
}

void tw_reg128_seal(uint8_t reg[16])
{
    unsigned crc = 0;

    /* x^7 + x^3 + 1 over bits 127:8. */
    for (unsigned i = 0; i < 15 * 8; i++) {
        unsigned bit = (unsigned)reg[i / 8] >> (7 - i % 8) & 1U;
        unsigned top = crc >> 6 & 1U;

        crc = crc << 1 & 0x7fU;
        if ((bit ^ top) != 0) {
            crc ^= 0x09U;
        }
    }
    reg[15] = (uint8_t)(crc << 1 | 1);
}

/* JESD84-B51 6.6.5.1, SD-PL 4.2.4.5. */
static const uint8_t tuning4[64] = {
    0xff, 0x0f, 0xff, 0x00, 0xff, 0xcc, 0xc3, 0xcc, 0xc3, 0x3c, 0xcc,
    0xff, 0xfe, 0xff, 0xfe, 0xef, 0xff, 0xdf, 0xff, 0xdd, 0xff, 0xfb,
    0xff, 0xfb, 0xbf, 0xff, 0x7f, 0xff, 0x77, 0xf7, 0xbd, 0xef, 0xff,
    0xf0, 0xff, 0xf0, 0x0f, 0xfc, 0xcc, 0x3c, 0xcc, 0x33, 0xcc, 0xcf,
    0xff, 0xef, 0xff, 0xee, 0xff, 0xfd, 0xff, 0xfd, 0xdf, 0xff, 0xbf,
    0xff, 0xbb, 0xff, 0xf7, 0xff, 0xf7, 0x7f, 0x7b, 0xde};

static const uint8_t tuning8[128] = {
    0xff, 0xff, 0x00, 0xff, 0xff, 0xff, 0x00, 0x00, 0xff, 0xff, 0xcc, 0xcc,
    0xcc, 0x33, 0xcc, 0xcc, 0xcc, 0x33, 0x33, 0xcc, 0xcc, 0xcc, 0xff, 0xff,
    0xff, 0xee, 0xff, 0xff, 0xff, 0xee, 0xee, 0xff, 0xff, 0xff, 0xdd, 0xff,
    0xff, 0xff, 0xdd, 0xdd, 0xff, 0xff, 0xff, 0xbb, 0xff, 0xff, 0xff, 0xbb,
    0xbb, 0xff, 0xff, 0xff, 0x77, 0xff, 0xff, 0xff, 0x77, 0x77, 0xff, 0x77,
    0xbb, 0xdd, 0xee, 0xff, 0xff, 0xff, 0xff, 0x00, 0xff, 0xff, 0xff, 0x00,
    0x00, 0xff, 0xff, 0xcc, 0xcc, 0xcc, 0x33, 0xcc, 0xcc, 0xcc, 0x33, 0x33,
    0xcc, 0xcc, 0xcc, 0xff, 0xff, 0xff, 0xee, 0xff, 0xff, 0xff, 0xee, 0xee,
    0xff, 0xff, 0xff, 0xdd, 0xff, 0xff, 0xff, 0xdd, 0xdd, 0xff, 0xff, 0xff,
    0xbb, 0xff, 0xff, 0xff, 0xbb, 0xbb, 0xff, 0xff, 0xff, 0x77, 0xff, 0xff,
    0xff, 0x77, 0x77, 0xff, 0x77, 0xbb, 0xdd, 0xee};

const uint8_t *tw_tuning_block(uint8_t width, size_t *n)
{
    *n = width == 8 ? sizeof(tuning8) : sizeof(tuning4);
    return width == 8 ? tuning8 : tuning4;
}

void tw_card_bus_save(const struct tw_card_bus *bus, struct tw_saver *to)
{
    tw_save_u32(to, bus->hz);
    tw_save_u8(to, bus->width);
    tw_save_u8(to, bus->running ? 1 : 0);
    tw_save_u8(to, bus->ddr ? 1 : 0);
    tw_save_u8(to, bus->low_voltage ? 1 : 0);
    tw_save_u8(to, bus->tuned ? 1 : 0);
}

void tw_card_bus_load(struct tw_card_bus *bus, struct tw_loader *from)
{
    bus->hz = tw_load_u32(from);
    bus->width = tw_load_u8(from);
    bus->running = tw_load_u8(from) != 0;
    bus->ddr = tw_load_u8(from) != 0;
    bus->low_voltage = tw_load_u8(from) != 0;
    bus->tuned = tw_load_u8(from) != 0;
    if (bus->width != 1 && bus->width != 4 && bus->width != 8) {
        from->failed = true;
    }
}
