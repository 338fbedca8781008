/* SPDX-License-Identifier: Apache-2.0 */
/* Hand-over records: what is accepted is written the same again. The checksum
 * is made right, or nothing would ever be accepted. */
#include <string.h>

#include "aw/bootstate.h"
#include "fuzz.h"
#include "fw/handover.h"

enum { CRC_AT = HANDOVER_SIZE - 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t in[HANDOVER_SIZE];
    static uint8_t out[HANDOVER_SIZE];
    struct aw_wr crc = aw_wr_init(in + CRC_AT, 4);
    struct aw_wr w = aw_wr_init(out, sizeof(out));
    struct handover h;

    if (handover_parse((aw_bytes){data, size}, &h) == AW_OK &&
        size < HANDOVER_SIZE) {
        __builtin_trap();
    }
    memset(in, 0, sizeof(in));
    memcpy(in, data, size < sizeof(in) ? size : sizeof(in));
    aw_wr_le32(&crc, aw_crc32((aw_bytes){in, CRC_AT}));
    if (handover_parse((aw_bytes){in, sizeof(in)}, &h) != AW_OK) {
        return 0;
    }
    handover_write(&h, &w);
    if (w.failed || w.n != HANDOVER_SIZE) {
        __builtin_trap();
    }
    struct handover again;

    if (handover_parse((aw_bytes){out, w.n}, &again) != AW_OK ||
        again.reset != h.reset || again.now_us != h.now_us ||
        memcmp(again.config, h.config, sizeof(h.config)) != 0 ||
        memcmp(again.hab.log, h.hab.log, sizeof(h.hab.log)) != 0) {
        __builtin_trap();
    }
    return 0;
}
