/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/bootstate.h"

#include <string.h>

enum {
    FORMAT = 1,
    STARTS_AT = 12,
    START_SIZE = 36,
    END = STARTS_AT + AW_BOOT_STARTS * START_SIZE,
    CRC_AT = 508,
    FLAG_CONFIRMED = 1
};
#define MAGIC UINT32_C(0x53425741) /* "AWBS" */

/* What four bits do to the remainder of a division by 0xedb88320, the bits of
 * the polynomial with the least power first. */
static const uint32_t crc_steps[16] = {
    0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
    0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
    0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
};

uint32_t aw_crc32(aw_bytes bytes)
{
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < bytes.n; i++) {
        crc ^= bytes.p[i];
        crc = crc >> 4 ^ crc_steps[crc & 15];
        crc = crc >> 4 ^ crc_steps[crc & 15];
    }
    return ~crc;
}

static bool all_zero(aw_bytes b)
{
    uint8_t any = 0;

    for (size_t i = 0; i < b.n; i++) {
        any |= b.p[i];
    }
    return any == 0;
}

static bool read_start(struct aw_rd *r, struct aw_boot_start *start)
{
    start->attempts = aw_rd_u8(r);
    uint8_t flags = aw_rd_u8(r);
    uint16_t spare = aw_rd_le16(r);
    aw_bytes digest = aw_rd_take(r, AW_SHA256_SIZE);

    if (r->failed || flags > FLAG_CONFIRMED || spare != 0) {
        return false;
    }
    start->confirmed = flags == FLAG_CONFIRMED;
    memcpy(start->config, digest.p, AW_SHA256_SIZE);
    return true;
}

aw_err aw_boot_state_parse(aw_bytes block, struct aw_boot_state *state,
                           struct aw_diag *diag)
{
    struct aw_rd r = aw_rd_at(block, 0);
    struct aw_boot_state s = {0};
    aw_bytes spare = {0};

    if (block.n != AW_BOOT_STATE_SIZE) {
        return aw_fail(diag, AW_ERR_SHORT, "boot state: size", block.n);
    }
    if (all_zero(block)) {
        return aw_fail(diag, AW_ERR_NOT_FOUND, "boot state: empty", 0);
    }
    struct aw_rd end = aw_rd_at(block, CRC_AT);

    if (aw_rd_le32(&end) != aw_crc32((aw_bytes){block.p, CRC_AT})) {
        return aw_fail(diag, AW_ERR_DIGEST, "boot state: CRC", CRC_AT);
    }
    if (aw_rd_le32(&r) != MAGIC || aw_rd_le32(&r) != FORMAT) {
        return aw_fail(diag, AW_ERR_FORMAT, "boot state: header", 0);
    }
    s.sequence = aw_rd_le32(&r);
    for (size_t i = 0; i < AW_BOOT_STARTS; i++) {
        if (!read_start(&r, &s.start[i])) {
            return aw_fail(diag, AW_ERR_FORMAT, "boot state: start", r.at);
        }
    }
    if (!aw_slice(block, END, CRC_AT - END, &spare) || !all_zero(spare)) {
        return aw_fail(diag, AW_ERR_FORMAT, "boot state: spare bytes", END);
    }
    *state = s;
    return AW_OK;
}

void aw_boot_state_write(const struct aw_boot_state *state,
                         uint8_t block[AW_BOOT_STATE_SIZE])
{
    struct aw_wr w = aw_wr_init(block, AW_BOOT_STATE_SIZE);

    aw_wr_le32(&w, MAGIC);
    aw_wr_le32(&w, FORMAT);
    aw_wr_le32(&w, state->sequence);
    for (size_t i = 0; i < AW_BOOT_STARTS; i++) {
        const struct aw_boot_start *s = &state->start[i];

        aw_wr_u8(&w, s->attempts);
        aw_wr_u8(&w, s->confirmed ? FLAG_CONFIRMED : 0);
        aw_wr_zeros(&w, 2);
        aw_wr_put(&w, (aw_bytes){s->config, AW_SHA256_SIZE});
    }
    aw_wr_zeros(&w, CRC_AT - END);
    aw_wr_le32(&w, aw_crc32((aw_bytes){block, CRC_AT}));
}

unsigned aw_boot_state_pick(aw_bytes a, aw_bytes b, struct aw_boot_state *state)
{
    struct aw_boot_state one = {0};
    struct aw_boot_state two = {0};
    bool has_one = aw_boot_state_parse(a, &one, NULL) == AW_OK;
    bool has_two = aw_boot_state_parse(b, &two, NULL) == AW_OK;
    /* Sequence numbers may wrap: the newer one is ahead by less than half. */
    uint32_t ahead = two.sequence - one.sequence;
    bool second = has_two && (!has_one || (ahead > 0 && ahead <= INT32_MAX));

    *state = second ? two : one;
    state->sequence++;
    return second ? 0 : has_one ? 1 : 0;
}

unsigned aw_boot_choose(struct aw_boot_start *start,
                        const uint8_t config[AW_SHA256_SIZE], bool has_two,
                        bool *changed)
{
    *changed = false;
    if (memcmp(start->config, config, AW_SHA256_SIZE) != 0) {
        *start = (struct aw_boot_start){0};
        memcpy(start->config, config, AW_SHA256_SIZE);
        *changed = true;
    }
    if (start->confirmed) {
        return 1;
    }
    if (start->attempts >= AW_BOOT_ATTEMPTS_MAX) {
        return has_two ? 2 : 1;
    }
    start->attempts++;
    *changed = true;
    return 1;
}
