/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "models/sd_parts.h"

enum { GROUPS = 6, KEEP = 15, REFUSED = 15, STATUS_BYTES = 64 };

static void make_csd(struct tw_sd *sd)
{
    uint32_t blocks = (uint32_t)sd->flash.blocks;
    uint8_t *csd = sd->csd;

    memset(csd, 0, sizeof(sd->csd));
    tw_reg128_set(csd, 119, 112, 0x0e);
    tw_reg128_set(csd, 103, 96, 0x32); /* 25 MHz */
    tw_reg128_set(csd, 95, 84, 0x5b5);
    tw_reg128_set(csd, 25, 22, 9);
    tw_reg128_set(csd, 28, 26, 2);
    tw_reg128_set(csd, 46, 46, 1); /* single blocks can be erased */
    tw_reg128_set(csd, 45, 39, 127);
    if (sd->high_capacity) {
        tw_reg128_set(csd, 127, 126, 1);
        tw_reg128_set(csd, 83, 80, 9);
        tw_reg128_set(csd, 69, 48, blocks / 1024 - 1);
    } else {
        /* (C_SIZE + 1) * 2^(7 + 2) units; of 1024 bytes above 1 GiB. */
        uint32_t large = blocks > TW_SD_SC_MAX / 2 ? 1 : 0;

        tw_reg128_set(csd, 83, 80, 9 + large);
        tw_reg128_set(csd, 25, 22, 9 + large);
        tw_reg128_set(csd, 73, 62, (blocks >> large) / 512 - 1);
        tw_reg128_set(csd, 61, 50, 0xfff);
        tw_reg128_set(csd, 49, 47, 7);
    }
    tw_reg128_seal(csd);
}

void tw_sd_make_registers(struct tw_sd *sd, uint32_t serial)
{
    static const char name[7] = {'A', 'W', 'T', 'W', 'N', 'S', 'D'};
    uint8_t *cid = sd->cid;

    memset(cid, 0, sizeof(sd->cid));
    tw_reg128_set(cid, 127, 120, 0xfe); /* nobody's */
    memcpy(&cid[1], name, sizeof(name));
    tw_reg128_set(cid, 63, 56, 0x10);
    tw_reg128_set(cid, 55, 24, serial);
    tw_reg128_set(cid, 19, 8, 0x191); /* January 2025 */
    tw_reg128_seal(cid);
    make_csd(sd);
}

/* Functions of a group that can be chosen now: faster ones need 1.8 V. */
static uint16_t supported(const struct tw_sd *sd, unsigned group)
{
    if (group != 0) {
        return 0x8001;
    }
    return sd->voltage == TW_SD_1V8 ? 0x801f : 0x8003;
}

static unsigned chosen(const struct tw_sd *sd, unsigned group)
{
    return group == 0 ? sd->mode : 0;
}

void tw_sd_switch_function(struct tw_sd *sd, uint32_t argument)
{
    bool set = argument >> 31 != 0;
    uint8_t *s = sd->reg;
    unsigned result[GROUPS];
    bool refused = false;

    memset(s, 0, STATUS_BYTES);
    sd->next_mode = sd->mode;
    s[1] = 100; /* mA */
    for (unsigned g = 0; g < GROUPS; g++) {
        unsigned wanted = argument >> (4 * g) & 15;
        uint16_t can = supported(sd, g);

        result[g] = wanted == KEEP ? chosen(sd, g) : wanted;
        if ((can >> result[g] & 1) == 0 || result[g] == REFUSED) {
            result[g] = REFUSED;
            refused = true;
        }
        s[12 - 2 * g] = (uint8_t)(can >> 8);
        s[13 - 2 * g] = (uint8_t)can;
        s[16 - g / 2] |= (uint8_t)(result[g] << (g % 2 == 0 ? 0 : 4));
    }
    if (set && !refused) {
        sd->next_mode = (uint8_t)result[0];
    }
    sd->reg_n = STATUS_BYTES;
}

void tw_sd_scr(struct tw_sd *sd)
{
    /* Version 3, four lines, CMD23. */
    static const uint8_t scr[8] = {0x02, 0x35, 0x80, 0x02, 0, 0, 0, 0};

    memcpy(sd->reg, scr, sizeof(scr));
    sd->reg_n = sizeof(scr);
}

void tw_sd_ssr(struct tw_sd *sd)
{
    memset(sd->reg, 0, STATUS_BYTES);
    sd->reg[0] = sd->width == 4 ? 0x80 : 0;
    sd->reg[8] = 4;     /* class 10 */
    sd->reg[10] = 0x90; /* allocation unit of 4 MiB */
    sd->reg[14] = 0x10; /* UHS grade 1 */
    sd->reg_n = STATUS_BYTES;
}

void tw_sd_written(struct tw_sd *sd)
{
    for (unsigned i = 0; i < 4; i++) {
        sd->reg[i] = (uint8_t)(sd->written >> (24 - 8 * i));
    }
    sd->reg_n = 4;
}
