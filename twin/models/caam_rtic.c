/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aw/sha256.h"
#include "models/caam_parts.h"

/* Offsets from 0x6000. */
enum {
    RSTA = 0x004,
    RCMD = 0x00c,
    RCTL = 0x014,
    RTHR = 0x01c,
    RWDOG_HIGH = 0x028,
    RWDOG_LOW = 0x02c,
    BLOCKS = 0x100, /* four of 0x20: address high, low; length at +0xc */
    BLOCKS_END = 0x180
};

/* RSTA */
enum {
    STATE_IDLE = 0,
    STATE_SINGLE = 1 << 25,
    STATE_RUN = 2 << 25,
    STATE_ERROR = 3 << 25,
    STATE_MASK = 3 << 25,
    RSTA_ADDRESS_ERROR = 8, /* shift of four bits */
    RSTA_MISMATCH = 4,      /* shift of four bits */
    RSTA_VIOLATION = 1 << 2,
    RSTA_DONE = 1 << 1,
    RSTA_BUSY = 1 << 0
};

enum { RCMD_CLEAR = 1 << 0, RCMD_HASH_ONCE = 1 << 1, RCMD_RUN = 1 << 2 };

/* Time of a round: the throttle counts in 16 clocks between requests of 64
 * bytes; the model hashes all blocks at the end of one. */
enum { ROUND_US_LEAST = 100 };

static uint32_t home(const struct tw_caam *caam)
{
    return caam->rctl >> 4 & 15;
}

static uint32_t run_time(const struct tw_caam *caam)
{
    return caam->rctl >> 8 & 15;
}

static void schedule(struct tw_caam *caam, uint32_t blocks)
{
    uint64_t bytes = 0;
    uint64_t clocks = 0;

    for (size_t i = 0; i < TW_RTIC_BLOCKS; i++) {
        bytes += (blocks >> i & 1) != 0 ? caam->blocks[i].length : 0;
    }
    clocks = bytes + bytes / 64 * ((uint64_t)caam->rthr & 0xffff) * 16;
    tw_clock_at(caam->w.clock, &caam->rtic_step,
                caam->w.clock->now +
                    tw_clock_ticks(caam->w.clock, ROUND_US_LEAST, 1000000) +
                    tw_clock_ticks(caam->w.clock, clocks, 132000000));
}

static bool digest(struct tw_caam *caam, const struct tw_rtic_block *block,
                   uint8_t sum[32])
{
    uint8_t piece[4096];
    struct aw_sha256 h;

    aw_sha256_init(&h);
    for (uint32_t at = 0; at < block->length;) {
        uint32_t n = block->length - at;

        n = n < sizeof(piece) ? n : (uint32_t)sizeof(piece);
        if (!tw_dma_read(caam->w.bus, TW_CAAM, block->address + at, piece, n)) {
            return false;
        }
        aw_sha256_update(&h, (aw_bytes){piece, n});
        at += n;
    }
    aw_sha256_final(&h, sum);
    return true;
}

static void fail(struct tw_caam *caam, uint32_t bits, const char *why)
{
    caam->rsta = (caam->rsta & ~(uint32_t)(STATE_MASK | RSTA_BUSY)) |
                 (uint32_t)STATE_ERROR | bits | RSTA_VIOLATION;
    tw_line_set(&caam->w.lines[TW_CAAM_RINGS], true);
    if (caam->w.violation != NULL) {
        caam->w.violation(caam->w.violation_ctx, why);
    }
}

/* One block, in the first pass or a later one. */
static bool pass(struct tw_caam *caam, size_t i, bool first)
{
    struct tw_rtic_block *block = &caam->blocks[i];
    uint8_t sum[32];

    if (!digest(caam, block, sum)) {
        fail(caam, UINT32_C(1) << (RSTA_ADDRESS_ERROR + i), "RTIC address");
        return false;
    }
    if (first) {
        memcpy(block->digest, sum, sizeof(sum));
        block->known = true;
        return true;
    }
    if (!block->known || memcmp(block->digest, sum, sizeof(sum)) != 0) {
        fail(caam, UINT32_C(1) << (RSTA_MISMATCH + i), "RTIC mismatch");
        return false;
    }
    return true;
}

void tw_caam_rtic_step(void *ctx)
{
    struct tw_caam *caam = ctx;
    bool first = (caam->rsta & STATE_MASK) == STATE_SINGLE;
    uint32_t blocks = first ? home(caam) : run_time(caam);

    for (size_t i = 0; i < TW_RTIC_BLOCKS; i++) {
        if ((blocks >> i & 1) != 0 && !pass(caam, i, first)) {
            return;
        }
    }
    if (first) {
        caam->rsta = RSTA_DONE;
    } else {
        schedule(caam, blocks);
    }
}

void tw_caam_rtic_reset(struct tw_caam *caam)
{
    tw_clock_cancel(caam->w.clock, &caam->rtic_step);
    caam->rsta = 0;
    caam->rctl = 0;
    caam->rthr = 0;
    caam->rwdog[0] = 0;
    caam->rwdog[1] = UINT32_C(0xffff);
    memset(caam->blocks, 0, sizeof(caam->blocks));
}

