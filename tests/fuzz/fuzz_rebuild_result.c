/* SPDX-License-Identifier: Apache-2.0 */
/* Results of rebuilds, as texts and as kept notes. What is accepted is what
 * the writer makes, byte for byte. */
#include <string.h>

#include "aw/reprobuild/result.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t area[AW_RB_RESULT_MAX];
    struct aw_wr w = aw_wr_init(area, sizeof(area));
    aw_bytes text = {data, size};
    struct aw_rb_result result;
    struct aw_diag diag = {.err = AW_OK};
    char reason[AW_RB_REASON_MAX + 1];

    if (aw_rb_result_kept(text, &result, &diag) != AW_OK) {
        return 0;
    }
    aw_rb_result_write(&result, &w);
    if (w.failed || w.n > size || memcmp(area, data, w.n) != 0 ||
        !aw_rb_result_agree(&result, &result)) {
        __builtin_trap();
    }
    if (size < AW_RB_REASON_MAX && memchr(data, 0, size) == NULL) {
        char copy[AW_RB_REASON_MAX + 1];

        memcpy(copy, data, size);
        copy[size] = '\0';
        aw_rb_reason(copy, reason);
    }
    return 0;
}
