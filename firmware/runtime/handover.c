/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/handover.h"

#include <string.h>

#include "aw/bootstate.h"

enum { CRC_AT = HANDOVER_SIZE - 4, FLAG_CONFIRMED = 1 << 0, FLAG_HAB = 1 << 1 };

void handover_write(const struct handover *h, struct aw_wr *w)
{
    size_t start = w->n;

    aw_wr_le32(w, HANDOVER_MAGIC);
    aw_wr_le32(w, HANDOVER_SIZE);
    aw_wr_u8(w, h->slot);
    aw_wr_u8(w, h->copy);
    aw_wr_u8(w, h->attempts);
    aw_wr_u8(w, (uint8_t)((h->confirmed ? FLAG_CONFIRMED : 0) |
                          (h->hab.present ? FLAG_HAB : 0)));
    aw_wr_le32(w, h->reset);
    aw_wr_u8(w, h->hab.status);
    aw_wr_u8(w, h->hab.config);
    aw_wr_u8(w, h->hab.state);
    aw_wr_u8(w, h->rollback);
    aw_wr_put(w, (aw_bytes){h->config, sizeof(h->config)});
    aw_wr_le32(w, h->now_us);
    aw_wr_le32(w, HAB_LOG_SIZE);
    aw_wr_put(w, (aw_bytes){h->hab.log, sizeof(h->hab.log)});
    if (!w->failed) {
        aw_wr_le32(w, aw_crc32((aw_bytes){w->p + start, CRC_AT}));
    }
}

/* Everything between the header and the checksum. */
static void read_fields(struct aw_rd *r, struct handover *h)
{
    h->slot = aw_rd_u8(r);
    h->copy = aw_rd_u8(r);
    h->attempts = aw_rd_u8(r);
    uint8_t flags = aw_rd_u8(r);

    h->confirmed = (flags & FLAG_CONFIRMED) != 0;
    h->hab.present = (flags & FLAG_HAB) != 0;
    h->reset = aw_rd_le32(r);
    h->hab.status = aw_rd_u8(r);
    h->hab.config = aw_rd_u8(r);
    h->hab.state = aw_rd_u8(r);
    h->rollback = aw_rd_u8(r);
    aw_bytes config = aw_rd_take(r, sizeof(h->config));

    h->now_us = aw_rd_le32(r);
    (void)aw_rd_le32(r); /* size of the log: there is one */
    aw_bytes log = aw_rd_take(r, sizeof(h->hab.log));

    if (!r->failed) {
        memcpy(h->config, config.p, sizeof(h->config));
        memcpy(h->hab.log, log.p, sizeof(h->hab.log));
    }
}

aw_err handover_parse(aw_bytes bytes, struct handover *handover)
{
    struct aw_rd r = aw_rd_init(bytes);
    uint32_t magic = aw_rd_le32(&r);
    uint32_t size = aw_rd_le32(&r);
    struct handover h = {0};

    if (bytes.n < HANDOVER_SIZE) {
        return AW_ERR_SHORT;
    }
    if (magic != HANDOVER_MAGIC || size != HANDOVER_SIZE) {
        return AW_ERR_FORMAT;
    }
    read_fields(&r, &h);
    if (aw_rd_le32(&r) != aw_crc32((aw_bytes){bytes.p, CRC_AT})) {
        return AW_ERR_DIGEST;
    }
    if (h.slot > 1 || h.copy < 1 || h.copy > 2 ||
        h.rollback > HANDOVER_ROLLBACK_UNPROVISIONED) {
        return AW_ERR_FORMAT;
    }
    *handover = h;
    return AW_OK;
}
