/* SPDX-License-Identifier: Apache-2.0 */
#include "os/self.h"

#include <stddef.h>

enum {
    ULZ = 1 << 6, /* of bank 0 word 6 */
    LAN_BOARD = 2 /* upper byte of bank 4 word 2 */
};

void self_serial(char serial[SELF_SERIAL])
{
    uint8_t id[SOC_ID_SIZE];

    soc_unique_id(id);
    for (size_t i = 0; i < SOC_ID_SIZE; i++) {
        serial[2 * i] = "0123456789ABCDEF"[id[i] >> 4];
        serial[2 * i + 1] = "0123456789ABCDEF"[id[i] & 0xf];
    }
    serial[SELF_SERIAL - 1] = '\0';
}

const char *self_part(void)
{
    if (soc_is_ul()) {
        return "IMX6UL";
    }
    return (ocotp_read(0, 6) & ULZ) != 0 ? "IMX6ULZ" : "IMX6ULL";
}

bool self_is_lan_board(void)
{
    return ocotp_read(4, 2) >> 24 == LAN_BOARD;
}
