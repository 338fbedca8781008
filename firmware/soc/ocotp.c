/* SPDX-License-Identifier: Apache-2.0 */
#include "fw/ocotp.h"

#include <string.h>

#include "fw/reg.h"

/* IMX6ULLRM rev 1, chapter 37: shadow registers of bank 0, words 1 and 2. */
enum {
    CCGR2 = 0x020c4070,
    CCGR2_OCOTP = 3 << 12,
    CFG0 = 0x021bc410,
    CFG1 = 0x021bc420
};

void ocotp_unique_id(uint8_t id[OCOTP_UNIQUE_ID])
{
    reg_set(CCGR2, CCGR2_OCOTP);
    const uint32_t words[] = {reg_rd(CFG0), reg_rd(CFG1)};

    memcpy(id, words, sizeof(words));
}
