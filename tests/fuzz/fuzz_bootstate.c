/* SPDX-License-Identifier: Apache-2.0 */
/* Boot state blocks: what is read is written again the same. */
#include <string.h>

#include "aw/bootstate.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t block[AW_BOOT_STATE_SIZE] = {0};
    uint8_t again[AW_BOOT_STATE_SIZE];
    struct aw_boot_state state;
    bool exact = size == sizeof(block);

    if (size > sizeof(block)) {
        return 0;
    }
    memcpy(block, data, size);
    if (!exact) {
        /* A CRC that fits, or nothing behind it is ever reached. */
        uint32_t crc = aw_crc32((aw_bytes){block, sizeof(block) - 4});

        memcpy(block + sizeof(block) - 4, &crc, 4);
    }
    if (aw_boot_state_parse((aw_bytes){block, sizeof(block)}, &state, NULL) ==
        AW_OK) {
        aw_boot_state_write(&state, again);
        if (memcmp(block, again, sizeof(block)) != 0) {
            __builtin_trap();
        }
    }
    (void)aw_boot_state_pick((aw_bytes){block, sizeof(block)},
                             (aw_bytes){data, size}, &state);
    return 0;
}