static void command(struct tw_caam *caam, uint32_t value)
{
    bool idle = (caam->rsta & STATE_MASK) == STATE_IDLE;

    if ((value & RCMD_CLEAR) != 0) {
        caam->rsta &= ~(uint32_t)RSTA_DONE;
        tw_line_set(&caam->w.lines[TW_CAAM_RINGS], false);
    }
    if ((value & (RCMD_HASH_ONCE | RCMD_RUN)) != 0 && !idle) {
        tw_report(caam->w.bus->report, TW_REPORT_MISUSE,
                  "caam: RTIC command while it is not idle");
    } else if ((value & RCMD_HASH_ONCE) != 0) {
        caam->rsta = STATE_SINGLE | RSTA_BUSY;
        schedule(caam, home(caam));
    } else if ((value & RCMD_RUN) != 0) {
        caam->rsta = STATE_RUN | RSTA_BUSY;
        schedule(caam, run_time(caam));
    }
}

/* Register of a block; NULL: none there, or the high half of an address. */
static uint32_t *block_register(struct tw_caam *caam, uint32_t offset)
{
    struct tw_rtic_block *block = &caam->blocks[(offset - BLOCKS) / 0x20];

    switch (offset & 0x1f) {
    case 0x04:
        return &block->address;
    case 0x0c:
        return &block->length;
    default:
        return NULL;
    }
}

static bool in_blocks(uint32_t offset)
{
    return offset >= BLOCKS && offset < BLOCKS_END;
}

bool tw_caam_rtic_read(struct tw_caam *caam, uint32_t offset, uint32_t *value)
{
    if (in_blocks(offset)) {
        const uint32_t *reg = block_register(caam, offset);

        *value = reg == NULL ? 0 : *reg;
        return true;
    }
    switch (offset) {
    case RSTA:
        *value = caam->rsta;
        return true;
    case RCMD:
        *value = 0;
        return true;
    case RCTL:
        *value = caam->rctl;
        return true;
    case RTHR:
        *value = caam->rthr;
        return true;
    case RWDOG_HIGH:
        *value = caam->rwdog[0];
        return true;
    case RWDOG_LOW:
        *value = caam->rwdog[1];
        return true;
    default:
        return false;
    }
}

bool tw_caam_rtic_write(struct tw_caam *caam, uint32_t offset, uint32_t value)
{
    bool running = (caam->rsta & STATE_MASK) != STATE_IDLE;

    if (running && offset != RCMD) {
        tw_report(caam->w.bus->report, TW_REPORT_MISUSE,
                  "caam: RTIC register 0x%x written while it is not idle",
                  (unsigned)offset);
        return true;
    }
    if (in_blocks(offset)) {
        uint32_t *reg = block_register(caam, offset);

        if (reg != NULL) {
            *reg = value;
        }
        return reg != NULL || (offset & 0x1f) == 0 || (offset & 0x1f) > 0x0c;
    }
    switch (offset) {
    case RCMD:
        command(caam, value);
        return true;
    case RCTL:
        caam->rctl = value;
        return true;
    case RTHR:
        caam->rthr = value;
        return true;
    case RWDOG_HIGH:
        caam->rwdog[0] = value;
        return true;
    case RWDOG_LOW:
        caam->rwdog[1] = value;
        return true;
    default:
        return false;
    }
}

void tw_caam_rtic_save(const struct tw_caam *caam, struct tw_saver *to)
{
    tw_save_u32(to, caam->rsta);
    tw_save_u32(to, caam->rctl);
    tw_save_u32(to, caam->rthr);
    tw_save_u32(to, caam->rwdog[0]);
    tw_save_u32(to, caam->rwdog[1]);
    for (size_t i = 0; i < TW_RTIC_BLOCKS; i++) {
        tw_save_u32(to, caam->blocks[i].address);
        tw_save_u32(to, caam->blocks[i].length);
        tw_save_u8(to, caam->blocks[i].known ? 1 : 0);
        tw_save_bytes(to, caam->blocks[i].digest, 32);
    }
    tw_save_event(to, &caam->rtic_step);
}

void tw_caam_rtic_load(struct tw_caam *caam, struct tw_loader *from)
{
    caam->rsta = tw_load_u32(from);
    caam->rctl = tw_load_u32(from);
    caam->rthr = tw_load_u32(from);
    caam->rwdog[0] = tw_load_u32(from);
    caam->rwdog[1] = tw_load_u32(from);
    for (size_t i = 0; i < TW_RTIC_BLOCKS; i++) {
        caam->blocks[i].address = tw_load_u32(from);
        caam->blocks[i].length = tw_load_u32(from);
        caam->blocks[i].known = tw_load_u8(from) != 0;
        (void)tw_load_bytes(from, caam->blocks[i].digest, 32);
    }
    tw_load_event(from, caam->w.clock, &caam->rtic_step);
}
