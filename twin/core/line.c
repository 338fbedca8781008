/* SPDX-License-Identifier: Apache-2.0 */
#include "core/device.h"

void tw_line_set(struct tw_line *line, bool level)
{
    if (line->level == level) {
        return;
    }
    line->level = level;
    if (line->set != NULL) {
        line->set(line->ctx, line->number, level);
    }
}
