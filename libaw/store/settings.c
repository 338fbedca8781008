/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/settings.h"

#include <string.h>

#include "aw/bootstate.h"

/* "AWST", format, sequence, bytes of the message, message, zeros, CRC-32. */
enum {
    MAGIC = 0x54535741,
    FORMAT = 1,
    HEADER = 16,
    CRC = 4,
    MESSAGE_MAX = AW_SETTINGS_SIZE - HEADER - CRC
};

aw_err aw_settings_write(uint32_t seq, const struct aw_ctl_config *config,
                         uint8_t block[AW_SETTINGS_SIZE])
{
    struct aw_wr w = aw_wr_init(block, HEADER);
    struct aw_wr body = aw_wr_init(block + HEADER, MESSAGE_MAX);

    memset(block, 0, AW_SETTINGS_SIZE);
    aw_ctl_config_write(config, &body);
    if (body.failed) {
        memset(block, 0, AW_SETTINGS_SIZE);
        return AW_ERR_SPACE;
    }
    aw_wr_le32(&w, MAGIC);
    aw_wr_le32(&w, FORMAT);
    aw_wr_le32(&w, seq);
    aw_wr_le32(&w, (uint32_t)body.n);
    w = aw_wr_init(block + AW_SETTINGS_SIZE - CRC, CRC);
    aw_wr_le32(&w, aw_crc32((aw_bytes){block, AW_SETTINGS_SIZE - CRC}));
    return AW_OK;
}

aw_err aw_settings_parse(const uint8_t block[AW_SETTINGS_SIZE], uint32_t *seq,
                         struct aw_ctl_config *config)
{
    const aw_bytes all = {block, AW_SETTINGS_SIZE};
    struct aw_ctl_config found;
    uint8_t again[AW_SETTINGS_SIZE];
    struct aw_rd r = aw_rd_init(all);
    uint32_t magic = aw_rd_le32(&r);
    uint32_t format = aw_rd_le32(&r);
    uint32_t number = aw_rd_le32(&r);
    uint32_t n = aw_rd_le32(&r);

    if (magic != MAGIC || format != FORMAT || n > MESSAGE_MAX) {
        return AW_ERR_FORMAT;
    }
    aw_bytes body = aw_rd_take(&r, n);

    r = aw_rd_at(all, AW_SETTINGS_SIZE - CRC);
    if (aw_rd_le32(&r) != aw_crc32((aw_bytes){block, AW_SETTINGS_SIZE - CRC})) {
        return AW_ERR_DIGEST;
    }
    /* One form alone: nothing else is hidden in the block. */
    if (aw_ctl_config_read(body, &found) != AW_OK ||
        aw_settings_write(number, &found, again) != AW_OK ||
        memcmp(again, block, sizeof(again)) != 0) {
        return AW_ERR_FORMAT;
    }
    *seq = number;
    *config = found;
    return AW_OK;
}
