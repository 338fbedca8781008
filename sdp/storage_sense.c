/* SPDX-License-Identifier: Apache-2.0 */
#include "storage_priv.h"

bool storage_parse_sense(aw_bytes data, struct aw_sense *sense)
{
    enum { FIXED = 0x70, VALID = 0x80, KEY = 0x0f };
    struct aw_rd r = aw_rd_init(data);
    uint8_t code = aw_rd_u8(&r);

    (void)aw_rd_u8(&r);
    uint8_t key = aw_rd_u8(&r) & KEY;
    uint32_t block = aw_rd_be32(&r);

    (void)aw_rd_take(&r, 5);
    uint8_t asc = aw_rd_u8(&r);
    uint8_t ascq = aw_rd_u8(&r);

    if (r.failed || (code & ~(unsigned)VALID) != FIXED) {
        return false;
    }
    *sense = (struct aw_sense){.key = key,
                               .asc = asc,
                               .ascq = ascq,
                               .has_block = (code & VALID) != 0,
                               .block = (code & VALID) != 0 ? block : 0};
    return true;
}

const char *aw_sense_text(const struct aw_sense *sense)
{
    static const struct {
        uint8_t key;
        uint8_t asc; /* 0: any */
        const char *text;
    } rows[] = {
        {0, 0, "it does not say why"},
        {2, 0x3a, "no medium"},
        {2, 0, "not ready"},
        {3, 0x0c, "the medium cannot be written"},
        {3, 0x11, "the medium cannot be read"},
        {3, 0, "medium error"},
        {4, 0, "hardware error"},
        {5, 0x20, "unknown command"},
        {5, 0x21, "blocks beyond the end of the medium"},
        {5, 0x24, "not supported of this command"},
        {5, 0x25, "no such unit"},
        {5, 0, "illegal request"},
        {6, 0, "the medium may have changed"},
        {7, 0, "write protected"},
        {11, 0x4b, "the data broke off"},
        {11, 0, "aborted"},
        {14, 0, "the medium holds other bytes"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].key == sense->key &&
            (rows[i].asc == 0 || rows[i].asc == sense->asc)) {
            return rows[i].text;
        }
    }
    return "unknown reason";
}
