/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hab/fuse.h"
#include "fusemap_data.h"

/* Equal but for the case of letters; `name` is in lower case. */
static bool same_part(aw_bytes part, const char *name)
{
    aw_bytes want = aw_text(name);

    if (part.n != want.n) {
        return false;
    }
    for (size_t i = 0; i < part.n; i++) {
        uint8_t c = part.p[i];

        if (c >= 'A' && c <= 'Z') {
            c = (uint8_t)(c - 'A' + 'a');
        }
        if (c != want.p[i]) {
            return false;
        }
    }
    return true;
}

aw_bytes aw_fusemap_builtin(aw_bytes part)
{
    for (size_t i = 0; i < fusemap_data_n; i++) {
        if (same_part(part, fusemap_data[i].part)) {
            return fusemap_data[i].text;
        }
    }
    return (aw_bytes){NULL, 0};
}
