/* SPDX-License-Identifier: Apache-2.0 */
/* Fuse maps in YAML: what is turned into our format has one register or fuse
 * a line, whatever its names hold. */
#include "aw/hab/fuse.h"
#include "aw/hostio/fusemap_yaml.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct aw_fusemap map;
    struct aw_blob text = {.p = NULL};
    struct aw_host_diag host;

    if (aw_fusemap_yaml((aw_bytes){data, size}, false, &text, &host) != AW_OK) {
        return 0;
    }
    struct aw_rd r = aw_rd_init(aw_blob_bytes(&text));

    while (aw_rd_left(&r) > 0) {
        aw_bytes line = aw_rd_line(&r);

        if (r.failed || line.n == 0 || line.p[0] == ' ') {
            __builtin_trap();
        }
    }
    (void)!aw_fusemap_parse(aw_blob_bytes(&text), &map, &host.diag);
    aw_blob_free(&text);
    return 0;
}
